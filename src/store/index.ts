import { Worker } from 'node:worker_threads';
import {
  type Logger,
  SEVERITIES,
  type SettingsOf,
  type Severity,
  type Verdict,
  type VerdictBasis,
  WardwireError,
} from '../core/index.js';
import type { FromWorker, StoreEvent, ToWorker, WorkerOptions } from './messages.js';
import type { storeSettings } from './settings.js';

export { Desk } from './desk.js';
export { DeviceLog, openDeviceLog } from './device-log.js';
export { DeviceStore, type DeviceStoreOptions, type ListedDevice } from './device-store.js';
export type { StoreEvent } from './messages.js';
export { storeSettings } from './settings.js';
export { type IncidentFilter, type LoggedVerdict, VerdictReader } from './verdict-reader.js';

export interface VerdictLogOptions {
  readonly path: string;
  readonly settings: SettingsOf<typeof storeSettings>;
  readonly logger: Logger;
  /** Wall time, ms. */
  readonly nowMs: number;
  /** Told of what people have to know, beside the log line; `count`: verdicts lost by it, where that is known. */
  readonly alarm?: (event: StoreEvent, text: string, count: number) => void;
}

/** Figures of the log, for metrics. */
export interface LogNumbers {
  readonly bytes: number;
  readonly limitBytes: number;
  /** Not on the disk yet. */
  readonly waiting: number;
  readonly writable: boolean;
  /** When the oldest verdict that is owed to a sink was observed, ms since 1970; 0 nothing is owed. */
  readonly oldestMs: number;
  /** Left for want of room while owed to a sink, by severity; and delivered to all. */
  readonly dropped: Readonly<Record<Severity, number>>;
  readonly expired: number;
}

/** What passes through the worker is soon forgotten: a small nursery keeps its memory small. */
const YOUNG = { maxYoungGenerationSizeMb: 4 };
const LEVEL = { damaged: 'critical', unwritable: 'error', recovered: 'notice', full: 'error' } as const;

/** Every verdict, on disk (SQLite, WAL, synchronous FULL, group commit) in a worker thread: never in the latency path. */
export class VerdictLog {
  /** Resolves when the file is open; rejects when it cannot be. */
  readonly opened: Promise<void>;
  /** Told when something is owed that an earlier answer of `pending` did not hold. */
  onOwed: () => void = () => undefined;
  readonly #worker: Worker;
  readonly #o: VerdictLogOptions;
  readonly #waiting = new Map<number, (v: Verdict[]) => void>();
  /** Those who wait for their acknowledgements to reach the disk, in order. */
  readonly #unsettled: (() => void)[] = [];
  #requests = 0;
  #closed: (() => void) | null = null;
  #alive = true;
  #open: { resolve: () => void; reject: (e: Error) => void } | null = null;
  #bytes = 0;
  #notWritten = 0;
  #oldestMs = 0;
  #writable = true;
  readonly #dropped = SEVERITIES.map(() => 0);
  #expired = 0;

  constructor(worker: Worker, o: VerdictLogOptions) {
    this.#worker = worker;
    this.#o = o;
    worker.on('message', (m: FromWorker) => this.#message(m));
    this.opened = new Promise((resolve, reject) => {
      this.#open = { resolve, reject };
    });
    worker.on('error', (e) => {
      this.#alive = false;
      if (this.#open !== null) return this.#open.reject(e);
      this.#writable = false;
      this.#tell('unwritable', `the verdict log stopped: ${e.message}; verdicts are still published`, 0);
    });
    worker.on('exit', () => {
      this.#alive = false;
      this.#closed?.();
      this.#settle(this.#unsettled.length);
      for (const resolve of this.#waiting.values()) resolve([]);
      this.#waiting.clear();
    });
  }

  /** Heartbeat: time its thread's event loop has waited for work, ms; stands still while the thread hangs. Null once it has ended. */
  get beats(): number | null {
    return this.#alive ? this.#worker.performance.eventLoopUtilization().idle : null;
  }

  append(v: Verdict, beside: { basis?: VerdictBasis; quiet?: boolean } = {}): void {
    const row = {
      id: v.id,
      boot: v.boot_id,
      seq: v.seq,
      rank: SEVERITIES.indexOf(v.severity),
      observed: v.observed_at,
      incident: (v as Partial<Verdict>).incident?.id ?? null,
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

  /** A sink is no more: what leaves the full log is not owed to it. What it had acknowledged stays known. */
  end(sink: string): void {
    this.#post({ t: 'end', sink });
  }

  /** False when nothing is kept any more; else `settled` is called when that is on the disk and will not be owed again after a crash, or cannot be put there now. */
  acked(sink: string, id: string, settled: () => void = () => undefined): boolean {
    if (!this.#alive) return false;
    this.#unsettled.push(settled);
    this.#post({ t: 'acked', sink, id });
    return true;
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

  numbers(): LogNumbers {
    return {
      bytes: this.#bytes,
      limitBytes: this.#o.settings.log_max_mib * 1048576,
      waiting: this.#notWritten,
      writable: this.#writable,
      oldestMs: this.#oldestMs,
      dropped: Object.fromEntries(SEVERITIES.map((s, i) => [s, this.#dropped[i]])) as LogNumbers['dropped'],
      expired: this.#expired,
    };
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

  #settle(count: number): void {
    for (const settled of this.#unsettled.splice(0, count)) settled();
  }

  #tell(event: StoreEvent, text: string, count: number): void {
    this.#o.logger.log(LEVEL[event], `store.${event}`, text);
    this.#o.alarm?.(event, text, count);
  }

  #message(m: FromWorker): void {
    switch (m.t) {
      case 'open':
        this.#open?.resolve();
        this.#open = null;
        return;
      case 'failed':
        this.#open?.reject(new Error(m.text));
        return;
      case 'rows':
        this.#waiting.get(m.request)?.(m.bodies.flatMap(parsed));
        this.#waiting.delete(m.request);
        return;
      case 'problem':
        if (m.event === 'unwritable' || m.event === 'recovered') this.#writable = m.event === 'recovered';
        this.#tell(m.event, m.text, 0);
        return;
      case 'shed': {
        let count = 0;
        m.owed.forEach((n, i) => {
          this.#dropped[i] += n;
          count += n;
        });
        this.#expired += m.delivered;
        const which = SEVERITIES.flatMap((s, i) => (m.owed[i] > 0 ? [`${m.owed[i]} ${s}`] : [])).join(', ');
        if (count > 0) this.#tell('full', `there is no room for verdicts that are owed: ${which} left unsent`, count);
        return;
      }
      case 'settled':
        this.#settle(m.count);
        return;
      case 'owed':
        this.onOwed();
        return;
      case 'size':
        this.#bytes = m.bytes;
        this.#notWritten = m.waiting;
        this.#oldestMs = m.oldest === '' ? 0 : Date.parse(m.oldest);
        return;
      case 'closed':
        this.#closed?.();
    }
  }
}

/** A body of an earlier version of the file has no digest; what cannot be read is no verdict. */
function parsed(body: string): Verdict[] {
  try {
    return [JSON.parse(body) as Verdict];
  } catch {
    return [];
  }
}

/** Opens or makes the verdict log. @throws WardwireError('outside') when the folder cannot be used */
export async function openVerdictLog(o: VerdictLogOptions): Promise<VerdictLog> {
  const workerData: WorkerOptions = {
    path: o.path,
    maxBytes: o.settings.log_max_mib * 1048576,
    memoryBytes: o.settings.memory_max_mib * 1048576,
    groupMs: o.settings.group_commit_ms,
    startMs: Math.floor(o.nowMs),
  };
  const log = new VerdictLog(
    new Worker(new URL('./worker.js', import.meta.url), { workerData, resourceLimits: YOUNG }),
    o,
  );
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
