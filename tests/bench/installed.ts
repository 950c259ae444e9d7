import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../support/wardwire.js';

let made: Promise<string> | null = null;

/**
 * The program as the Debian package installs it: few files instead of seven hundred. What people run is what is measured.
 * Answers the path of its main module.
 */
export function installed(): Promise<string> {
  made ??= make();
  return made;
}

async function make(): Promise<string> {
  const root = projectRoot();
  const home = join(root, 'dist', 'installed');
  const { bundle } = (await import(pathToFileURL(join(root, 'src', 'setup', 'bundle.mjs')).href)) as {
    bundle: (root: string, out: string) => Promise<void>;
  };
  await bundle(root, join(home, 'src'));
  return join(home, 'src', 'main.js');
}
