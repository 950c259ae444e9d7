import t from 'tap';
import { type Device, homeOf, homeWord } from '../../src/core/index.js';
import type { TrainJob } from '../../src/runtime/messages.js';
import { SharedCounters } from '../../src/runtime/shared-counters.js';
import { SharedInventory } from '../../src/runtime/shared-inventory.js';
import { joinJobs, joinLearned, SharedLearned, SharedTraining } from '../../src/runtime/shared-learning.js';
import { someDevice } from '../support/some-device.js';

// What several sensor processes tell, as what one sensor tells.

const at = (process: number, of: number, n = 0): string => {
  for (let i = 1; ; i++) if (homeOf(homeWord([`10.0.0.${i}`]), of) === process && n-- === 0) return `10.0.0.${i}`;
};
const device = (id: string, address: string, more: Partial<Device> = {}): Device => ({
  ...someDevice(id),
  addresses: [address],
  ...more,
});
const nothing = { devices: [], gone: [], conversations: [] };

t.test('a device is told by its home, once; a listed server by whoever sees it until its home does', async (t) => {
  const server = at(1, 2);
  const inventory = new SharedInventory(2, [server]);
  const d = device('a', at(0, 2), { type: 'pacs' });
  t.same(inventory.take(1, { ...nothing, devices: [d] }).devices, []);
  t.equal(inventory.size, 0);
  t.same(inventory.take(0, { ...nothing, devices: [d] }).devices, [d]);
  const s = device('s', server, { type: 'server' });
  t.same(inventory.take(0, { ...nothing, devices: [s] }).devices, [s]);
  t.same(inventory.take(1, { ...nothing, devices: [s] }).devices, [s], 'its home');
  t.same(inventory.take(0, { ...nothing, devices: [s] }).devices, [], 'has the last word');
  t.same(inventory.byType(), { pacs: 1, server: 1 });
  t.same(inventory.take(1, { ...nothing, gone: ['a'] }).gone, [], 'a row of a peer left');
  t.same(inventory.take(0, { ...nothing, gone: ['a'] }).gone, ['a']);
  t.equal(inventory.size, 1);
});

t.test('a conversation is told by the home of who began it, or of the end that is no server', async (t) => {
  const server = at(1, 2);
  const inventory = new SharedInventory(2, [server]);
  const [a, b] = [at(0, 2), at(1, 2, 1)];
  inventory.remember([device('a', a), device('b', b), device('s', server)]);
  const c = (src: string, dst: string): never => ({ src, dst }) as never;
  const takers = (src: string, dst: string): number[] =>
    [0, 1].filter((p) => inventory.take(p, { ...nothing, conversations: [c(src, dst)] }).conversations.length > 0);
  t.same(takers('a', 'b'), [0]);
  t.same(takers('b', 'a'), [1]);
  t.same(takers('s', 'a'), [0]);
  t.same(takers('external', 'b'), [1]);
  t.same(takers('a', 'multicast'), [0]);
});

const line = (id: string, n: number): string => JSON.stringify({ id, rows: n });
const state = (...devices: string[]): string => `{"schema":"x","seed":1,"devices":[\n${devices.join(',\n')}\n]}\n`;

t.test('the learned state has of each device the line of its home', async (t) => {
  const home = (id: string): number => Number(id.at(-1));
  const joined = joinLearned(
    [state(line('a0', 1), line('b1', 2)), state(line('a0', 3), line('b1', 4), line('"c0', 5))],
    home,
  );
  t.same(JSON.parse(joined).devices, [
    { id: 'a0', rows: 1 },
    { id: 'b1', rows: 4 },
    { id: '"c0', rows: 5 },
  ]);
  t.equal(joinLearned(['', ''], home), '');
  t.same(JSON.parse(joinLearned([state(), ''], home)).devices, []);
});

t.test('an order is done when every process has done it', async (t) => {
  const written: { text: string; done: readonly string[] }[] = [];
  const learned = new SharedLearned(
    2,
    () => 0,
    (m) => written.push(m),
  );
  const piece = (text: string, done: string[] = []) => ({ text, first: true, last: true, done });
  learned.take(0, piece(state(line('a', 1)), ['o1']));
  t.equal(written.length, 0, 'the other has not told yet');
  learned.take(1, piece(state()));
  t.same(written[0].done, []);
  learned.take(1, piece(state(), ['o1']));
  learned.flush();
  t.same(written[1].done, ['o1']);
  learned.flush();
  t.equal(written.length, 2, 'nothing new, nothing written');
});

const job = (ids: string[], rows: number): TrainJob => ({
  ...{ type: 'x', seed: 1, width: 2, fromUs: rows, untilUs: 10 * rows, ids },
  rows: new Float64Array(rows * 2).fill(rows),
  owner: Int32Array.from({ length: rows }, (_, i) => i % ids.length),
  tsUs: new Float64Array(rows),
  seen: new Uint32Array(ids.length).fill(rows),
  medians: new Float32Array(ids.length * 2),
});

t.test('rows of a type are put together, and refused while they are too few', async (t) => {
  const one = joinJobs([job(['a', 'b'], 3), job(['c'], 2)]);
  t.same([...one.owner], [0, 1, 0, 2, 2]);
  t.same(one.ids, ['a', 'b', 'c']);
  t.equal(one.rows.length, 10);
  t.same([...one.seen], [3, 3, 2]);
  t.same([one.fromUs, one.untilUs], [2, 30]);
  const got: number[] = [];
  const refused: (readonly number[])[] = [];
  const training = new SharedTraining(
    () => 5,
    (j) => got.push(j.owner.length),
    (_type, by) => refused.push(by),
  );
  training.take(1, job(['c'], 2));
  training.take(0, job(['a', 'b'], 3));
  const keep = setTimeout(() => undefined, 10_000);
  while (got.length === 0) await new Promise((r) => setTimeout(r, 50));
  training.take(1, job(['c'], 2));
  while (refused.length === 0) await new Promise((r) => setTimeout(r, 50));
  clearTimeout(keep);
  t.same(got, [5]);
  t.same(refused, [[1]]);
});

t.test('counters are added up, states are the highest, devices are counted once', async (t) => {
  const stats = (n: number) => ({
    ...{ delivered: n, octets: n, received: n, droppedKernel: -1, droppedInterface: 0, lastUs: n },
    ...{ bytesRead: 0, bytesTotal: -1 },
  });
  const def = (type: 'counter' | 'gauge', name: string) => ({ type, name, help: '', labels: {} });
  const part = (order: number[], values: number[]) => {
    const defs = [def('counter', 'n_total'), def('gauge', 'wardwire_overload_rung'), def('gauge', 'wardwire_devices')];
    const snapshot = {
      ...{ defs: order.map((i) => defs[i]), values: Float64Array.from(values), base: Float64Array.from([1, 0, 0]) },
      ...{ stats: stats(values[0]), weirds: { w: 1 }, devicesByType: { x: 9 } },
      figures: { devices: new Map(), links: new Map() },
    };
    return { snapshot, up: true };
  };
  const known = { size: 3, byType: () => ({ x: 3 }) };
  const all = new SharedCounters(2).join([part([0, 1, 2], [5, 2, 4]), part([0, 2, 1], [7, 4, 3])], known);
  const value = (name: string): number => all.values[all.defs.findIndex((d) => d.name === name)];
  t.equal(value('n_total'), 12);
  t.equal(value('wardwire_overload_rung'), 3);
  t.equal(value('wardwire_devices'), 3);
  t.equal(all.base[all.defs.findIndex((d) => d.name === 'n_total')], 2);
  t.same(all.weirds, { w: 2 });
  t.same(all.devicesByType, { x: 3 });
  t.equal(all.stats.delivered, 12);
  t.equal(all.stats.droppedKernel, -1);
});
