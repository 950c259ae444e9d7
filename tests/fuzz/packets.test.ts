import t from 'tap';
import { FUZZ_S, fuzz } from '../support/fuzz.js';
import { hostileTraffic, Stage } from '../support/hostile/run.js';

t.setTimeout((FUZZ_S + 120) * 1000);
/** A sensor that has taken this many bursts makes room for a new one. */
const BURSTS = 4000;

t.test(
  'mutated packets through the whole sensor: no throw, no error of ours, no hang, all of them counted',
  async (t) => {
    const traffic = await hostileTraffic();
    let stage = new Stage();
    let worstMs = 0;
    let packets = 0;
    let verdicts = 0;
    let bursts = 0;
    fuzz(t, (rng, say) => {
      const seed = rng.u32() | 0;
      const frames = traffic.burst(seed);
      for (const f of frames) {
        say(`burst ${seed}, link ${f.linkType}: ${f.bytes.toString('hex')}`);
        worstMs = Math.max(worstMs, stage.packet(f));
      }
      packets += frames.length;
      if (stage.errors > 0) throw new Error(`an error of ours: ${stage.pipeline.fence.last}`);
      const wrong = stage.uncounted();
      if (wrong.length > 0) throw new Error(`not counted: ${wrong.join('; ')}`);
      if (++bursts % BURSTS === 0) {
        stage.pipeline.finish();
        verdicts += stage.verdicts;
        stage = new Stage();
      }
      return frames.length;
    });
    const mib = process.memoryUsage().rss / 1048576;
    t.comment(
      `fuzz: ${packets} packets, longest ${worstMs.toFixed(2)} ms, ${verdicts + stage.verdicts} verdicts, ${mib.toFixed(0)} MiB resident`,
    );
  },
);
