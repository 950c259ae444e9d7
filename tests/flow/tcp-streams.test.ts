import t from 'tap';
import { Counters, FlowEnd, FlowMark, PacketView, settingsDefaults, TcpFlag, Weirds } from '../../src/core/index.js';
import { communityId, createFlow, flowSettings } from '../../src/flow/index.js';
import { showSegment } from '../support/tcp-view.js';

const { Syn, Ack, Fin, Rst, Psh } = TcpFlag;

interface Seg {
  readonly dir?: 0 | 1;
  /** Relative to the initial sequence number of its direction. */
  readonly seq: number;
  readonly data?: string;
  readonly flags?: number;
  readonly ack?: number;
  /** ms since the start. */
  readonly at?: number;
  /** Octets on the wire when the capture was snapped. */
  readonly wire?: number;
}

/** Plays segments of one connection and writes down what each direction said: text, `<n>` for a gap, `$` for the end. */
function play(segments: readonly Seg[], isn: number, settings = {}) {
  const said = ['', ''];
  const closed: FlowEnd[] = [];
  const weirds = new Weirds();
  const counters = new Counters();
  let opened = 0;
  const flow = createFlow({
    settings: settingsDefaults(flowSettings, { max_flows: 256, ...settings }),
    weirds,
    counters,
    seed: 3,
    sink: {
      flowOpened: () => void opened++,
      flowClosed: (_slot, reason) => closed.push(reason),
      stream: (_slot, s) => {
        said[s.dir] += s.gapLen > 0 ? `<${s.gapLen}>` : s.buf.toString('latin1', s.from, s.to) + (s.end ? '$' : '');
      },
      datagram: () => undefined,
    },
  });
  let tsUs = 1e15;
  let n = 0;
  const v = new PacketView();
  for (const s of segments) {
    tsUs = s.at === undefined ? tsUs + 1000 : 1e15 + s.at * 1000;
    const data = Buffer.from(s.data ?? '', 'latin1');
    showSegment(v, {
      tsUs,
      dir: s.dir ?? 0,
      id: ++n, // so that repeats are no span copies
      seq: isn + s.seq,
      ack: isn + (s.ack ?? 1),
      flags: s.flags ?? Ack | Psh,
      data,
      wire: s.wire ?? data.length,
    });
    flow.tick(tsUs);
    flow.track(v);
    flow.deliver(v);
  }
  return { said, closed, weirds, counters, flow, opened: () => opened, now: tsUs };
}

const SHAKE: Seg[] = [
  { seq: 0, flags: Syn },
  { dir: 1, seq: 0, flags: Syn | Ack },
  { seq: 1, flags: Ack },
];
const CLOSE = (a: number, b: number): Seg[] => [
  { seq: a, flags: Fin | Ack, ack: b },
  { dir: 1, seq: b, flags: Fin | Ack, ack: a + 1 },
  { seq: a + 1, flags: Ack, ack: b + 1 },
];

interface Case {
  readonly name: string;
  readonly segments: readonly Seg[];
  readonly says: readonly [string, string];
  readonly weirds?: readonly string[];
  readonly settings?: object;
}

const CASES: readonly Case[] = [
  {
    name: 'a connection on the ports of one picked up in its middle',
    segments: [
      { dir: 1, seq: 70_000, data: 'old' },
      { seq: 0, flags: Syn },
      { dir: 1, seq: 0, flags: Syn | Ack },
      { seq: 1, data: 'abc' },
      { dir: 1, seq: 1, data: 'XY' },
    ],
    says: ['abc', 'old$XY'],
  },
  {
    name: 'a SYN repeated late, after data, is the same connection',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'abc' },
      { seq: 0, flags: Syn },
      { dir: 1, seq: 0, flags: Syn | Ack },
      { seq: 4, data: 'def' },
    ],
    says: ['abcdef', ''],
  },
  {
    name: 'data in the SYN that the server did not take is sent again',
    segments: [
      { seq: 0, flags: Syn, data: 'abc' },
      { seq: 0, flags: Syn },
      { dir: 1, seq: 0, flags: Syn | Ack },
      { seq: 1, data: 'abcd' },
    ],
    says: ['abcd', ''],
    weirds: ['tcp.syn.data'],
  },
  {
    name: 'a server that answers anew: the answer that is acknowledged counts',
    segments: [
      { seq: 0, flags: Syn },
      { dir: 1, seq: 500, flags: Syn | Ack },
      { dir: 1, seq: 0, flags: Syn | Ack },
      { seq: 1, flags: Ack },
      { dir: 1, seq: 500, flags: Syn | Ack },
      { dir: 1, seq: 1, data: 'XY' },
    ],
    says: ['', 'XY'],
  },
  {
    name: 'an end with an old number is not believed',
    segments: [...SHAKE, { seq: 1, data: 'abc' }, { seq: 2, flags: Fin | Ack }, { seq: 4, data: 'def' }],
    says: ['abcdef', ''],
    weirds: ['tcp.fin.window'],
  },
  {
    name: 'an end far ahead is not believed',
    segments: [...SHAKE, { seq: 1, data: 'abc' }, { seq: 1 << 26, flags: Fin | Ack }, { seq: 4, data: 'def' }],
    says: ['abcdef', ''],
    weirds: ['tcp.fin.window'],
  },
  {
    name: 'in order, both ways',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'abc' },
      { dir: 1, seq: 1, data: 'XY', ack: 4 },
      { seq: 4, data: 'def', ack: 3 },
      ...CLOSE(7, 3),
    ],
    says: ['abcdef$', 'XY$'],
  },
  {
    name: 'reordered',
    segments: [...SHAKE, { seq: 4, data: 'def' }, { seq: 7, data: 'ghi' }, { seq: 1, data: 'abc' }],
    says: ['abcdefghi', ''],
  },
  {
    name: 'retransmitted whole',
    segments: [...SHAKE, { seq: 1, data: 'abc' }, { seq: 1, data: 'abc' }, { seq: 4, data: 'd' }],
    says: ['abcd', ''],
  },
  {
    name: 'retransmitted with more',
    segments: [...SHAKE, { seq: 1, data: 'abc' }, { seq: 1, data: 'abcdef' }],
    says: ['abcdef', ''],
  },
  {
    name: 'overlap of waiting segments, same bytes',
    segments: [...SHAKE, { seq: 4, data: 'def' }, { seq: 5, data: 'efg' }, { seq: 1, data: 'abc' }],
    says: ['abcdefg', ''],
    weirds: ['tcp.overlap'],
  },
  {
    name: 'overlap of waiting segments, other bytes: the first win',
    segments: [...SHAKE, { seq: 4, data: 'def' }, { seq: 5, data: 'EFG' }, { seq: 1, data: 'abc' }],
    says: ['abcdefG', ''],
    weirds: ['tcp.overlap', 'tcp.overlap.differs'],
  },
  {
    name: 'new data runs into a waiting segment with other bytes',
    segments: [...SHAKE, { seq: 4, data: 'def' }, { seq: 1, data: 'abcDEFg' }],
    says: ['abcdef', ''],
    weirds: ['tcp.overlap', 'tcp.overlap.differs'],
  },
  {
    name: 'SYN with data',
    segments: [
      { seq: 0, flags: Syn, data: 'ab' },
      { dir: 1, seq: 0, flags: Syn | Ack, ack: 3 },
      { seq: 3, data: 'c' },
    ],
    says: ['abc', ''],
    weirds: ['tcp.syn.data'],
  },
  {
    name: 'SYN sent again',
    segments: [{ seq: 0, flags: Syn }, { seq: 0, flags: Syn }, ...SHAKE.slice(1), { seq: 1, data: 'a' }],
    says: ['a', ''],
  },
  {
    name: 'picked up mid-stream',
    segments: [
      { seq: 500, data: 'abc', ack: 900 },
      { dir: 1, seq: 900, data: 'X', ack: 503 },
    ],
    says: ['abc', 'X'],
  },
  {
    name: 'a closed window is probed with one byte, which comes again with the rest',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'abc' },
      { dir: 1, seq: 1, flags: Ack, ack: 4 },
      { seq: 4, data: 'd' },
      { dir: 1, seq: 1, flags: Ack, ack: 4 },
      { seq: 4, data: 'def', at: 400 },
    ],
    says: ['abcdef', ''],
  },
  {
    name: 'one side only: the span carries one direction',
    segments: [
      { seq: 0, flags: Syn },
      { seq: 1, data: 'abc' },
      { seq: 7, data: 'ghi' },
      { seq: 4, data: 'def' },
      { seq: 10, flags: Fin | Ack },
    ],
    says: ['abcdefghi$', ''],
  },
  {
    name: 'asymmetric loss: one side whole, of the other only what was acknowledged is known to be missing',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'abc', at: 10 },
      { dir: 1, seq: 6, data: 'fgh', ack: 4, at: 20 },
      { seq: 4, data: 'def', ack: 9, at: 30 },
      { seq: 7, data: 'g', ack: 9, at: 130 },
    ],
    says: ['abcdefg', '<5>fgh'],
    weirds: ['tcp.gap'],
  },
  {
    name: 'keep-alive',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'abc' },
      { seq: 3, data: 'c' },
      { dir: 1, seq: 1, ack: 4 },
      { seq: 4, data: 'd' },
    ],
    says: ['abcd', ''],
  },
  {
    name: 'lost at the sensor: the receiver has it',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'abc' },
      { seq: 7, data: 'ghi' },
      { dir: 1, seq: 1, ack: 10 },
      { dir: 1, seq: 1, ack: 10, at: 200 },
    ],
    says: ['abc<3>ghi', ''],
    weirds: ['tcp.gap'],
  },
  {
    name: 'lost at the sensor: enough came after it, nobody waits for the time',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'a' },
      ...Array.from({ length: 4 }, (_, i) => ({ seq: 3 + i, data: String(i) })),
      { dir: 1, seq: 1, ack: 7 },
    ],
    says: ['a<1>0123', ''],
    weirds: ['tcp.gap'],
    settings: { gap_acked_segments: 4 },
  },
  {
    name: 'enough came after a hole, but the receiver does not have it: waits for the retransmission',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'a' },
      ...Array.from({ length: 9 }, (_, i) => ({ seq: 3 + i, data: String(i) })),
      { dir: 1, seq: 1, ack: 2 },
      { seq: 2, data: 'x', at: 300 },
    ],
    says: ['ax012345678', ''],
    settings: { gap_acked_segments: 4 },
  },
  {
    name: 'a second hole is as old as what came behind it, not as the first: it is given up in the same moment',
    segments: [
      ...SHAKE,
      { seq: 4, data: 'def', at: 10 },
      { seq: 10, data: 'jkl', at: 20 },
      { dir: 1, seq: 1, ack: 13, at: 30 },
      { dir: 1, seq: 1, ack: 13, at: 75 },
    ],
    says: ['<3>def<3>jkl', ''],
    weirds: ['tcp.gap'],
  },
  {
    name: 'a hole seen just now does not inherit the age of the one that was filled',
    segments: [
      ...SHAKE,
      { seq: 4, data: 'def', at: 10 },
      { dir: 1, seq: 1, ack: 1, at: 20 },
      { seq: 10, data: 'jkl', at: 500 },
      { seq: 1, data: 'abc', at: 501 },
      { dir: 1, seq: 1, ack: 13, at: 502 },
      { seq: 7, data: 'ghi', at: 503 },
    ],
    says: ['abcdefghijkl', ''],
  },
  {
    name: 'lost before the receiver: waits for the retransmission',
    segments: [
      ...SHAKE,
      { seq: 1, data: 'abc' },
      { seq: 7, data: 'ghi' },
      { dir: 1, seq: 1, ack: 4, at: 100 },
      { seq: 4, data: 'def', at: 900 },
    ],
    says: ['abcdefghi', ''],
  },
  {
    name: 'a hole nobody fills',
    segments: [...SHAKE, { seq: 7, data: 'ghi' }, { seq: 10, data: 'j', at: 40_000 }],
    says: ['<6>ghij', ''],
    weirds: ['tcp.gap'],
  },
  {
    name: 'more waiting segments than the limit',
    segments: [...SHAKE, ...Array.from({ length: 10 }, (_, i) => ({ seq: 4 + i, data: String(i) }))],
    says: ['<3>0123456789', ''],
    weirds: ['tcp.gap', 'tcp.segments.limit'],
    settings: { segments_per_direction: 8 },
  },
  {
    name: 'snapped',
    segments: [...SHAKE, { seq: 1, data: 'abc', wire: 10 }, { seq: 11, data: 'k' }],
    says: ['abc<7>k', ''],
    weirds: ['tcp.gap'],
  },
  {
    name: 'FIN before its data',
    segments: [...SHAKE, { seq: 4, flags: Fin | Ack, data: 'def' }, { seq: 1, data: 'abc' }],
    says: ['abcdef$', ''],
  },
  {
    name: 'reset in the window ends both',
    segments: [...SHAKE, { seq: 1, data: 'abc' }, { dir: 1, seq: 1, flags: Rst | Ack }],
    says: ['abc$', '$'],
  },
  {
    name: 'reset nobody would believe',
    segments: [...SHAKE, { seq: 1, data: 'abc' }, { dir: 1, seq: 900_000_000, flags: Rst }, { seq: 4, data: 'd' }],
    says: ['abcd', ''],
    weirds: ['tcp.rst.window'],
  },
  {
    name: 'a SYN inside that nobody answers',
    segments: [...SHAKE, { seq: 1, data: 'abc' }, { seq: 5_000_000, flags: Syn }, { seq: 4, data: 'd' }],
    says: ['abcd', ''],
    weirds: ['tcp.syn.established'],
  },
  {
    name: 'far outside any window',
    segments: [...SHAKE, { seq: 2_000_000_000, data: 'zz' }, { seq: 1, data: 'a' }],
    says: ['a', ''],
    weirds: ['tcp.window'],
  },
  {
    name: 'half-open: only the initiator',
    segments: [
      { seq: 0, flags: Syn },
      { seq: 1, data: 'abc' },
      { seq: 4, data: 'd' },
    ],
    says: ['abcd', ''],
  },
  {
    name: 'simultaneous open',
    segments: [
      { seq: 0, flags: Syn },
      { dir: 1, seq: 0, flags: Syn },
      { seq: 0, flags: Syn | Ack },
      { dir: 1, seq: 0, flags: Syn | Ack },
      { seq: 1, data: 'a' },
      { dir: 1, seq: 1, data: 'X' },
    ],
    says: ['a', 'X'],
  },
];

for (const c of CASES) {
  for (const [where, isn] of [
    ['', 1000],
    [', sequence numbers wrap', 0xfffffffc],
  ] as const) {
    t.test(c.name + where, async (t) => {
      const r = play(c.segments, isn, c.settings);
      t.same(r.said, c.says);
      const seen = r.weirds.defs.filter((_, i) => r.weirds.counts[i] > 0).map((d) => d.id);
      t.same(seen.sort(), [...(c.weirds ?? [])].sort());
    });
  }
}

t.test('how a flow ends', async (t) => {
  t.same(play([...SHAKE, ...CLOSE(1, 1)], 5).closed, [FlowEnd.Fin]);
  t.same(play([...SHAKE, { seq: 1, flags: Rst }], 5).closed, [FlowEnd.Rst]);
  const idle = play([...SHAKE, { seq: 1, data: 'a' }], 5);
  for (let i = 0; i < 8; i++) idle.flow.tick(idle.now + 700e6 + i * 1e6);
  t.same(idle.closed, [FlowEnd.Idle]);
  const again = play(
    [
      ...SHAKE,
      { seq: 1, data: 'a' },
      ...CLOSE(2, 1),
      { seq: 9000, flags: Syn },
      { dir: 1, seq: 9000, flags: Syn | Ack, ack: 9001 },
      { seq: 9001, data: 'b' },
    ],
    5,
  );
  t.equal(again.opened(), 2, 'the same ports again are another flow');
  t.same(again.said, ['a$b', '$']);
  const answered = play(
    [
      ...SHAKE,
      { seq: 1, data: 'a' },
      { seq: 9000, flags: Syn },
      { dir: 1, seq: 9000, flags: Syn | Ack, ack: 9001 },
      { seq: 9001, data: 'b' },
    ],
    5,
  );
  t.equal(answered.opened(), 2, 'an answered SYN inside is another flow too');
});

t.test('what is acknowledged and never seen is marked, also of a direction nobody ever sees', async (t) => {
  const marks = (segments: Seg[]): number => {
    const { flow } = play(segments, 0xfffffff0);
    return (
      flow.columns.marks[flow.columns.state.findIndex((s) => s !== 0)] & (FlowMark.UnseenOut | FlowMark.UnseenBack)
    );
  };
  const half: Seg[] = [
    { seq: 0, flags: Syn },
    { seq: 1, flags: Ack },
    { seq: 1, data: 'GET' },
  ]; // prettier-ignore
  t.equal(marks(half), 0, 'a handshake of which one side is seen');
  t.equal(marks([...half, { seq: 4, ack: 21 }]), FlowMark.UnseenBack, 'the answer was acknowledged');
  t.equal(marks([...SHAKE, { dir: 1, seq: 1, data: 'X', ack: 9 }]), FlowMark.UnseenOut);
  t.equal(marks([...SHAKE, { seq: 1, data: 'a' }, { dir: 1, seq: 1, data: 'X', ack: 2 }, { seq: 2, ack: 2 }]), 0);
});

t.test('counters of a row', async (t) => {
  const { flow } = play(
    [...SHAKE, { seq: 1, data: 'abc' }, { seq: 1, data: 'abc' }, { dir: 1, seq: 1, data: 'X', ack: 4 }],
    77,
  );
  const slot = flow.columns.state.findIndex((s) => s !== 0);
  t.same([flow.columns.packets[2 * slot], flow.columns.packets[2 * slot + 1]], [4, 2]);
  t.equal(flow.columns.payload[2 * slot], 6);
  t.equal(flow.columns.retransmitted[2 * slot], 3);
  t.ok(flow.columns.marks[slot] & FlowMark.SynAckSeen);
  t.equal(flow.columns.rttUs[slot], 1000);
  t.match(communityId(flow.columns, slot), /^1:[A-Za-z0-9+/]{27}=$/);
});

t.test('a full table: the least worthy leaves and it never grows', async (t) => {
  const weirds = new Weirds();
  const counters = new Counters();
  let open = 0;
  const flow = createFlow({
    settings: settingsDefaults(flowSettings, { max_flows: 256 }),
    weirds,
    counters,
    seed: 3,
    sink: {
      flowOpened: () => void open++,
      flowClosed: () => void open--,
      stream: () => undefined,
      datagram: () => undefined,
    },
  }); // prettier-ignore
  const v = new PacketView();
  for (let i = 0; i < 5000; i++) {
    v.buf = Buffer.alloc(60);
    v.end = 60;
    v.reset();
    v.tsUs = 1e15 + i;
    v.ipVersion = 4;
    v.ipProto = 6;
    v.tcpFlags = Syn;
    v.src2 = v.dst2 = 0xffff;
    v.src3 = i;
    v.dst3 = 7;
    v.srcPort = 1000 + (i % 60000);
    v.dstPort = 80;
    flow.track(v);
    flow.deliver(v);
  }
  t.equal(open, 256);
  t.equal(counters.get('wardwire_flows_evicted_total', { reason: 'table_full' }), 5000 - 256);
  flow.flush(1e15 + 1e9);
  t.equal(open, 0, 'every flow is closed once');
});
