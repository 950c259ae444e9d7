import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PacketView } from '../../src/core/index.js';
import { digestOfCut, PacketRing } from '../../src/evidence/ring.js';
import { assembleSpec, defaultConfig, type SensorSpec } from '../../src/runtime/index.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { eachPacket } from '../support/capture-bytes.js';
import { generate } from '../support/gen/index.js';
import { median } from './tools.js';

const FRAME = 1000;
const DEVICES = 64;
/** Packets that go through one sensor before the other gets them. */
const BLOCK = 10_000;

/** CPU ns of a packet through `packet`, over as many as `count`. */
function loop(count: number, packet: (v: PacketView) => void): number {
  const v = new PacketView();
  v.buf = Buffer.alloc(1 << 20, 7);
  v.capLen = FRAME;
  v.wireLen = FRAME;
  const from = process.cpuUsage().user;
  for (let i = 0; i < count; i++) {
    v.off = (i % 1024) * FRAME;
    v.end = v.off + FRAME;
    v.reset();
    v.payOff = v.off + 54 + (i % 3) * 4;
    v.srcDev = i % DEVICES;
    v.dstDev = (i * 7) % DEVICES;
    v.tsUs = 1.7e15 + i * 10;
    packet(v);
  }
  return ((process.cpuUsage().user - from) * 1000) / count;
}

/** What keeping evidence costs: the ring alone, a cut, and the whole sensor with and without it in turns. */
export async function benchEvidence(dir: string, quick: boolean): Promise<string> {
  const ring = new PacketRing(32 << 20, DEVICES, false);
  let sum = 0;
  const nothing = (v: PacketView): void => {
    sum += v.payOff;
  };
  const keep = (v: PacketView): void => ring.packet(v);
  const packets = quick ? 1_000_000 : 5_000_000;
  loop(packets, nothing);
  loop(packets, keep);
  const alone: number[] = [];
  for (let i = 0; i < 5; i++) alone.push(loop(packets, keep) - loop(packets, nothing));
  const cuts: number[] = [];
  for (let i = 0; i < 50; i++) {
    const from = process.cpuUsage().user;
    const cut = ring.cut({ device: 3, fromUs: 0, since: 0, maxPackets: 1000, maxBytes: 1 << 20 });
    sum += digestOfCut(cut).length;
    cuts.push((process.cpuUsage().user - from) / 1000);
  }

  const file = join(dir, 'evidence.pcap');
  await generate({ kind: 'mixed', packets: quick ? 400_000 : 2_000_000, seed: 1, file });
  const folder = join(dir, 'evidence');
  const spec = (evidenceDir: string | null): SensorSpec =>
    assembleSpec(defaultConfig(), { kind: 'files', files: [file], speed: 'max' }, { modelDir: null, evidenceDir });
  const out = { verdict: () => undefined, train: () => undefined };
  const pipelines = [new Pipeline(spec(null), out), new Pipeline(spec(folder), out)];
  const blocks: { cpu: [number, number] }[] = [];
  // one buffer for all packets of a block, as sources have
  const bytes = Buffer.alloc(BLOCK * 1600);
  let used = 0;
  const heads: { tsUs: number; wireLen: number; from: number; to: number }[] = [];
  const view = new PacketView();
  const run = (p: Pipeline): number => {
    const from = process.cpuUsage();
    for (const h of heads) {
      view.buf = bytes;
      view.off = h.from;
      view.end = h.to;
      view.capLen = h.to - h.from;
      view.tsUs = h.tsUs;
      view.wireLen = h.wireLen;
      p.packet(view);
    }
    const { user, system } = process.cpuUsage(from);
    return user + system;
  };
  const both = (): void => {
    const cpu: [number, number] = [0, 0];
    // who goes first changes: the second one finds the packets in the cache
    for (const k of blocks.length % 2 === 0 ? [0, 1] : [1, 0]) cpu[k] = run(pipelines[k]);
    blocks.push({ cpu });
    used = 0;
    heads.length = 0;
  };
  await eachPacket(file, (v) => {
    v.buf.copy(bytes, used, v.off, v.end);
    heads.push({ tsUs: v.tsUs, wireLen: v.wireLen, from: used, to: used + v.capLen });
    used += v.capLen;
    if (heads.length === BLOCK) both();
  });
  for (const p of pipelines) {
    p.finish();
    await p.close();
  }
  const rest = blocks.slice(blocks.length >> 2);
  const total = (k: 0 | 1): number => rest.reduce((n, b) => n + b.cpu[k], 0);
  const each = total(0) / (rest.length * BLOCK);
  const ratio = median(rest.map((b) => b.cpu[1] / b.cpu[0]));
  rmSync(file);
  rmSync(folder, { recursive: true, force: true });
  return [
    `evidence: ${median(alone).toFixed(0)} ns a packet in the ring, ${median(cuts).toFixed(2)} ms a new incident (cut and digest of 1,000 packets)`,
    `whole sensor with evidence / without: ${(total(1) / total(0)).toFixed(3)} in sum, ${ratio.toFixed(3)} the median of ${rest.length} blocks of ${BLOCK} packets in turns; ${each.toFixed(2)} CPU-µs a packet without`,
    sum < 0 ? '' : 'the writing thread is in the figure; the first quarter, in which code is compiled, is not',
  ].join('\n');
}
