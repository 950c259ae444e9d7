import t from 'tap';
import { PROOFS } from './proofs.js';

// The proofs of `npm run endurance` in their short form: the same code, fewer times. Figures of the full form: docs/endurance.md.
t.setTimeout(300_000);

for (const [name, proof] of Object.entries(PROOFS)) {
  if (proof.short === 0) continue;
  t.test(name, async (t) => {
    const { ok, lines } = await proof.run(proof.short);
    for (const l of lines) t.comment(l);
    if (lines[0].startsWith('SKIPPED')) t.pass('skipped', { skip: lines[0] });
    else t.ok(ok, lines.join('; '));
  });
}
