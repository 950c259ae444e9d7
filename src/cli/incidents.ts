import { userInfo } from 'node:os';
import {
  ExitCode,
  type IncidentWords,
  type Mute,
  type Normal,
  type OperatorCommand,
  SEVERITIES,
  type Severity,
  WardwireError,
} from '../core/index.js';
import {
  covers,
  formatVerdictLine,
  type LoadedConfig,
  type LoggedVerdict,
  openVerdicts,
  saidOfIncidents,
  sayOfIncidents,
  seenAt,
  wallMs,
} from '../runtime/index.js';
import { type Command, single } from './command.js';
import { table } from './csv.js';
import { configOf } from './inventory-source.js';
import type { Output } from './output.js';

interface Args {
  config?: string | string[];
  action?: string;
  what?: string[];
  device?: string | string[];
  scenario?: string | string[];
  peer?: string | string[];
  severity?: string | string[];
  state?: string | string[];
  since?: string | string[];
  limit?: number | number[];
  by?: string | string[];
  note?: string | string[];
  reason?: string | string[];
  for?: string | string[];
  'up-to'?: string | string[];
  json?: boolean;
}

const ACTIONS = ['list', 'show', 'ack', 'mute', 'unmute', 'normal', 'mutes', 'normals', 'revoke'] as const;
type Action = (typeof ACTIONS)[number];
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const MAX_WORDS = 500;
const MAX_LIMIT = 100_000;

/** Seconds of `90s`, `30m`, `4h`, `2d`. @throws WardwireError('usage') */
export function seconds(option: string, text: string): number {
  const m = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(text);
  const n = m === null ? 0 : Number(m[1]) * UNITS[m[2]];
  if (n <= 0) throw new WardwireError('usage', `--${option} is a time such as 90s, 30m, 4h or 2d, not '${text}'`);
  return n;
}

/** RFC 3339 of a time given as such, as a day, or as a time ago. @throws WardwireError('usage') */
function sinceOf(text: string): string {
  const at = /^\d[\d.]*[smhd]$/.test(text) ? wallMs() - seconds('since', text) * 1000 : Date.parse(text);
  if (!Number.isFinite(at))
    throw new WardwireError('usage', `--since is a time such as 4h or 2026-03-01, not '${text}'`);
  return new Date(at).toISOString();
}

const day = (us: number): string => `${(seenAt(us) ?? '').slice(0, 19)}Z`;

/** What people said of an incident, in a word or two. */
function said(v: LoggedVerdict['verdict'], words: IncidentWords): string {
  const ack = words.acks.find((a) => a.incident === v.incident.id);
  const mute = words.mutes.find((m) => covers(m, v) && SEVERITIES.indexOf(v.severity) <= SEVERITIES.indexOf(m.upTo));
  return [ack === undefined ? '' : `seen by ${ack.by}`, mute === undefined ? '' : `muted ${mute.id}`]
    .filter((s) => s !== '')
    .join(', ');
}

function listed(one: LoggedVerdict, words: IncidentWords): Record<string, unknown> {
  const v = one.verdict;
  const ack = words.acks.find((a) => a.incident === v.incident.id);
  return {
    incident: v.incident.id,
    state: v.incident.state === 'closed' ? 'closed' : 'open',
    severity: v.severity,
    count: v.incident.count,
    first_at: v.incident.first_at,
    last_at: v.observed_at,
    scenario: v.scenario,
    device: v.device.id,
    device_type: v.device.type,
    name: v.device.name,
    role: v.role,
    peer: v.peer?.ip ?? null,
    verdict: v.id,
    muted: words.mutes.filter((m) => covers(m, v)).map((m) => m.id),
    acknowledged: ack === undefined ? null : { by: ack.by, note: ack.note, severity: ack.severity, at: day(ack.atUs) },
  };
}

function list(args: Args, config: LoadedConfig, output: Output): void {
  const limit = single('limit', args.limit) ?? 50;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new WardwireError('usage', `--limit is a number from 1 to ${MAX_LIMIT}`);
  const since = single('since', args.since);
  const log = openVerdicts(config);
  const words = saidOfIncidents(config).inForce;
  try {
    const found = log.incidents({
      device: single('device', args.device),
      severity: single('severity', args.severity) as Severity | undefined,
      state: single('state', args.state) as 'open' | 'closed' | undefined,
      since: since === undefined ? undefined : sinceOf(since),
      limit,
    });
    if (args.json) {
      for (const f of found) output.out(JSON.stringify(listed(f, words)));
      return;
    }
    const rows = found.map(({ verdict: v }) => [
      v.incident.id,
      `${v.observed_at.slice(0, 19)}Z`,
      v.incident.state === 'closed' ? 'closed' : 'open',
      v.severity,
      `${v.incident.count}×`,
      v.scenario,
      v.device.name ?? v.device.id,
      v.peer?.ip ?? '',
      said(v, words),
    ]);
    const heads = ['incident', 'last seen', 'state', 'severity', 'count', 'scenario', 'device', 'peer', 'said'];
    for (const l of table(heads, rows)) output.out(l);
  } finally {
    log.close();
  }
}

function show(args: Args, config: LoadedConfig, output: Output): void {
  const word = need(args, 'show INCIDENT');
  const log = openVerdicts(config);
  try {
    const id = log.incidentOf(word);
    if (id === null) throw new WardwireError('usage', `no incident ${word} is in the log, or several begin so`);
    const all = log.ofIncident(id);
    const words = saidOfIncidents(config).inForce;
    const newest = all[all.length - 1];
    if (args.json) {
      const verdicts = all.map((l) => ({ ...l.verdict, sent: !l.quiet }));
      output.out(JSON.stringify({ ...listed(newest, words), verdicts }));
      return;
    }
    const v = newest.verdict;
    output.out(`${id}  ${v.scenario}  ${v.incident.state === 'closed' ? 'closed' : 'open'}  ${v.severity}`);
    const ack = words.acks.find((a) => a.incident === id);
    if (ack) output.out(`  acknowledged by ${ack.by} at ${day(ack.atUs)}${ack.note === '' ? '' : `: ${ack.note}`}`);
    for (const m of words.mutes.filter((x) => covers(x, v)))
      output.out(`  muted (${m.id}) by ${m.by} until ${day(m.untilUs)}`);
    for (const l of all)
      output.out(`  ${l.verdict.id}${l.quiet ? ' (not sent)' : ''}  ${formatVerdictLine(l.verdict)}`);
    output.out(`  safe step: ${v.advice.safe_step}`);
    output.out(`  why: wardwire explain ${v.id}`);
  } finally {
    log.close();
  }
}

function mutes(args: Args, config: LoadedConfig, output: Output): void {
  const now = wallMs() * 1000;
  const state = (m: Mute): string =>
    m.endedUs !== null ? `ended by ${m.endedBy}` : m.untilUs <= now ? 'expired' : 'in force';
  const all = saidOfIncidents(config).mutes;
  if (args.json) {
    for (const m of all) {
      const { fromUs, untilUs, endedUs, upTo, endedBy, ...rest } = m;
      const times = { from: day(fromUs), until: day(untilUs), ended: endedUs === null ? null : day(endedUs) };
      output.out(JSON.stringify({ ...rest, up_to: upTo, ...times, ended_by: endedBy, state: state(m) }));
    }
    return;
  }
  const rows = all.map((m) => [
    String(m.id),
    state(m),
    m.device ?? 'any',
    m.scenario ?? 'any',
    m.peer ?? 'any',
    m.upTo,
    day(m.untilUs),
    m.by,
    m.reason,
  ]);
  const heads = ['mute', 'state', 'device', 'scenario', 'peer', 'up to', 'until', 'by', 'reason'];
  for (const l of table(heads, rows)) output.out(l);
}

function normals(args: Args, config: LoadedConfig, output: Output): void {
  const state = (n: Normal): string => (n.revokedUs === null ? 'in force' : `revoked by ${n.revokedBy}`);
  const what = (n: Normal): string => (n.lessons.length > 0 ? `${n.lessons.length} learned` : 'row for training');
  const all = saidOfIncidents(config).normals;
  if (args.json) {
    for (const n of all) {
      const { id, verdict, incident, device, scenario, by, reason } = n;
      const at = { at: day(n.atUs), revoked: n.revokedUs === null ? null : day(n.revokedUs), revoked_by: n.revokedBy };
      const counts = { lessons: n.lessons.length, row: n.row !== null };
      output.out(
        JSON.stringify({ id, verdict, incident, device, scenario, by, reason, ...at, ...counts, state: state(n) }),
      );
    }
    return;
  }
  const rows = all.map((n) => [String(n.id), state(n), n.device, n.scenario, what(n), day(n.atUs), n.by, n.reason]);
  for (const l of table(['normal', 'state', 'device', 'scenario', 'what', 'at', 'by', 'reason'], rows)) output.out(l);
}

function need(args: Args, usage: string): string {
  const words = args.what ?? [];
  if (words.length !== 1) throw new WardwireError('usage', `usage: wardwire incidents ${usage}`);
  return words[0];
}

function number(args: Args, usage: string): number {
  const n = Number(need(args, usage));
  if (!Number.isInteger(n) || n < 1) throw new WardwireError('usage', `usage: wardwire incidents ${usage}`);
  return n;
}

/** A person's own words. @throws WardwireError('usage') */
function words(option: string, value: string | undefined): string {
  const text = value ?? '';
  if (text.length > MAX_WORDS || /\p{Cc}/u.test(text))
    throw new WardwireError('usage', `--${option} is at most ${MAX_WORDS} characters without control characters`);
  return text;
}

/** What `ack`, `mute`, `unmute`, `normal` and `revoke` ask for. @throws WardwireError('usage') */
function commandOf(action: Action, args: Args): OperatorCommand {
  const by = words('by', single('by', args.by) ?? userInfo().username);
  const reason = words('reason', single('reason', args.reason));
  switch (action) {
    case 'ack':
      return { cmd: 'ack', incident: need(args, 'ack INCIDENT'), by, note: words('note', single('note', args.note)) };
    case 'unmute':
      return { cmd: 'unmute', mute: number(args, 'unmute MUTE'), by };
    case 'revoke':
      return { cmd: 'revoke', normal: number(args, 'revoke NORMAL'), by };
    case 'normal':
      if (reason === '') throw new WardwireError('usage', 'say why with --reason: it is kept and listed');
      return { cmd: 'normal', id: need(args, 'normal ID'), by, reason };
    default: {
      const time = single('for', args.for);
      const [incident = null, ...more] = args.what ?? [];
      const scope = {
        device: single('device', args.device) ?? null,
        scenario: single('scenario', args.scenario) ?? null,
        peer: single('peer', args.peer) ?? null,
      };
      const scoped = scope.device !== null || scope.scenario !== null || scope.peer !== null;
      if (more.length > 0 || scoped === (incident !== null)) {
        throw new WardwireError('usage', 'usage: wardwire incidents mute INCIDENT, or --device, --scenario, --peer');
      }
      if (reason === '') throw new WardwireError('usage', 'say why with --reason: it is kept and listed');
      const forS = time === undefined ? null : seconds('for', time);
      const upTo = (single('up-to', args['up-to']) as Severity | undefined) ?? null;
      return { cmd: 'mute', incident, ...scope, forS, upTo, by, reason };
    }
  }
}

export const incidentsCommand: Command<Args> = {
  name: 'incidents [action] [what..]',
  text: 'What happened: list, show, acknowledge, mute, call normal',
  options: (y) =>
    y
      .positional('action', { choices: ACTIONS, default: 'list', describe: 'what to do' })
      .positional('what', {
        type: 'string',
        array: true,
        describe: 'INCIDENT (its id or the first 8 characters or more), VERDICT, number of a mute or a normal',
      })
      .option('config', {
        type: 'string',
        describe: "the sensor's configuration file (its store.data_dir has the log)",
      })
      .option('device', { type: 'string', describe: 'list, mute: id, address or name of a device' })
      .option('scenario', { type: 'string', describe: 'mute: a scenario, or a family such as net.*' })
      .option('peer', { type: 'string', describe: 'mute: address of the other end' })
      .option('severity', { choices: SEVERITIES, describe: 'list: this and graver' })
      .option('state', { choices: ['open', 'closed'], describe: 'list: only these' })
      .option('since', { type: 'string', describe: 'list: seen since, such as 4h or 2026-03-01' })
      .option('limit', { type: 'number', default: 50, describe: 'list: at most, the newest' })
      .option('by', { type: 'string', describe: 'who says so (default: the name of this account)' })
      .option('note', { type: 'string', describe: 'ack: a remark' })
      .option('reason', { type: 'string', describe: 'mute, normal: why' })
      .option('for', { type: 'string', describe: 'mute: how long, such as 30m or 4h' })
      .option('up-to', { choices: SEVERITIES, describe: 'mute: a graver verdict ends it' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object a line' })
      .example('$0 incidents list --state open --severity high', 'what somebody should look at')
      .example('$0 incidents ack 01M7Y4VFKJ --note "asked radiology"', 'seen; it goes on quietly unless it gets graver')
      .example('$0 incidents mute 01M7Y4VFKJ --for 2h --reason "planned scan"', 'ends by itself')
      .example('$0 incidents normal 01M7Y4VFKJ --reason "new archive"', 'the device learns it; revoke N takes it back'),
  async run(args, output) {
    const action = (args.action ?? 'list') as Action;
    const config = configOf(args);
    if (action === 'list') list(args, config, output);
    else if (action === 'show') show(args, config, output);
    else if (action === 'mutes') mutes(args, config, output);
    else if (action === 'normals') normals(args, config, output);
    else {
      const { code, text, data } = sayOfIncidents(config, commandOf(action, args));
      if (code !== 'done') throw new WardwireError(code === 'failed' ? 'file' : 'usage', text);
      output.out(args.json ? JSON.stringify({ text, ...data }) : text);
    }
    return ExitCode.Ok;
  },
};
