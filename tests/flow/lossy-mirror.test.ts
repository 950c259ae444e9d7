import t from 'tap';
import { Counters, PacketView, Random, settingsDefaults, TcpFlag, Weirds } from '../../src/core/index.js';
import { createFlow, flowSettings } from '../../src/flow/index.js';
import { showSegment } from '../support/tcp-view.js';

const OCTETS = 400;
const WIRE_US = 12;
/** Segments one window holds; the receiver acknowledges every second one. */
const WINDOW = 200;

interface Mirror {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

interface Frame {
  readonly dir: 0 | 1;
  readonly seq: number;
  readonly ack: number;
  readonly octets: number;
  readonly id: number;
}

/** A transfer as it crossed the mirrored port, whole: data one way at a gigabit, acknowledgements the other way. */
function transfer(segments: number): Frame[] {
  const frames: Frame[] = [];
  let id = 0;
  for (let i = 0; i < segments; i++) {
    frames.push({ dir: 0, seq: 1 + i * OCTETS, ack: 1, octets: OCTETS, id: ++id });
    if (i % 2 === 1) frames.push({ dir: 1, seq: 1, ack: 1 + (i + 1) * OCTETS, octets: 0, id: ++id });
  }
  return frames;
}

/** What the mirror makes of it: frames left out, doubled, late by up to four others. And which segments nobody saw. */
function mirrored(frames: readonly Frame[], how: Mirror, rng: Random): { seen: Frame[]; lost: Set<number> } {
  const seen: Frame[] = [];
  const lost = new Set<number>();
  const late: { frame: Frame; after: number }[] = [];
  for (const [i, f] of frames.entries()) {
    // the first and the last are there, so that where the stream begins and ends is known
    const spared = i < 4 || i >= frames.length - WINDOW;
    const dice = spared ? 1 : rng.float();
    if (dice < how.loss) {
      if (f.octets > 0) lost.add(f.seq);
      continue;
    }
    if (dice < how.loss + how.reorder) late.push({ frame: f, after: 1 + rng.int(4) });
    else {
      seen.push(f);
      if (rng.float() < how.duplicate) seen.push(f);
    }
    for (const l of [...late]) {
      if (--l.after >= 0) continue;
      seen.push(l.frame);
      late.splice(late.indexOf(l), 1);
    }
  }
  return { seen: [...seen, ...late.map((l) => l.frame)], lost };
}

/** Plays the frames; what the data direction said: offsets of bytes and gaps, and the most octets that waited at a time. */
function play(frames: readonly Frame[], isn: number) {
  const got: { off: number; length: number; gap: boolean; right: boolean }[] = [];
  const weirds = new Weirds();
  const counters = new Counters();
  const flow = createFlow({
    settings: settingsDefaults(flowSettings, { max_flows: 256 }),
    weirds,
    counters,
    seed: 3,
    sink: {
      flowOpened: () => undefined,
      flowClosed: () => undefined,
      stream: (_slot, s) => {
        if (s.dir !== 0) return;
        let right = true;
        for (let i = s.from; i < s.to; i++) if (s.buf[i] !== (s.streamOff + i - s.from) % 251) right = false;
        got.push({ off: s.streamOff, length: s.gapLen + s.to - s.from, gap: s.gapLen > 0, right });
      },
      datagram: () => undefined,
    },
  });
  let held = 0;
  let tsUs = 1e15;
  let nextTick = tsUs;
  const v = new PacketView();
  for (const f of frames) {
    tsUs += WIRE_US;
    const data = Uint8Array.from({ length: f.octets }, (_, i) => (f.seq - 1 + i) % 251);
    const { dir, id, ack, octets } = f;
    showSegment(v, { tsUs, dir, id, seq: isn + f.seq, ack: isn + ack, flags: TcpFlag.Ack, data, wire: octets });
    if (tsUs >= nextTick) {
      nextTick = tsUs + 1e6;
      flow.tick(tsUs);
    }
    flow.track(v);
    flow.deliver(v);
    held = Math.max(held, counters.get('wardwire_reassembly_bytes') ?? 0);
  }
  const hits = (id: string): number => weirds.counts[weirds.defs.findIndex((d) => d.id === id)];
  return { got, held, limits: hits('tcp.segments.limit') };
}

const MIRRORS: readonly [string, Mirror][] = [
  ['whole', { loss: 0, duplicate: 0, reorder: 0 }],
  ['out of order', { loss: 0, duplicate: 0, reorder: 0.02 }],
  ['as the impaired mix', { loss: 0.005, duplicate: 0.01, reorder: 0.01 }],
  ['bad', { loss: 0.05, duplicate: 0.05, reorder: 0.05 }],
];

t.test(
  'a mirror that loses, doubles and reorders: what was seen is delivered once and in order, the rest is a gap',
  async (t) => {
    const frames = transfer(6000);
    for (const [name, how] of MIRRORS) {
      for (const [seed, isn] of [
        [1, 1000],
        [2, 0xfff00000],
      ]) {
        const { seen, lost } = mirrored(frames, how, new Random(seed));
        const { got, held, limits } = play(seen, isn);
        let at = 0;
        const missing = new Set<number>();
        for (const s of got) {
          if (s.off !== at || !s.right) t.fail(`${name}: octets at ${s.off}, expected at ${at}`);
          at += s.length;
          if (s.gap) for (let o = s.off; o < s.off + s.length; o += OCTETS) missing.add(o + 1);
        }
        t.equal(at, 6000 * OCTETS, `${name}: to the last octet`);
        t.same(missing, lost, `${name}: gaps are what nobody saw, ${lost.size} segments`);
        t.equal(limits, 0, `${name}: no limit ends the waiting`);
        // pages of 2 KiB
        t.ok(held <= WINDOW * 2048, `${name}: at most ${held / 2048} segments wait`);
      }
    }
  },
);
