import { cpus } from 'node:os';
import { PROOFS } from './proofs.js';

/**
 * `npm run endurance -- NAME … [--count N]`: proofs that take their time, each with its figures. Without a name all of them, one after
 * the other. Exit 1 when one did not show what it should.
 */
async function main(argv: readonly string[]): Promise<number> {
  const at = argv.indexOf('--count');
  const count = at >= 0 ? Number(argv[at + 1]) : null;
  const names = argv.filter((a, i) => !a.startsWith('--') && (at < 0 || i !== at + 1));
  const wrong = names.filter((n) => !(n in PROOFS));
  if (wrong.length > 0 || (count !== null && !(count > 0))) {
    console.error(`usage: npm run endurance -- [${Object.keys(PROOFS).join(' | ')}] … [--count N]`);
    return 2;
  }
  const cpu = cpus();
  console.log(
    `${new Date().toISOString().slice(0, 16)}Z, ${cpu.length} cores of ${cpu[0].model.trim()}, Node ${process.version}`,
  );
  let failed = 0;
  for (const name of names.length > 0 ? names : Object.keys(PROOFS)) {
    const proof = PROOFS[name];
    const started = performance.now();
    const { ok, lines } = await proof.run(count ?? proof.full);
    console.log(`\n${name}: ${ok ? 'shown' : 'NOT SHOWN'} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
    for (const l of lines) console.log(`  ${l}`);
    if (!ok) failed++;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
