import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import type { Finding, Verdict } from '../../src/core/index.js';
import { Incidents } from '../../src/verdict/incidents.js';
import { MAX_VERDICT_BYTES } from '../../src/verdict/index.js';
import { pcapBytes, readAll } from '../support/capture-bytes.js';
import { ethernet, hex, ip4, udp } from '../support/frames.js';
import { projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

const demo = join(projectRoot(), 'pcaps', 'ward-demo');
const schema = JSON.parse(
  readFileSync(join(projectRoot(), 'config', 'schema', 'verdict.schema.json'), 'utf8'),
) as object;

t.test('every verdict of the demo fits the published schema, and a strange field does not', async (t) => {
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
  const r = wardwire(['replay', '--json', '--config', join(demo, 'wardwire.yaml'), join(demo, 'capture.pcap')]);
  const verdicts = r.out
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Verdict); // prettier-ignore
  t.ok(verdicts.length > 20);
  for (const v of verdicts) {
    t.ok(validate(v), `${v.scenario}: ${JSON.stringify(validate.errors)}`);
    t.ok(Buffer.byteLength(JSON.stringify(v)) <= MAX_VERDICT_BYTES);
    if (['ventilator', 'infusion-pump', 'defibrillator', 'patient-monitor'].includes(v.device.type)) {
      t.same(
        [v.advice.isolate, v.advice.do_not_isolate],
        [false, true],
        'isolation is never advised for what keeps people alive or watched',
      );
    }
  }
  t.notOk(validate({ ...verdicts[0], patient: 'x' }), 'no undeclared field');
  t.same(
    Object.keys(verdicts[0]),
    [
      'schema',
      'id',
      'seq',
      'boot_id',
      'sensor',
      'observed_at',
      'issued_at',
      'latency_ms',
      'budget_ms',
      'within_budget',
      'device',
      'role',
      'peer',
      'flow',
      'scenario',
      'scenario_id',
      'incident',
      'severity',
      'p_value',
      'score',
      'threshold',
      'detectors',
      'reasons',
      'attack',
      'advice',
      'evidence',
      'coverage',
      'model',
    ],
    'the names are an interface',
  ); // prettier-ignore
});

t.test('a mirrored port behind a tunnel: the same verdicts, and the tunnel is told', async (t) => {
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
  const dir = temporaryFolder(t);
  const { packets } = await readAll([join(demo, 'capture.pcap')]);
  const header = hex('0800000000002a00');
  const wrapped = packets.map((p) => ({
    s: Math.floor(p.tsUs / 1e6),
    f: Math.round(p.tsUs % 1e6),
    data: ethernet(
      0x0800,
      ip4(17, udp(50_000, 4789, Buffer.concat([header, hex(p.data)])), { src: '192.0.2.1', dst: '192.0.2.2' }),
    ),
  }));
  const capture = join(dir, 'vxlan.pcap');
  writeFileSync(capture, pcapBytes(wrapped));
  const run = (file: string): Verdict[] =>
    wardwire(['replay', '--json', '--config', join(demo, 'wardwire.yaml'), file])
      .out.trim()
      .split('\n')
      .map((l) => JSON.parse(l) as Verdict);
  const plain = run(join(demo, 'capture.pcap'));
  const inside = run(capture);
  const said = (v: Verdict): string =>
    `${v.scenario} ${v.severity} ${v.device.id} ${v.role} ${v.peer?.ip} ${v.incident.state}`;
  t.same(inside.map(said), plain.map(said));
  for (const v of inside) {
    t.ok(validate(v), JSON.stringify(validate.errors));
    if (v.flow === null) continue;
    t.match(v.flow.tunnel, { kind: 'vxlan', id: 42 });
    t.same([v.flow.tunnel?.from, v.flow.tunnel?.to].sort(), ['192.0.2.1', '192.0.2.2']);
  }
  t.ok(plain.every((v) => v.flow === null || v.flow.tunnel === undefined));
});

const finding = (tsUs: number, severity: Finding['severity'] = 'low', device = 1): Finding => ({
  scenario: 'net.scan.ports',
  scenarioId: 'N01',
  detector: 'r',
  device,
  role: 'actor',
  peer: null,
  flow: -1,
  tsUs,
  severity,
  pValue: null,
  score: 1,
  threshold: 1,
  parts: [],
  reasons: [],
  attack: [],
  model: null,
}); // prettier-ignore
const rank = (f: Finding): number => ['info', 'low', 'medium', 'high', 'critical'].indexOf(f.severity);

t.test('one incident, not a storm', async (t) => {
  let ids = 0;
  const all = new Incidents({
    limits: () => ({ closeAfterUs: 300e6, updateMinUs: 0, peersMax: 8 }),
    max: 3,
    deviceId: String,
    id: () => String(++ids),
  });
  const told: number[] = [];
  for (let i = 1; i <= 100; i++) if (all.take(finding(i * 1e6), rank).told !== null) told.push(i);
  t.same(told, [1, 2, 4, 8, 16, 32, 64], 'told at growing intervals');
  t.equal(all.take(finding(101e6, 'critical'), rank).told, 'update', 'at once when the severity rises');
  t.equal(all.take(finding(102e6, 'critical'), rank).told, null);
  t.equal(all.size, 1);
  t.same(all.quiet(400e6), [], 'not quiet long enough');
  t.equal(all.quiet(403e6)[0].count, 102);
  for (let d = 1; d <= 3; d++) all.take(finding(d * 1e6, 'low', d), rank);
  t.equal(
    all.take(finding(9e6, 'low', 4), rank).evicted?.worst.device,
    1,
    'the quietest leaves when there are too many',
  );
  t.equal(all.all().length, 3);
});

t.test('updates keep their distance in time', async (t) => {
  const all = new Incidents({
    limits: () => ({ closeAfterUs: 300e6, updateMinUs: 10e6, peersMax: 8 }),
    max: 3,
    deviceId: String,
    id: () => 'x',
  });
  let told = 0;
  for (let i = 0; i < 1000; i++) if (all.take(finding(i * 1000), rank).told !== null) told++;
  t.equal(told, 1, 'a thousand findings within a second are one line');
});

t.test('a flood from everywhere is one line more, not one a peer', async (t) => {
  let ids = 0;
  const all = new Incidents({
    limits: () => ({ closeAfterUs: 300e6, updateMinUs: 0, peersMax: 16 }),
    max: 4096,
    deviceId: String,
    id: () => String(++ids),
  });
  let told = 0;
  for (let i = 0; i < 10_000; i++) {
    const peer = { ip: `203.0.113.${i}`, port: null, mac: null, device: -1 };
    if (all.take({ ...finding(i * 1000), peer }, rank).told !== null) told++;
  }
  t.equal(all.size, 17, 'sixteen peers and the many');
  t.ok(told <= 16 + 14, `${told} lines of 10000 findings`);
  all.take({ ...finding(400e6), key: 'x' }, rank);
  t.equal(all.quiet(600e6).length, 16, 'the many go on');
  t.equal(all.take({ ...finding(601e6), key: 'y' }, rank).told, 'open', 'closed ones make room');
});

t.test('incidents of a sensor that died go on under their id, or are closed', async (t) => {
  const verdict = (device: string, count: number) =>
    ({ scenario: 'net.scan.ports', device: { id: device }, incident: { id: `old-${device}`, count } }) as Verdict;
  const make = () =>
    new Incidents({
      limits: () => ({ closeAfterUs: 300e6, updateMinUs: 0, peersMax: 9 }),
      max: 9,
      deviceId: (d) => `d${d}`,
      id: () => 'new',
    });
  const all = make();
  all.resume([
    { verdict: verdict('d1', 5), key: '', firstUs: 10e6, lastUs: 90e6, severity: 'high' },
    { verdict: verdict('d2', 1), key: '', firstUs: 10e6, lastUs: 20e6, severity: 'low' },
  ]);
  const a = all.take(finding(100e6, 'medium', 1), rank);
  t.match(a, { told: 'update', incident: { id: 'old-d1', firstUs: 10e6, count: 6, nextAt: 8 } });
  t.equal(a.incident.worst.severity, 'high', 'a severity that was told does not fall');
  t.equal(all.take(finding(101e6, 'medium', 3), rank).incident.id, 'new');
  t.same(all.abandoned(300e6), []);
  t.same(
    all.abandoned(321e6).map((b) => b.verdict.incident.id),
    ['old-d2'],
  );
  t.equal(all.take(finding(322e6, 'low', 2), rank).incident.id, 'new');
  const other = make();
  other.resume([{ verdict: verdict('d1', 5), key: '', firstUs: 1e15, lastUs: 1e15, severity: 'high' }]);
  t.equal(other.take(finding(5e6), rank).incident.id, 'new', 'another capture is another time');
  t.equal(other.abandoned(5e6).length, 1);
});
