import { Worker } from 'node:worker_threads';
import {
  type CommandResult,
  type Device,
  type IncidentWords,
  type InventoryChanges,
  type Logger,
  type MuteLimits,
  type OperatorCommand,
  type OperatorWord,
  type SettingsOf,
  WardwireError,
} from '../core/index.js';
import type { DeviceWorkerOptions, FromDeviceWorker, ToDeviceWorker } from './device-messages.js';
import type { StoreEvent } from './messages.js';
import type { storeSettings } from './settings.js';

const POLL_MS = 500;
const LEVEL = { damaged: 'critical', unwritable: 'error', recovered: 'notice', full: 'error' } as const;
const GONE: CommandResult = { code: 'failed', text: 'the inventory file is not at hand' };

export interface DeviceLogOptions {
  readonly path: string;
  readonly settings: SettingsOf<typeof storeSettings>;
  readonly logger: Logger;
  /** Wall time, ms. */
  readonly nowMs: number;
  /** The verdict log that words on incidents refer to. */
  readonly verdictsPath: string;
  readonly muteLimits: MuteLimits;
  /** The operator said something: everything he said so far of devices, and of incidents. */
  readonly operator: (words: readonly OperatorWord[], incidents: IncidentWords) => void;
  /** Everything known now: asked for when the file had to be begun anew. */
  readonly known?: () => readonly Device[];
  /** Told of what people have to know, beside the log line. */
  readonly alarm?: (event: StoreEvent, text: string) => void;
}

/** The inventory on disk, kept by a worker thread: a slow disk stalls nobody. */
export class DeviceLog {
  readonly #worker: Worker;
  #alive = true;
  #closed: (() => void) | null = null;
  #requests = 0;
  readonly #asked = new Map<number, (r: CommandResult) => void>();

  constructor(
    worker: Worker,
    /** What was known when the file was opened. */
    readonly devices: readonly Device[],
    readonly words: readonly OperatorWord[],
    readonly incidentWords: IncidentWords,
  ) {
    this.#worker = worker;
  }

  /** Heartbeat: time its thread's event loop has waited for work, ms; stands still while the thread hangs. Null once it has ended. */
  get beats(): number | null {
    return this.#alive ? this.#worker.performance.eventLoopUtilization().idle : null;
  }

  /** The worker has closed the file, or is no more. */
  closed(): void {
    this.#alive = false;
    this.#closed?.();
    for (const resolve of this.#asked.values()) resolve(GONE);
    this.#asked.clear();
  }

  /** Has a person's word on incidents written down; answered, never rejected. `nowUs`: wall time. */
  do(command: OperatorCommand, nowUs: number): Promise<CommandResult> {
    if (!this.#alive) return Promise.resolve(GONE);
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#asked.set(request, resolve);
      this.#post({ t: 'do', request, command, nowUs });
    });
  }

  did(request: number, result: CommandResult): void {
    this.#asked.get(request)?.(result);
    this.#asked.delete(request);
  }

  /** Limits of mutes from now on. */
  limits(muteLimits: MuteLimits): void {
    this.#post({ t: 'limits', muteLimits });
  }

  /** Everybody was told of a mute. */
  announced(mute: number): void {
    this.#post({ t: 'announced', mute });
  }

  /** A mute met what it did not allow. */
  broken(mute: number, by: string, nowUs: number): void {
    this.#post({ t: 'broken', mute, by, nowUs });
  }

  save(changes: InventoryChanges<Device>): void {
    if (changes.devices.length + changes.conversations.length > 0) this.#post({ t: 'save', changes });
  }

  /** Writes what is owed and closes the file. Twice is harmless. */
  close(): Promise<void> {
    if (!this.#alive) return Promise.resolve();
    return new Promise((resolve) => {
      this.#closed = resolve;
      this.#post({ t: 'close' });
    });
  }

  #post(m: ToDeviceWorker): void {
    if (this.#alive) this.#worker.postMessage(m);
  }
}

/** Opens or makes the inventory file. @throws WardwireError('outside') when the folder cannot be used */
export async function openDeviceLog(o: DeviceLogOptions): Promise<DeviceLog> {
  const workerData: DeviceWorkerOptions = {
    path: o.path,
    maxDevices: o.settings.devices_max,
    maxConversations: o.settings.conversations_max,
    startMs: Math.floor(o.nowMs),
    pollMs: POLL_MS,
    verdictsPath: o.verdictsPath,
    muteLimits: o.muteLimits,
  };
  const worker = new Worker(new URL('./device-worker.js', import.meta.url), { workerData });
  let log: DeviceLog | null = null;
  const tell = (event: StoreEvent, text: string): void => {
    o.logger.log(LEVEL[event], `store.${event}`, text);
    o.alarm?.(event, text);
  };
  // one listener for the worker's whole life: taken off and put on again, messages would wait for the next one sent
  const opened = await new Promise<DeviceLog | string>((resolve) => {
    worker.on('message', (m: FromDeviceWorker) => {
      if (m.t === 'open') {
        log = new DeviceLog(worker, m.devices, m.operator, m.incidents);
        resolve(log);
      } else if (m.t === 'failed') resolve(m.text);
      else if (m.t === 'operator') o.operator(m.operator, m.incidents);
      else if (m.t === 'did') log?.did(m.request, m.result);
      else if (m.t === 'renewed') log?.save({ devices: o.known?.() ?? [], gone: [], conversations: [] });
      else if (m.t === 'problem') tell(m.event, m.text);
      else if (m.t === 'closed') log?.closed();
    });
    worker.on('error', (e) => {
      if (log !== null) tell('unwritable', `the inventory's worker stopped: ${e.message}; devices are still judged`);
      resolve(e.message);
    });
    worker.on('exit', () => log?.closed());
  });
  if (typeof opened !== 'string') return opened;
  throw new WardwireError('outside', `the inventory ${o.path} cannot be opened: ${opened}`, [
    { path: 'store.data_dir', text: o.settings.data_dir, hint: 'the folder must be writable' },
  ]);
}
