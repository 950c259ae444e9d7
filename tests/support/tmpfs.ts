import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { run } from './capture-sender.js';

/** A small file system of the test's own at `dir`; `null` and a loud skip where that is not allowed. Unmounted with the test. */
export function smallDisk(
  t: { teardown(f: () => void): unknown; pass(message: string, extra: { skip: string }): unknown },
  dir: string,
  kib: number,
): { remount(options: string): void } | null {
  mkdirSync(dir, { recursive: true });
  const r = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', dir], { encoding: 'utf8' });
  if (r.status !== 0) {
    t.pass('skipped', { skip: `no file system of its own can be mounted here: ${r.stderr?.trim() || r.error}` });
    return null;
  }
  t.teardown(() => spawnSync('umount', ['-l', dir]));
  return { remount: (options) => void run('mount', '-o', `remount,${options}`, dir) };
}
