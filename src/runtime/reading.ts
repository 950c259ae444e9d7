import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type PlausibilityLimits, type Problem, type Profile, WardwireError } from '../core/index.js';
import { besides, configuredProfiles, limitsOf } from './assemble.js';
import type { Settings } from './manifest.js';
import { checkedConfig } from './sinks.js';
import type { SensorSpec } from './spec.js';

/** A settings file and what it names, read and found good. */
export interface Reading {
  readonly settings: Settings;
  readonly profiles: readonly Profile[];
  readonly limits: PlausibilityLimits | null;
  readonly site: SensorSpec['site'];
}

/** What the worker answers: the reading, or why there is none. */
export type ReadingAnswer =
  | { readonly reading: Reading }
  | { readonly message: string; readonly problems: readonly Problem[] };

/** @throws WardwireError('config') with every problem at once */
export function readAll(path: string): Reading {
  const config = checkedConfig(path);
  const { settings } = config;
  const file = settings.inventory.site_file === '' ? null : besides(config, settings.inventory.site_file);
  return {
    settings,
    profiles: configuredProfiles(config),
    limits: limitsOf(config),
    site: file === null ? null : { text: readFileSync(file, 'utf8'), path: file },
  };
}

/** The same in a thread of its own: parsing takes a tenth of a second, and verdicts pass meanwhile. */
export function readInWorker(path: string): Promise<Reading> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./reading-worker.js', import.meta.url), { workerData: path });
    worker.once('message', (a: ReadingAnswer) => {
      if ('reading' in a) resolve(a.reading);
      else reject(new WardwireError('config', a.message, a.problems));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread that reads settings ended with ${code}`)));
  });
}
