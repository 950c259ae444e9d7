import { createHmac, randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { PasswordAnswer, PasswordQuestion } from './password-worker.js';

/** Answers remembered, and questions that wait, at most. */
const REMEMBERED = 100;
const WAITING = 16;
/** Compared with when the name is unknown, so that names cannot be told apart by the time an answer takes. */
const NOBODY = '$2b$10$abcdefghijklmnopqrstuugvQnPr9kVTd3VynxYaFi3xTCqHlw6Y2';

/** Who may read. Passwords are compared in a thread, once each, and the answers remembered under a key of this process. */
export class Passwords {
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, boolean>();
  readonly #asked = new Map<string, Promise<boolean>>();
  readonly #waiting = new Map<number, (right: boolean) => void>();
  #worker: Worker | null = null;
  #id = 0;

  /**
   * Whether an Authorization header names one of the users with his password (RFC 7617).
   * @returns null when too many wait to be answered
   */
  async may(header: string | undefined, users: ReadonlyMap<string, string>): Promise<boolean | null> {
    const credentials = credentialsOf(header);
    if (credentials === null) return false;
    const [name, password] = credentials;
    const hash = users.get(name);
    const mark = createHmac('sha256', this.#key)
      .update(JSON.stringify([name, hash ?? '', password]))
      .digest('base64');
    const known = this.#known.get(mark);
    if (known !== undefined) return known;
    let answer = this.#asked.get(mark);
    if (answer === undefined) {
      if (this.#asked.size >= WAITING) return null;
      answer = this.#compare(password, hash ?? NOBODY).then((right) => {
        this.#asked.delete(mark);
        this.#remember(mark, right && hash !== undefined);
        return right && hash !== undefined;
      });
      this.#asked.set(mark, answer);
    }
    return answer;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #compare(password: string, hash: string): Promise<boolean> {
    const id = ++this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#thread().postMessage({ id, password, hash } satisfies PasswordQuestion);
    });
  }

  #thread(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./password-worker.js', import.meta.url));
    worker.unref();
    worker.on('message', ({ id, right }: PasswordAnswer) => this.#answer(id, right));
    // a thread that died opens nothing; the next question starts another one
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
      for (const id of [...this.#waiting.keys()]) this.#answer(id, false);
    });
    this.#worker = worker;
    return worker;
  }

  #answer(id: number, right: boolean): void {
    const tell = this.#waiting.get(id);
    this.#waiting.delete(id);
    tell?.(right);
  }

  #remember(mark: string, right: boolean): void {
    this.#known.set(mark, right);
    if (this.#known.size <= REMEMBERED) return;
    // wrong answers leave first: somebody who guesses must not cost the scraper its place
    const wrong = [...this.#known].find(([, r]) => !r)?.[0];
    this.#known.delete(wrong ?? (this.#known.keys().next().value as string));
  }
}

/** Name and password of a Basic header, null when it is none. */
function credentialsOf(header: string | undefined): readonly [string, string] | null {
  const found = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '');
  if (found === null) return null;
  const text = Buffer.from(found[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : [text.slice(0, colon), text.slice(colon + 1)];
}
