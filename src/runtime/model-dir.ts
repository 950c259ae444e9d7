import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Problem, WardwireError } from '../core/index.js';
import { openModel, type StoredModel, sealModel, type TypeModel } from './model-file.js';
import { publicKeyOf, signerOf } from './signing.js';

const SUFFIX = '.model';
/** Written before models were signed. */
const UNSIGNED = '.model.json';
const OLDER = 'older';
/** The learned sets. */
export const LEARNED = 'learned.json';

/** What a model directory holds: one signed file a device type and the learned sets. */
export interface ModelDir {
  readonly models: readonly StoredModel[];
  readonly learned: string;
  /** Models that were refused, and why. */
  readonly refused: readonly Problem[];
}

/**
 * Reads a model directory; a missing one is empty. `trusted`: public key models must be signed with, '' the folder's own.
 * @throws WardwireError('model') when it cannot be read
 */
export function readModelDir(dir: string, trusted: string): ModelDir {
  const names = list(dir);
  const key = trusted === '' ? publicKeyOf(dir) : trusted;
  const models: StoredModel[] = [];
  const refused: Problem[] = [];
  for (const name of names) {
    const path = join(dir, name);
    if (name.endsWith(UNSIGNED)) {
      refused.push({ path, text: 'the model is not signed', hint: 'remove it; the device type is learned again' });
    } else if (name.endsWith(SUFFIX)) {
      try {
        models.push(openModel(readFileSync(path, 'utf8'), path, key));
      } catch (error) {
        if (!(error instanceof WardwireError)) throw error;
        refused.push(...error.problems);
      }
    }
  }
  return { models, learned: names.includes(LEARNED) ? readFileSync(join(dir, LEARNED), 'utf8') : '', refused };
}

/** One problem a refused model. @throws WardwireError('model') when there is any */
export function insistOn(dir: ModelDir): ModelDir {
  if (dir.refused.length > 0) throw new WardwireError('model', 'models were refused', dir.refused);
  return dir;
}

/** Versions of a type's model that are kept, oldest first; `current` is the one in use. */
export function modelVersions(dir: string, type: string): { version: number; path: string; current: boolean }[] {
  const out: { version: number; path: string; current: boolean }[] = [];
  const now = currentVersion(dir, type);
  for (const name of list(join(dir, OLDER))) {
    const m = /^(.+)\.(\d+)\.model$/.exec(name);
    if (m?.[1] === type && Number(m[2]) !== now)
      out.push({ version: Number(m[2]), path: join(dir, OLDER, name), current: false });
  }
  if (now > 0) out.push({ version: now, path: pathOf(dir, type), current: true });
  return out.sort((a, b) => a.version - b.version);
}

/** Opens one version of a model, its signature checked. @throws WardwireError('model') */
export function openVersion(path: string, dir: string, trusted: string): StoredModel {
  return openModel(readFileSync(path, 'utf8'), path, trusted === '' ? publicKeyOf(dir) : trusted);
}

/** Device types that have a model. */
export function modelTypes(dir: string): string[] {
  return list(dir)
    .filter((n) => n.endsWith(SUFFIX))
    .map((n) => n.slice(0, -SUFFIX.length));
}

/**
 * Signs a model with the folder's own key and makes it the one in use; the one before is kept among `keep` older ones.
 * Whenever the process is killed, the old or the new model is in use, whole. Answers the path.
 */
export function writeModel(dir: string, model: TypeModel, keep: number): { path: string; version: number } {
  const signer = signerOf(dir);
  const versions = modelVersions(dir, model.type);
  const version = (versions.at(-1)?.version ?? 0) + 1;
  const path = pathOf(dir, model.type);
  const current = versions.find((v) => v.current);
  if (current !== undefined) setAside(dir, model.type, current.version);
  replaceFile(path, sealModel(model, version, signer));
  const older = versions.map((v) => v.version);
  for (const v of older.slice(0, Math.max(0, older.length - keep)))
    rmSync(olderPath(dir, model.type, v), { force: true });
  return { path, version };
}

/**
 * Takes an older version into use (the newest one before the current, or `to`), after checking its signature.
 * @throws WardwireError('model') when there is none, or it is refused
 */
export function rollbackModel(dir: string, type: string, to: number | null, trusted: string): StoredModel {
  const versions = modelVersions(dir, type);
  const now = versions.find((v) => v.current)?.version ?? Number.POSITIVE_INFINITY;
  const target = to === null ? versions.filter((v) => v.version < now).at(-1) : versions.find((v) => v.version === to);
  if (target === undefined) {
    const have = versions.map((v) => `${v.version}${v.current ? ' (in use)' : ''}`).join(', ') || 'none';
    throw new WardwireError('model', `there is no ${to === null ? 'older version' : `version ${to}`} of ${type}`, [
      { path: type, text: `versions kept: ${have}`, hint: 'see: wardwire baseline status' },
    ]);
  }
  const model = openVersion(target.path, dir, trusted);
  if (target.current) return model;
  if (Number.isFinite(now)) setAside(dir, type, now);
  replaceFile(pathOf(dir, type), readFileSync(target.path, 'utf8'));
  return model;
}

export function writeLearned(dir: string, text: string): string {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, LEARNED);
  replaceFile(path, text);
  return path;
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new WardwireError('model', `${dir}: cannot read the model directory`, [], { cause });
  }
}

const pathOf = (dir: string, type: string): string => join(dir, `${type}${SUFFIX}`);
const olderPath = (dir: string, type: string, version: number): string =>
  join(dir, OLDER, `${type}.${version}${SUFFIX}`);

/** Version of the model in use by its own head, 0 when there is none that can be read. */
function currentVersion(dir: string, type: string): number {
  let text: string;
  try {
    text = readFileSync(pathOf(dir, type), 'utf8');
    const v = (JSON.parse(text.slice(0, text.indexOf('\n'))) as { version?: unknown }).version;
    return typeof v === 'number' && v > 0 ? v : 0;
  } catch {
    return 0;
  }
}

/** A second name for the file in use: what is renamed over it later leaves this one alone. */
function setAside(dir: string, type: string, version: number): void {
  mkdirSync(join(dir, OLDER), { recursive: true });
  try {
    linkSync(pathOf(dir, type), olderPath(dir, type, version));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Writes one file so that a crash leaves the old or the new, never half. */
export function replaceFile(path: string, text: string): void {
  const part = `${path}.${process.pid}.new`;
  const fd = openSync(part, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(part, path);
}
