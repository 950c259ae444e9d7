import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { KEYS, keyed } from '../support/hostile/keys.js';
import { Stage } from '../support/hostile/run.js';

t.setTimeout(240_000);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** Packets until every table is as full as it gets, and as many again afterwards. */
const FILL = 45_000;
const MORE = 15_000;
/** What memory may grow by then, MiB; 15,000 names kept for good would be more. */
const GROWTH = 2;

function held(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1048576;
}

for (const kind of Object.keys(KEYS)) {
  t.test(`${kind}: memory ends somewhere`, async (t) => {
    const stage = new Stage(8192);
    let i = 0;
    const feed = (n: number): void => {
      for (const end = i + n; i < end; i++) stage.packet(keyed(kind, i));
    };
    feed(FILL);
    const full = held();
    feed(MORE);
    const more = held();
    t.ok(more - full < GROWTH, `${full.toFixed(1)} MiB, then ${more.toFixed(1)} MiB`);
    t.equal(stage.errors, 0);
  });
}
