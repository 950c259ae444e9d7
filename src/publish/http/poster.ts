import { type Logger, Random, retryLater, type SinkState, type Verdict } from '../../core/index.js';
import { shownUrl } from '../address.js';
import { type Explained, explainNetwork, Faults } from '../faults.js';
import { sinkState, UnderWay } from '../under-way.js';
import { type Answer, HttpClient, type HttpOptions } from './client.js';

export interface Post {
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What an answer means for the verdicts of a request. */
export type Judgement =
  | { readonly is: 'delivered' }
  /** The other side will never take this; of several they are tried in halves, until it is known which. */
  | { readonly is: 'refused'; readonly why: Explained }
  | { readonly is: 'again'; readonly why: Explained };

export interface PosterOptions {
  /** The sink and its section of the settings. */
  readonly name: string;
  readonly http: HttpOptions;
  readonly retry: { readonly minMs: number; readonly maxMs: number; readonly afterMaxMs: number };
  /** Verdicts of a request at most, and requests under way at once; of one device never two. */
  readonly batch: number;
  readonly parallel: number;
  readonly form: (verdicts: readonly Verdict[]) => Post | Promise<Post>;
  readonly judge: (answer: Answer) => Judgement;
  readonly logger: Logger;
  readonly seed: number;
  readonly wallUs: () => number;
}

interface Entry {
  readonly verdict: Verdict;
  readonly handedOver: () => void;
  readonly settle: (error: Error | null) => void;
}

/**
 * Verdicts as requests: sent at once while a request is free, together with those that came meanwhile. What fails for reasons
 * that may pass is given back to be owed, and nothing is taken before a growing pause with jitter, or what the other side asked
 * for by Retry-After, is over and it can be reached.
 */
export class Poster {
  readonly window: number;
  readonly #o: PosterOptions;
  readonly #client: HttpClient;
  readonly #random: Random;
  readonly #underWay = new UnderWay();
  readonly #faults = new Faults();
  #waiting: Entry[] = [];
  /** Halves of refused requests, sent before anything else. */
  #halves: Entry[][] = [];
  readonly #busy = new Set<string>();
  #running = 0;
  #attempts = 0;
  #connected = false;
  #stopped = false;
  #timer: NodeJS.Timeout | null = null;
  #idle: () => void = () => undefined;

  constructor(o: PosterOptions) {
    this.#o = o;
    this.window = Math.max(16, 2 * o.batch * o.parallel);
    this.#client = new HttpClient(o.http);
    this.#random = new Random(o.seed ^ Buffer.from(o.name).reduce((a, b) => Math.imul(a, 31) + b, 0));
  }

  start(): void {
    void this.#reach();
  }

  ready(): boolean {
    return this.#connected && !this.#stopped && this.#underWay.size < this.window;
  }

  send(verdict: Verdict, handedOver: () => void): Promise<void> {
    return this.#underWay.give((settle) => {
      this.#waiting.push({ verdict, handedOver, settle });
      this.#pump();
    });
  }

  state(): SinkState {
    return sinkState(this.#connected, this.#underWay, this.#faults);
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#running > 0) {
      const done = new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
      await Promise.race([done, new Promise((r) => setTimeout(r, Math.min(deadlineMs, 2000)).unref())]);
    }
    this.#client.close();
    this.#underWay.lost();
  }

  #pump(): void {
    while (this.#connected && this.#running < this.#o.parallel) {
      const batch = this.#halves.shift() ?? this.#take();
      if (batch.length === 0) break;
      this.#running++;
      for (const e of batch) this.#busy.add(e.verdict.device.id);
      void this.#post(batch);
    }
    if (this.#running === 0) this.#idle();
  }

  /** The next verdicts of devices that have none under way, in their order. */
  #take(): Entry[] {
    if (this.#o.parallel === 1) return this.#waiting.splice(0, this.#o.batch);
    const held = new Set(this.#busy);
    const batch: Entry[] = [];
    const left: Entry[] = [];
    for (const e of this.#waiting) {
      const { id } = e.verdict.device;
      if (batch.length < this.#o.batch && !held.has(id)) batch.push(e);
      else {
        held.add(id);
        left.push(e);
      }
    }
    this.#waiting = left;
    return batch;
  }

  async #post(batch: Entry[]): Promise<void> {
    const judgement = await this.#ask(batch);
    this.#running--;
    for (const e of batch) this.#busy.delete(e.verdict.device.id);
    switch (judgement.is) {
      case 'delivered':
        this.#works();
        for (const e of batch) e.settle(null);
        break;
      case 'refused':
        this.#works();
        this.#refused(batch, judgement.why);
        break;
      case 'again':
        this.#again(batch, judgement.why, judgement.afterMs);
        break;
    }
    this.#pump();
  }

  async #ask(batch: readonly Entry[]): Promise<Judgement & { afterMs: number }> {
    const { form, judge, name } = this.#o;
    const post = await form(batch.map((e) => e.verdict));
    for (const e of batch) e.handedOver();
    try {
      const answer = await this.#client.post(post.path, post.headers, post.body);
      return { ...judge(answer), afterMs: this.#afterMs(answer) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return { is: 'again', why: explainNetwork(code, message, name), afterMs: 0 };
    }
  }

  #refused(batch: Entry[], why: Explained): void {
    if (batch.length > 1) {
      const middle = batch.length >> 1;
      this.#halves.unshift(batch.slice(0, middle), batch.slice(middle));
      return;
    }
    // said for each verdict by the publisher
    this.#faults.add(why);
    batch[0].settle(new Error(why.text));
  }

  #works(): void {
    this.#attempts = 0;
    if (this.#faults.last !== null)
      this.#o.logger.log('notice', `${this.#o.name}.recovered`, `${this.#shown()} takes verdicts again`);
    this.#faults.over();
  }

  /** Gives everything back that was not answered and waits; the same ids come again. */
  #again(batch: readonly Entry[], why: Explained, afterMs: number): void {
    const back = [...batch, ...this.#halves.flat(), ...this.#waiting];
    this.#halves = [];
    this.#waiting = [];
    this.#failed(why, afterMs);
    for (const e of back) e.settle(retryLater(why.text));
  }

  #failed(why: Explained, afterMs: number): void {
    const { name, logger, retry } = this.#o;
    if (this.#faults.add(why)) logger.log('error', `${name}.${why.fault}`, `${this.#shown()}: ${why.text}`);
    this.#connected = false;
    if (this.#stopped || this.#timer !== null) return;
    const pause = Math.min(retry.maxMs, retry.minMs * 2 ** Math.min(this.#attempts++, 16));
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        void this.#reach();
      },
      Math.max(afterMs, pause * (0.5 + this.#random.float() / 2)),
    );
  }

  async #reach(): Promise<void> {
    try {
      await this.#client.reach();
      if (this.#stopped) return;
      this.#connected = true;
      if (this.#attempts === 0)
        this.#o.logger.log('notice', `${this.#o.name}.connected`, `${this.#shown()} can be reached`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (!this.#stopped) this.#failed(explainNetwork(code, message, this.#o.name), 0);
    }
  }

  /** What the other side asks us to wait, ms: seconds or a date (RFC 9110 10.2.3), never longer than the setting. */
  #afterMs(answer: Answer): number {
    if (answer.retryAfter === null) return 0;
    const text = answer.retryAfter.trim();
    const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - this.#o.wallUs() / 1000;
    return Number.isFinite(ms) ? Math.min(Math.max(0, ms), this.#o.retry.afterMaxMs) : 0;
  }

  #shown(): string {
    return shownUrl(this.#o.http.url.href);
  }
}
