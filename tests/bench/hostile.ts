import { PacketView, Random } from '../../src/core/index.js';
import { ethernet, ip4, tcp } from '../support/frames.js';
import { PacketPath } from './packet-path.js';
import { table } from './tools.js';

const PACKETS = 1_000_000;
/** Offsets in an Ethernet, IPv4, TCP frame without options. */
const At = { id: 18, fragment: 20, source: 26, sport: 34, dport: 36, seq: 38, flags: 47 } as const;

/** Changes the one frame into the n-th packet of the attack. */
type Attack = (b: Buffer, n: number, rng: Random) => void;

const ATTACKS: readonly [string, Attack][] = [
  // 2,000 conversations of many packets: what the others are measured by
  [
    'ordinary',
    (b, n, rng) => {
      const flow = rng.int(2000);
      b.writeUInt32BE(0x0a000000 + flow, At.source);
      b.writeUInt16BE(40_000 + (flow % 20_000), At.sport);
      b.writeUInt32BE(n * 100, At.seq);
      b[At.flags] = 0x10;
    },
  ],
  [
    'SYN flood, a million sources',
    (b, n) => {
      b.writeUInt32BE(0x0b000000 + n, At.source);
      b[At.flags] = 0x02;
    },
  ],
  // what an outsider would try who does not know the seed: numbers alike in all but a few bits
  [
    'hash flooding: sources alike in their low bits',
    (b, n) => {
      b.writeUInt32BE((n << 12) >>> 0, At.source);
      b.writeUInt16BE(1024, At.sport);
      b[At.flags] = 0x02;
    },
  ],
  [
    'hash flooding: ports that mirror each other',
    (b, n) => {
      b.writeUInt16BE(n & 0xffff, At.sport);
      b.writeUInt16BE(~n & 0xffff, At.dport);
      b.writeUInt32BE(0x0c000000 + (n >>> 16), At.source);
      b[At.flags] = 0x02;
    },
  ],
  [
    'holes: every second segment is missing, for ever',
    (b, n, rng) => {
      const flow = rng.int(5000);
      b.writeUInt32BE(0x0d000000 + flow, At.source);
      b.writeUInt32BE((n * 2920) >>> 0, At.seq);
      b[At.flags] = 0x10;
    },
  ],
  [
    'fragments that never end',
    (b, n) => {
      b.writeUInt32BE(0x0e000000 + (n & 0xffff), At.source);
      b.writeUInt16BE(n & 0xffff, At.id);
      b.writeUInt16BE(0x2000 | ((n >>> 8) & 0x1fff), At.fragment);
    },
  ],
];

/** The packet path under attack: cost beside ordinary traffic in the same run, and what it holds afterwards. */
export function benchHostile(): string {
  const rows: string[][] = [];
  let ordinary = Number.NaN;
  for (const [name, change] of ATTACKS) {
    const nothing = (): undefined => undefined;
    const sink = { flowOpened: nothing, flowClosed: nothing, stream: nothing, datagram: nothing };
    const path = new PacketPath(sink, 0x1234567);
    const view = new PacketView();
    const rng = new Random(1);
    const frame = ethernet(0x0800, ip4(6, tcp(40_000, 104, Buffer.alloc(1000, 7), { seq: 1, flags: 0x10 })));
    const before = process.memoryUsage().rss;
    const run = (packets: number, from: number): number => {
      const cpu = process.cpuUsage();
      for (let n = from; n < from + packets; n++) {
        change(frame, n, rng);
        view.buf = frame;
        view.off = 0;
        view.end = view.capLen = view.wireLen = frame.length;
        view.linkType = 1;
        view.tsUs = 1.7e15 + n * 10;
        path.packet(view);
      }
      const used = process.cpuUsage(cpu);
      return (used.user + used.system) / packets;
    };
    run(PACKETS / 10, 0);
    const us = run(PACKETS, PACKETS / 10);
    if (Number.isNaN(ordinary)) ordinary = us;
    const grown = (process.memoryUsage().rss - before) / 1048576;
    const active = path.counters.get('wardwire_flows_active') ?? 0;
    rows.push([
      name,
      us.toFixed(2),
      `${(us / ordinary).toFixed(2)}x`,
      String(active),
      String(path.settings.max_flows),
      grown.toFixed(0),
    ]);
  }
  const head = ['attack', 'CPU µs/packet', 'to ordinary', 'flows', 'at most', 'MiB more'];
  return `hostile traffic on the packet path, a million packets each\n${table(head, rows)}`;
}
