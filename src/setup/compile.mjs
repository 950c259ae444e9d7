// TypeScript to dist/, only when a source changed; compiled files whose source is gone are removed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeMakers } from './makers.mjs';
import { writeShippedYaml } from './shipped-yaml.mjs';

function* files(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

function signature(root) {
  const hash = createHash('sha256');
  const paths = ['tsconfig.json', 'package-lock.json'].map((n) => join(root, n));
  for (const top of ['src', 'tests']) {
    for (const path of files(join(root, top))) if (path.endsWith('.ts')) paths.push(path);
  }
  for (const path of paths.sort()) {
    const s = statSync(path);
    hash.update(`${path} ${s.size} ${s.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function removeOrphans(root) {
  for (const top of ['src', 'tests']) {
    const out = join(root, 'dist', top);
    if (!existsSync(out)) continue;
    for (const path of files(out)) {
      const source = path.slice(out.length).replace(/\.js(\.map)?$/, '.ts');
      if (/\.js(\.map)?$/.test(path) && !existsSync(join(root, top, source))) rmSync(path);
    }
  }
}

/** Returns null, or the compiler's messages. */
export function compile(root, say) {
  writeMakers(root, say);
  writeShippedYaml(root);
  const stampPath = join(root, 'dist', '.compiled');
  const now = signature(root);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === now) return null;
  say('compiling');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const r = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: root, encoding: 'utf8' });
  if (r.status !== 0) return `the sources do not compile:\n${r.stdout ?? ''}${r.stderr ?? ''}`.trim();
  removeOrphans(root);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stampPath, now);
  return null;
}
