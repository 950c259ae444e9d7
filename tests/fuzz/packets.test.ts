import { join } from 'node:path';
import t from 'tap';
import { PacketView, type Random } from '../../src/core/index.js';
import { assembleSpec, defaultConfig } from '../../src/runtime/index.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { eachPacket } from '../support/capture-bytes.js';
import { ethernet, ip4, ip6, tcp, udp } from '../support/frames.js';
import { FUZZ_S, fuzz } from '../support/fuzz.js';
import { mutate, pick } from '../support/mutate.js';
import { projectRoot } from '../support/wardwire.js';

t.setTimeout((FUZZ_S + 120) * 1000);

interface Frame {
  readonly bytes: Buffer;
  readonly linkType: number;
}

/** Frames of the bundled captures: every protocol the sensor decodes, in order. */
async function corpus(): Promise<Frame[]> {
  const frames: Frame[] = [];
  await eachPacket(join(projectRoot(), 'pcaps', 'ward-demo', 'capture.pcap'), (v) => {
    frames.push({ bytes: Buffer.from(v.buf.subarray(v.off, v.end)), linkType: v.linkType });
  });
  return frames;
}

/** An IP packet inside something, several times over. */
function wrapped(rng: Random, inner: Buffer): Buffer {
  let b = inner;
  for (let n = 1 + rng.int(rng.int(10) === 0 ? 40 : 4); n > 0; n--) {
    const frame = ethernet(0x0800, b);
    b = pick(rng, [
      () => ip4(4, b),
      () => ip4(47, Buffer.concat([Buffer.from('00000800', 'hex'), b])),
      () => ip4(47, Buffer.concat([Buffer.from('000088be', 'hex'), frame])),
      () => ip4(47, Buffer.concat([Buffer.from('2000655800000100', 'hex'), frame])),
      () => ip4(17, udp(5, 4789, Buffer.concat([Buffer.from('0800000000000100', 'hex'), frame]))),
      () => ip4(17, udp(5, 6081, Buffer.concat([Buffer.from('0000655800000100', 'hex'), frame]))),
      () =>
        ip4(
          17,
          udp(
            5,
            2152,
            Buffer.concat([Buffer.from('30ff', 'hex'), Buffer.of(b.length >> 8, b.length), Buffer.alloc(4), b]),
          ),
        ),
      () => ip6(4, b),
      () => ip4(41, ip6(17, udp(1, 2, b))),
    ])(); // prettier-ignore
  }
  return b;
}

/** A TCP segment of one of a few connections, with numbers close to each other so that segments meet and overlap. */
function segment(rng: Random, payload: Buffer): Buffer {
  const flags = rng.int(3) === 0 ? rng.int(64) : 0x18;
  const seq = (0xfffff000 + rng.int(12_000)) >>> 0;
  const [a, b] = rng.int(2) === 0 ? [40_000 + rng.int(4), 2575] : [2575, 40_000 + rng.int(4)];
  return ip4(6, tcp(a, b, payload.subarray(0, rng.int(payload.length + 1)), { seq, flags }));
}

t.test('mutated packets through the whole sensor: no throw, no error of ours, no hang', async (t) => {
  const frames = await corpus();
  const spec = assembleSpec(defaultConfig(), { kind: 'files', files: [], speed: 'max' }, { modelDir: null });
  const view = new PacketView();
  let verdicts = 0;
  const start = (): Pipeline => new Pipeline(spec, { verdict: () => verdicts++, train: () => undefined });
  let pipeline = start();
  let tsUs = 1.7e15;
  let worstMs = 0;
  /** Packets that took more than a millisecond, garbage collection and the machine's other work among them. */
  let slow = 0;
  let packets = 0;
  const errors = (p: Pipeline): number => {
    const i = p.counters.defs.findIndex((d) => d.name === 'wardwire_internal_errors_total');
    return p.counters.values[i];
  };
  fuzz(t, (rng, say) => {
    const from = rng.int(frames.length);
    const run = 8 + rng.int(64);
    for (let i = 0; i < run; i++) {
      const { bytes, linkType } = frames[(from + i) % frames.length];
      const other = pick(rng, frames).bytes;
      const what = rng.int(10);
      let frame = bytes;
      if (what < 4) frame = mutate(rng, bytes, other);
      else if (what === 4) frame = ethernet(0x0800, wrapped(rng, bytes.subarray(14)));
      else if (what === 5) frame = mutate(rng, ethernet(0x0800, wrapped(rng, bytes.subarray(14))), other);
      else if (what === 6) frame = ethernet(0x0800, segment(rng, other));
      else if (what === 7) frame = ethernet(0x0800, ip4(17, udp(pick(rng, [53, 67, 123, 24105]), 53, other)));
      say(`link ${linkType}: ${frame.toString('hex')}`);
      const step = rng.int(200);
      tsUs += step === 0 ? 3600e6 : step === 1 ? -5e6 : rng.int(3000);
      view.buf = frame;
      view.off = 0;
      view.capLen = view.end = frame.length;
      view.wireLen = frame.length + (rng.int(50) === 0 ? rng.int(2000) : 0);
      view.linkType = rng.int(100) === 0 ? rng.int(300) : linkType;
      view.tsUs = tsUs;
      const before = performance.now();
      pipeline.packet(view);
      const tookMs = performance.now() - before;
      worstMs = Math.max(worstMs, tookMs);
      // an hour without packets ends every flow at once
      if (tookMs > 1 && step !== 0) slow++;
      packets++;
    }
    if (errors(pipeline) > 0) throw new Error(`an error of ours: ${pipeline.fence.last}`);
    if (rng.int(4000) === 0) {
      pipeline.finish();
      pipeline = start();
    }
    return run;
  });
  const mib = process.memoryUsage().rss / 1048576;
  t.comment(
    `fuzz: ${packets} packets, longest ${worstMs.toFixed(2)} ms, ${slow} over 1 ms, ${verdicts} verdicts, ${mib.toFixed(0)} MiB resident`,
  );
});
