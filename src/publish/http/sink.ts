import type { Logger, SinkState, Verdict, VerdictSinkClient } from '../../core/index.js';
import { settingFile } from '../setting-file.js';
import { Poster, type PosterOptions } from './poster.js';

/** Values of `HTTP_SETTINGS`, with the address. */
export interface HttpValues {
  readonly url: string;
  readonly ca_file: string;
  readonly cert_file: string;
  readonly key_file: string;
  readonly servername: string;
  readonly timeout_ms: number;
  readonly retry_min_ms: number;
  readonly retry_max_ms: number;
  readonly retry_after_max_s: number;
}

/** What the daemon gives every sink over HTTP. */
export interface HttpSinkOptions<S extends HttpValues> {
  readonly settings: S;
  readonly logger: Logger;
  readonly seed: number;
  readonly wallUs: () => number;
}

const NOT_STARTED: SinkState = { connected: false, inFlight: 0, published: 0, failures: 0, lastError: null };

/** A sink whose transport is a poster: what it sends and how it reads answers is the sink's own. */
export abstract class HttpSink<S extends HttpValues> implements VerdictSinkClient {
  abstract readonly name: string;
  protected readonly o: HttpSinkOptions<S>;
  #poster: Poster | null = null;

  constructor(o: HttpSinkOptions<S>) {
    this.o = o;
  }

  /** Reads what else the settings name. @throws WardwireError('config') */
  protected abstract prepare(): Pick<PosterOptions, 'batch' | 'parallel' | 'form' | 'judge'>;

  get window(): number {
    return this.#poster?.window ?? 1;
  }

  /** Does not wait for the other side. @throws WardwireError('config') when a file cannot be read */
  async start(): Promise<void> {
    const { settings: s, logger, seed, wallUs } = this.o;
    const own = this.prepare();
    this.#poster = new Poster({
      name: this.name,
      http: {
        url: new URL(s.url),
        ca: settingFile(`${this.name}.ca_file`, s.ca_file),
        cert: settingFile(`${this.name}.cert_file`, s.cert_file),
        key: settingFile(`${this.name}.key_file`, s.key_file),
        servername: s.servername,
        timeoutMs: s.timeout_ms,
        sockets: own.parallel,
      },
      retry: { minMs: s.retry_min_ms, maxMs: s.retry_max_ms, afterMaxMs: s.retry_after_max_s * 1000 },
      ...{ logger, seed, wallUs },
      ...own,
    });
    this.#poster.start();
  }

  ready(): boolean {
    return this.#poster?.ready() ?? false;
  }

  send(verdict: Verdict, handedOver: () => void): Promise<void> {
    return (this.#poster as Poster).send(verdict, handedOver);
  }

  state(): SinkState {
    return this.#poster?.state() ?? NOT_STARTED;
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.#poster?.stop(deadlineMs);
  }
}
