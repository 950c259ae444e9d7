import { type Logger, type Problem, WardwireError } from '../core/index.js';
import type { Metrics, ServiceManager } from '../ops/index.js';
import type { LoadedConfig } from './assemble.js';
import { type Reading, readInWorker } from './reading.js';
import { type SettingChanges, settingChanges } from './setting-changes.js';

/** What became of a reload. */
export interface ReloadResult {
  readonly ok: boolean;
  /** Wall time, ms since 1970. */
  readonly atMs: number;
  /** Settings that are in force now and were not before, as `section.key`; files by the setting that names them. */
  readonly taken: readonly string[];
  /** Settings that differ and wait for the next start. */
  readonly restart: readonly string[];
  readonly problems: readonly Problem[];
}

export interface ReloaderOptions {
  /** The settings in force. */
  readonly config: LoadedConfig;
  /** No settings file was given: why nothing can be read again. */
  readonly fixed: string | null;
  readonly manager: ServiceManager;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Wall time, ms. */
  readonly nowMs: () => number;
  /** Status line afterwards. */
  readonly status: () => string;
  /** Brings checked settings into force; answers what else was taken and what could not be. */
  readonly apply: (next: LoadedConfig, changes: SettingChanges, reading: Reading) => Promise<Applied>;
}

export interface Applied {
  readonly taken: readonly string[];
  readonly restart: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the settings file again: judged whole before anything is touched, and with an error everything stays as it was. Packets, flows and
 * verdicts go on meanwhile. One at a time: whoever asks during a reload gets the one after it.
 */
export class Reloader {
  readonly #o: ReloaderOptions;
  #running: Promise<ReloadResult> | null = null;
  #next: Promise<ReloadResult> | null = null;
  #last: ReloadResult;

  constructor(o: ReloaderOptions) {
    this.#o = o;
    const atMs = o.nowMs();
    let successMs = atMs;
    this.#last = { ok: true, atMs, taken: [], restart: [], problems: [] };
    o.metrics.watchReload(() => {
      if (this.#last.ok) successMs = this.#last.atMs;
      return { ok: this.#last.ok, successMs };
    });
  }

  /** The start counts as the first. */
  get last(): ReloadResult {
    return this.#last;
  }

  reload(): Promise<ReloadResult> {
    if (this.#running === null) {
      this.#running = this.#reload().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.reload();
    });
    return this.#next;
  }

  async #reload(): Promise<ReloadResult> {
    const { manager, logger, nowMs, status } = this.#o;
    manager.reloading();
    let result: ReloadResult;
    try {
      const { taken, restart, problems } = await this.#take();
      result = { ok: problems.length === 0, atMs: nowMs(), taken, restart, problems };
    } catch (error) {
      // whatever it is: a file that cannot be read is no reason to stop watching
      const { message } = error as Error;
      const listed = error instanceof WardwireError ? error.problems : [];
      const problems = listed.length > 0 ? listed : [{ path: this.#o.config.path ?? 'settings', text: message }];
      result = { ok: false, atMs: nowMs(), taken: [], restart: [], problems };
    } finally {
      manager.ready(status());
    }
    for (const p of result.problems)
      logger.log('error', 'config.refused', `${p.path}: ${p.text}${p.hint ? ` (${p.hint})` : ''}`);
    if (result.restart.length > 0)
      logger.log('warning', 'config.restart', `these take effect at the next start: ${result.restart.join(', ')}`);
    const what = result.taken.length === 0 ? 'nothing has changed' : `in force now: ${result.taken.join(', ')}`;
    if (result.ok) logger.log('notice', 'config.reloaded', `the settings were read again, ${what}`);
    else logger.log('error', 'config.kept', 'the settings read again have errors; those before stay in force');
    this.#last = result;
    return result;
  }

  async #take(): Promise<Applied> {
    const { config, fixed, apply } = this.#o;
    if (fixed !== null || config.path === null) {
      const text = fixed ?? 'no settings file was given at the start';
      return { taken: [], restart: [], problems: [{ path: '--config', text, hint: 'start with --config FILE' }] };
    }
    const reading = await readInWorker(config.path);
    const changes = settingChanges(config.settings, reading.settings);
    const done = await apply({ path: config.path, settings: changes.settings }, changes, reading);
    return {
      taken: [...new Set([...changes.live, ...done.taken])],
      restart: [...new Set([...changes.restart, ...done.restart])],
      problems: done.problems,
    };
  }
}
