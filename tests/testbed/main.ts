import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CaptureReport, promisedAlerts } from '../../src/detect/index.js';
import { wardwire } from '../support/wardwire.js';
import { report, score, strayLine } from './score.js';
import { calmOf, cutCapture, labelsOf, noWard, playWard, recordWard, wardSettings } from './ward.js';

const HELP = `npm run testbed -- [record DIR | score DIR | all DIR]

A hospital network of namespaces: 32 hosts with real DICOM, HL7, MQTT, web, file and name services, attacked by real
programs. Needs root and the Debian packages it names when they are missing.

  record DIR   writes capture.pcap, labels.csv and site.csv to DIR
               --calm-s 1200 --episodes 70 --gap-s 12 --kinds "port scan,beacon" --seed 1
  score DIR    plays a recorded ward to the sensor, which learns from its calm part, and prints the figures
               --benign DIR2: an attack-free recording, judged with the same models; the learned detectors alone then too
               --present N: N of the episodes also before, while the ward is learned
  all DIR      records an attacked ward, then an attack-free hour, and scores both (default ./testbed; two hours)

Exit code 0: figures within the promise; 1: not; 69: cannot be built here.
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'calm-s': { type: 'string', default: '1200' },
    episodes: { type: 'string', default: '70' },
    'gap-s': { type: 'string', default: '12' },
    kinds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    present: { type: 'string', default: '0' },
    benign: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Shares that are promised of the episodes. */
const FOUND = 0.95;
const NAMED = 0.9;
const PER_WEEK = 1;
/** Share of the episodes that the learned detectors find alone. */
const LEARNED = 0.9;

function judge(dir: string, benign?: string): boolean {
  const learningS = calmOf(dir) - 5;
  const config = wardSettings(dir, learningS);
  const s = score(labelsOf(dir), playWard(dir, config));
  report(s).forEach(say);
  let good = s.found >= FOUND * s.episodes.length && s.named >= NAMED * s.nameable;
  if (benign !== undefined) good = quiet(dir, config, benign) && learnedAlone(dir, config, benign) && good;
  return good;
}

/** Rules, peers, state and silence off: what the learned detectors find, false windows counted in the attack-free recording. */
function learnedAlone(dir: string, config: string, benign: string): boolean {
  const labels = join(dir, 'labels.csv');
  const [capture, calm] = [join(dir, 'capture.pcap'), join(benign, 'capture.pcap')];
  const ran = wardwire(['evaluate', capture, '--labels', labels, '--config', config, '--held-back', calm, '--json'], {
    timeoutMs: 1_800_000,
  });
  if (ran.code !== 0) throw new Error(`wardwire evaluate ended with ${ran.code}: ${ran.err}`);
  const { learned, default: name } = JSON.parse(ran.out) as CaptureReport;
  const found = (n: string, k: number): number => learned.find((d) => d.name === n)?.at[k].episodes ?? 0;
  for (const d of learned) {
    const [a, b, c] = d.at.map((x) => `${(100 * x.episodes).toFixed(1)} %`);
    say(`learned alone, ${d.title}: episodes found at 1 % / 0.1 % / no false windows: ${a} / ${b} / ${c}`);
  }
  const [ours, plain] = [found(name, 1), found('plain', 1)];
  say(
    `at 0.1 % false windows ${(ours / plain).toFixed(2)} times the plain isolation forest (at most ${(1 / plain).toFixed(2)} are possible)`,
  );
  return ours >= LEARNED;
}

/** Plays an attack-free recording with what the calm part of `dir` taught. */
function quiet(dir: string, config: string, benign: string): boolean {
  const models = join(dir, 'models');
  const calm = join(dir, 'calm.pcap');
  cutCapture(join(dir, 'capture.pcap'), calm, calmOf(dir));
  const trained = wardwire(['train', '--pcap', calm, '--config', config, '--out', models], { timeoutMs: 1_800_000 });
  if (trained.code !== 0) throw new Error(`wardwire train ended with ${trained.code}: ${trained.err}`);
  const verdicts = playWard(benign, config, models);
  const seconds = calmOf(benign);
  const devices = new Set(readFileSync(join(benign, 'site.csv'), 'utf8').trim().split('\n').slice(1)).size;
  const budget = promisedAlerts(PER_WEEK, devices, seconds);
  const alerts = score([], verdicts).strays;
  say(`attack-free ${seconds} s: ${alerts.length} alerts, ${budget.toFixed(2)} promised for ${devices} devices`);
  for (const v of alerts) say(strayLine(v));
  return alerts.length <= 2 * budget;
}

async function main(): Promise<number> {
  if (values.help) {
    say(HELP);
    return 0;
  }
  const [command = 'all', folder = 'testbed'] = positionals;
  const dir = resolve(folder);
  const record = {
    calmS: Number(values['calm-s']),
    episodes: Number(values.episodes),
    gapS: Number(values['gap-s']),
    kinds: values.kinds?.split(',').map((k) => k.trim()),
    seed: Number(values.seed),
    present: Number(values.present),
  };
  if (command === 'score') return judge(dir, values.benign) ? 0 : 1;
  if (command !== 'record' && command !== 'all') {
    process.stderr.write(`unknown command ${command}\n\n${HELP}`);
    return 2;
  }
  const why = noWard();
  if (why !== null) {
    process.stderr.write(`the testbed cannot be built here: ${why}\n`);
    return 69;
  }
  mkdirSync(dir, { recursive: true });
  if (command === 'record') {
    await recordWard(dir, record, say);
    return 0;
  }
  const hour = join(dir, 'hour');
  mkdirSync(hour, { recursive: true });
  await recordWard(dir, record, say);
  await recordWard(hour, { calmS: 3600, seed: record.seed + 1 }, () => undefined);
  return judge(dir, hour) ? 0 : 1;
}

process.exitCode = await main();
