// runs alone: it times single packets
import t from 'tap';
import { hostileRun, hostileTraffic, least } from '../support/hostile/run.js';

t.setTimeout(240_000);
const PACKETS = 100_000;
const SEED = 1;
const LIMIT_MS = 5;
/** A step that is slow in this many runs of the same packets is slow by its input. */
const RUNS = 5;

t.test('a hundred thousand hostile packets: nothing throws, every refusal is counted, no step is long', async (t) => {
  const traffic = await hostileTraffic();
  // the first run compiles; further ones only when a collection or another program fell on the same packet twice
  const runs = [hostileRun(traffic, PACKETS, SEED), hostileRun(traffic, PACKETS, SEED)];
  while (least(runs)[0].ms >= LIMIT_MS && runs.length < RUNS) runs.push(hostileRun(traffic, PACKETS, SEED));
  for (const { stage } of runs) {
    t.equal(stage.errors, 0);
    t.same(stage.uncounted(), []);
    t.equal(stage.verdicts, runs[0].stage.verdicts, 'the same packets, the same verdicts');
  }
  const [slowest] = least(runs);
  t.ok(
    slowest.ms < LIMIT_MS,
    `longest step ${slowest.ms.toFixed(2)} ms: packet ${slowest.packet}, burst ${slowest.seed}`,
  );
  const mib = process.memoryUsage().rss / 1048576;
  t.comment(
    `${PACKETS} packets, ${runs.length} runs, longest step ${slowest.ms.toFixed(2)} ms, ${mib.toFixed(0)} MiB resident`,
  );
});
