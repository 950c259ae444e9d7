import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { ExitCode, Random } from '../../src/core/index.js';
import { hospitalMix } from '../support/gen/index.js';
import { temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(300_000);

/** Three amounts that go together and a protocol; every tenth row is an attack of one of two classes. */
function flows(): string {
  const r = new Random(1);
  const lines = ['src,packets,octets,"rate, mean",proto,label'];
  for (let i = 0; i < 1200; i++) {
    const n = Math.exp(3 + 0.5 * r.normal());
    const kind = i % 10 === 0 ? (i % 20 === 0 ? 'flood' : 'tunnel') : 'benign';
    const octets = n * (kind === 'tunnel' ? 20_000 : 500 + 50 * r.normal());
    lines.push(`h${i},${kind === 'flood' ? n * 900 : n},${octets},${n / 3},${i % 3 ? 'tcp' : 'udp'},${kind}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}

t.test('a labelled table: figures, the same by the same seed, one page without anything from outside', async (t) => {
  const dir = temporaryFolder(t);
  const csv = join(dir, 'flows.csv.gz');
  const html = join(dir, 'report.html');
  writeFileSync(csv, gzipSync(flows()));
  const args = ['evaluate', csv, '--drop', 'src', '--seeds', '2', '--attack', 'slow', '--attack', 'noise'];
  const a = wardwire([...args, '--json', '--html', html]);
  t.equal(a.code, ExitCode.Ok, a.err);
  const report = JSON.parse(a.out);
  t.match(report, {
    schema: 'wardwire.evaluate.v1',
    benignRows: 1080,
    attackRows: 120,
    default: 'fused',
    seeds: [1, 2],
  });
  const fused = report.detectors.find((d: { name: string }) => d.name === 'fused');
  t.ok(fused.auroc.mean > 0.95 && fused.found[0].found.mean > 0.9, JSON.stringify(fused.found));
  t.same(fused.classes.map((c: { name: string; rows: number }) => [c.name, c.rows]).sort(), [
    ['flood', 60],
    ['tunnel', 60],
  ]);
  t.ok(report.learning.length >= 3 && report.correlation.pairs[0].r > 0.5);
  t.same(
    report.attacks.map((x: { kind: string }) => x.kind),
    ['slow', 'noise'],
  );
  t.ok(report.attacks[0].points.at(-1).found.fused.mean < report.attacks[0].points[0].found.fused.mean, 'slow hides');
  t.equal(wardwire([...args, '--json']).out, a.out, 'same seed, same report');
  const page = readFileSync(html, 'utf8');
  t.match(page, /<svg/);
  t.notMatch(page, /<script|https?:\/\/|<link|src=/);
  const text = wardwire(['evaluate', csv, '--drop', 'src', '--seeds', '1', '--no-learning']);
  t.match(text.out, /fused \(default\) .*\n/);
  t.match(text.out, /found at 1 % false alarms/);
});

t.test('bad tables and bad words end with a clear error', async (t) => {
  const dir = temporaryFolder(t);
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const bad = wardwire(['evaluate', file('a.csv', 'x,label\n1,0\n2,0,9\n3,bad\n')]);
  t.equal(bad.code, ExitCode.Runtime);
  t.match(bad.err, /a\.csv, line 3: 3 fields where the first line has 2/);
  t.match(wardwire(['evaluate', join(dir, 'none.csv')]).err, /none\.csv: cannot be read/);
  t.match(
    wardwire(['evaluate', file('b.csv', 'x,y\n1,2\n'), '--label', 'z']).err,
    /no column 'z'.*\n.*columns are: x, y/,
  );
  const few = wardwire(['evaluate', file('c.csv', 'x,label\n1,0\n2,bad\n')]);
  t.match(few.err, /1 benign rows are too few/);
  for (const words of [
    ['--seeds', '0'],
    ['--budget', '-1'],
    ['--attack', 'stealth'],
    ['--train', 'a.pcap'],
  ]) {
    t.equal(wardwire(['evaluate', join(dir, 'a.csv'), ...words]).code, ExitCode.Usage, words.join(' '));
  }
});

t.test('labelled captures: learned from ordinary work, all detectors by episode', async (t) => {
  const dir = temporaryFolder(t);
  const [train, test, labels, config] = ['a.pcap', 'b.pcap', 'labels.csv', 'w.yaml'].map((f) => join(dir, f));
  hospitalMix({ path: train, packets: 40_000, kind: 'mixed', devices: 60, seed: 1 });
  const { seconds } = hospitalMix({
    path: test,
    packets: 40_000,
    kind: 'mixed',
    devices: 60,
    seed: 2,
    attackShare: 0.05,
  });
  const from = 1_894_003_200;
  writeFileSync(config, 'baseline:\n  row_interval_s: 1\n  min_rows: 60\n');
  const header = 'from,until,actor_ip,victim_ip,scenario,attack';
  writeFileSync(labels, `${header}\n${from},${from + seconds},10.64.88.10,10.64.88.10,net.scan.ports,syn scan\n`);
  const r = wardwire(['evaluate', test, '--labels', labels, '--train', train, '--config', config, '--json']);
  t.equal(r.code, ExitCode.Ok, r.err);
  const report = JSON.parse(r.out);
  t.match(report.verdicts, { found: 1, named: 1, nameable: 1 });
  t.ok(report.verdicts.episodes[0].firstS < 30);
  t.ok(report.benignWindows > 100 && report.learned.length === 6, r.out.slice(0, 300));
  writeFileSync(labels, `${header}\nsoon,2,a,b,,x\n`);
  const bad = wardwire(['evaluate', test, '--labels', labels]);
  t.equal(bad.code, ExitCode.Runtime);
  t.match(bad.err, /labels\.csv, line 2, column from: no time \(seconds since 1970, or RFC 3339 with a zone\)/);
});
