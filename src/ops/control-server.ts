import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Logger, SettingsOf } from '../core/index.js';
import type { controlSettings } from './settings.js';

/** A request is one line of JSON with `cmd`, no longer than this, bytes. */
const REQUEST_BYTES = 4096;
/** Who says nothing for so long is let go, ms. */
const IDLE_MS = 10_000;
/** Paths of Unix sockets end here (sun_path, with its closing zero). */
const PATH_BYTES = 107;

/** A connection that wants to hear of everything that follows. */
export interface Listener {
  /** Tells it something; what it has no room for is left out and counted. */
  tell(line: string): void;
  /** Told nothing any more. */
  readonly closed: boolean;
}

/** What is answered: an object at once, or later; `listen` keeps the connection. */
export type ControlHandlers = Readonly<
  Record<string, (request: Readonly<Record<string, unknown>>, listen: () => Listener) => object | Promise<object>>
>;

export interface ControlOptions {
  readonly path: string;
  readonly settings: SettingsOf<typeof controlSettings>;
  readonly handlers: ControlHandlers;
  readonly logger: Logger;
}

export interface ControlServer {
  /** Connections at this moment. */
  readonly clients: number;
  /** Connections refused, and lines left out for slow readers, since the start. */
  readonly refused: number;
  readonly missed: number;
  close(): Promise<void>;
}

/** Whether somebody answers at a socket. */
function answered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const s = connect(path, () => {
      s.destroy();
      resolve(true);
    });
    s.once('error', () => resolve(false));
  });
}

/**
 * Listens for people on this machine: a line of JSON in, lines of JSON out. Only the owner and root may connect. A socket that cannot be had
 * is said and is no reason not to watch: null. A slow reader never holds the daemon back.
 */
export async function startControl(o: ControlOptions): Promise<ControlServer | null> {
  const { path, logger } = o;
  const fail = (why: string): null => {
    logger.log('error', 'control.unavailable', `wardwire status, tail and reload will not work: ${path}: ${why}`);
    return null;
  };
  if (Buffer.byteLength(path) > PATH_BYTES)
    return fail(`the path is longer than ${PATH_BYTES} bytes: set control.socket`);
  if (existsSync(path)) {
    if (await answered(path)) return fail('another wardwire answers there; each needs a store.data_dir of its own');
    rmSync(path, { force: true });
  }
  const server = new Server(o);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await server.listen();
  } catch (error) {
    return fail((error as Error).message);
  }
  return server;
}

class Server implements ControlServer {
  readonly #o: ControlOptions;
  readonly #server;
  readonly #sockets = new Set<Socket>();
  refused = 0;
  missed = 0;

  constructor(o: ControlOptions) {
    this.#o = o;
    this.#server = createServer((s) => this.#connected(s));
  }

  get clients(): number {
    return this.#sockets.size;
  }

  async listen(): Promise<void> {
    const { path } = this.#o;
    // nobody else may connect, not even for the moment before the mode is set
    const before = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(path, resolve);
      });
    } finally {
      process.umask(before);
    }
    chmodSync(path, 0o600);
    this.#server.on('error', (e) => this.#o.logger.log('warning', 'control.error', e.message));
  }

  close(): Promise<void> {
    for (const s of this.#sockets) s.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #connected(s: Socket): void {
    // a reader that went away is nobody's business
    s.on('error', () => undefined);
    if (this.#sockets.size >= this.#o.settings.max_clients) {
      this.refused++;
      // read, so that its end is noticed
      s.resume();
      s.end(`${JSON.stringify({ ok: false, error: `there are ${this.#sockets.size} connections already` })}\n`);
      return;
    }
    this.#sockets.add(s);
    s.once('close', () => this.#sockets.delete(s));
    s.setTimeout(IDLE_MS, () => s.destroy());
    let text = '';
    s.setEncoding('utf8');
    s.on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end >= 0) {
        s.removeAllListeners('data');
        // what follows a request is not read, and its end is noticed
        s.resume();
        void this.#answer(s, text.slice(0, end));
      } else if (text.length > REQUEST_BYTES) s.destroy();
    });
  }

  async #answer(s: Socket, line: string): Promise<void> {
    let kept = false;
    const listen = (): Listener => {
      kept = true;
      s.setTimeout(0);
      return this.#listener(s);
    };
    let answer: object;
    try {
      const request = JSON.parse(line) as Record<string, unknown>;
      const handler = this.#o.handlers[String(request.cmd)];
      if (handler === undefined) throw new Error(`no command '${String(request.cmd).slice(0, 40)}'`);
      s.setTimeout(0);
      answer = await handler(request, listen);
    } catch (error) {
      answer = { ok: false, error: (error as Error).message };
    }
    if (s.destroyed) return;
    s.write(`${JSON.stringify(answer)}\n`);
    if (!kept) s.end();
  }

  #listener(s: Socket): Listener {
    const most = this.#o.settings.tail_kib * 1024;
    let missed = 0;
    const rest = (): void => {
      if (missed === 0 || s.destroyed) return;
      const n = missed;
      missed = 0;
      s.write(`${JSON.stringify({ missed: n })}\n`);
    };
    const server = this;
    return {
      get closed() {
        return s.destroyed;
      },
      tell(line) {
        if (s.destroyed) return;
        if (missed > 0 || s.writableLength + line.length > most) {
          missed++;
          server.missed++;
        } else
          s.write(`${line}\n`, () => {
            if (s.writableLength === 0) rest();
          });
      },
    };
  }
}
