import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WardwireError } from '../core/index.js';

const MODEL_SUFFIX = '.model.json';
const LEARNED = 'learned.json';

/** What a model directory holds: one file a device type and the learned sets. */
export interface ModelDir {
  readonly models: string[];
  readonly learned: string;
}

/** Reads a model directory; a missing directory is an empty one. @throws WardwireError('model') when unreadable */
export function readModelDir(dir: string): ModelDir {
  let names: string[];
  try {
    names = readdirSync(dir).sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { models: [], learned: '' };
    throw new WardwireError('model', `${dir}: cannot read the model directory`, [], { cause });
  }
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8');
  return {
    models: names.filter((n) => n.endsWith(MODEL_SUFFIX)).map(read),
    learned: names.includes(LEARNED) ? read(LEARNED) : '',
  };
}

/** Writes one file so that a crash leaves the old or the new, never half. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function writeModel(dir: string, type: string, text: string): string {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${type}${MODEL_SUFFIX}`);
  replaceFile(path, text);
  return path;
}

export function writeLearned(dir: string, text: string): string {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, LEARNED);
  replaceFile(path, text);
  return path;
}
