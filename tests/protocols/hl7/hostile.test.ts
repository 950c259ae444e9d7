import { performance } from 'node:perf_hooks';
import t from 'tap';
import { settingsDefaults } from '../../../src/core/index.js';
import { createHl7, hl7Settings } from '../../../src/protocols/hl7/index.js';
import { feed } from '../../support/stream-feed.js';

// What would cost a careless reader time: linear for all of them, and cut at the limits. Measured as the ratio of two lengths in one
// run; the time of the longer one is printed.

const HEAD = '\x0bMSH|^~\\&|A|B|C|D|20260102030405||ORU^R01|ID1|P|2.6\r';
const SHAPES: Record<string, string> = {
  'nothing but separators': '|',
  'nothing but components': '^',
  'empty segments': '\r',
  'segments of one letter': 'X\r',
  escapes: '\\X41\\',
  observations: 'OBX|1|NM|147842^A^MDC|1|72|/min|60-100|N|||F\r',
  'numbers without an end': 'OBX|1|NM|1|1|9999999999999999999999.99999\r',
  identifiers: 'PID|1||P1^^^H\r',
  'device identifiers': 'PRT|1|UC||||||||E^F||||||D||||S\r',
  queries: 'QPD|Q^F|1|a|b|c|d|e|f|g\r',
  'starts of blocks': '\x0b',
  'headers without a block': 'MSH|^~\\&|A\r',
  'ends of blocks and more': '\x1cX',
  batches: 'BHS|^~\\&\rBTS|9\rFTS|9\r',
};

/** ms for a message of about this many octets, the best of five. */
function cost(shape: string, octets: number): number {
  const bytes = Buffer.from(`${HEAD}${shape.repeat(Math.ceil(octets / shape.length))}\x1c\r`, 'latin1');
  const pieces = Array.from({ length: Math.ceil(bytes.length / 1400) }, (_, i) => ({
    dir: 0 as const,
    bytes: bytes.subarray(1400 * i, 1400 * (i + 1)),
  }));
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const begin = performance.now();
    feed((ctx) => createHl7(ctx, settingsDefaults(hl7Settings)), pieces);
    best = Math.min(best, performance.now() - begin);
  }
  return best;
}

for (const [name, shape] of Object.entries(SHAPES)) {
  t.test(name, async (t) => {
    cost(shape, 100_000);
    const short = cost(shape, 250_000);
    const long = cost(shape, 1_000_000);
    t.comment(`a megabyte in ${long.toFixed(1)} ms`);
    // four times the octets: quadratic would be sixteen times
    t.ok(long < 8 * short + 2, `${short.toFixed(2)} ms, four times as long ${long.toFixed(2)} ms`);
  });
}
