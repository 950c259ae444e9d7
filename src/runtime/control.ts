import { join, resolve } from 'node:path';
import type { Device, Logger, Verdict } from '../core/index.js';
import { type ControlServer, type Metrics, startControl } from '../ops/index.js';
import { besides, type LoadedConfig } from './assemble.js';
import type { Reloader } from './reloader.js';
import { dumpState } from './state-dump.js';
import { StatusBoard, type StatusOptions } from './status.js';
import { Tail, tailFilter } from './tail.js';
import type { Watchdog } from './watchdog.js';

/** Where SIGUSR1 leaves the state, in `store.data_dir`. */
const STATE_FILE = 'state.json';

/** Path of a configuration's control socket, null when it has none. */
export function controlPath(config: LoadedConfig): string | null {
  const { control, store } = config.settings;
  return control.socket === '' ? null : resolve(besides(config, store.data_dir), control.socket);
}

export interface ControlPartsOptions {
  readonly config: LoadedConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly reloader: Reloader;
  readonly watchdog: Watchdog;
  readonly devices: () => readonly Device[];
  readonly status: StatusOptions;
}

/** What people on this machine are told and may ask: the control socket and the state file. */
export class Control {
  readonly board: StatusBoard;
  readonly #o: ControlPartsOptions;
  readonly #tail = new Tail();
  #server: ControlServer | null = null;

  constructor(o: ControlPartsOptions) {
    this.#o = o;
    this.board = new StatusBoard(o.status);
    o.metrics.watchControl(() => ({
      readers: this.#tail.size,
      refused: this.#server?.refused ?? 0,
      missed: this.#server?.missed ?? 0,
    }));
  }

  /** Never rejects: without a socket the sensor works as well. */
  async start(): Promise<void> {
    const { config, logger, reloader } = this.#o;
    const path = controlPath(config);
    if (path === null) return;
    this.#server = await startControl({
      path,
      settings: config.settings.control,
      logger,
      handlers: {
        status: () => this.board.read(),
        reload: async () => ({ ...(await reloader.reload()), answered: true }),
        dump: () => ({ ok: true, path: this.dump() }),
        tail: (request, listen) => {
          this.#tail.add(tailFilter(request), listen());
          return { ok: true, following: true };
        },
      },
    });
  }

  /** A verdict was numbered. */
  verdict(verdict: Verdict, quiet: boolean): void {
    this.#tail.verdict(verdict, quiet);
  }

  /** Writes the state; answers where. @throws Error when the disk does not take it */
  dump(): string {
    const { config, logger, status, watchdog, devices } = this.#o;
    const path = join(besides(config, config.settings.store.data_dir), STATE_FILE);
    dumpState(path, {
      status: this.board.read(),
      settings: config.settings,
      snapshot: status.supervisor.snapshot,
      devices: devices(),
      threads: watchdog.last(),
    });
    logger.log('notice', 'state.written', `the state was written to ${path}`);
    return path;
  }

  /** SIGUSR1: what goes wrong is said. */
  dumpOrSay(): void {
    try {
      this.dump();
    } catch (error) {
      this.#o.logger.log('error', 'state.unwritable', `the state cannot be written: ${(error as Error).message}`);
    }
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
