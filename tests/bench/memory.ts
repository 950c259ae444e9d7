import { join } from 'node:path';
import { assembleSpec, defaultConfig } from '../../src/runtime/index.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { eachPacket } from '../support/capture-bytes.js';
import { generate } from '../support/gen/index.js';
import { table } from './tools.js';

const ROUND = 1_000_000;

/**
 * Resident memory while the whole sensor takes packet after packet: the hospital mix again and again, each time an hour
 * later, so that every flow ends and begins anew.
 */
export async function benchMemory(dir: string, packets: number): Promise<string> {
  const file = join(dir, 'memory.pcap');
  await generate({ kind: 'mixed', packets: ROUND, seed: 1, file });
  const spec = assembleSpec(defaultConfig(), { kind: 'files', files: [], speed: 'max' }, { modelDir: null });
  let verdicts = 0;
  const pipeline = new Pipeline(spec, { verdict: () => verdicts++, train: () => undefined });
  const rows: string[][] = [];
  const rounds = packets / ROUND;
  const begin = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const shiftUs = round * 3600e6;
    await eachPacket(file, (v) => {
      v.tsUs += shiftUs;
      pipeline.packet(v);
    });
    if (round % Math.ceil(rounds / 10) !== 0 && round !== rounds - 1) continue;
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const { user, system } = process.cpuUsage(begin);
    rows.push([
      ((round + 1) * ROUND).toLocaleString('en'),
      ...[rss, heapUsed, arrayBuffers].map((b) => (b / 1048576).toFixed(0)),
      ((user + system) / ((round + 1) * ROUND)).toFixed(2),
      String(verdicts),
    ]);
  }
  const head = ['packets', 'RSS MiB', 'heap', 'buffers', 'CPU µs/packet', 'verdicts'];
  return `memory of the whole sensor, the hospital mix hour after hour\n${table(head, rows)}`;
}
