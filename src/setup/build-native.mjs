// Compiles the capture addon with the system's C compiler against libpcap. No downloads: the N-API headers are a package.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'src', 'capture', 'native');
const out = join(root, 'build', 'native', 'wardwire_capture.node');

/** Builds when a source is newer; returns null, or a sentence that says what is missing. */
export function buildNative() {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const newest = Math.max(...files.map((f) => statSync(f).mtimeMs));
  if (existsSync(out) && statSync(out).mtimeMs >= newest) return null;
  const include = createRequire(join(root, 'package.json'))('node-api-headers').include_dir;
  mkdirSync(dirname(out), { recursive: true });
  const sources = files.filter((f) => f.endsWith('.c'));
  // a running sensor has the old file mapped: the new one takes its place in one step
  const fresh = `${out}.${process.pid}`;
  const args = ['-O2', '-Wall', '-Wextra', '-fPIC', '-shared', '-pthread', '-fvisibility=hidden'];
  const r = spawnSync(process.env.CC ?? 'cc', [...args, `-I${include}`, '-o', fresh, ...sources, '-lpcap'], {
    encoding: 'utf8',
  });
  if (r.error) return 'no C compiler: install the Debian packages build-essential and libpcap-dev';
  if (r.status === 0) {
    if (r.stderr !== '') process.stderr.write(r.stderr);
    renameSync(fresh, out);
    return null;
  }
  if (/pcap.*No such file|cannot find -lpcap/.test(r.stderr)) {
    return 'libpcap headers are missing: install the Debian package libpcap-dev';
  }
  if (/(stdio|stdlib|linux\/filter)\.h.*No such file/.test(r.stderr)) {
    return 'the C library headers are missing: install the Debian package build-essential';
  }
  return `the capture addon does not compile:\n${r.stderr}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = buildNative();
  if (problem !== null) {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
  }
}
