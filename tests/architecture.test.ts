import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

// The structure of the sensor as rules: see docs/architecture.md. This test is what keeps them true.

function projectRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!readdirSync(dir).includes('package.json')) dir = dirname(dir);
  return dir;
}
const ROOT = projectRoot();
const SRC = join(ROOT, 'src');

function filesUnder(dir: string): string[] {
  return readdirSync(dir).flatMap((n) => {
    const p = join(dir, n);
    return statSync(p).isDirectory() ? filesUnder(p) : [p];
  });
}

const sources = filesUnder(SRC)
  .filter((f) => f.endsWith('.ts'))
  .map((path) => ({ path, name: relative(SRC, path), text: readFileSync(path, 'utf8') }));

const PATH_ROOMS = [
  'capture',
  'layers',
  'flow',
  'protocols',
  'inventory',
  'features',
  'baseline',
  'detect',
  'verdict',
  'publish',
]; // prettier-ignore
const HELPER_ROOMS = ['core', 'store', 'evidence', 'respond', 'config', 'ops', 'runtime', 'cli', 'setup'];

const roomOf = (name: string): string => (name.includes('/') ? name.slice(0, name.indexOf('/')) : name);

interface Import {
  readonly from: string;
  readonly spec: string;
}
function importsOf(file: { path: string; name: string; text: string }): Import[] {
  const out: Import[] = [];
  const code = file.text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  for (const m of code.matchAll(
    /(?:^|[\s;])(?:import|export)\b[^'"();]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|^\s*import\s+['"]([^'"]+)['"]/gm,
  )) {
    out.push({ from: file.name, spec: m[1] ?? m[2] ?? m[3] });
  }
  return out;
}
/** File under src that a relative import means, e.g. `core/index.ts`. */
function target(file: { path: string }, spec: string): string {
  return relative(SRC, resolve(dirname(file.path), spec)).replace(/\.js$/, '.ts');
}

t.test('every folder under src is a room of the plan', async (t) => {
  for (const s of sources) {
    const room = roomOf(s.name);
    t.ok(s.name === 'main.ts' || PATH_ROOMS.includes(room) || HELPER_ROOMS.includes(room), `${s.name} lies in a room`);
  }
});

t.test('a path room imports core and itself', async (t) => {
  for (const s of sources.filter((f) => PATH_ROOMS.includes(roomOf(f.name)) || roomOf(f.name) === 'core')) {
    for (const i of importsOf(s)) {
      if (!i.spec.startsWith('.')) continue;
      const to = roomOf(target(s, i.spec));
      t.ok(to === roomOf(s.name) || to === 'core', `${s.name} imports ${i.spec}`);
    }
  }
});

t.test('other rooms are entered through their door', async (t) => {
  const doors = new Set(['index.ts', 'sensor.ts']);
  for (const s of sources) {
    for (const i of importsOf(s)) {
      if (!i.spec.startsWith('.')) continue;
      const to = target(s, i.spec);
      if (roomOf(to) === roomOf(s.name)) continue;
      t.ok(doors.has(to.slice(to.indexOf('/') + 1)), `${s.name} enters ${to}`);
    }
  }
});

t.test('only runtime knows every room', async (t) => {
  const allowed: Record<string, string[]> = {
    cli: ['runtime', 'config', 'ops', 'core', 'cli'],
    config: ['core', 'config'],
    ops: ['core', 'ops'],
    store: ['core', 'store'],
    evidence: ['core', 'evidence'],
    respond: ['core', 'respond'],
    'main.ts': ['runtime', 'cli'],
  };
  for (const s of sources) {
    const may = allowed[roomOf(s.name)];
    if (may === undefined) continue;
    for (const i of importsOf(s)) {
      if (i.spec.startsWith('.')) t.ok(may.includes(roomOf(target(s, i.spec))), `${s.name} imports ${i.spec}`);
    }
  }
});

t.test('one npm package, one importing folder', async (t) => {
  const users = new Map<string, Set<string>>();
  for (const s of sources) {
    for (const i of importsOf(s)) {
      if (i.spec.startsWith('.') || i.spec.startsWith('node:')) continue;
      const pkg = i.spec.startsWith('@') ? i.spec.split('/').slice(0, 2).join('/') : i.spec.split('/')[0];
      const set = users.get(pkg) ?? new Set<string>();
      set.add(dirname(s.name));
      users.set(pkg, set);
    }
  }
  for (const [pkg, dirs] of users) t.equal(dirs.size, 1, `${pkg} is imported by ${[...dirs].join(', ')}`);
  const free = ['core', 'layers', 'flow', 'features', 'verdict'];
  for (const [pkg, dirs] of users) {
    for (const d of dirs) t.notOk(free.includes(roomOf(`${d}/`)), `${d} imports ${pkg}`);
  }
});

t.test('exits, consoles, clocks and dice only where they belong', async (t) => {
  const may = (name: string): boolean =>
    name === 'main.ts' || name.startsWith('ops/') || name === 'capture/clock.ts' || name === 'core/random.ts';
  for (const s of sources.filter((f) => !may(f.name))) {
    const code = s.text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
    const hit = /process\.exit\(|\bconsole\.|Date\.now\(|Math\.random\(\)|performance\.now\(/.exec(code);
    t.equal(hit, null, `${s.name}${hit ? ` uses ${hit[0]}` : ''}`);
  }
});

t.test('a protocol never imports another protocol', async (t) => {
  for (const s of sources.filter((f) => f.name.startsWith('protocols/') && f.name.split('/').length > 2)) {
    const own = s.name.split('/')[1];
    for (const i of importsOf(s)) {
      if (!i.spec.startsWith('.')) continue;
      const to = target(s, i.spec).split('/');
      t.ok(to[0] !== 'protocols' || to.length < 3 || to[1] === own, `${s.name} imports ${i.spec}`);
    }
  }
});

t.test('files stay small', async (t) => {
  const lines = sources.map((s) => ({ name: s.name, n: s.text.split('\n').length })).sort((a, b) => a.n - b.n);
  const at = (q: number): number => lines[Math.floor(q * (lines.length - 1))].n;
  t.comment(
    `${lines.length} files, median ${at(0.5)}, p90 ${at(0.9)}, largest ${lines.at(-1)?.name} ${lines.at(-1)?.n}`,
  );
  t.ok(at(0.5) <= 120, `median ${at(0.5)} lines`);
  t.ok(at(0.9) <= 300, `p90 ${at(0.9)} lines`);
  for (const l of lines.filter((x) => x.n > 400)) {
    t.match(
      sources.find((s) => s.name === l.name)?.text ?? '',
      /^\s*(\/\/|\*) table:/im,
      `${l.name}: ${l.n} lines, and says that it is a table`,
    );
  }
});

t.test('every room has a door and a page', async (t) => {
  for (const room of readdirSync(SRC).filter((n) => statSync(join(SRC, n)).isDirectory() && n !== 'setup')) {
    const inside = readdirSync(join(SRC, room));
    t.ok(inside.includes('index.ts'), `${room}/index.ts`);
    t.ok(inside.includes('README.md'), `${room}/README.md`);
  }
});

t.test('tests mirror sources: no orphan', async (t) => {
  const TESTS = join(ROOT, 'tests');
  const free = new Set(['support', 'testbed', 'bench', 'fuzz', 'live', 'e2e', 'endurance', 'hostile']);
  for (const f of filesUnder(TESTS).filter((n) => n.endsWith('.test.ts'))) {
    const name = relative(TESTS, f);
    if (!name.includes('/') || free.has(roomOf(name))) continue;
    const twin = name.replace(/\.test\.ts$/, '');
    const ok =
      sources.some((s) => s.name === `${twin}.ts` || s.name.startsWith(`${twin}/`)) ||
      sources.some((s) => dirname(s.name) === dirname(name)) ||
      // set-up runs before anything is compiled
      existsSync(join(ROOT, 'src', `${twin}.mjs`));
    t.ok(ok, `tests/${name} has a source`);
  }
});
