import { spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { EvidenceFolder } from '../../src/evidence/folder.js';
import { EvidenceReader } from '../../src/evidence/index.js';
import { captures, MANIFEST_FILE, readManifest } from '../../src/evidence/manifest.js';
import { captureFacts } from '../support/capture-facts.js';
import { temporaryFolder } from '../support/wardwire.js';

t.setTimeout(180_000);

const limits = { maxBytes: 10_000, maxFiles: 5 };
const put = (f: EvidenceFolder, id: string, severity: Parameters<typeof captureFacts>[1], bytes = 100): string =>
  f.store(captureFacts(id, severity), `${id}.pcapng`, Buffer.alloc(bytes, id));
const manifest = (dir: string): ReturnType<typeof readManifest> =>
  readManifest(readFileSync(join(dir, MANIFEST_FILE), 'utf8'));
const files = (dir: string): string[] =>
  readdirSync(dir)
    .filter((n) => n !== MANIFEST_FILE)
    .sort();

t.test('over the quota the lowest severity goes first, the oldest of it first; never for a lower one', async (t) => {
  const dir = temporaryFolder(t);
  const f = new EvidenceFolder(dir, limits);
  for (const [id, s] of [
    ['a', 'critical'],
    ['b', 'low'],
    ['c', 'medium'],
    ['d', 'low'],
    ['e', 'high'],
  ] as const) {
    t.equal(put(f, id, s), 'written');
  } // prettier-ignore
  t.equal(put(f, 'f', 'medium'), 'written');
  t.same(
    files(dir),
    ['a', 'c', 'd', 'e', 'f'].map((n) => `${n}.pcapng`),
    'b left: low, and older than d',
  );
  t.equal(put(f, 'g', 'low'), 'written', 'an equal one replaces the oldest');
  t.equal(put(f, 'h', 'high', 9_950), 'quota', 'what would push out higher ones is refused');
  t.equal(f.files, 5, 'and pushes out nothing');
  t.ok(files(dir).includes('a.pcapng') && files(dir).includes('e.pcapng'));
  t.equal(put(f, 'i', 'critical', 20_000), 'quota', 'larger than all room');
  t.equal(put(f, 'a', 'critical'), 'known', 'the same again is nothing new');
  t.equal(f.bytes, files(dir).length * 100);
  t.same(manifest(dir).broken, []);
  const again = new EvidenceFolder(dir, limits);
  t.same([again.files, again.bytes, again.broken, again.missing], [f.files, f.bytes, 0, 0]);
});

t.test('a chain: each entry names the one before; every change is found', async (t) => {
  const dir = temporaryFolder(t);
  const f = new EvidenceFolder(dir, limits);
  for (const id of ['a', 'b', 'c', 'd']) put(f, id, 'high');
  const path = join(dir, MANIFEST_FILE);
  const good = readFileSync(path, 'utf8');
  const lines = good.trimEnd().split('\n');
  t.same(manifest(dir).broken, []);
  for (let i = 0; i < lines.length; i++) {
    const without = [...lines.slice(0, i), ...lines.slice(i + 1)];
    const read = readManifest(`${without.join('\n')}\n`);
    if (i < lines.length - 1) t.ok(read.broken.length > 0, `without line ${i + 1}`);
    const changed = lines.map((l, k) => (k === i ? l.replace('pacs', 'server') : l));
    t.match(readManifest(`${changed.join('\n')}\n`).broken, [{ line: i + 1, text: 'was changed' }]);
  }
  t.ok(readManifest(`${[lines[1], lines[0], ...lines.slice(2)].join('\n')}\n`).broken.length > 0, 'exchanged lines');
  t.match(readManifest('x\n').broken, [{ line: 1, text: 'is no JSON' }]);
  const head = new EvidenceReader(dir).head();
  writeFileSync(path, `${lines.slice(0, 3).join('\n')}\n`);
  t.not(new EvidenceReader(dir).head(), head, 'what was taken from the end shows in the newest hash');
  t.same(new EvidenceReader(dir).chain(), ['d.pcapng: is not in the manifest']);
});

t.test('the manifest of many evicted captures begins anew and still holds', async (t) => {
  const dir = temporaryFolder(t);
  const f = new EvidenceFolder(dir, limits);
  for (let i = 0; i < 300; i++) put(f, `n${i}`, i % 7 === 0 ? 'high' : 'critical');
  const { entries, broken } = manifest(dir);
  t.same(broken, []);
  t.ok(entries.length < 150, `${entries.length} entries`);
  t.equal(entries[0].kind, 'checkpoint');
  t.same(
    captures(entries)
      .map((e) => e.file)
      .sort(),
    files(dir),
  );
  t.ok(f.evicted > 200, `${f.evicted} evicted`);
});

t.test('what was cut off while it was written is finished or removed', async (t) => {
  const dir = temporaryFolder(t);
  put(new EvidenceFolder(dir, limits), 'a', 'high');
  const path = join(dir, MANIFEST_FILE);
  appendFileSync(path, '{"n":2,"prev":"ab');
  writeFileSync(join(dir, 'b.pcapng.part'), 'half');
  const f = new EvidenceFolder(dir, limits);
  t.same(files(dir), ['a.pcapng']);
  t.equal(put(f, 'c', 'low'), 'written');
  t.same(manifest(dir).broken, []);
  rmSync(join(dir, 'a.pcapng'));
  const after = new EvidenceFolder(dir, limits);
  t.same([after.files, after.missing], [1, 1], 'what somebody removed is told');
});

t.test('a disk that is full leaves nothing behind, and the next capture is written when there is room', async (t) => {
  const dir = temporaryFolder(t);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', dir]).status !== 0)
    return t.comment('SKIPPED LOUDLY: a small disk cannot be mounted here');
  t.teardown(() => spawnSync('umount', [dir]));
  const f = new EvidenceFolder(dir, { maxBytes: 1e6, maxFiles: 100 });
  put(f, 'a', 'high');
  const ballast = join(dir, 'ballast');
  writeFileSync(ballast, Buffer.alloc(60_000));
  t.throws(() => put(f, 'b', 'high', 90_000), /ENOSPC/);
  t.same(files(dir), ['a.pcapng', 'ballast']);
  t.same([f.files, f.bytes], [1, 100]);
  rmSync(ballast);
  t.equal(put(f, 'c', 'high', 90_000), 'written');
  t.same(manifest(dir).broken, []);
  t.same(
    captures(manifest(dir).entries).map((e) => e.id),
    ['a', 'c'],
  );
});

t.test('killed at any moment: whole captures or none', async (t) => {
  const dir = temporaryFolder(t);
  const rounds = Number(process.env.WARDWIRE_KILLS ?? 25);
  const writer = join(dirname(fileURLToPath(import.meta.url)), '..', 'support', 'evidence-writer.js');
  let seen = 0;
  for (let i = 0; i < rounds; i++) {
    const child = spawn(process.execPath, [writer, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 1 + ((i * 37) % 60)));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const f = new EvidenceFolder(dir, { maxBytes: 400_000, maxFiles: 30 });
    const { entries, broken } = manifest(dir);
    t.same(broken, []);
    t.equal(f.missing, 0, 'nothing that was entered is gone');
    const left = captures(entries);
    seen += left.length;
    t.same(files(dir), left.map((e) => e.file).sort(), 'no piece of a file');
    for (const e of left) {
      const bytes = readFileSync(join(dir, e.file));
      if (hash('sha256', bytes, 'hex') !== e.sha256) t.fail(`${e.file} is not whole`);
    }
  }
  t.comment(`${rounds} kills, ${seen} captures looked at, all whole`);
});
