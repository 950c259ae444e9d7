import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeFile, defaultSettings } from '../../src/runtime/index.js';
import { generate } from '../support/gen/index.js';
import { haveProgram } from '../support/namespace.js';
import { projectRoot } from '../support/wardwire.js';
import { benchEvidence } from './evidence.js';
import { benchHostile } from './hostile.js';
import { benchLive } from './live.js';
import { benchLiveRate } from './live-rate.js';
import { benchMemory } from './memory.js';
import { benchScore } from './score.js';
import { benchScrape } from './scrape.js';
import { type Cost, measure, median, table } from './tools.js';

/**
 * `npm run bench [-- mixed dicom hl7 small live rates hostile memory score evidence scrape] [--quick]`: the whole sensor beside a bare file loop, tcpdump and tshark on
 * the same generated capture, one core, interleaved runs, medians; then packets to verdicts live, and the cost of a score.
 */
/** How much longer the second capture is that shows what further packets cost. */
const LONGER = 3;
const KINDS = ['mixed', 'small', 'dicom', 'hl7'] as const;
type Kind = (typeof KINDS)[number];

interface Contender {
  readonly name: string;
  readonly does: string;
  readonly program: string;
  readonly args: (file: string) => string[];
  /** Slow ones run once and on fewer packets would be unfair, so they run once on all. */
  readonly runs: number;
}

function contenders(kind: Kind, root: string, quick: boolean): Contender[] {
  const runs = quick ? 1 : 5;
  const node = process.execPath;
  const list: Contender[] = [
    {
      name: 'wardwire replay',
      does: 'flows, DICOM, HL7, devices, features, scores, verdicts',
      program: node,
      args: (f) => [join(root, 'dist/src/main.js'), 'replay', '--json', f],
      runs,
    },
    {
      name: 'wardwire packet path',
      does: 'flows, reassembled streams',
      program: node,
      args: (f) => [join(root, 'dist/tests/bench/path.js'), f],
      runs,
    },
    {
      name: 'bare record loop (JavaScript)',
      does: 'reads records and headers',
      program: node,
      args: (f) => [join(root, 'dist/tests/bench/bare-loop.js'), f],
      runs,
    },
  ];
  if (kind === 'hl7') {
    list.push({
      name: 'hl7-standard',
      does: 'parses each message, nothing else',
      program: node,
      args: (f) => [join(root, 'dist/tests/bench/hl7-standard.js'), f],
      runs: 1,
    });
  }
  if (haveProgram('tcpdump')) {
    list.push({
      name: 'tcpdump -w',
      does: 'copies',
      program: 'tcpdump',
      args: (f) => ['-r', f, '-w', '/dev/null'],
      runs,
    });
  }
  if (haveProgram('ndpiReader')) {
    list.push({
      name: 'ndpiReader -q',
      does: 'flows, labels',
      program: 'ndpiReader',
      args: (f) => ['-i', f, '-q'],
      runs,
    });
  }
  if (haveProgram('tshark')) {
    const fields = ['-T', 'fields', '-e', 'dicom.pdu.type', '-e', 'hl7.message.type'];
    list.push({
      name: 'tshark',
      does: 'decodes DICOM, HL7',
      program: 'tshark',
      args: (f) => ['-n', '-r', f, '-Y', 'dicom || hl7', ...fields],
      runs: 1,
    });
  }
  return list;
}

/** HL7 messages in a capture, acknowledgements among them. */
async function messagesIn(file: string): Promise<number> {
  return (await decodeFile(file, defaultSettings(), '00'.repeat(32), {})).hl7_messages;
}

async function benchKind(kind: Kind, packets: number, root: string, dir: string, quick: boolean): Promise<void> {
  const file = join(dir, `${kind}.pcap`);
  await generate({ kind, packets, seed: 1, file });
  const mib = statSync(file).size / 1048576;
  const messages = kind === 'hl7' ? await messagesIn(file) : 0;
  console.log(`\n${kind}: ${packets.toLocaleString('en')} packets, ${mib.toFixed(0)} MiB, one core, medians`);
  const list = contenders(kind, root, quick);
  const costs = new Map<string, Cost[]>(list.map((c) => [c.name, []]));
  const rounds = Math.max(...list.map((c) => c.runs));
  for (let round = 0; round < rounds; round++) {
    for (const c of list) if (round < c.runs) costs.get(c.name)?.push(measure(c.program, c.args(file)));
  }
  const per = (c: Contender): number => median((costs.get(c.name) ?? []).map((x) => x.cpuS)) / (packets / 1e6);
  const own = per(list[0]);
  const rows = list.map((c) => {
    const runs = costs.get(c.name) ?? [];
    const wall = median(runs.map((x) => x.wallS));
    return [
      c.name,
      per(c).toFixed(2),
      `${(own / per(c)).toFixed(2)}x`,
      Math.round(packets / wall).toLocaleString('en'),
      (mib / wall).toFixed(0),
      Math.max(...runs.map((x) => x.rssMib)).toFixed(0),
      c.does,
    ];
  });
  if (messages > 0) {
    const wall = median((costs.get(list[0].name) ?? []).map((x) => x.wallS));
    const perS = Math.round(messages / wall).toLocaleString('en');
    console.log(`${messages.toLocaleString('en')} messages: ${perS} a second through the whole sensor`);
  }
  console.log(table(['tool', 'CPU-s/M packets', 'wardwire/tool', 'packets/s', 'MiB/s', 'RSS MiB', 'does'], rows));
  rmSync(file);
  if (!quick) await benchFurther(kind, packets, dir, list.slice(0, 2), costs, messages);
}

/** What further packets cost: the same on a capture three times as long, less what the short one took (start-up, compiling). */
async function benchFurther(
  kind: Kind,
  packets: number,
  dir: string,
  list: readonly Contender[],
  short: ReadonlyMap<string, readonly Cost[]>,
  messages: number,
): Promise<void> {
  const file = join(dir, `${kind}-long.pcap`);
  await generate({ kind, packets: LONGER * packets, seed: 1, file });
  const more = kind === 'hl7' ? (await messagesIn(file)) - messages : 0;
  const long = new Map<string, Cost[]>(list.map((c) => [c.name, []]));
  for (let round = 0; round < 3; round++) {
    for (const c of list) long.get(c.name)?.push(measure(c.program, c.args(file)));
  }
  rmSync(file);
  const beyond = (c: Contender, of: (x: Cost) => number): number =>
    median((long.get(c.name) ?? []).map(of)) - median((short.get(c.name) ?? []).map(of));
  const words = list.map((c) => {
    const cpuS = beyond(c, (x) => x.cpuS) / (((LONGER - 1) * packets) / 1e6);
    return `${c.name} ${cpuS.toFixed(2)}`;
  });
  console.log(`each further million packets, CPU-s: ${words.join(', ')}`);
  if (more > 0) {
    const perS = Math.round(more / beyond(list[0], (x) => x.wallS)).toLocaleString('en');
    console.log(`further messages: ${perS} a second through the whole sensor`);
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const quick = argv.includes('--quick');
  const asked = KINDS.filter((k) => argv.includes(k));
  const parts = ['live', 'rates', 'hostile', 'memory', 'score', 'evidence', 'scrape'].filter((p) => argv.includes(p));
  const all = asked.length + parts.length === 0;
  const root = projectRoot();
  const base = join(tmpdir(), 'wardwire-bench');
  mkdirSync(base, { recursive: true });
  const dir = mkdtempSync(join(base, 'run-'));
  try {
    const kinds: readonly Kind[] = !all ? asked : quick ? ['mixed'] : KINDS;
    for (const kind of kinds) await benchKind(kind, quick ? 200_000 : 1_000_000, root, dir, quick);
    if (all || parts.includes('live')) await benchLive(dir, quick);
    if (all || parts.includes('hostile')) benchHostile();
    if ((all && !quick) || parts.includes('memory')) await benchMemory(dir, quick ? 5_000_000 : 50_000_000);
    if ((all && !quick) || parts.includes('rates')) await benchLiveRate(dir);
    if (all || parts.includes('evidence')) console.log(`\n${await benchEvidence(dir, quick)}`);
    if ((all && !quick) || parts.includes('scrape')) console.log(`\n${await benchScrape(dir)}`);
    if (all || parts.includes('score')) console.log(`\n${benchScore(quick)}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
