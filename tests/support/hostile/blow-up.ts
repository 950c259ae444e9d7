import { ethernet, ip4, tcp } from '../frames.js';
import { STREAM_CASES, type StreamCase } from './cases.js';
import { PACKET_CASES, type PacketCase } from './packet-cases.js';
import { Stage } from './run.js';
import type { HostileFrame } from './traffic.js';

/** What one input cost. */
export interface Cost {
  readonly name: string;
  /** ns an octet of the larger input, and what ordinary traffic in packets of the same size costs. */
  readonly nsOctet: number;
  readonly ratio: number;
  /** Time of the larger input, ms. */
  readonly ms: number;
  /** Time of twice the input by that of once. */
  readonly twice: number;
  /** Longest step in packets of ordinary size, and in super-frames (offloads make them), ms. */
  readonly stepMs: number;
  readonly superMs: number;
}

const MSS = 1460;
const SUPER = 62_000;
/** Each is done this often; the least counts: collections and other programs only add. */
const TIMES = 3;
const NONE = Buffer.alloc(0);
const frame = (bytes: Buffer): HostileFrame => ({ bytes, linkType: 1, wireLen: bytes.length, afterUs: 20 });

let flows = 0;
/** A conversation of its own: handshake, what opens it, then the bytes in segments. */
function conversation(c: StreamCase, bytes: Buffer, segment: number): HostileFrame[] {
  const n = flows++;
  const [src, dst] = [`10.2.${(n >> 6) & 63}.${1 + (n & 63)}`, '10.3.0.1'];
  const client = 20_000 + (n % 40_000);
  const seq = [1000, 5000];
  const out: HostileFrame[] = [];
  const send = (dir: 0 | 1, flags: number, body: Buffer): void => {
    const ports: [number, number] = dir === 0 ? [client, c.port] : [c.port, client];
    const segmentBytes = tcp(...ports, body, { seq: seq[dir], ack: seq[1 - dir], flags });
    out.push(
      frame(
        ethernet(
          0x0800,
          ip4(6, segmentBytes, { src: dir === 0 ? src : dst, dst: dir === 0 ? dst : src, id: out.length & 0xffff }),
        ),
      ),
    );
    seq[dir] = (seq[dir] + body.length + (flags & 2 ? 1 : 0)) >>> 0;
  };
  send(0, 2, NONE);
  send(1, 18, NONE);
  (c.opening ?? []).forEach((b, i) => void send((i & 1) as 0 | 1, 24, b));
  for (let at = 0; at < bytes.length; at += segment) send(c.dir ?? 0, 24, bytes.subarray(at, at + segment));
  send(0, 4, NONE);
  return out;
}

interface Run {
  readonly ms: number;
  readonly stepMs: number;
}

/** Least time in all and least longest step of feeding what `make` gives. */
function timed(stage: Stage, make: () => HostileFrame[]): Run {
  const runs: Float64Array[] = [];
  for (let i = 0; i < TIMES; i++) runs.push(Float64Array.from(make(), (f) => stage.packet(f)));
  let ms = 0;
  let stepMs = 0;
  // the least of every step: what its input costs
  for (let i = 0; i < runs[0].length; i++) {
    const least = Math.min(...runs.map((r) => r[i]));
    ms += least;
    stepMs = Math.max(stepMs, least);
  }
  return { ms, stepMs };
}

/** ns an octet of ordinary traffic in segments of a size. */
const ordinary = new Map<string, number>();

function streamCost(stage: Stage, c: StreamCase, octets: number): Cost {
  const segment = c.segment ?? MSS;
  // one octet a packet: the same cost in fewer octets
  const n = segment === 1 ? Math.min(octets, 16_000) : octets;
  const of = (size: number, part: number): (() => HostileFrame[]) => {
    const bytes = c.bytes(size);
    return () => conversation(c, bytes, part);
  };
  const once = timed(stage, of(n, segment));
  const two = timed(stage, of(2 * n, segment));
  const sup = segment === MSS ? timed(stage, of(n, SUPER)) : once;
  const nsOctet = (two.ms * 1e6) / (2 * n);
  const key = `${segment}`;
  if (!ordinary.has(key)) {
    const plain = STREAM_CASES.find((x) => x.name === 'hl7: ordinary reports') as StreamCase;
    const bytes = plain.bytes(2 * n);
    ordinary.set(key, (timed(stage, () => conversation(plain, bytes, segment)).ms * 1e6) / (2 * n));
  }
  return {
    name: c.name,
    nsOctet,
    ratio: nsOctet / (ordinary.get(key) ?? 1),
    ms: two.ms,
    twice: two.ms / once.ms,
    stepMs: Math.max(once.stepMs, two.stepMs),
    superMs: sup.stepMs,
  };
}

function packetCost(stage: Stage, c: PacketCase, packets: number): Cost {
  let at = 0;
  const some = (n: number) => (): HostileFrame[] => Array.from({ length: n }, () => frame(c.packet(at++)));
  const once = timed(stage, some(packets));
  const two = timed(stage, some(2 * packets));
  // by packet: a small one that costs as much as a large one is the attack
  const us = (two.ms * 1000) / (2 * packets);
  if (!ordinary.has('packet')) ordinary.set('packet', us);
  return {
    name: c.name,
    nsOctet: us * 1000,
    ratio: us / (ordinary.get('packet') ?? 1),
    ms: two.ms,
    twice: two.ms / once.ms,
    stepMs: Math.max(once.stepMs, two.stepMs),
    superMs: two.stepMs,
  };
}

/** The cost of every case whose name has a part; `octets` a stream. The sensor is warm: each case runs once before. */
export function blowUp(octets: number, part = ''): Cost[] {
  let stage = new Stage();
  const out: Cost[] = [];
  const packets = Math.ceil(octets / 250);
  ordinary.clear();
  packetCost(stage, PACKET_CASES[0], packets);
  ordinary.clear();
  packetCost(stage, PACKET_CASES[0], packets);
  for (const c of STREAM_CASES.filter((x) => x.name.includes(part))) {
    streamCost(stage, c, octets / 4);
    out.push(streamCost(stage, c, octets));
    stage = renewed(stage);
  }
  for (const c of PACKET_CASES.filter((x) => x.name.includes(part))) {
    packetCost(stage, c, packets / 4);
    out.push(packetCost(stage, c, packets));
    stage = renewed(stage);
  }
  return out;
}

/** Every case begins with an empty sensor, and none may have brought an error of ours. */
function renewed(stage: Stage): Stage {
  if (stage.errors > 0) throw new Error(`an error of ours: ${stage.pipeline.fence.last}`);
  return new Stage();
}
