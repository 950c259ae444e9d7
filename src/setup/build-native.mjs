// Compiles the capture addon with the system's C compiler against libpcap. No downloads: the N-API headers are a package.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const source = join(root, 'src', 'capture', 'native', 'capture.c');
const out = join(root, 'build', 'native', 'wardwire_capture.node');

/** Builds when the source is newer; returns null, or a sentence that says what is missing. */
export function buildNative() {
  if (existsSync(out) && statSync(out).mtimeMs >= statSync(source).mtimeMs) return null;
  const include = createRequire(join(root, 'package.json'))('node-api-headers').include_dir;
  mkdirSync(dirname(out), { recursive: true });
  const args = ['-O2', '-Wall', '-fPIC', '-shared', '-pthread', `-I${include}`, '-o', out, source, '-lpcap'];
  const r = spawnSync(process.env.CC ?? 'cc', args, { encoding: 'utf8' });
  if (r.error) return 'no C compiler: install the Debian packages build-essential and libpcap-dev';
  if (r.status === 0) return null;
  if (/pcap.*No such file|cannot find -lpcap/.test(r.stderr))
    return 'libpcap headers are missing: install the Debian package libpcap-dev';
  return `the capture addon does not compile:\n${r.stderr}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = buildNative();
  if (problem !== null) {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
  }
}
