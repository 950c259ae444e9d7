import { Random } from '../../../src/core/index.js';
import { ethernet, hex, ip4, ip6, tcp, udp } from '../frames.js';
import { pick } from '../mutate.js';
import { Draft } from './draft.js';
import { frameDraft, repair } from './frames.js';
import { grammarOf, grammarOfType } from './grammars.js';
import { mutateDraft } from './mutator.js';
import { DATAGRAMS, ETHER_FRAMES, SESSIONS, type Session } from './sessions.js';
import { fragments, inside } from './wrap.js';

/** A frame to be captured. */
export interface HostileFrame {
  readonly bytes: Buffer;
  readonly linkType: number;
  /** Octets on the wire: more than there are when the frame was cut. */
  readonly wireLen: number;
  /** Capture time after the frame before, µs; may go back. */
  readonly afterUs: number;
}

const LINKS = [0, 9, 10, 12, 50, 51, 104, 105, 107, 108, 113, 127, 239, 242, 276, 999];
const PORTS = [53, 67, 80, 104, 123, 137, 161, 443, 445, 1883, 1900, 2575, 3702, 5353, 11112, 24105, 47808];
const HOSTS = 40;

/**
 * Traffic nobody would send who means well: conversations of every protocol with changed messages, cut and sent badly, in tunnels
 * and fragments; frames of a capture with changed headers; noise. A burst depends on its seed and on the frames it was given alone.
 */
export class HostileTraffic {
  /** @param seeds frames of captures and of the corpus, in order, that bursts begin with and borrow from */
  constructor(private readonly seeds: readonly HostileFrame[] = []) {}

  /** The frames of burst number `seed`: one to a few hundred. */
  burst(seed: number): HostileFrame[] {
    const rng = new Random(seed);
    const out: HostileFrame[] = [];
    const kind = rng.int(20);
    const frames =
      kind < 8
        ? this.#sessions(rng)
        : kind < 11
          ? this.#datagrams(rng)
          : kind < 12
            ? this.#ether(rng)
            : kind < 17 && this.seeds.length > 0
              ? this.#seeded(rng)
              : kind < 19
                ? this.#pieces(rng)
                : this.#blind(rng);
    // on other media too, and cut short by the snap length
    const link = rng.int(30) === 0 ? pick(rng, LINKS) : rng.int(12) === 0 ? 101 : 1;
    const snap = rng.int(25) === 0 ? 20 + rng.int(200) : 0;
    for (const f of frames) {
      let bytes = link === 101 && f.linkType === 1 ? f.bytes.subarray(14) : f.bytes;
      const wireLen = bytes.length + (rng.int(200) === 0 ? rng.int(2000) : 0);
      if (snap > 0) bytes = bytes.subarray(0, snap);
      const step = rng.int(4000);
      const afterUs =
        step === 0
          ? 3600e6
          : step < 4
            ? -5e6
            : step < 24
              ? rng.int(2e6)
              : f.afterUs > 0
                ? Math.min(f.afterUs, 1e6)
                : rng.int(1500);
      out.push({ bytes, linkType: f.linkType === 1 ? link : f.linkType, wireLen, afterUs });
    }
    return out;
  }

  #one(bytes: Buffer): HostileFrame {
    return { bytes, linkType: 1, wireLen: bytes.length, afterUs: 0 };
  }

  /** Conversations, most of them with changed messages. */
  *#sessions(rng: Random): Generator<HostileFrame> {
    const tunnel = rng.int(5) === 0 ? rng.int(1 << 30) : -1;
    for (let n = 1 + rng.int(3); n > 0; n--) {
      const changed = change(rng, pick(rng, SESSIONS));
      for (const packet of conversation(rng, changed)) {
        const frame = tunnel < 0 ? packet : inside(new Random(tunnel), packet, 1 + (tunnel % 3));
        yield this.#one(rng.int(12) === 0 ? this.#header(rng, frame, 1) : frame);
      }
    }
  }

  *#datagrams(rng: Random): Generator<HostileFrame> {
    const host = rng.int(HOSTS);
    for (let n = 1 + rng.int(24); n > 0; n--) {
      const [port, whole] = pick(rng, DATAGRAMS);
      const other = pick(rng, DATAGRAMS);
      const bytes =
        rng.int(5) === 0 ? whole : mutateDraft(rng, messageDraft(port, whole), messageDraft(other[0], other[1]));
      const to = rng.int(10) === 0 ? pick(rng, PORTS) : port;
      const [a, b] = rng.int(3) === 0 ? [to, 1024 + rng.int(60_000)] : [1024 + rng.int(60_000), to];
      const body = udp(a, b, bytes.subarray(0, 65_000));
      const six = port === 547 || rng.int(8) === 0;
      const packet = six
        ? ip6(17, body, host + 1, rng.int(HOSTS) + 1)
        : ip4(17, body, { src: address(rng, host), dst: address(rng, rng.int(HOSTS)) });
      yield this.#one(ethernet(six ? 0x86dd : 0x0800, packet, mac(host), mac(rng.int(HOSTS))));
    }
  }

  /** Frames without IP. */
  *#ether(rng: Random): Generator<HostileFrame> {
    for (let n = 1 + rng.int(10); n > 0; n--) {
      const [type, whole] = pick(rng, ETHER_FRAMES);
      const other = pick(rng, ETHER_FRAMES);
      const body = rng.int(5) === 0 ? whole : mutateDraft(rng, typeDraft(type, whole), typeDraft(other[0], other[1]));
      const from = mac(rng.int(rng.int(4) === 0 ? 5000 : HOSTS));
      const arp = Buffer.concat([
        hex('0001080006040002'),
        hex(from),
        Buffer.of(10, 0, 0, rng.int(HOSTS)),
        hex(mac(rng.int(HOSTS))),
        Buffer.of(10, 0, 0, rng.int(HOSTS)),
      ]);
      const snap = Buffer.concat([hex('aaaa0300000c2000'), body]);
      const frame = pick(rng, [
        () => ethernet(type, body, from),
        () => ethernet(0x0806, rng.int(3) === 0 ? mutateDraft(rng, new Draft(arp), new Draft(arp)) : arp, from),
        () => ethernet(snap.length, snap, from),
        () => ethernet(0x8100, Buffer.concat([hex('0064'), hex(type.toString(16).padStart(4, '0')), body]), from),
      ])();
      yield { ...this.#one(frame), afterUs: 1_100_000 };
    }
  }

  /** A stretch of a capture or of the corpus, some of it changed. */
  *#seeded(rng: Random): Generator<HostileFrame> {
    const from = rng.int(this.seeds.length);
    const share = 1 + rng.int(6);
    for (let n = 4 + rng.int(60), i = from; n > 0; n--, i++) {
      const f = this.seeds[i % this.seeds.length];
      yield rng.int(share) === 0 ? { ...f, bytes: this.#header(rng, f.bytes, f.linkType) } : f;
    }
  }

  /** Fragments and deep tunnels. */
  *#pieces(rng: Random): Generator<HostileFrame> {
    for (let n = 1 + rng.int(6); n > 0; n--) {
      const [port, whole] = pick(rng, DATAGRAMS);
      const big = rng.int(4) === 0 ? Buffer.alloc(rng.int(9000), whole) : whole;
      const frame = ethernet(
        0x0800,
        ip4(17, udp(5000, port, big), { src: address(rng, rng.int(HOSTS)), id: rng.int(8) }),
      );
      if (rng.int(2) === 0) yield this.#one(inside(rng, frame, 1 + rng.int(rng.int(6) === 0 ? 60 : 6)));
      else for (const f of fragments(rng, port, big)) yield this.#one(f);
    }
  }

  *#blind(rng: Random): Generator<HostileFrame> {
    for (let n = 1 + rng.int(20); n > 0; n--) {
      const b = Buffer.alloc(rng.int(rng.int(20) === 0 ? 9000 : 300));
      for (let i = 0; i < b.length; i++) b[i] = rng.int(256);
      if (b.length > 40 && rng.int(2) === 0) hex('0800450000280001000040060000').copy(b, 12);
      yield this.#one(b);
    }
  }

  #header(rng: Random, frame: Buffer, linkType: number): Buffer {
    const other = this.seeds.length === 0 ? frame : pick(rng, this.seeds).bytes;
    const changed = mutateDraft(rng, frameDraft(frame, linkType), frameDraft(other, 1));
    return rng.int(5) === 0 ? changed : repair(Buffer.from(changed));
  }
}

/** A message to or from a port with its structure. */
export function messageDraft(port: number, bytes: Buffer): Draft {
  const d = new Draft(Buffer.from(bytes));
  if (bytes.length > 0) grammarOf(port, d.bytes, 0, bytes.length)(d, 0, bytes.length);
  return d;
}

/** The content of a frame without IP with its structure. */
export function typeDraft(type: number, bytes: Buffer): Draft {
  const d = new Draft(Buffer.from(bytes));
  grammarOfType(type)(d, 0, bytes.length);
  return d;
}

const mac = (n: number): string => `0200000${(0x10000 + n).toString(16)}`.slice(0, 12).padEnd(12, '0');
const address = (rng: Random, n: number): string =>
  rng.int(20) === 0 ? `10.${rng.int(256)}.${rng.int(256)}.${rng.int(256)}` : `10.0.${n >> 6}.${1 + (n & 63)}`;

/** A conversation with some of its messages changed, doubled, left out, out of order, or said by the wrong side. */
function change(rng: Random, s: Session): Session {
  const steps = s.steps.map((x) => ({ ...x }));
  const often = rng.int(4);
  for (let i = 0; i < steps.length; i++) {
    if (often === 0 || rng.int(often) !== 0) continue;
    const other = pick(rng, pick(rng, SESSIONS).steps);
    steps[i] = {
      dir: steps[i].dir,
      bytes: mutateDraft(rng, messageDraft(s.port, steps[i].bytes), messageDraft(0, other.bytes)),
    };
  }
  if (rng.int(6) === 0) steps.splice(rng.int(steps.length), 1);
  if (rng.int(6) === 0) steps.splice(rng.int(steps.length + 1), 0, pick(rng, s.steps), pick(rng, s.steps));
  if (rng.int(12) === 0) steps.push(...pick(rng, SESSIONS).steps);
  if (rng.int(12) === 0) steps.reverse();
  const turned = rng.int(12) === 0 ? 1 : 0;
  return {
    port: rng.int(10) === 0 ? pick(rng, PORTS) : s.port,
    steps: steps.map((x) => ({ dir: (x.dir ^ turned) as 0 | 1, bytes: x.bytes })),
  };
}

/** The packets of a conversation: handshake, segments of any size, some lost, doubled, late, overlapping with other bytes; an end or none. */
function conversation(rng: Random, s: Session): Buffer[] {
  const [a, b] = [rng.int(HOSTS), rng.int(HOSTS)];
  const [src, dst] = [address(rng, a), address(rng, b)];
  const client = 1024 + rng.int(rng.int(4) === 0 ? 64 : 60_000);
  const seq = [rng.int(3) === 0 ? 0xfffffff0 : rng.u32(), rng.u32()];
  let id = rng.int(65_536);
  const six = rng.int(10) === 0;
  const options = rng.int(4) === 0 ? hex('0101080a0000000100000000') : Buffer.alloc(0);
  const out: Buffer[] = [];
  const send = (dir: 0 | 1, at: number, flags: number, body: Buffer): void => {
    const segment = tcp(dir === 0 ? client : s.port, dir === 0 ? s.port : client, body, {
      seq: at >>> 0,
      ack: seq[1 - dir],
      flags,
      options,
    });
    const packet = six
      ? ip6(6, segment, dir === 0 ? a + 1 : b + 100, dir === 0 ? b + 100 : a + 1)
      : ip4(6, segment, { src: dir === 0 ? src : dst, dst: dir === 0 ? dst : src, id: id++ & 0xffff });
    out.push(ethernet(six ? 0x86dd : 0x0800, packet, mac(dir === 0 ? a : b), mac(dir === 0 ? b : a)));
  };
  const none = Buffer.alloc(0);
  if (rng.int(8) !== 0) {
    send(0, seq[0]++, 2, none);
    send(1, seq[1]++, 0x12, none);
    send(0, seq[0], 0x10, none);
  }
  const bad = rng.int(3) === 0;
  for (const step of s.steps) {
    const size = pick(rng, [1460, 1460, 1460, 512, 64, 9000, 7, rng.int(20) === 0 ? 1 : 1460]);
    for (let at = 0; at < step.bytes.length && out.length < 400; ) {
      const n = Math.min(step.bytes.length - at, Math.max(1, size));
      const body = step.bytes.subarray(at, at + n);
      const { dir } = step;
      const what = bad ? rng.int(24) : 24;
      if (what === 1) send(dir, seq[dir] - rng.int(20), 0x18, step.bytes.subarray(Math.max(0, at - 20), at + n));
      else if (what === 2) send(dir, seq[dir] + n, 0x18, step.bytes.subarray(at + n, at + 2 * n));
      else if (what === 3) send(dir, seq[dir], 0x18, Buffer.from(body).fill(rng.int(256)));
      if (what !== 0) send(dir, seq[dir], 0x18, body);
      if (what === 4) send(dir, seq[dir], 0x18, body);
      if (what === 5) send((1 - dir) as 0 | 1, seq[1 - dir], 0x10, none);
      seq[dir] += n;
      at += n;
    }
    if (rng.int(2) === 0) send((1 - step.dir) as 0 | 1, seq[1 - step.dir], 0x10, none);
  }
  if (bad && out.length > 0)
    for (let n = rng.int(4); n > 0; n--) [out[0], out[rng.int(out.length)]] = [out[rng.int(out.length)], out[0]];
  const end = rng.int(4);
  if (end === 0) send(0, seq[0], 4, none);
  else if (end < 3) {
    send(0, seq[0]++, 0x11, none);
    send(1, seq[1]++, 0x11, none);
    send(0, seq[0], 0x10, none);
  }
  return out.filter((f) => f.length <= 65_549);
}
