import { Worker } from 'node:worker_threads';
import {
  type Logger,
  SEVERITIES,
  type SettingsOf,
  type Verdict,
  type VerdictBasis,
  WardwireError,
} from '../core/index.js';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.js';
import type { storeSettings } from './settings.js';

export { Desk } from './desk.js';
export { DeviceLog, openDeviceLog } from './device-log.js';
export { DeviceStore, type DeviceStoreOptions, type ListedDevice } from './device-store.js';
export { storeSettings } from './settings.js';
export { type IncidentFilter, type LoggedVerdict, VerdictReader } from './verdict-reader.js';

export interface VerdictLogOptions {
  readonly path: string;
  readonly settings: SettingsOf<typeof storeSettings>;
  readonly logger: Logger;
  /** Wall time, ms. */
  readonly nowMs: number;
}

/** Every verdict, on disk (SQLite, WAL, synchronous FULL, group commit) in a worker thread: never in the latency path. */
export class VerdictLog {
  /** Resolves when the file is open; rejects when it cannot be. */
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #waiting = new Map<number, (v: Verdict[]) => void>();
  #requests = 0;
  #closed: (() => void) | null = null;
  #alive = true;
  #open: { resolve: () => void; reject: (e: Error) => void } | null = null;
  /** Verdicts that left because the log was full. */
  shed = 0;

  constructor(worker: Worker, logger: Logger) {
    this.#worker = worker;
    this.#logger = logger;
    worker.on('message', (m: FromWorker) => this.#message(m));
    this.opened = new Promise((resolve, reject) => {
      this.#open = { resolve, reject };
    });
    worker.on('error', (e) => {
      this.#alive = false;
      if (this.#open !== null) return this.#open.reject(e);
      logger.log('error', 'store.died', `the verdict log stopped: ${e.message}; verdicts are still published`);
    });
    worker.on('exit', () => {
      this.#alive = false;
      this.#closed?.();
      for (const resolve of this.#waiting.values()) resolve([]);
      this.#waiting.clear();
    });
  }

  append(v: Verdict, beside: { basis?: VerdictBasis; quiet?: boolean } = {}): void {
    const row = {
      id: v.id,
      boot: v.boot_id,
      seq: v.seq,
      rank: SEVERITIES.indexOf(v.severity),
      observed: v.observed_at,
      body: JSON.stringify(v),
      basis: beside.basis === undefined ? null : JSON.stringify(beside.basis),
      quiet: beside.quiet ?? false,
    };
    this.#post({ t: 'append', row });
  }

  /** A sink begins: one never seen before is owed nothing of what is in the log already. */
  begin(sink: string): void {
    this.#post({ t: 'sink', sink });
  }

  acked(sink: string, id: string): void {
    this.#post({ t: 'acked', sink, id });
  }

  /** The newest verdicts, newest first. */
  recent(limit: number): Promise<Verdict[]> {
    return this.#ask((request) => ({ t: 'recent', request, limit }));
  }

  /** Verdicts a sink has not acknowledged, in the order they were given. */
  pending(sink: string, limit: number): Promise<Verdict[]> {
    return this.#ask((request) => ({ t: 'pending', request, sink, limit }));
  }

  /** Verdicts of one boot by their numbers, in order: what a subscriber may have missed. */
  range(boot: string, from: number, to: number, limit: number): Promise<Verdict[]> {
    return this.#ask((request) => ({ t: 'range', request, boot, from, to, limit }));
  }

  /** Commits what is owed and closes the file. Twice is harmless. */
  close(): Promise<void> {
    if (!this.#alive) return Promise.resolve();
    return new Promise((resolve) => {
      this.#closed = resolve;
      this.#post({ t: 'close' });
    });
  }

  #ask(message: (request: number) => ToWorker): Promise<Verdict[]> {
    if (!this.#alive) return Promise.resolve([]);
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      this.#post(message(request));
    });
  }

  #post(m: ToWorker): void {
    if (this.#alive) this.#worker.postMessage(m);
  }

  #message(m: FromWorker): void {
    if (m.t === 'open') {
      this.#open?.resolve();
      this.#open = null;
    } else if (m.t === 'failed') this.#open?.reject(new Error(m.text));
    else if (m.t === 'rows') {
      this.#waiting.get(m.request)?.(m.bodies.map((b) => JSON.parse(b) as Verdict));
      this.#waiting.delete(m.request);
    } else if (m.t === 'problem') this.#logger.log('error', m.event, m.text);
    else if (m.t === 'shed') {
      this.shed += m.count;
      this.#logger.log(
        'warning',
        'store.full',
        `the verdict log is full: ${m.count} verdicts of the lowest severity left it`,
      );
    } else if (m.t === 'closed') this.#closed?.();
  }
}

/** Opens or makes the verdict log. @throws WardwireError('outside') when the folder cannot be used */
export async function openVerdictLog(o: VerdictLogOptions): Promise<VerdictLog> {
  const workerData: WorkerOptions = {
    path: o.path,
    maxBytes: o.settings.log_max_mib * 1048576,
    groupMs: o.settings.group_commit_ms,
    startMs: Math.floor(o.nowMs),
  };
  const log = new VerdictLog(new Worker(new URL('./worker.js', import.meta.url), { workerData }), o.logger);
  try {
    await log.opened;
  } catch (cause) {
    throw new WardwireError(
      'outside',
      `the verdict log ${o.path} cannot be opened: ${(cause as Error).message}`,
      [{ path: 'store.data_dir', text: o.settings.data_dir, hint: 'the folder must be writable' }],
      { cause },
    );
  }
  return log;
}
