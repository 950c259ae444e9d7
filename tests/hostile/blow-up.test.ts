// runs alone: it times single packets
import t from 'tap';
import { blowUp } from '../support/hostile/blow-up.js';

t.setTimeout(300_000);
/** Octets of each input; twice as many are fed too. */
const OCTETS = 60_000;
/** An octet or a packet of an attack costs at most this much more than one of ordinary traffic in packets of the same size. */
const RATIO = 20;
/** Twice the input takes at most this much longer: 2 and what a busy machine adds; squared it were 4. */
const TWICE = 3.5;
/** An input this short says nothing about how it grows: the fixed parts outweigh it. ms */
const SHORT_MS = 2;
const LIMIT_MS = 5;

t.test(
  'inputs made to be dear: no octet costs much more than an ordinary one, twice as many cost twice as much, no step is long',
  async (t) => {
    const again = (name: string): ReturnType<typeof blowUp> => blowUp(OCTETS, name);
    for (const first of blowUp(OCTETS)) {
      const bad = (c: typeof first): boolean =>
        c.ratio > RATIO || (c.ms > SHORT_MS && c.twice > TWICE) || c.stepMs >= LIMIT_MS || c.superMs >= LIMIT_MS;
      // another program may have fallen on all its runs
      let cost = first;
      for (let n = 0; n < 3 && bad(cost); n++) cost = again(first.name).find((c) => c.name === first.name) ?? first;
      t.notOk(
        bad(cost),
        `${cost.name}: ${cost.ratio.toFixed(1)}x, twice ${cost.twice.toFixed(2)}x, steps ${cost.stepMs.toFixed(2)} and ${cost.superMs.toFixed(2)} ms`,
      );
    }
  },
);
