import {
  type Criticality,
  formatIp,
  formatMac,
  type Problem,
  parseIp,
  parseMac,
  WardwireError,
} from '../core/index.js';
import { csvFields, type ListedDevice } from '../runtime/index.js';

/** Our columns, and what lists of medical equipment call them (small letters, without punctuation). */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  mac: ['mac', 'mac address', 'macaddress', 'ethernet address', 'physical address', 'hw address'],
  ip: ['ip', 'ip address', 'ipaddress', 'ipv4', 'network address'],
  name: [
    'name',
    'asset',
    'asset name',
    'asset tag',
    'asset number',
    'equipment',
    'device name',
    'inventory number',
    'tag',
  ],
  type: ['type', 'device type', 'category', 'class', 'equipment type', 'asset type', 'modality'],
  location: ['location', 'room', 'ward', 'department', 'site', 'unit', 'building'],
  vendor: ['vendor', 'manufacturer', 'maker', 'make', 'brand', 'oem'],
  model: ['model', 'model name', 'model number', 'product'],
  serial: ['serial', 'serial number', 'serialnumber', 'sn', 'serial no'],
  criticality: ['criticality', 'risk', 'risk class', 'priority'],
};
const CRITICALITIES: readonly string[] = ['life-critical', 'high', 'medium', 'low'];
const MAX_FIELD = 200;
const MAX_ROWS = 100_000;

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim(); // prettier-ignore

export interface ImportResult {
  readonly rows: readonly ListedDevice[];
  /** Every row that was left out, or a field of it. */
  readonly problems: readonly Problem[];
}

/** `mac=MAC Address,name=Asset Tag`: which column of the list is which of ours. @throws WardwireError('usage') */
export function parseMap(text: string | undefined): Record<string, string> {
  const out: Record<string, string> = {};
  if (text === undefined) return out;
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const ours = part.slice(0, at).trim();
    const theirs = part.slice(at + 1).trim();
    if (at < 1 || theirs === '' || !(ours in NAMES)) {
      throw new WardwireError('usage', `--map: '${part}' is not ours=theirs`, [
        { path: '--map', text: part, hint: `ours is one of ${Object.keys(NAMES).join(', ')}` },
      ]);
    }
    out[ours] = theirs;
  }
  return out;
}

/**
 * Reads a list of equipment as CMMS programs export it: CSV with `,`, `;` or tab, a header row, columns recognised by name or
 * mapped. Every bad row is named. @throws WardwireError('file') when no column tells an address
 */
export function readList(
  text: string,
  path: string,
  map: Record<string, string>,
  types: readonly string[],
): ImportResult {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const problems: Problem[] = [];
  const headAt = lines.findIndex((l) => l.trim() !== '' && !l.startsWith('#'));
  if (headAt < 0) throw new WardwireError('file', `${path}: the file is empty`);
  const separator = [',', ';', '\t'].sort((a, b) => lines[headAt].split(b).length - lines[headAt].split(a).length)[0];
  const split = (line: string): string[] | null => csvFields(line, separator);
  const head = split(lines[headAt]) ?? [];
  const column = columnsOf(head, map, path, headAt + 1);
  const rows: ListedDevice[] = [];
  const seen = new Map<string, number>();
  for (let i = headAt + 1; i < lines.length; i++) {
    if (lines[i].trim() === '' || lines[i].startsWith('#')) continue;
    const bad = (what: string, hint?: string): void => {
      problems.push({ path: `${path}:${i + 1}`, text: what, ...(hint === undefined ? {} : { hint }) });
    };
    if (rows.length >= MAX_ROWS) {
      bad(`more than ${MAX_ROWS} rows`);
      break;
    }
    const fields = split(lines[i]);
    if (fields === null) {
      bad('a quote is not closed');
      continue;
    }
    const get = (name: string): string | null => {
      const at = column[name];
      const value = at === undefined ? '' : (fields[at] ?? '').trim();
      return value === '' || /^(n\/?a|none|-|unknown|null)$/i.test(value) ? null : value.slice(0, MAX_FIELD);
    };
    const row = readRow(get, i + 1, types, bad);
    if (row === null) continue;
    for (const key of [row.mac, row.ip]) {
      const before = key === null ? undefined : seen.get(key);
      if (before !== undefined) bad(`${key} is listed on line ${before} already`);
      else if (key !== null) seen.set(key, i + 1);
    }
    rows.push(row);
  }
  return { rows, problems };
}

function columnsOf(
  head: readonly string[],
  map: Record<string, string>,
  path: string,
  line: number,
): Record<string, number> {
  const out: Record<string, number> = {};
  const names = head.map(plain);
  for (const [ours, theirs] of Object.entries(map)) {
    const at = names.indexOf(plain(theirs));
    if (at < 0) {
      throw new WardwireError('file', `${path}:${line}: there is no column '${theirs}'`, [
        { path: '--map', text: `${ours}=${theirs}`, hint: `columns are ${head.join(', ')}` },
      ]);
    }
    out[ours] = at;
  }
  for (const [ours, called] of Object.entries(NAMES)) {
    if (out[ours] !== undefined) continue;
    const at = names.findIndex((n, i) => called.includes(n) && !Object.values(out).includes(i));
    if (at >= 0) out[ours] = at;
  }
  if (out.mac === undefined && out.ip === undefined && out.serial === undefined) {
    throw new WardwireError('file', `${path}:${line}: no column tells a MAC, an IP address or a serial number`, [
      { path: '--map', text: `columns are ${head.join(', ')}`, hint: "say which, as in --map 'mac=NIC 1,name=Tag'" },
    ]);
  }
  return out;
}

function readRow(
  get: (name: string) => string | null,
  line: number,
  types: readonly string[],
  bad: (what: string, hint?: string) => void,
): ListedDevice | null {
  const macText = get('mac');
  const ipText = get('ip');
  const mac = macText === null ? null : parseMac(macText.replace(/\s+/g, ''));
  const ip = ipText === null ? null : parseIp(ipText);
  if (macText !== null && mac === null) {
    bad(`"${macText.slice(0, 40)}" is not a MAC address`, 'like 00:1b:44:11:3a:b7');
    return null;
  }
  if (ipText !== null && ip === null) {
    bad(`"${ipText.slice(0, 40)}" is not an IP address`);
    return null;
  }
  const serial = get('serial');
  if (mac === null && ip === null && serial === null) {
    bad('neither MAC, IP address nor serial number');
    return null;
  }
  const typeText = get('type');
  const name = typeText === null ? null : plain(typeText).replaceAll(' ', '-');
  const type = name !== null && types.includes(name) ? name : null;
  if (typeText !== null && type === null) {
    bad(`type "${typeText.slice(0, 40)}" has no profile; the row is kept without it`, `types are ${types.join(', ')}`);
  }
  const risk = get('criticality')?.toLowerCase().replace(/\s+/g, '-') ?? null;
  const criticality = risk !== null && CRITICALITIES.includes(risk) ? (risk as Criticality) : null;
  if (risk !== null && criticality === null)
    bad(`criticality "${risk.slice(0, 40)}"; the row is kept without it`, `one of ${CRITICALITIES.join(', ')}`);
  return {
    line,
    mac: mac === null ? null : formatMac(mac[0], mac[1]),
    ip: ip === null ? null : formatIp(ip[0], ip[1], ip[2], ip[3]),
    name: get('name'),
    type,
    location: get('location'),
    vendor: get('vendor'),
    model: get('model'),
    serial,
    criticality,
  };
}
