import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { EvidenceReader, evidenceProblems } from '../../src/evidence/index.js';
import { assembleSpec, Replay, readConfig } from '../../src/runtime/index.js';
import { readAll } from '../support/capture-bytes.js';
import { haveProgram } from '../support/namespace.js';
import { projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(240_000);

const capture = join(projectRoot(), 'pcaps', 'ward-demo', 'capture.pcap');

async function replay(dir: string, config = ''): Promise<Verdict[]> {
  const path = join(dir, 'wardwire.yaml');
  writeFileSync(path, config);
  const verdicts: Verdict[] = [];
  const source = { kind: 'files', files: [capture], speed: 'max' } as const;
  const spec = assembleSpec(readConfig(path), source, { modelDir: null, evidenceDir: join(dir, 'evidence') });
  await new Replay(spec, { verdict: (v) => verdicts.push(v) }).run();
  return verdicts;
}

t.test('a replay: a capture for each incident, named in its verdicts, the same every time', async (t) => {
  const dir = temporaryFolder(t);
  const verdicts = await replay(dir);
  const reader = new EvidenceReader(join(dir, 'evidence'));
  const list = reader.list();
  t.ok(list.length >= 6, `${list.length} captures`);
  t.same(reader.chain(), []);
  const original = new Map((await readAll([capture])).packets.map((p) => [`${p.tsUs} ${p.wireLen}`, p]));
  for (const e of list) {
    const judged = await reader.verify(e, []);
    t.ok(judged.ok && judged.packets_checked, judged.problems.join());
    const told = verdicts.filter((v) => v.evidence?.id === e.id);
    t.equal(told[0].id, e.verdict, 'the verdict that opened the incident');
    t.equal(told[0].incident.state, 'open');
    for (const v of told) {
      t.equal(v.incident.id, e.incident);
      t.match(v.evidence, { sha256: e.packets_sha256, packets: e.packets, from: e.from });
    }
    t.ok(
      told.some((v) => v.incident.state === 'closed'),
      'the last verdict of the incident names it too',
    );
    const { packets, comment } = await reader.packets(e, []);
    t.match(comment, e.verdict);
    t.equal(packets.length, e.packets + e.packets_after);
    const commented = packets.flatMap((p, i) => (p.comment === null ? [] : [i]));
    t.same(commented, [e.packets - 1], 'the newest packet of the verdict bears the comment');
    t.match(
      packets[e.packets - 1].comment,
      new RegExp(`${e.verdict}[\\s\\S]*${told[0].reasons[0].text.slice(0, 20).replace(/[^\w ]/g, '.')}`),
    ); // prettier-ignore
    const trigger = Date.parse(e.trigger) * 1000;
    t.ok(
      packets.every((p) => p.tsUs > trigger - 31e6 && p.tsUs < trigger + 3.1e6 + 999),
      'within the time asked for',
    );
    t.ok(
      packets.every((p) => original.has(`${p.tsUs} ${p.wire}`)),
      'time and wire length as they were captured',
    );
    t.ok(
      packets.every((p) => p.captured <= 66 || p.captured === p.wire),
      'headers only',
    );
  }
  const severe = verdicts.filter((v) => v.severity === 'low' || v.severity === 'info');
  t.ok(
    severe.every((v) => v.evidence === null),
    'none below the least severity',
  );
  const other = temporaryFolder(t);
  await replay(other);
  const names = readdirSync(join(dir, 'evidence')).sort();
  t.same(readdirSync(join(other, 'evidence')).sort(), names);
  for (const n of names)
    t.ok(readFileSync(join(dir, 'evidence', n)).equals(readFileSync(join(other, 'evidence', n))), `${n} is the same`);
  await replay(dir);
  t.equal(new EvidenceReader(join(dir, 'evidence')).list().length, list.length, 'the same capture again adds nothing');
});

t.test('without a folder or switched off there is no evidence', async (t) => {
  const dir = temporaryFolder(t);
  const verdicts = await replay(dir, 'evidence:\n  enabled: false\n');
  t.ok(verdicts.length > 10 && verdicts.every((v) => v.evidence === null));
  t.notOk(readdirSync(dir).includes('evidence'));
});

t.test('limits: time, packets, captures of a device, severity', async (t) => {
  const dir = temporaryFolder(t);
  const verdicts = await replay(
    dir,
    'evidence:\n  before_s: 2\n  after_s: 0\n  max_packets: 10\n  device_cuts_per_hour: 1\n  min_severity: medium\n',
  );
  const list = new EvidenceReader(join(dir, 'evidence')).list();
  t.ok(list.length >= 2);
  t.equal(new Set(list.map((e) => e.device)).size, list.length, 'one of each device');
  for (const e of list) {
    t.ok(e.packets <= 10 && e.packets_after === 0 && !['info', 'low'].includes(e.severity));
    t.ok(Date.parse(e.trigger) - Date.parse(e.from) <= 2000);
  }
  t.ok(list.some((e) => e.packets === 10 && e.incomplete));
  t.ok(
    verdicts.some((v) => !['info', 'low'].includes(v.severity) && v.evidence === null),
    'those over the limit have none',
  );
});

t.test('Wireshark reads them: capinfos, tshark, editcap', async (t) => {
  if (!haveProgram('tshark') || !haveProgram('capinfos')) return t.comment('SKIPPED LOUDLY: tshark is not installed');
  const dir = temporaryFolder(t);
  await replay(dir);
  const folder = join(dir, 'evidence');
  for (const e of new EvidenceReader(folder).list().slice(0, 3)) {
    const path = join(folder, e.file);
    const info = spawnSync('capinfos', ['-Tmr', '-c', '-a', '-e', '-u', path], { encoding: 'utf8' }).stdout;
    t.equal(Number(info.trim().split(',')[1]), e.packets + e.packets_after, info.trim());
    const r = spawnSync(
      'tshark',
      ['-r', path, '-Y', 'frame.comment', '-T', 'fields', '-e', 'frame.number', '-e', 'frame.comment'],
      { encoding: 'utf8' },
    ); // prettier-ignore
    t.equal(r.stdout.split('\t')[0], String(e.packets));
    t.match(r.stdout, e.verdict);
    const bad = spawnSync('tshark', ['-r', path, '-Y', '_ws.malformed && !dicom && !hl7'], { encoding: 'utf8' });
    t.equal(bad.stdout, '', 'no header is broken');
    const copy = join(dir, 'copy.pcap');
    t.equal(spawnSync('editcap', ['-F', 'nsecpcap', path, copy]).status, 0);
    const [ours, theirs] = [(await readAll([path])).packets, (await readAll([copy])).packets];
    const plain = (p: (typeof ours)[number]): unknown => [p.tsUs, p.wireLen, p.data];
    t.same(theirs.map(plain), ours.map(plain));
  }
});

t.test('whole packets only encrypted: a key is a must, and a key with a typing mistake is found', async (t) => {
  t.match(evidenceProblems({ payload: 'full', recipients: [] }), [{ path: 'evidence.recipients', text: /public key/ }]);
  const good = 'age14fu5yyv4hpcrefg9svr79avx9jqwhrgd95nlx42vdghefyvtadys939gy7';
  t.same(evidenceProblems({ payload: 'full', recipients: [good] }), []);
  t.match(evidenceProblems({ payload: 'header', recipients: [good.replace('14fu', '14fv')] }), [{ text: /checksum/ }]);
  const dir = temporaryFolder(t);
  const path = join(dir, 'wardwire.yaml');
  writeFileSync(path, 'evidence:\n  payload: full\n');
  const r = wardwire(['check-config', path]);
  t.equal(r.code, 78);
  t.match(r.err + r.out, /evidence\.recipients.*no public key[\s\S]*age-keygen/);
});

t.test("whole packets: encrypted to a key of Debian's age, read back by age and by ourselves", async (t) => {
  if (!haveProgram('age-keygen')) return t.comment('SKIPPED LOUDLY: age is not installed');
  const dir = temporaryFolder(t);
  const key = join(dir, 'key.txt');
  t.equal(spawnSync('age-keygen', ['-o', key]).status, 0);
  const recipient = /public key: (age1\w+)/.exec(readFileSync(key, 'utf8'))?.[1] as string;
  await replay(dir, `evidence:\n  payload: full\n  recipients: [${recipient}]\n`);
  const folder = join(dir, 'evidence');
  const list = new EvidenceReader(folder).list();
  t.ok(list.length >= 6);
  t.ok(
    readdirSync(folder).every((n) => n === 'manifest.ndjson' || n.endsWith('.pcapng.age')),
    'nothing lies there in clear',
  );
  const original = new Map((await readAll([capture])).packets.map((p) => [`${p.tsUs} ${p.wireLen}`, p.data]));
  const e = list[1];
  const clear = join(dir, 'clear.pcapng');
  t.equal(spawnSync('age', ['-d', '-i', key, '-o', clear, join(folder, e.file)]).status, 0, 'age decrypts it');
  const packets = (await readAll([clear])).packets;
  t.equal(packets.length, e.packets + e.packets_after);
  for (const p of packets) t.equal(p.data, original.get(`${p.tsUs} ${p.wireLen}`), 'byte for byte');
  const own = join(dir, 'own.pcapng');
  const r = wardwire(['evidence', 'decrypt', e.id, '--dir', folder, '--identity', key, '-o', own]);
  t.equal(r.code, 0, r.err);
  t.ok(readFileSync(own).equals(readFileSync(clear)));
  const verified = JSON.parse(wardwire(['evidence', 'verify', '--dir', folder, '--identity', key, '--json']).out);
  t.ok(verified.ok && verified.captures.every((c: { packets_checked: boolean }) => c.packets_checked));
  const other = join(dir, 'other.txt');
  spawnSync('age-keygen', ['-o', other]);
  const wrong = wardwire(['evidence', 'decrypt', e.id, '--dir', folder, '--identity', other, '-o', join(dir, 'no')]);
  t.equal(wrong.code, 1);
  t.match(wrong.err, /cannot be decrypted/);
});
