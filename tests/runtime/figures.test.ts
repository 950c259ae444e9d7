import t from 'tap';
import {
  type AppEvent,
  type DeviceDirectory,
  type FeatureRow,
  type FeatureSchema,
  FIGURE_FEATURES,
  FlowColumns,
} from '../../src/core/index.js';
import { featureSchema } from '../../src/features/index.js';
import { FigureBoard, positionIn } from '../../src/runtime/figures.js';

const schema: FeatureSchema = featureSchema;
const ids = (n: number): DeviceDirectory =>
  ({ size: n, get: (i: number) => ({ id: `d${i}` }) }) as unknown as DeviceDirectory;

t.test('every feature told is one that exists', async (t) => {
  for (const name of FIGURE_FEATURES)
    t.ok(
      schema.features.some((f) => f.name === name),
      name,
    );
});

t.test('where a value lies in its range', async (t) => {
  t.equal(positionIn(false, 2, 2, 4), 0);
  t.equal(positionIn(false, 4, 2, 4), 1);
  t.equal(positionIn(false, 5, 2, 4), 1.5);
  t.equal(positionIn(true, Math.E - 1, 0, Math.E ** 2 - 1), 0.5, 'amounts by their logarithm');
  t.equal(positionIn(false, 3, 3, 3), 0.5, 'a range that is a point');
  t.equal(positionIn(false, 1e9, 0, 1), 10, 'cut far outside');
  t.ok(Number.isNaN(positionIn(false, Number.NaN, 0, 1)), 'not observed');
});

t.test('devices a few at a time, a device once in five seconds, links bounded', async (t) => {
  const columns = new FlowColumns(1024);
  const board = new FigureBoard(ids(200), columns, schema, {
    inventory: { max_devices: 256 },
    metrics: { hl7_links: 256 },
  });
  const row = (device: number, tsUs: number): FeatureRow => ({
    device,
    tsUs,
    values: new Float64Array(schema.features.length),
    schemaId: schema.id,
  });
  for (let d = 0; d < 100; d++) board.scored(row(d, 6e6), 0.25, null);
  const first = board.take();
  t.equal(first.devices.length, 64);
  t.equal(first.devices[0].device, 'd0');
  t.equal(first.devices[0].score, 0.25);
  t.equal(board.take().devices.length, 36);
  t.equal(board.take().devices.length, 0);
  board.scored(row(3, 10e6), 0.5, null);
  t.equal(board.take().devices.length, 0, 'too soon');
  board.scored(row(3, 11e6), 0.5, null);
  t.same(
    board.take().devices.map((d) => d.device),
    ['d3'],
  ); // prettier-ignore

  // an engine (d1) hears 300 senders, each on a connection of its own
  const said = (flow: number, ev: object): void => board.event({ flow, dir: 0, tsUs: 0, ...ev } as AppEvent);
  for (let flow = 0; flow < 150; flow++) {
    columns.device[2 * flow] = flow + 2 > 199 ? 0 : flow + 2;
    columns.device[2 * flow + 1] = 1;
    said(flow, { kind: 'hl7.message', acknowledges: false });
    said(flow, { kind: 'hl7.message', dir: 1, acknowledges: true });
    said(flow, { kind: 'hl7.ack', dir: 1, code: 'AA', latencyUs: 2000 });
    said(flow, { kind: 'hl7.ack', dir: 1, code: 'AE', latencyUs: Number.NaN });
  }
  const { links } = board.take();
  t.equal(links.length, 150);
  t.same(links[0], { sender: 'd2', receiver: 'd1', messages: 1, acks: 1, naks: 1, timed: 1, ackSeconds: 0.002 });
  for (let flow = 150; flow < 400; flow++) {
    columns.device[2 * flow] = flow % 200;
    columns.device[2 * flow + 1] = 199 - (flow % 100);
    said(flow, { kind: 'hl7.message', acknowledges: false });
  }
  for (let i = 0; i < 4; i++) board.take();
  const more = board.take().links;
  t.equal(more.length, 257);
  t.ok((more.find((l) => l.sender === 'other')?.messages ?? 0) > 0, 'those beyond share one');
  t.equal(
    more.reduce((n, l) => n + l.messages, 0),
    400,
  ); // prettier-ignore
});
