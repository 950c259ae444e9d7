import t from 'tap';
import { Counters, FlowMark, PacketView, settingsDefaults, Weirds } from '../../src/core/index.js';
import { createFlow, flowSettings } from '../../src/flow/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';
import { ethernet, hex, ip4, tcp, udp } from '../support/frames.js';

const A = '020000000001';
const B = '020000000002';
const ROUTER = '020000000099';

/** Frames into layers and flow; what is counted, and what the stream says. */
function world() {
  const weirds = new Weirds();
  const counters = new Counters();
  const said: string[] = [];
  const layers = createLayers({ settings: settingsDefaults(layersSettings), weirds, counters });
  const flow = createFlow({
    settings: settingsDefaults(flowSettings, { max_flows: 256 }),
    weirds,
    counters,
    seed: 9,
    sink: {
      flowOpened: () => undefined,
      flowClosed: () => undefined,
      stream: (_slot, s) => void said.push(s.buf.toString('latin1', s.from, s.to)),
      datagram: (_slot, v) => void said.push(v.payBuf.toString('latin1', v.payOff, v.payOff + v.payLen)),
    },
  });
  const v = new PacketView();
  return {
    said,
    flow,
    weird: (id: string) => weirds.counts[weirds.defs.findIndex((d) => d.id === id)],
    /** Takes a frame at a time in ms; says whether it is a second copy. */
    take(atMs: number, frame: Buffer): boolean {
      v.buf = frame;
      v.off = 0;
      v.end = v.capLen = v.wireLen = frame.length;
      v.tsUs = 1e15 + atMs * 1000;
      layers.decode(v);
      flow.track(v);
      flow.deliver(v);
      return v.duplicate;
    },
  };
}

const segment = (o: { id?: number; ttl?: number; seq?: number; text?: string }): Buffer =>
  ip4(6, tcp(40_000, 104, Buffer.from(o.text ?? 'abc'), { seq: o.seq ?? 1 }), { id: o.id ?? 7, ttl: o.ttl ?? 64 });
const tagged = (vlan: number, ip: Buffer): Buffer => Buffer.concat([hex(`00${vlan.toString(16)}0800`), ip]);

t.test('the very same frame twice is counted once', async (t) => {
  const w = world();
  const frame = ethernet(0x0800, segment({}), A, B);
  t.notOk(w.take(0, frame));
  t.ok(w.take(0.1, frame));
  t.same(w.said, ['abc']);
  const slot = w.flow.columns.state.findIndex((s) => s !== 0);
  t.equal(w.flow.columns.packets[2 * slot], 1);
  t.ok(w.flow.columns.marks[slot] & FlowMark.DuplicateSpan);
  t.notOk(w.flow.columns.marks[slot] & FlowMark.TwoPaths);
  t.equal(w.weird('span.copy.macs'), 0);
});

t.test('before and after a router: one packet, two pairs of MAC addresses, told once a flow', async (t) => {
  const w = world();
  for (let n = 0; n < 3; n++) {
    const at = 10 * n;
    t.notOk(w.take(at, ethernet(0x8100, tagged(16, segment({ id: 7 + n, seq: 1 + 3 * n })), A, ROUTER)));
    t.ok(w.take(at + 0.2, ethernet(0x8100, tagged(17, segment({ id: 7 + n, seq: 1 + 3 * n, ttl: 63 })), ROUTER, B)));
  }
  const slot = w.flow.columns.state.findIndex((s) => s !== 0);
  t.equal(w.flow.columns.packets[2 * slot], 3);
  t.equal(w.flow.columns.retransmitted[2 * slot], 0);
  t.ok(w.flow.columns.marks[slot] & FlowMark.TwoPaths);
  t.equal(w.weird('span.copy.macs'), 1);
});

t.test('later, with another id or with other bytes it is no copy', async (t) => {
  const w = world();
  w.take(0, ethernet(0x0800, segment({}), A, B));
  t.notOk(w.take(50, ethernet(0x0800, segment({}), A, B)), 'a retransmission');
  t.notOk(w.take(50.1, ethernet(0x0800, segment({ id: 8 }), A, B)), 'sent again under its own id');
  t.notOk(w.take(50.2, ethernet(0x0800, segment({ text: 'abX' }), A, B)), 'other bytes');
  const slot = w.flow.columns.state.findIndex((s) => s !== 0);
  t.equal(w.flow.columns.packets[2 * slot], 4);
});

t.test('datagrams: copies once, answers of equal bytes both', async (t) => {
  const w = world();
  const ask = (id: number, ttl: number): Buffer =>
    ethernet(0x0800, ip4(17, udp(5000, 24105, Buffer.from('poll')), { id, ttl }), A, B);
  const answer = ip4(17, udp(24105, 5000, Buffer.from('poll')), { id: 1, src: '10.0.0.2', dst: '10.0.0.1' });
  t.notOk(w.take(0, ask(1, 64)));
  t.ok(w.take(0.1, ask(1, 63)));
  t.notOk(w.take(0.2, ethernet(0x0800, answer, B, A)));
  t.notOk(w.take(0.3, ask(2, 64)));
  t.same(w.said, ['poll', 'poll', 'poll']);
});

/** A segment with a right checksum (RFC 9293 3.1). */
function summed(text: string, o: { id?: number; ack?: number; wrong?: boolean } = {}): Buffer {
  const bytes = tcp(40_000, 104, Buffer.from(text), { seq: 1, ack: o.ack ?? 1, flags: 0x18 });
  let sum = 6 + bytes.length + 0x0a00 + 1 + 0x0a00 + 2;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  bytes.writeUInt16BE((~sum & 0xffff) ^ (o.wrong ? 0x1111 : 0), 16);
  return ethernet(0x0800, ip4(6, bytes, { id: o.id ?? 1 }), A, B);
}

t.test('the same part of a stream with other bytes is told, and its first bytes stay', async (t) => {
  const w = world();
  w.take(0, summed('pulse 72', { id: 1 }));
  t.notOk(w.take(1, summed('pulse 72', { id: 2, ack: 9 })), 'a retransmission with another acknowledgement');
  t.equal(w.weird('tcp.overlap.differs'), 0);
  t.notOk(w.take(2, summed('lspue 72', { id: 3 })), 'two words exchanged have the same sum and are not seen');
  t.notOk(w.take(3, summed('pulse 92', { id: 4, wrong: true })), 'a wrong checksum proves nothing');
  t.equal(w.weird('tcp.overlap.differs'), 0);
  w.take(4, summed('pulse 92', { id: 5 }));
  t.equal(w.weird('tcp.overlap.differs'), 1);
  t.same(w.said, ['pulse 72']);
});
