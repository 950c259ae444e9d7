import { table } from '../bench/tools.js';
import { blowUp } from '../support/hostile/blow-up.js';

/** `node dist/tests/hostile/blow-up.js [PART]`: what inputs cost that were made to cost more than they should. */
const part = process.argv[2] ?? '';
const costs = blowUp(Number(process.env.OCTETS ?? 400_000), part);
console.log(
  table(
    ['case', 'ns/octet', 'to ordinary', 'twice', 'step ms', 'super-frame ms'],
    costs.map((c) => [
      c.name,
      c.nsOctet.toFixed(1),
      `${c.ratio.toFixed(1)}x`,
      c.twice.toFixed(2),
      c.stepMs.toFixed(2),
      c.superMs.toFixed(2),
    ]),
  ),
);
