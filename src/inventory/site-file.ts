import { type Criticality, type Problem, parseIp, parseMac } from '../core/index.js';

export interface SiteDevice {
  /** All addresses of the one device: several in a field make them one device. */
  readonly macs: readonly (readonly [number, number])[];
  readonly ips: readonly (readonly [number, number, number, number])[];
  readonly type: string;
  readonly name: string | null;
  readonly location: string | null;
  readonly criticality: Criticality | null;
  readonly line: number;
}

export interface SiteFile {
  readonly path: string;
  readonly devices: readonly SiteDevice[];
}

const COLUMNS = ['mac', 'ip', 'type', 'name', 'location', 'criticality'];
const CRITICALITIES: readonly string[] = ['life-critical', 'high', 'medium', 'low'];
const MAX_LINES = 100_000;
const MAX_FIELD = 200;

/** Fields of one CSV record (RFC 4180 without line breaks inside quotes); null when a quote is not closed. */
export function csvFields(line: string, separator = ','): string[] | null {
  const out: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (line[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && field.trim() === '') {
      field = '';
      quoted = true;
    } else if (c === separator) {
      out.push(field.trim());
      field = '';
    } else field += c;
  }
  out.push(field.trim());
  return quoted ? null : out;
}

/**
 * Reads the operator's device list: CSV with a header row naming `mac` or `ip` (or both), `type`, `name`, `location`,
 * `criticality` in any order. Several addresses in one field, apart by spaces or `;`, belong to one device. `#` starts a comment line. Every bad row is named as `path:line` and left out. With
 * `types` (those that have a profile) any other type is a problem too.
 */
export function readSiteFile(
  text: string,
  path: string,
  types: readonly string[] | null = null,
): { site: SiteFile; problems: Problem[] } {
  const problems: Problem[] = [];
  const devices: SiteDevice[] = [];
  const bad = (line: number, what: string, hint?: string): void => {
    problems.push({ path: `${path}:${line}`, text: what, ...(hint === undefined ? {} : { hint }) });
  };
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const seen = new Map<string, number>();
  let header: string[] | null = null;
  for (let i = 0; i < lines.length; i++) {
    const no = i + 1;
    if (lines[i].trim() === '' || lines[i].startsWith('#')) continue;
    if (no > MAX_LINES) {
      bad(no, `more than ${MAX_LINES} lines`);
      break;
    }
    const row = csvFields(lines[i]);
    if (row === null) {
      bad(no, 'a quote is not closed');
      continue;
    }
    if (header === null) {
      header = row.map((f) => f.toLowerCase());
      const names = header;
      for (const f of header) {
        if (!COLUMNS.includes(f)) bad(no, `unknown column "${f}"`, `columns are ${COLUMNS.join(', ')}`);
      }
      if (!names.includes('mac') && !names.includes('ip'))
        bad(no, 'no column mac or ip', 'the first row names the columns');
      if (!names.includes('type')) bad(no, 'no column type');
      if (problems.length > 0) return { site: { path, devices: [] }, problems };
      continue;
    }
    const device = readRow(header, row, no, bad);
    if (device === null) continue;
    if (types !== null && !types.includes(device.type)) {
      bad(no, `no profile for type "${device.type}"`, `types are ${types.join(', ')}`);
      continue;
    }
    for (const key of [...device.macs, ...device.ips].map((a) => a.join())) {
      const before = seen.get(key);
      if (before !== undefined) bad(no, `address already listed on line ${before}`);
      else seen.set(key, no);
    }
    devices.push(device);
  }
  if (header === null) bad(1, 'no header row', `first row: ${COLUMNS.join(',')}`);
  return { site: { path, devices }, problems };
}

function readRow(
  header: readonly string[],
  row: readonly string[],
  line: number,
  bad: (line: number, what: string, hint?: string) => void,
): SiteDevice | null {
  if (row.length > header.length) {
    bad(line, `${row.length} fields, but the header names ${header.length}`, 'quote fields that contain a comma');
    return null;
  }
  const get = (name: string): string => row[header.indexOf(name)] ?? '';
  let good = true;
  const wrong = (what: string, hint?: string): void => {
    bad(line, what, hint);
    good = false;
  };
  const list = (name: string): string[] =>
    get(name)
      .split(/[\s;]+/)
      .filter((t) => t !== '');
  const macs: (readonly [number, number])[] = [];
  const ips: (readonly [number, number, number, number])[] = [];
  for (const text of list('mac')) {
    const mac = parseMac(text);
    if (mac === null) wrong(`"${text.slice(0, 40)}" is not a MAC address`, 'like 00:1b:44:11:3a:b7');
    else macs.push(mac);
  }
  for (const text of list('ip')) {
    const ip = parseIp(text);
    if (ip === null) wrong(`"${text.slice(0, 40)}" is not an IP address`);
    else ips.push(ip);
  }
  if (good && macs.length + ips.length === 0) wrong('neither mac nor ip');
  const type = get('type').toLowerCase();
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(type))
    wrong(`type "${type.slice(0, 40)}" is not a type name`, 'like patient-monitor');
  const criticality = get('criticality').toLowerCase();
  if (criticality !== '' && !CRITICALITIES.includes(criticality)) {
    wrong(`criticality "${criticality.slice(0, 40)}"`, `one of ${CRITICALITIES.join(', ')}`);
  }
  for (const f of ['name', 'location'])
    if (get(f).length > MAX_FIELD) wrong(`${f} is longer than ${MAX_FIELD} characters`);
  if (!good) return null;
  return {
    macs,
    ips,
    type,
    name: get('name') || null,
    location: get('location') || null,
    criticality: criticality === '' ? null : (criticality as Criticality),
    line,
  };
}
