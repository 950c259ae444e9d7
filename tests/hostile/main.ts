import { table } from '../bench/tools.js';
import { type HostileResult, hostileRun, hostileTraffic, least } from '../support/hostile/run.js';

/** `npm run hostile [-- --packets N] [--seed N] [--burst N]`: mutated packets of every layer and protocol through the whole sensor. */
const option = (name: string, otherwise: number): number => {
  const i = process.argv.indexOf(`--${name}`);
  return i < 0 ? otherwise : Number(process.argv[i + 1]);
};
const PACKETS = option('packets', 1_000_000);
const SEED = option('seed', 1);
/** The same packets this many times: a step that is slow every time is slow by its input. */
const RUNS = option('runs', 3);
const MOST_RUNS = 6;
const LIMIT_MS = 5;
const MIB = 1048576;

const traffic = await hostileTraffic();
const runs: HostileResult[] = [];
// more runs only while some step was slow in all of them
for (let i = 0; i < RUNS || (i < MOST_RUNS && least(runs)[0].ms >= LIMIT_MS); i++) {
  const begin = performance.now();
  const run = hostileRun(traffic, PACKETS, SEED);
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  console.log(
    `run ${i + 1}: ${PACKETS.toLocaleString('en')} packets in ${((performance.now() - begin) / 1000).toFixed(0)} s, ${run.stage.verdicts} verdicts, errors of ours ${run.stage.errors}, longest step ${run.steps.reduce((a, b) => Math.max(a, b)).toFixed(2)} ms, over ${LIMIT_MS} ms ${run.steps.filter((x) => x > LIMIT_MS).length}, RSS ${(rss / MIB).toFixed(0)} MiB, heap ${(heapUsed / MIB).toFixed(0)}, buffers ${(arrayBuffers / MIB).toFixed(0)}`,
  );
  const wrong = run.stage.uncounted();
  if (wrong.length > 0) {
    console.log(`not counted:\n${wrong.join('\n')}`);
    process.exitCode = 1;
  }
  runs.push(run);
}
const slow = least(runs);
console.log(`\nlongest steps, the least of ${runs.length} runs of the same packets (asked: under ${LIMIT_MS} ms)`);
console.log(
  table(
    ['ms', 'packet', 'burst'],
    slow.slice(0, 12).map((s) => [s.ms.toFixed(2), String(s.packet), String(s.seed)]),
  ),
);
if (slow[0].ms >= LIMIT_MS) process.exitCode = 1;
console.log('\nevery refusal and oddity, counted');
console.log(
  table(
    ['counter', 'times'],
    runs[0].stage.refusals().map(([name, n]) => [name, n.toLocaleString('en')]),
  ),
);
