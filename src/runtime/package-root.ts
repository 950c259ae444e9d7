import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of our package.json: profiles, the bundled capture and the schema lie beside it. */
export function packageRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) {
    const up = dirname(dir);
    if (up === dir) throw new Error('package.json not found above the program');
    dir = up;
  }
  return dir;
}

function manifest(): { version: string; revision?: string } {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
    revision?: string;
  };
}

export function packageVersion(): string {
  return manifest().version;
}

/** Commit an installed package was built from, '' when it was not installed. */
export function packageRevision(): string {
  return manifest().revision ?? '';
}
