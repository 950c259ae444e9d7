import fc from 'fast-check';
import t from 'tap';
import { type CutPacket, PacketRing, packetsOf } from '../../src/evidence/ring.js';
import { ethernet, ip4, tcp } from '../support/frames.js';
import { decoder } from '../support/keep.js';

const plain = (p: CutPacket): string =>
  `${p.tsUs} ${p.wireLen} ${p.linkType} ${p.iface} ${Buffer.from(p.data).toString('hex')}`;
const all = { fromUs: 0, since: 0, maxPackets: 1e6, maxBytes: 1e9 };

t.test('a cut is what a list would have given, whatever was overwritten', async (t) => {
  const decode = decoder();
  const packet = fc.record({
    src: fc.integer({ min: -1, max: 4 }),
    dst: fc.integer({ min: -1, max: 4 }),
    payload: fc.nat(300),
    gap: fc.nat(5_000_000),
    iface: fc.nat(300),
  });
  fc.assert(
    fc.property(
      fc.array(packet, { maxLength: 400 }),
      fc.boolean(),
      fc.nat(4),
      fc.nat(60),
      fc.integer({ min: 1, max: 50 }),
      (packets, full, device, backS, most) => {
        const ring = new PacketRing(16 * 1024, 5, full);
        const list: { devices: number[]; text: string; tsUs: number }[] = [];
        let now = 1.7e15;
        for (const p of packets) {
          now += p.gap;
          const frame = ethernet(0x0800, ip4(6, tcp(1, 2, Buffer.alloc(p.payload, 0xaa))));
          const view = decode(frame, now);
          view.iface = p.iface;
          view.srcDev = p.src;
          view.dstDev = p.dst;
          ring.packet(view);
          const kept = full ? frame : frame.subarray(0, 54);
          const text = `${now} ${frame.length} 1 ${Math.min(255, p.iface)} ${kept.toString('hex')}`;
          if (p.src >= 0 || p.dst >= 0) list.push({ devices: [p.src, p.dst], text, tsUs: now });
        }
        const fromUs = now - backS * 1e6;
        const cut = ring.cut({ ...all, device, fromUs, maxPackets: most });
        const got = [...packetsOf(cut.words)].map(plain);
        const mine = list.filter((x) => x.devices.includes(device) && x.tsUs >= fromUs).map((x) => x.text);
        const want = mine.slice(-most);
        // the newest of them, without a hole; fewer only where memory ended
        if (got.length !== cut.packets || got.join() !== want.slice(want.length - got.length).join()) return false;
        return got.length === mine.length || cut.incomplete;
      },
    ),
    { numRuns: 400 },
  );
  t.pass('400 histories');
});

t.test('what comes after a mark, and no more than the bytes allowed', async (t) => {
  const decode = decoder();
  const ring = new PacketRing(1 << 20, 2, false);
  const send = (n: number): void => {
    for (let i = 0; i < n; i++) {
      const view = decode(ethernet(0x0800, ip4(6, tcp(1, 2, Buffer.alloc(9)))), 1.7e15 + i);
      view.srcDev = 1;
      ring.packet(view);
    }
  };
  send(10);
  const since = ring.mark;
  t.equal(ring.cut({ ...all, device: 1, since }).packets, 0);
  send(7);
  t.equal(ring.cut({ ...all, device: 1, since }).packets, 7);
  t.equal(ring.cut({ ...all, device: 1 }).packets, 17);
  t.equal(ring.cut({ ...all, device: 0 }).packets, 0, 'another device has none');
  const little = ring.cut({ ...all, device: 1, maxBytes: 300 });
  t.ok(little.words.byteLength <= 300 && little.packets === 4, `${little.packets} packets`);
  t.ok(little.incomplete);
});

t.test('memory that was overwritten says how far back it reaches', async (t) => {
  const decode = decoder();
  const ring = new PacketRing(64 * 1024, 2, false);
  t.equal(ring.reachUs(), 0);
  const view = decode(ethernet(0x0800, ip4(6, tcp(1, 2, Buffer.alloc(9)))));
  view.srcDev = 0;
  const times: number[] = [];
  for (let i = 0; i < 5000; i++) {
    view.tsUs = 1.7e15 + i * 1000;
    times.push(view.tsUs);
    ring.packet(view);
  }
  const kept = ring.cut({ ...all, device: 0 });
  t.ok(kept.firstUs <= ring.reachUs(), 'never further back than it does');
  t.ok(ring.reachUs() - kept.firstUs < 0.1 * (kept.lastUs - kept.firstUs), 'and not much less');
  t.equal(times.indexOf(kept.firstUs), 5000 - kept.packets);
});

t.test('a packet costs no memory', async (t) => {
  if (globalThis.gc === undefined) t.comment('without --expose-gc the heap is only looked at');
  const decode = decoder();
  const ring = new PacketRing(4 << 20, 4, false);
  const view = decode(ethernet(0x0800, ip4(6, tcp(1, 2, Buffer.alloc(100)))));
  view.srcDev = 1;
  view.dstDev = 2;
  const run = (n: number): void => {
    for (let i = 0; i < n; i++) ring.packet(view);
  };
  run(200_000);
  const before = process.memoryUsage().heapUsed;
  run(1_000_000);
  const grew = process.memoryUsage().heapUsed - before;
  t.ok(grew < 8e6, `${grew} bytes of heap after a million packets`);
});
