import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ExitCode, formatTimeUs, SEVERITIES, type Verdict, WardwireError } from '../core/index.js';
import { type CaptureEntry, EvidenceReader, evidenceDirOf, identitiesOf } from '../runtime/index.js';
import { type Command, STDIN, single } from './command.js';
import { table } from './csv.js';
import { configOf } from './inventory-source.js';
import type { Output } from './output.js';

interface Args {
  action?: string;
  id?: string;
  config?: string | string[];
  dir?: string | string[];
  device?: string | string[];
  severity?: string | string[];
  scenario?: string | string[];
  identity?: string | string[];
  output?: string | string[];
  verdicts?: string | string[];
  json?: boolean;
}

const ACTIONS = ['list', 'show', 'export', 'decrypt', 'verify'] as const;

function folderOf(args: Args): string {
  const dir = single('dir', args.dir);
  if (dir !== undefined) return dir;
  return evidenceDirOf(configOf(args));
}

function identities(args: Args): string[] {
  const path = single('identity', args.identity);
  return path === undefined ? [] : identitiesOf(path);
}

function chosen(reader: EvidenceReader, args: Args): CaptureEntry {
  if (args.id === undefined) throw new WardwireError('usage', `evidence ${args.action} needs the id of a capture`);
  return reader.find(args.id);
}

function list(reader: EvidenceReader, args: Args, output: Output): ExitCode {
  const device = single('device', args.device);
  const scenario = single('scenario', args.scenario);
  const least = SEVERITIES.indexOf((single('severity', args.severity) ?? 'info') as (typeof SEVERITIES)[number]);
  const found = reader
    .list()
    .filter((e) => device === undefined || e.device === device)
    .filter((e) => scenario === undefined || e.scenario === scenario)
    .filter((e) => SEVERITIES.indexOf(e.severity) >= least);
  if (args.json) for (const e of found) output.out(JSON.stringify(e));
  else if (found.length === 0) output.out('no captures');
  else {
    const rows = found.map((e) => [
      e.id,
      e.trigger,
      e.severity,
      e.scenario,
      `${e.device} (${e.device_type})`,
      `${e.packets}+${e.packets_after}`,
      String(e.bytes),
      e.file.endsWith('.age') ? 'encrypted' : e.payload,
    ]);
    for (const l of table(['id', 'time', 'severity', 'scenario', 'device', 'packets', 'bytes', 'holds'], rows))
      output.out(l);
  }
  return ExitCode.Ok;
}

async function show(reader: EvidenceReader, args: Args, output: Output): Promise<ExitCode> {
  const e = chosen(reader, args);
  const keys = identities(args);
  const closed = e.file.endsWith('.age') && keys.length === 0;
  const read = closed ? null : await reader.packets(e, keys);
  const packets = read?.packets.map(({ tsUs, ...p }) => ({ time: formatTimeUs(tsUs), ...p })) ?? null;
  if (args.json) {
    output.out(JSON.stringify({ ...e, comment: read?.comment ?? null, packet_list: packets }));
    return ExitCode.Ok;
  }
  const { n: _n, prev: _prev, hash: _hash, kind: _kind, ...facts } = e;
  for (const [k, v] of Object.entries(facts)) output.out(`${k.padEnd(15)} ${v}`);
  if (packets === null) output.out('the packets are encrypted: give --identity to see them');
  else {
    const rows = packets.map((p, i) => [
      String(i + 1),
      p.time,
      String(p.wire),
      String(p.captured),
      (p.comment ?? '').replaceAll('\n', '; '),
    ]);
    for (const l of table(['packet', 'time', 'octets', 'kept', 'comment'], rows)) output.out(l);
  }
  return ExitCode.Ok;
}

async function take(reader: EvidenceReader, args: Args, output: Output): Promise<ExitCode> {
  const e = chosen(reader, args);
  const keys = identities(args);
  const clear = args.action === 'decrypt' || keys.length > 0;
  const bytes = clear ? await reader.clear(e, keys) : reader.bytes(e);
  const path = single('output', args.output) ?? basename(clear ? e.file.replace(/\.age$/, '') : e.file);
  // a lone hyphen travels as the path of standard input
  if (path === STDIN || path === '/dev/stdout') process.stdout.write(bytes);
  else {
    try {
      writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 });
    } catch (cause) {
      throw new WardwireError('file', `${path}: cannot be written: ${(cause as Error).message}`);
    }
    output.err(`${path}: ${bytes.length} bytes, ${e.packets + e.packets_after} packets`);
  }
  return ExitCode.Ok;
}

/** Digests that verdicts named, by verdict id: as a subscriber kept them (NDJSON). @throws WardwireError('file') */
function toldBy(args: Args): Map<string, string> {
  const told = new Map<string, string>();
  const path = single('verdicts', args.verdicts);
  if (path === undefined) return told;
  try {
    for (const line of readFileSync(path === STDIN ? 0 : path, 'utf8').split('\n')) {
      if (line.trim() === '') continue;
      const v = JSON.parse(line) as Verdict;
      if (v?.evidence) told.set(v.id, v.evidence.sha256);
    }
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be read as verdicts, one a line: ${(cause as Error).message}`);
  }
  return told;
}

async function verify(reader: EvidenceReader, args: Args, output: Output): Promise<ExitCode> {
  const keys = identities(args);
  const which = args.id === undefined ? reader.list() : [reader.find(args.id)];
  const told = toldBy(args);
  const chain = reader.chain();
  let bad = chain.length;
  for (const text of chain) if (!args.json) output.out(text);
  const judged = [];
  for (const e of which) {
    const j = await reader.verify(e, keys, told.get(e.verdict));
    if (!j.ok) bad++;
    judged.push(j);
    if (!args.json && !j.ok) output.out(`${j.file}: ${j.problems.join('; ')}`);
  }
  const closed = judged.filter((j) => j.ok && !j.packets_checked).length;
  const head = reader.head();
  if (args.json) output.out(JSON.stringify({ ok: bad === 0, head, chain, captures: judged }));
  else {
    const key = closed > 0 ? `, ${closed} of them without their packets (encrypted: give --identity)` : '';
    output.out(
      `${judged.filter((j) => j.ok).length} of ${judged.length} captures hold${key}; ${chain.length} breaks of the chain`,
    );
    output.out(`newest entry ${head ?? 'none'}`);
  }
  return bad === 0 ? ExitCode.Ok : ExitCode.Runtime;
}

export const evidenceCommand: Command<Args> = {
  name: 'evidence [action] [id]',
  text: 'Captures kept as proof of verdicts: list, show, take out, decrypt, verify',
  options: (y) =>
    y
      .positional('action', { choices: ACTIONS, default: 'list', describe: 'what to do' })
      .positional('id', { type: 'string', describe: 'id of the capture, of its verdict or of its incident' })
      .option('config', { type: 'string', describe: "the sensor's configuration file (its store.data_dir holds them)" })
      .option('dir', { type: 'string', describe: 'the evidence folder itself' })
      .option('device', { type: 'string', describe: 'list: of this device only' })
      .option('scenario', { type: 'string', describe: 'list: of this scenario only' })
      .option('severity', { choices: SEVERITIES, describe: 'list: of this severity or above' })
      .option('identity', { type: 'string', describe: 'file with the secret key of age (age-keygen)' })
      .option('verdicts', { type: 'string', describe: 'verify: also against verdicts as they were received (NDJSON)' })
      .option('output', {
        type: 'string',
        alias: 'o',
        describe: 'export, decrypt: file to write, - for standard output',
      })
      .option('json', { type: 'boolean', default: false, describe: 'JSON on standard output' })
      .example('$0 evidence list --severity high', 'what is there')
      .example('$0 evidence export 01JE… -o proof.pcapng', 'a file for Wireshark')
      .example('$0 evidence decrypt 01JE… --identity key.txt', 'a capture with payload, in clear')
      .example('$0 evidence verify', 'whether anything was changed; exit code 1 when so'),
  async run(args, output) {
    const reader = new EvidenceReader(folderOf(args));
    switch (args.action as (typeof ACTIONS)[number]) {
      case 'list':
        return list(reader, args, output);
      case 'show':
        return show(reader, args, output);
      case 'export':
      case 'decrypt':
        return take(reader, args, output);
      case 'verify':
        return verify(reader, args, output);
    }
  },
};
