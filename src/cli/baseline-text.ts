import { formatTimeUs, LearnedSet } from '../core/index.js';
import { type DeviceState, type Difference, DOUBT_NAMES, type VersionChange } from '../runtime/index.js';
import { table } from './csv.js';

const SET_NAMES = Object.entries(LearnedSet) as [string, number][];
const MOST_LINES = 20;
/** Beyond this a learning period has no end to speak of (training from captures), µs. */
const ENDLESS_US = 4e15;

const when = (us: number): string | null =>
  Number.isFinite(us) && us > 0 && us < ENDLESS_US ? `${formatTimeUs(us).slice(0, 19)}Z` : null;

const show = (x: number): string =>
  Number.isNaN(x) ? '-' : Number.isInteger(x) && Math.abs(x) < 1e9 ? String(x) : String(Number(x.toPrecision(4)));

function doubts(d: DeviceState): string[] {
  return Object.entries(DOUBT_NAMES).flatMap(([bit, text]) => ((d.doubt & Number(bit)) === 0 ? [] : [text]));
}

function sizes(d: DeviceState): Record<string, number> {
  return Object.fromEntries(
    SET_NAMES.map(([name, set]) => [name, d.sets[set]?.length ?? 0]).filter(([, n]) => n !== 0),
  );
}

/** A device's state for programs: no hashes, only how many entries a set has. */
export function stateJson(d: DeviceState, needRows: number): Record<string, unknown> {
  return {
    id: d.id,
    type: d.type,
    state: d.state,
    frozen: d.frozen,
    first_seen: when(d.firstUs),
    learned_until: when(d.learnedUs),
    review_since: when(d.reviewUs),
    rows: d.rows,
    rows_needed: needRows,
    rule_hits: d.hits,
    doubts: doubts(d),
    unlike: d.unlike,
    learned: sizes(d),
  };
}

export function deviceTable(devices: readonly DeviceState[], needRows: number): string[] {
  return table(
    ['id', 'type', 'state', 'rows', 'learns until', 'entries', 'notes'],
    devices.map((d) => [
      d.id,
      d.type,
      d.frozen ? `${d.state}, frozen` : d.state,
      d.state === 'learning' ? `${d.rows} of ${needRows}` : String(d.rows),
      when(d.learnedUs) ?? '-',
      String(Object.values(sizes(d)).reduce((a, n) => a + n, 0)),
      doubts(d).join('; '),
    ]),
  );
}

/** One device as the operator judges it. */
export function reviewLines(d: DeviceState, differs: readonly Difference[]): string[] {
  const against = doubts(d);
  const learned = Object.entries(sizes(d)).map(([name, n]) => `${n} ${name}`);
  return [
    `${d.id} (${d.type}): ${d.state}${d.frozen ? ', frozen' : ''}, ${d.rows} rows`,
    `  learned      ${learned.join(', ') || 'nothing'}`,
    `  against it   ${against.join('; ') || 'nothing'}`,
    ...(differs.length === 0 ? ['  it is like its type'] : []),
    ...differs
      .slice(0, MOST_LINES)
      .map((x) => `  ${x.feature.padEnd(20)} ${show(x.median)}, its type ${show(x.low)} to ${show(x.high)}`),
  ];
}

export function versionLines(
  type: string,
  d: { from: number; to: number; changes: readonly VersionChange[] },
): string[] {
  const range = (r: VersionChange['before']): string => `${show(r[1])} (${show(r[0])} to ${show(r[2])})`;
  return [
    `${type}: version ${d.from} and ${d.to}, median (5 % to 95 %)`,
    ...(d.changes.length === 0 ? ['  nothing moved'] : []),
    ...table(
      ['  feature', `version ${d.from}`, `version ${d.to}`],
      d.changes.slice(0, MOST_LINES).map((c) => [`  ${c.feature}`, range(c.before), range(c.after)]),
    ).slice(d.changes.length === 0 ? 1 : 0),
  ];
}
