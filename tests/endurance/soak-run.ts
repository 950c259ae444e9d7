import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { assembleSpec, defaultConfig } from '../../src/runtime/index.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { eachPacket } from '../support/capture-bytes.js';

// The process of a soak: packets of one capture after the other, each an hour later, as fast as they go; one line of JSON a step.

/** What was measured after a step. Sizes are bytes, times µs. */
export interface SoakStep {
  readonly packets: number;
  readonly atS: number;
  readonly rss: number;
  readonly heap: number;
  readonly buffers: number;
  readonly handles: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly p999Us: number;
  readonly mostUs: number;
  readonly cpuUs: number;
  readonly flows: number;
  readonly devices: number;
  readonly verdicts: number;
}

/**
 * Training rows kept of a type, shipped 8192: rare types take weeks to fill that, and what is looked for is growth that has no limit. Here
 * every table that has one is full after some hours.
 */
const ROWS = 256;
/** One packet of so many is timed. */
const TIMED = 4;
/** Buckets of a tenth of an octave, from a tenth of a µs on. */
const BUCKETS = 256;
const bucketOf = (us: number): number => Math.min(BUCKETS - 1, Math.max(0, Math.round(10 * Math.log2(us * 10))));

async function main(packets: number, files: readonly string[]): Promise<void> {
  const shipped = defaultConfig();
  const baseline = { ...shipped.settings.baseline, max_rows: ROWS };
  const config = { ...shipped, settings: { ...shipped.settings, baseline } };
  const spec = assembleSpec(config, { kind: 'files', files: [], speed: 'max' }, { modelDir: null });
  let verdicts = 0;
  const pipeline = new Pipeline(spec, { verdict: () => verdicts++, train: () => undefined });
  const times = new Uint32Array(BUCKETS);
  const { gc } = globalThis as { gc?: () => void };
  let n = 0;
  // asked to end, it ends with the hour: what was measured until then counts
  let enough = false;
  process.on('SIGTERM', () => {
    enough = true;
  });
  for (let hour = 0; n < packets && !enough; hour++) {
    times.fill(0);
    let most = 0;
    const begin = process.cpuUsage();
    const before = n;
    const shiftUs = hour * 3600e6;
    await eachPacket(files[hour % files.length], (v) => {
      v.tsUs += shiftUs;
      if (n++ % TIMED !== 0) {
        pipeline.packet(v);
        return;
      }
      const from = performance.now();
      pipeline.packet(v);
      const us = (performance.now() - from) * 1000;
      if (us > most) most = us;
      times[bucketOf(us)]++;
    });
    const { user, system } = process.cpuUsage(begin);
    // what is garbage is no leak
    gc?.();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const timed = times.reduce((a, b) => a + b, 0);
    let seen = 0;
    const at = times.findIndex((c) => {
      seen += c;
      return seen >= 0.999 * timed;
    });
    const step: SoakStep = {
      packets: n,
      atS: performance.now() / 1000,
      rss,
      heap: heapUsed,
      buffers: arrayBuffers,
      handles: process.getActiveResourcesInfo().length,
      descriptors: readdirSync('/proc/self/fd').length,
      threads: Number(/^Threads:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]),
      p999Us: 2 ** (at / 10) / 10,
      mostUs: most,
      cpuUs: (user + system) / (n - before),
      flows: pipeline.counters.get('wardwire_flows_created_total'),
      devices: pipeline.inventory.directory.size,
      verdicts,
    };
    process.stdout.write(`${JSON.stringify(step)}\n`);
  }
}

await main(Number(process.argv[2]), process.argv.slice(3));
