import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeFile, defaultSettings } from '../../src/runtime/index.js';
import { generate, type MixKind } from '../support/gen/index.js';
import { installed } from './installed.js';
import { absent, type Peer, peers, WORK } from './peers.js';
import type { Report } from './report.js';
import type { Target } from './targets.js';
import { type Cost, count, measure, median, table } from './tools.js';

/** On shorter captures no target is judged: start-up is all that would count. */
const LEAST_JUDGED = 1_000_000;
/** How much longer the second capture is that shows what further packets cost. */
const LONGER = 2;
/** Those whose further packets are of interest. */
const FURTHER = ['wardwire replay', 'wardwire packet path', 'ndpiReader -q', 'argus'];

export interface PipelineOptions {
  readonly kind: MixKind;
  readonly packets: number;
  readonly runs: number;
  /** Runs of programs that take half a minute for a million packets. */
  readonly slowRuns: number;
  /** Whether a longer capture is measured too. */
  readonly further: boolean;
}

/** CPU per packet of the whole sensor against a peer's, at most. */
const ASKED: Readonly<Partial<Record<MixKind, Readonly<Record<string, number>>>>> = {
  mixed: { 'ndpiReader -q': 0.9, argus: 0.6, tshark: 1 / 20 },
  dicom: { 'ndpiReader -q': 1.3, tshark: 1 / 20 },
  small: { 'ndpiReader -q': 1 },
  hl7: { 'ndpiReader -q': 1.5 },
};

type Costs = ReadonlyMap<string, readonly Cost[]>;

/** Round by round, each program once a round, so that a slow minute of the machine meets all of them. */
function interleaved(list: readonly Peer[], file: string, dir: string, runs: (p: Peer) => number): Costs {
  const costs = new Map<string, Cost[]>(list.map((p) => [p.name, []]));
  const scratch = join(dir, 'scratch');
  for (let round = 0; round < Math.max(...list.map(runs)); round++) {
    for (const p of list.filter((x) => round < runs(x))) {
      mkdirSync(scratch);
      costs.get(p.name)?.push(measure(p.program, p.args(file, scratch), scratch));
      rmSync(scratch, { recursive: true });
    }
  }
  return costs;
}

/** What the programs that count say they read. @throws when one of ours did not read all */
function counted(list: readonly Peer[], costs: Costs, file: string, dir: string, packets: number): string {
  const wrong: string[] = [];
  const silent: string[] = [];
  let right = 0;
  for (const p of list) {
    if (p.said === undefined) {
      silent.push(p.name);
      continue;
    }
    let output = costs.get(p.name)?.[0]?.output ?? '';
    if (p.counting !== undefined) {
      const [program, ...args] = p.counting(file, dir);
      const r = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
      output = `${r.stdout}\n${r.stderr}`;
    }
    const said = p.said(output);
    if (said === packets) right++;
    else wrong.push(`${p.name} ${Number.isNaN(said) ? 'gave no count' : `read ${count(said)}`}`);
    if (said !== packets && p.name.startsWith('wardwire')) throw new Error(`${p.name} read ${said} of ${packets}`);
  }
  const parts = [`${right} programs count their packets and read all ${count(packets)}`];
  if (wrong.length > 0) parts.push(`NOT ALL: ${wrong.join(', ')}`);
  if (silent.length > 0) parts.push(`do not say: ${silent.join(', ')}`);
  return parts.join('; ');
}

/** CPU seconds for a million packets, median. */
const cpuPerM = (costs: Costs, name: string, packets: number): number =>
  median((costs.get(name) ?? []).map((x) => x.cpuS)) / (packets / 1e6);

/** HL7 messages in a capture, acknowledgements among them. */
async function messagesIn(file: string): Promise<number> {
  return (await decodeFile(file, defaultSettings(), '00'.repeat(32), {})).hl7_messages;
}

/** What further packets cost: the same on a longer capture, less what the short one took (start-up, compiling). */
async function further(o: PipelineOptions, dir: string, list: readonly Peer[], short: Costs): Promise<string> {
  const file = join(dir, `${o.kind}-long.pcap`);
  const { packets } = await generate({ kind: o.kind, packets: LONGER * o.packets, seed: 1, file });
  const long = interleaved(list, file, dir, () => o.runs);
  rmSync(file);
  const beyond = (p: Peer): number => {
    const of = (costs: Costs): number => median((costs.get(p.name) ?? []).map((x) => x.cpuS));
    return (of(long) - of(short)) / ((packets - o.packets) / 1e6);
  };
  const words = list.map((p) => `${p.name} ${beyond(p).toFixed(2)}`);
  return `each further million packets (a capture ${LONGER} times as long, less this one), CPU-s: ${words.join(', ')}`;
}

/** The whole sensor beside what people would use instead, on one generated capture of a kind, on one core. */
export async function benchPipeline(o: PipelineOptions, dir: string, report: Report): Promise<void> {
  const file = join(dir, `${o.kind}.pcap`);
  const made = await generate({ kind: o.kind, packets: o.packets, seed: 1, file });
  const mb = statSync(file).size / 1e6;
  const main = await installed();
  // an ordinary day, as most are: what passes has been learned, every row is scored, nothing is found
  const folder = join(dir, `models-${o.kind}`);
  const trained = spawnSync(process.execPath, [main, 'train', '--pcap', file, '--out', folder], { encoding: 'utf8' });
  // a few seconds of traffic teach nothing: then nothing is scored, and the table says so
  const models = trained.status === 0 ? folder : null;
  const list = peers(o.kind, main, models);
  const costs = interleaved(list, file, dir, (p) => (p.slow === true ? o.slowRuns : o.runs));
  const own = cpuPerM(costs, list[0].name, made.packets);
  const rows = list.map((p) => {
    const runs = costs.get(p.name) ?? [];
    const wall = median(runs.map((x) => x.wallS));
    const cpu = cpuPerM(costs, p.name, made.packets);
    return [
      p.name,
      cpu.toFixed(2),
      // time(1) counts in steps of 10 ms
      cpu > 0 ? `${(own / cpu).toPrecision(3)}x` : '-',
      count(made.packets / wall),
      count(mb / wall),
      Math.max(...runs.map((x) => x.rssMib)).toFixed(0),
      ...WORK.map((w) => (p.does.includes(w) ? 'yes' : '-')),
      String(runs.length),
    ];
  });
  const head = ['program', 'CPU-s/M', 'wardwire/it', 'packets/s', 'MB/s', 'peak MiB', ...WORK, 'runs'];
  const seconds = made.seconds.toFixed(0);
  const text = [
    `${o.kind}: ${count(made.packets)} packets, ${count(mb)} MB, ${made.devices} devices, ${seconds} s of traffic; one core, medians`,
    table(head, rows),
    counted(list, costs, file, dir, made.packets),
  ];
  if (models === null) text.push('too short to learn from: the sensor scores nothing here');
  const none = absent();
  if (none.length > 0) text.push(`not on this machine: ${none.join(', ')}`);
  if (o.kind === 'hl7') {
    const messages = await messagesIn(file);
    const wall = median((costs.get(list[0].name) ?? []).map((x) => x.wallS));
    text.push(`${count(messages)} messages: ${count(messages / wall)} a second through the whole sensor`);
  }
  rmSync(file);
  if (o.further)
    text.push(
      await further(
        { ...o, packets: made.packets },
        dir,
        list.filter((p) => FURTHER.includes(p.name)),
        costs,
      ),
    );
  const targets = Object.entries(made.packets < LEAST_JUDGED ? {} : (ASKED[o.kind] ?? {}))
    .filter(([name]) => costs.has(name))
    .map(
      ([name, limit]): Target => ({
        what: `${o.kind}: CPU per packet against ${name}`,
        found: own / cpuPerM(costs, name, made.packets),
        limit,
        sense: 'at most',
        unit: 'x',
      }),
    );
  report.part(o.kind, text.join('\n'), targets);
}
