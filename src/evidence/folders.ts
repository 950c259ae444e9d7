import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MANIFEST_FILE } from './manifest.js';

const NAME = /^sensor-\d+$/;

/** Folder of a sensor process: the first writes where a single one does, each other beside it. */
export function evidenceFolder(dir: string, process: number): string {
  return process === 0 ? dir : join(dir, `sensor-${process + 1}`);
}

/** Folders below `dir` that hold evidence, as names relative to it; '' is the folder itself. */
export function evidenceFolders(dir: string): string[] {
  const inside = existsSync(dir) ? readdirSync(dir).filter((n) => NAME.test(n)) : [];
  return ['', ...inside.sort()].filter((n) => existsSync(join(dir, n, MANIFEST_FILE)));
}
