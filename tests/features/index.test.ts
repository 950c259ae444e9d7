import t from 'tap';
import { FEATURES, SCHEMA, schemaId } from '../../src/features/index.js';
import { HandFeatures } from '../support/hand-features.js';
import { us } from '../support/hand-packets.js';

const A = '10.0.0.1';
const X = '10.9.9.9';

t.test('the catalogue is whole: numbers 1 to 61, unique names, words for people', async (t) => {
  t.ok(FEATURES.every((f) => (f.group === 'E' ? f.source.startsWith('E: ') : /^\d/.test(f.source))));
  const numbers = new Set(FEATURES.filter((f) => f.group !== 'E').map((f) => Number.parseInt(f.source, 10)));
  t.same(
    [...numbers].sort((a, b) => a - b),
    Array.from({ length: 61 }, (_, i) => i + 1),
  );
  t.equal(new Set(FEATURES.map((f) => f.name)).size, FEATURES.length);
  for (const f of FEATURES) {
    t.match(f.name, /^[a-z][a-z0-9_]*$/, f.name);
    t.ok(f.text.endsWith('.') && f.label.length > 3 && f.unit.length > 0, f.name);
  }
});

t.test('the schema id hangs on names, units, transforms and order', async (t) => {
  t.equal(schemaId(FEATURES), SCHEMA.id);
  const other = FEATURES.map((f) => ({ name: f.name, unit: f.unit, transform: f.transform }));
  t.equal(schemaId(other), SCHEMA.id);
  t.not(schemaId([...other].reverse()), SCHEMA.id);
  t.not(schemaId(other.map((f, i) => (i === 3 ? { ...f, unit: 'kB/s' } : f))), SCHEMA.id);
});

t.test('due after 64 packets or a second, and only with something new', async (t) => {
  const w = new HandFeatures([A], { row_gap_ms: 0 });
  t.equal(w.features.due(0, us(0)), false);
  for (let i = 0; i < 63; i++) w.send({ at: i / 1000, from: A, to: X });
  t.equal(w.features.due(0, us(0.1)), false);
  w.send({ at: 0.1, from: A, to: X });
  t.equal(w.features.due(0, us(0.1)), true);
  w.features.row(0, us(0.1));
  t.equal(w.features.due(0, us(5)), false, 'nothing new');
  w.send({ at: 1, from: A, to: X });
  t.equal(w.features.due(0, us(1.0)), false);
  t.equal(w.features.due(0, us(1.1)), true);
  t.equal(w.features.due(999_999, us(1.1)), false, 'a device never heard of');
});

t.test('a calm device has more time between rows, a busy one a least gap', async (t) => {
  const w = new HandFeatures([A], { row_gap_ms: 250, row_interval_calm_ms: 5000 }, 'low');
  for (let i = 0; i < 64; i++) w.send({ at: i / 1000, from: A, to: X });
  w.features.row(0, us(0.1));
  for (let i = 0; i < 64; i++) w.send({ at: 0.1 + i / 1000, from: A, to: X });
  t.equal(w.features.due(0, us(0.2)), false, 'within the least gap');
  t.equal(w.features.due(0, us(0.36)), true);
  w.features.row(0, us(0.36));
  w.send({ at: 1, from: A, to: X });
  t.equal(w.features.due(0, us(2)), false, 'a second is not enough for a calm device');
  t.equal(w.features.due(0, us(5.4)), true);
});

t.test('an event alone makes a device due a second later', async (t) => {
  const w = new HandFeatures([A]);
  const flow = w.send({ at: 0, from: A, to: X });
  w.features.row(0, us(0));
  w.event('dicom.abort', 0.5, flow, 0, {});
  t.equal(w.features.due(0, us(2)), true);
});

t.test('a row that changes hands starts from nothing', async (t) => {
  const w = new HandFeatures([A]);
  const flow = w.send({ at: 0, from: A, to: X });
  w.event('dicom.abort', 0.5, flow, 0, {});
  t.ok(w.get('d_reject_abort_ratio', 0, 1) !== 0);
  w.features.identity({
    kind: 'device.new',
    device: 0,
    tsUs: us(2),
    ip: '',
    mac: '',
    oldMac: '',
    oldAlive: false,
    byArp: false,
  });
  const row = w.features.row(0, us(3));
  for (let i = 0; i < FEATURES.length; i++) {
    t.ok(Number.isNaN(row.values[i]) || row.values[i] === 0, FEATURES[i].name);
  }
});

t.test('packets out of order in time harm nothing', async (t) => {
  const w = new HandFeatures([A]);
  for (const at of [100, 50, 101, 99.5, 0, 102]) w.send({ at, from: A, to: X });
  const row = w.features.row(0, us(102));
  for (const v of row.values) t.ok(Number.isNaN(v) || (Number.isFinite(v) && v >= 0));
});

t.test('20,000 devices are kept in bounds of a few kilobytes each', async (t) => {
  const w = new HandFeatures([]);
  const before = process.memoryUsage().arrayBuffers;
  for (let d = 0; d < 20000; d++) {
    const v = w.flows.packet({ at: d / 1000, from: A, to: X });
    v.srcDev = d;
    if (v.newFlow) w.features.flowOpened(v.slot, v);
    w.features.packet(v);
  }
  const perDevice = (process.memoryUsage().arrayBuffers - before) / 20000;
  t.ok(perDevice < 16384, `${Math.round(perDevice)} bytes a device`);
});
