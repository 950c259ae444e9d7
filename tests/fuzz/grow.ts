import { writeFileSync } from 'node:fs';
import { ngEnhanced, ngInterface, ngSection } from '../support/capture-bytes.js';
import { Coverage } from '../support/hostile/coverage.js';

/**
 * `node dist/tests/fuzz/grow.js [--seconds N] [--seed N] [--missed]`: grows the corpus. Bursts of hostile traffic that run code
 * nothing ran before are kept; of these the least octets that run as much are chosen, cut to what they need, and written.
 */
const coverage = new Coverage();
// the decoders may be loaded only now
const { CORPUS, framesOf, hostileTraffic, Stage } = await import('../support/hostile/run.js');
// what loading runs is nobody's merit
const loaded = coverage.since();
type Frames = Awaited<ReturnType<typeof framesOf>>;

const option = (name: string, otherwise: number): number => {
  const i = process.argv.indexOf(`--${name}`);
  return i < 0 ? otherwise : Number(process.argv[i + 1]);
};
/** Entries of the corpus lie this far apart, µs. */
const APART_US = 1e9;
/** Rows of the flow table: few are quickly made. */
const FLOWS = 1024;
/** Octets of the corpus: what is chosen last runs little more. */
const MOST = 400_000;
/** Larger bursts are not kept. */
const LARGEST = 40_000;
/** Entries smaller than this are not cut. */
const WORTH = 3000;
const seconds = option('seconds', 120);
const size = (frames: Frames): number => frames.reduce((n, f) => n + f.bytes.length + 32, 0);

/** What a sensor that saw nothing else runs for these frames, and at their end. */
function runs(frames: Frames): Map<string, Uint8Array> {
  coverage.since();
  const stage = new Stage(FLOWS);
  for (const f of frames) stage.packet(f);
  stage.pipeline.finish();
  return coverage.since();
}

const traffic = await hostileTraffic();
/** The corpus as it is, in its entries. */
const entries: Frames[] = [];
try {
  for (const f of await framesOf(CORPUS)) {
    if (entries.length === 0 || f.afterUs > APART_US / 2) entries.push([]);
    entries[entries.length - 1].push({ ...f, afterUs: entries[entries.length - 1].length === 0 ? 0 : f.afterUs });
  }
} catch {
  console.log('no corpus yet');
}
const candidates: Frames[] = [];
for (const e of entries) if (coverage.add(runs(e)) > 0) candidates.push(e);
console.log(`${entries.length} entries before, ${candidates.length} of them of use`);

let stage = new Stage(FLOWS);
const end = performance.now() + seconds * 1000;
let bursts = 0;
for (let seed = option('seed', Date.now() & 0x7fffffff); performance.now() < end; seed = (seed + 1) | 0, bursts++) {
  const frames = traffic.burst(seed);
  if (size(frames) > LARGEST) continue;
  if (bursts % 2000 === 0) stage = new Stage(FLOWS);
  coverage.since();
  for (const f of frames) stage.packet(f);
  // a burst counts for what it runs on its own: what it owes to those before it would be lost with them
  if (coverage.add(coverage.since()) > 0) {
    coverage.add(runs(frames));
    candidates.push(frames);
  }
}
console.log(`${bursts} bursts, ${candidates.length} candidates`);

// the least octets that run all of it: again and again the one with the most new characters an octet
const sets = candidates.map((frames) => ({ frames, size: size(frames), run: runs(frames) }));
coverage.clear();
coverage.add(loaded);
const known = new Map<string, Uint8Array>();
function fresh(run: ReadonlyMap<string, Uint8Array>): number {
  let n = 0;
  for (const [url, bits] of run) {
    const have = known.get(url);
    // most files are known already
    if (have !== undefined && Buffer.compare(have, bits) === 0) continue;
    for (let i = 0; i < bits.length; i++) if (bits[i] !== 0 && (have === undefined || have[i] === 0)) n++;
  }
  return n;
}
function learn(run: ReadonlyMap<string, Uint8Array>): void {
  for (const [url, bits] of run) {
    const have = known.get(url) ?? new Uint8Array(bits.length);
    known.set(url, have);
    for (let i = 0; i < bits.length; i++) if (bits[i] !== 0) have[i] = 1;
  }
}
learn(loaded);
const chosen: Frames[] = [];
let octets = 0;
const left = new Set(sets);
while (left.size > 0 && octets < MOST) {
  let best: (typeof sets)[number] | null = null;
  let most = 0;
  for (const s of left) {
    const gain = fresh(s.run);
    if (gain === 0) left.delete(s);
    else if (gain / (s.size + 200) > most) {
      most = gain / (s.size + 200);
      best = s;
    }
  }
  if (best === null) break;
  left.delete(best);
  // frames it can do without
  let { frames } = best;
  const gain = fresh(best.run);
  for (let part = frames.length >> 1; best.size > WORTH && part >= Math.max(1, best.frames.length >> 2); part >>= 1) {
    for (let at = 0; at + part <= frames.length && frames.length > 1; ) {
      const fewer = frames.filter((_, i) => i < at || i >= at + part);
      if (fresh(runs(fewer)) >= gain) frames = fewer;
      else at += part;
    }
  }
  learn(runs(frames));
  chosen.push(frames);
  octets += size(frames);
}

const links = [...new Set(chosen.flat().map((f) => f.linkType))];
let us = 1_700_000_000_000_000;
const blocks = [ngSection(), ...links.map((l) => ngInterface(l, 0, Buffer.alloc(0)))];
chosen.forEach((frames, n) => {
  us = Math.max(us, 1_700_000_000_000_000 + n * 1e9) + 2e9;
  frames.forEach((f, i) => {
    if (i > 0) us += f.afterUs;
    blocks.push(ngEnhanced(links.indexOf(f.linkType), BigInt(Math.round(us)), f.bytes, f.wireLen));
  });
});
const bytes = Buffer.concat(blocks);
writeFileSync(CORPUS, bytes);
for (const frames of chosen) coverage.add(runs(frames));
console.log(`${chosen.length} entries, ${chosen.flat().length} frames, ${bytes.length} octets written`);
for (const r of coverage.table())
  console.log(
    `${r.folder.padEnd(24)} ${String(r.run).padStart(5)} of ${String(r.all).padStart(5)} lines  ${((100 * r.run) / r.all).toFixed(1)} %`,
  );
if (process.argv.includes('--missed')) console.log(coverage.missed().join('\n'));
