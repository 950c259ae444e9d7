import t from 'tap';
import { homeOf, homeWord, PacketView, parseIp, Share, Takes } from '../../src/core/index.js';

function view(src: string, dst: string): PacketView {
  const v = new PacketView();
  const [a, b] = [parseIp(src), parseIp(dst)];
  if (a === null || b === null) throw new Error('no address');
  v.ipVersion = src.includes(':') ? 6 : 4;
  [v.src0, v.src1, v.src2, v.src3] = a;
  [v.dst0, v.dst1, v.dst2, v.dst3] = b;
  return v;
}

const shares = (of: number, servers: string[] = []): Share[] =>
  Array.from({ length: of }, (_, index) => new Share({ index, of, servers }));
const takers = (all: readonly Share[], v: PacketView): number[] =>
  all.flatMap((s, i) => (s.takes(v) === Takes.No ? [] : [i]));
const counters = (all: readonly Share[], v: PacketView): number => all.filter((s) => s.takes(v) === Takes.First).length;
const home = (ip: string, of: number): number => homeOf(parseIp(ip)?.[3] ?? 0, of);

t.test('both ends take a packet, one counts it', async (t) => {
  const all = shares(3);
  for (let i = 1; i < 200; i++) {
    const [a, b] = [`10.0.0.${i}`, `10.0.7.${(i * 7) % 250}`];
    const want = [...new Set([home(a, 3), home(b, 3)])].sort();
    for (const v of [view(a, b), view(b, a)]) {
      t.same(takers(all, v), want);
      t.equal(counters(all, v), 1);
    }
  }
});

t.test('neighbours are spread', async (t) => {
  for (const of of [2, 3, 4, 8]) {
    const counts = new Array<number>(of).fill(0);
    for (let i = 0; i < 4000; i++) counts[home(`10.3.${i >> 8}.${i & 255}`, of)]++;
    t.ok(
      counts.every((n) => n > (0.85 * 4000) / of && n < (1.15 * 4000) / of),
      `${of}: ${counts.join(', ')}`,
    );
  }
});

t.test('traffic with a listed server is the other end’s alone; between two the larger decides', async (t) => {
  const all = shares(4, ['10.9.0.1', '10.9.0.2']);
  for (let i = 1; i < 100; i++) {
    const device = `10.0.0.${i}`;
    for (const server of ['10.9.0.1', '10.9.0.2']) {
      t.same(takers(all, view(device, server)), [home(device, 4)]);
      t.same(takers(all, view(server, device)), [home(device, 4)]);
    }
  }
  t.same(takers(all, view('10.9.0.1', '10.9.0.2')), [home('10.9.0.2', 4)]);
  t.same(takers(all, view('10.9.0.2', '10.9.0.1')), [home('10.9.0.2', 4)]);
  const word = parseIp('10.9.0.1')?.[3] ?? 0;
  t.ok(
    all.every((s) => s.speaksOf(word)),
    'each speaks of what it sees of a server',
  );
  t.equal(all.filter((s) => s.isHome(word)).length, 1);
  t.throws(() => shares(2, ['10.0.0.999']), { code: 'config' });
});

t.test('groups, frames without addresses, IPv6', async (t) => {
  const all = shares(3);
  for (const to of ['224.0.0.251', '255.255.255.255', 'ff02::fb']) {
    const from = to.includes(':') ? 'fe80::1234:5678' : '10.0.0.5';
    t.same(takers(all, view(from, to)), [home(from, 3)], `to ${to}`);
  }
  for (const v of [new PacketView(), view('0.0.0.0', '255.255.255.255'), view('::', 'ff02::1')]) {
    t.same(takers(all, v), [0, 1, 2], 'everybody’s');
    t.equal(counters(all, v), 1);
  }
  t.same(takers(all, view('2001:db8::1:2', '2001:db8::3:4')), [
    ...new Set([home('2001:db8::1:2', 3), home('2001:db8::3:4', 3)].sort()),
  ]);
});

t.test('the home of a device goes by its newest IPv4 address', async (t) => {
  t.equal(homeWord(['fe80::1', '10.0.0.7', '10.0.0.8']), parseIp('10.0.0.7')?.[3]);
  t.equal(homeWord(['fe80::1']), 1);
  t.ok(Number.isNaN(homeWord([])));
  t.same(
    shares(3).map((s) => s.speaksOf(Number.NaN)),
    [true, false, false],
  );
});
