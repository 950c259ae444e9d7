import { readFileSync } from 'node:fs';
import {
  type Criticality,
  type Device,
  ExitCode,
  type OperatorWord,
  parseIp,
  parseMac,
  WardwireError,
} from '../core/index.js';
import {
  configuredProfiles,
  type DeviceStore,
  deviceMessage,
  discrepancies,
  openInventory,
  seenAt,
} from '../runtime/index.js';
import { type Command, single } from './command.js';
import { table } from './csv.js';
import { EXPORT_FORMATS, exportDevices } from './device-export.js';
import { parseMap, readList } from './device-import.js';
import { calls, configOf, readInventory, type SourceArgs, sourceOptions } from './inventory-source.js';
import { type Output, problemLines } from './output.js';

interface Args extends SourceArgs {
  action?: string;
  what?: string[];
  type?: string | string[];
  name?: string | string[];
  location?: string | string[];
  criticality?: string | string[];
  format?: string | string[];
  map?: string | string[];
  json?: boolean;
}

const ACTIONS = ['list', 'show', 'set', 'unset', 'merge', 'export', 'import', 'diff'] as const;
const MAX_NAME = 200;

/** To the second, `-` never. */
function time(us: number): string {
  const at = seenAt(us);
  return at === null ? '-' : `${at.slice(0, 19)}Z`;
}

function lines(devices: readonly Device[]): string[] {
  return table(
    ['id', 'type', 'sure', 'criticality', 'name', 'vendor', 'model', 'address', 'last seen'],
    devices.map((d) => [
      d.id,
      d.type,
      d.typePinned ? 'set' : `${Math.round(d.typeConfidence * 100)} %`,
      d.criticality,
      calls(d),
      d.vendor ?? '',
      d.model ?? '',
      d.addresses[0] ?? d.macs[0] ?? '',
      time(d.lastUs),
    ]),
  );
}

function details(d: Device): string[] {
  const rows: (readonly [string, string | null])[] = [
    ['type', `${d.type} (${d.typePinned ? 'set by the operator' : `${Math.round(d.typeConfidence * 100)} % sure`})`],
    ['criticality', d.criticality],
    ['name', d.name],
    ['host name', d.hostname],
    ['location', d.location],
    ['vendor', d.vendor],
    ['model', d.model],
    ['software', d.software],
    ['serial token', d.serial],
    ['MAC', d.macs.join(', ')],
    ['addresses', d.addresses.join(', ')],
    ['patient', d.patientConnected ? 'connected' : 'not connected'],
    ['first seen', time(d.firstUs)],
    ['last seen', time(d.lastUs)],
  ];
  return [
    d.id,
    ...rows.filter(([, v]) => v !== null && v !== '').map(([k, v]) => `  ${k.padEnd(13)} ${v}`),
    ...(d.evidence.length === 0 ? [] : ['  evidence']),
    ...d.evidence.map((e) => `    ${e.weight.toFixed(2)}  ${e.source.padEnd(16)} ${e.value}`),
  ];
}

/** The device a word means: its id, one of its addresses, or its name when no other has it. @throws WardwireError('usage') */
function find(devices: readonly Device[], word: string): Device {
  const mac = parseMac(word);
  const lower = word.toLowerCase();
  const exact = devices.find((d) => d.id === word || d.macs.includes(lower) || d.addresses.includes(lower));
  if (exact !== undefined) return exact;
  const named = devices.filter((d) => d.name?.toLowerCase() === lower || d.hostname?.toLowerCase() === lower);
  if (named.length === 1) return named[0];
  const hint =
    named.length > 1 ? `several are called so: ${named.map((d) => d.id).join(', ')}` : "see 'wardwire devices list'";
  const what = mac !== null || parseIp(word) !== null ? 'no device has the address' : 'there is no device';
  throw new WardwireError('usage', `${what} ${word}`, [{ path: word, text: 'not found', hint }]);
}

/** Checks what `set` says. @throws WardwireError('usage') */
function wordOf(args: Args, id: string, types: readonly string[]): OperatorWord {
  const type = single('type', args.type) ?? null;
  const criticality = (single('criticality', args.criticality) as Criticality | undefined) ?? null;
  if (type !== null && !types.includes(type)) {
    throw new WardwireError('usage', `there is no profile for type ${type}`, [
      { path: '--type', text: type, hint: `types are ${types.join(', ')}` },
    ]);
  }
  const text = (option: string, value: string | undefined): string | null => {
    if (value !== undefined && value.length > MAX_NAME)
      throw new WardwireError('usage', `--${option} is longer than ${MAX_NAME} characters`);
    return value ?? null;
  };
  const name = text('name', single('name', args.name));
  const location = text('location', single('location', args.location));
  if (type === null && criticality === null && name === null && location === null)
    throw new WardwireError('usage', 'say what to set: --type, --name, --location or --criticality');
  return { id, type, name, location, criticality, mergedInto: null };
}

/** Addresses of listed rows become the operator's word about the device that has them. */
function takeOver(store: DeviceStore, file: string, args: Args, output: Output): ExitCode {
  const types = configuredProfiles(configOf(args)).map((p) => p.type);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WardwireError('file', `${file}: ${(cause as Error).message}`);
  }
  const { rows, problems } = readList(text, file, parseMap(single('map', args.map)), types);
  const devices = store.devices();
  store.list(rows, file);
  let known = 0;
  for (const r of rows) {
    const d = devices.find(
      (x) => (r.mac !== null && x.macs.includes(r.mac)) || (r.ip !== null && x.addresses.includes(r.ip)),
    );
    if (d !== undefined) known++;
    // a device that was not seen yet will have this id when it is
    const id =
      d?.id ??
      (r.mac !== null ? `mac-${r.mac.replaceAll(':', '')}` : r.ip !== null ? `ip-${r.ip.replace(/[.:]/g, '-')}` : null);
    const { type, name, location, criticality } = r;
    if (id !== null && (type ?? name ?? location ?? criticality) !== null)
      store.say({ id, type, name, location, criticality, mergedInto: null });
  }
  for (const line of problemLines(problems)) output.err(line);
  output.out(`${rows.length} rows taken over, ${known} of them seen already, ${problems.length} problems`);
  return problems.length > 0 ? ExitCode.Runtime : ExitCode.Ok;
}

function diff(args: Args, output: Output): void {
  const config = configOf(args);
  const store = openInventory(config, { write: false });
  try {
    const found = discrepancies(config, store.listed(), store.devices());
    if (args.json) {
      for (const f of found) output.out(JSON.stringify(f));
    } else if (found.length === 0) output.out('the list and what was seen agree');
    else {
      const rows = found.map((f) => [f.what, f.line === null ? '' : String(f.line), f.device ?? '', f.listed, f.seen]);
      for (const l of table(['what', 'line', 'device', 'listed', 'seen'], rows)) output.out(l);
    }
  } finally {
    store.close();
  }
}

function need(args: Args, n: number, usage: string): string[] {
  const words = args.what ?? [];
  if (words.length !== n) throw new WardwireError('usage', `usage: wardwire devices ${usage}`);
  return words;
}

function change(action: string, args: Args, output: Output): ExitCode {
  const config = configOf(args);
  const store = openInventory(config, { write: true });
  try {
    if (action === 'import') return takeOver(store, need(args, 1, 'import FILE')[0], args, output);
    const devices = store.devices();
    if (action === 'merge') {
      const [from, into] = need(args, 2, 'merge ID INTO').map((w) => find(devices, w));
      if (from.id === into.id) throw new WardwireError('usage', `${from.id} is that device already`);
      store.say({ id: from.id, type: null, name: null, location: null, criticality: null, mergedInto: into.id });
      output.out(`${from.id} is part of ${into.id}`);
      return ExitCode.Ok;
    }
    const d = find(devices, need(args, 1, `${action} ID`)[0]);
    if (action === 'unset') {
      output.out(store.unsay(d.id) ? `${d.id}: evidence decides again` : `${d.id}: nothing was set`);
      return ExitCode.Ok;
    }
    store.say(
      wordOf(
        args,
        d.id,
        configuredProfiles(config).map((p) => p.type),
      ),
    );
    for (const l of lines(store.devices().filter((x) => x.id === d.id))) output.out(l);
    return ExitCode.Ok;
  } finally {
    store.close();
  }
}

export const devicesCommand: Command<Args> = {
  name: 'devices [action] [what..]',
  text: 'Who is who: list, name, join, export and compare the devices seen',
  options: (y) =>
    sourceOptions(y)
      .positional('action', { choices: ACTIONS, default: 'list', describe: 'what to do' })
      .positional('what', {
        type: 'string',
        array: true,
        describe: 'ID (or address, or name), two for merge, FILE for import',
      })
      .option('type', { type: 'string', describe: 'set: what it is; list: only these' })
      .option('name', { type: 'string', describe: 'set: what it is called' })
      .option('location', { type: 'string', describe: 'set: where it stands' })
      .option('criticality', {
        choices: ['life-critical', 'high', 'medium', 'low'],
        describe: 'set: how much hangs on it',
      })
      .option('format', { choices: EXPORT_FORMATS, default: 'csv', describe: 'export: which form' })
      .option('map', { type: 'string', describe: "import: columns, as in 'mac=NIC 1,name=Tag'" })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object a line' })
      .example('$0 devices list --pcap monday.pcap', 'the devices of a capture')
      .example('$0 devices set 10.1.2.3 --type ventilator --location ICU-4', 'the operator’s word always wins')
      .example('$0 devices merge ip-10-1-2-3 mac-001b44113ab7', 'two rows are one device')
      .example('$0 devices import cmms.csv --map mac=NIC', 'a list of equipment; then: devices diff'),
  async run(args, output) {
    const action = args.action ?? 'list';
    if (action === 'set' || action === 'unset' || action === 'merge' || action === 'import') {
      if (args.pcap !== undefined)
        throw new WardwireError('usage', `devices ${action} changes what the sensor keeps, not --pcap`);
      return change(action, args, output);
    }
    if (action === 'diff') {
      diff(args, output);
      return ExitCode.Ok;
    }
    const { devices } = await readInventory(args, output);
    if (action === 'show') {
      const d = find(devices, need(args, 1, 'show ID')[0]);
      if (args.json) output.out(JSON.stringify(deviceMessage(d)));
      else for (const l of details(d)) output.out(l);
      return ExitCode.Ok;
    }
    const type = single('type', args.type);
    const chosen = type === undefined ? devices : devices.filter((d) => d.type === type);
    if (action === 'export') {
      const format = single('format', args.format) as (typeof EXPORT_FORMATS)[number];
      for (const l of exportDevices(chosen, format, new Date().toISOString())) output.out(l);
    } else if (args.json) for (const d of chosen) output.out(JSON.stringify(deviceMessage(d)));
    else for (const l of lines(chosen)) output.out(l);
    return ExitCode.Ok;
  },
};
