import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Episode, parseLabels, type Told } from '../../src/detect/index.js';
import { haveProgram, noNamespaces } from '../support/namespace.js';
import { projectRoot, type Ran, wardwire } from '../support/wardwire.js';

// The ward of namespaces (ward/*.py) as TypeScript sees it: recorded to a folder, then played to the sensor.

/** Debian packages by a program of each that the ward's hosts and attackers run. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  arping: 'arping',
  arpspoof: 'dsniff',
  curl: 'curl',
  dcmqrscp: 'dcmtk',
  dig: 'bind9-dnsutils',
  dnsmasq: 'dnsmasq-base',
  ethtool: 'ethtool',
  hping3: 'hping3',
  hydra: 'hydra',
  ip: 'iproute2',
  mllp_send: 'python3-hl7',
  mosquitto: 'mosquitto',
  mosquitto_pub: 'mosquitto-clients',
  nc: 'netcat-openbsd',
  nmap: 'nmap',
  openssl: 'openssl',
  smbclient: 'smbclient',
  smbd: 'samba',
  tcpdump: 'tcpdump',
  udhcpc: 'udhcpc',
  unshare: 'util-linux',
};

/** Why the ward cannot be built here, or null. */
export function noWard(): string | null {
  const missing = Object.keys(PROGRAMS).filter((p) => !haveProgram(p));
  if (missing.length > 0) return `missing Debian packages: ${missing.map((p) => PROGRAMS[p]).join(' ')}`;
  return noNamespaces();
}

export interface RecordOptions {
  /** Ordinary work before the first episode, seconds. */
  readonly calmS: number;
  readonly episodes?: number;
  /** Pause between episodes, seconds. */
  readonly gapS?: number;
  /** Only these kinds of attack. */
  readonly kinds?: readonly string[];
  readonly tailS?: number;
  /** Episodes of an attacker who is there while it is learned; he repeats them after the calm. */
  readonly present?: number;
  /** A small archive, made faster. */
  readonly fewImages?: boolean;
  readonly seed?: number;
}

/**
 * Records a ward to `out`: capture.pcap, labels.csv, site.csv, ward.json. It lives in mount and process namespaces of
 * its own, so that nothing of it outlives the returned process, however that ends.
 */
export function recordWard(out: string, o: RecordOptions, say: (line: string) => void): Promise<void> {
  const args = [out, '--calm-s', String(o.calmS), '--episodes', String(o.episodes ?? 0)];
  if (o.gapS !== undefined) args.push('--gap-s', String(o.gapS));
  if (o.tailS !== undefined) args.push('--tail-s', String(o.tailS));
  if (o.kinds !== undefined) args.push('--kinds', o.kinds.join(','));
  if (o.present !== undefined) args.push('--present', String(o.present));
  if (o.fewImages === true) args.push('--few-images');
  args.push('--seed', String(o.seed ?? 1));
  const script = join(projectRoot(), 'tests', 'testbed', 'ward', 'record.py');
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--', '/usr/bin/python3', script, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
  );
  endWith(child);
  let errors = '';
  child.stdout.on('data', (d: Buffer) => d.toString().trimEnd().split('\n').forEach(say));
  child.stderr.on('data', (d: Buffer) => {
    errors = (errors + d.toString()).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code !== 0) return reject(new Error(`the ward could not be recorded (${code}): ${errors.trim()}`));
      writeFileSync(join(out, 'ward.json'), `${JSON.stringify({ calm_s: o.calmS, seed: o.seed ?? 1 })}\n`);
      resolve();
    });
  });
}

/** A child that does not outlive this process when a signal ends it. */
function endWith(child: ChildProcess): void {
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      end();
      process.exit(130);
    });
  }
}

/** Settings a recorded ward is played with; `learningS` after a device's first packet it is judged. */
export function wardSettings(dir: string, learningS: number, more = ''): string {
  const path = join(dir, 'wardwire.yaml');
  writeFileSync(
    path,
    `# Work of hours passes in minutes here, so learning is short and rows are taken every second.
inventory:
  site_file: site.csv
baseline:
  learning_s: ${learningS}
  min_rows: 64
  row_interval_s: 1
sensor:
  site_key_file: ""
features:
  row_interval_calm_ms: 1000
${more}`,
  );
  return path;
}

/**
 * Writes the first `seconds` of a capture as tcpdump writes them (pcap-savefile(5): 24 octets, then records of 16 octets
 * of header, little endian, times in µs) to another file.
 */
export function cutCapture(from: string, to: string, seconds: number): void {
  const bytes = readFileSync(from);
  if (bytes.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error(`${from}: not a pcap file with times in µs`);
  const limit = bytes.readUInt32LE(24) + seconds;
  let end = 24;
  while (end + 16 <= bytes.length && bytes.readUInt32LE(end) < limit) end += 16 + bytes.readUInt32LE(end + 8);
  writeFileSync(to, bytes.subarray(0, Math.min(end, bytes.length)));
}

/** Seconds of ordinary work a recorded ward begins with. */
export function calmOf(dir: string): number {
  return JSON.parse(readFileSync(join(dir, 'ward.json'), 'utf8')).calm_s;
}

export function labelsOf(dir: string): Episode[] {
  const path = join(dir, 'labels.csv');
  return existsSync(path) ? parseLabels(readFileSync(path, 'utf8'), path) : [];
}

/** Verdicts of `wardwire replay --json`. @throws Error with what the program said when it failed */
export function verdictsOf(ran: Ran): Told[] {
  if (ran.code !== 0) throw new Error(`wardwire ended with ${ran.code}: ${ran.err}`);
  return ran.out
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as Told);
}

/** Plays a recorded ward to the sensor: models of `models`, or what the calm part taught. */
export function playWard(dir: string, config: string, models?: string): Told[] {
  const args = ['replay', '--json', '--config', config, join(dir, 'capture.pcap')];
  if (models !== undefined) args.push('--models', models);
  const ran = wardwire(args, { timeoutMs: 1_800_000 });
  const verdicts = verdictsOf(ran);
  writeFileSync(join(dir, 'verdicts.ndjson'), ran.out);
  return verdicts;
}
