import { type Problem, type Verdict, WardwireError } from '../../core/index.js';
import { CONTESTANTS, type Contestant, TITLE } from './contest.js';
import * as m from './metrics.js';

export const LABEL_HEADER = 'from,until,actor_ip,victim_ip,scenario,attack';
/** A window describes the minute before it: an episode shows in windows up to this long after its end, s. */
const WINDOW_S = 60;
/** An alert this long after an episode still belongs to it, s. */
const GRACE_S = 10;
/** Alerts of its hosts up to this long after an episode are its aftermath and neither found nor false, s. */
const AFTERMATH_S = 60;
/** The same for windows: features look back as far as ten minutes, s. */
const WINDOW_AFTERMATH_S = 600;
const WEEK_S = 604_800;
const MOST_PROBLEMS = 10;

/** One labelled attack. Times in µs since 1970. */
export interface Episode {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly actorIp: string;
  /** Empty: the whole network. */
  readonly victimIp: string;
  /** Wardwire's name for it, empty when no rule can have one. */
  readonly scenario: string;
  readonly attack: string;
}

/** µs since 1970 of epoch seconds (with a fraction) or an RFC 3339 time; NaN for neither. */
export function timeUs(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const [s, fraction = ''] = text.split('.');
    return Number(s) * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0'));
  }
  const found = /^(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/.exec(text);
  if (found === null) return Number.NaN;
  const fraction = (found[2] ?? '.0').slice(1, 7).padEnd(6, '0');
  return Date.parse(`${found[1].replace(/[t ]/, 'T')}${found[3].toUpperCase()}`) * 1000 + Number(fraction);
}

/** Reads labels. @throws WardwireError('file') naming line and column of what is wrong, up to ten places */
export function parseLabels(text: string, source: string): Episode[] {
  const lines = text.split(/\r?\n/);
  if (lines[0].replace(/^\uFEFF/, '').trim() !== LABEL_HEADER) {
    throw new WardwireError('file', `${source} is no file of labels`, [
      { path: `${source}, line 1`, text: 'another header', hint: `write ${LABEL_HEADER}` },
    ]);
  }
  const problems: Problem[] = [];
  const out: Episode[] = [];
  lines.slice(1).forEach((line, i) => {
    if (line.trim() === '' || problems.length >= MOST_PROBLEMS) return;
    const cells = line.split(',').map((c) => c.trim());
    const bad = (column: string, text: string, hint: string): void => {
      problems.push({ path: `${source}, line ${i + 2}${column && `, column ${column}`}`, text, hint });
    };
    const [fromUs, untilUs] = [timeUs(cells[0]), timeUs(cells[1])];
    if (cells.length !== 6) bad('', `${cells.length} fields`, `six are needed: ${LABEL_HEADER}`);
    else if (Number.isNaN(fromUs)) bad('from', 'no time', 'seconds since 1970, or RFC 3339 with a zone');
    else if (!(untilUs >= fromUs))
      bad('until', 'no time from `from` on', 'seconds since 1970, or RFC 3339 with a zone');
    else if (cells[2] === '') bad('actor_ip', 'no address', 'name the attacking host');
    else if (cells[5] === '') bad('attack', 'no class', 'name the class of attack');
    else out.push({ fromUs, untilUs, actorIp: cells[2], victimIp: cells[3], scenario: cells[4], attack: cells[5] });
  });
  if (problems.length > 0) throw new WardwireError('file', `${source} cannot be read`, problems);
  if (out.length === 0) throw new WardwireError('file', `${source} labels no episode`);
  return out.sort((a, b) => a.fromUs - b.fromUs);
}

/** One scored feature row of a device. */
export interface Window {
  readonly tsUs: number;
  readonly addresses: readonly string[];
}

/** The window of another device while somebody attacked everybody, or one soon after an attack: neither benign nor an attack. */
const UNCLEAR = -2;

/** Number of the episode a window of these addresses at this time belongs to; −1 benign, −2 unclear. */
export function episodeOf(episodes: readonly Episode[], w: Window): number {
  let unclear = false;
  for (let i = 0; i < episodes.length; i++) {
    const e = episodes[i];
    if (w.tsUs < e.fromUs || w.tsUs > e.untilUs + WINDOW_AFTERMATH_S * 1e6) continue;
    const own = w.addresses.includes(e.actorIp) || w.addresses.includes(e.victimIp);
    if (own && w.tsUs <= e.untilUs + WINDOW_S * 1e6) return i;
    if (own || e.victimIp === '') unclear = true;
  }
  return unclear ? UNCLEAR : -1;
}

/** `episodeOf` for all windows; see `learnedResults`. */
export function ownersOf(episodes: readonly Episode[], windows: readonly Window[], heldBack = -1): number[] {
  return windows.map((w, i) => {
    if (heldBack >= 0 && i >= heldBack) return -1;
    const owner = episodeOf(episodes, w);
    return owner === -1 && heldBack >= 0 ? UNCLEAR : owner;
  });
}

export interface LearnedResult {
  readonly name: Contestant;
  readonly title: string;
  readonly auroc: number;
  /** Share of windows and of episodes found at shares of false windows; the last is above every benign window. */
  readonly at: readonly { readonly alarms: number; readonly windows: number; readonly episodes: number }[];
  readonly roc: readonly m.Point[];
}

/** Shares of false windows; 0 stands for above every benign one. */
export const WINDOW_ALARMS: readonly number[] = [0.01, 0.001, 0];

/**
 * The learned detectors alone: windows and episodes found. Episodes without any scored window count as missed.
 * `heldBack`: windows from here on are of captures without attacks, and only these are taken for benign; −1 none are.
 */
export function learnedResults(
  episodes: readonly Episode[],
  windows: readonly Window[],
  scores: Readonly<Record<Contestant, Float64Array>>,
  heldBack = -1,
): LearnedResult[] {
  const owner = ownersOf(episodes, windows, heldBack);
  return CONTESTANTS.map((name) => {
    const s: m.Scored = {
      benign: scores[name].filter((_, i) => owner[i] === -1),
      attack: scores[name].filter((_, i) => owner[i] >= 0),
    };
    return {
      name,
      title: TITLE[name],
      auroc: m.auroc(s),
      at: WINDOW_ALARMS.map((alarms) => {
        const threshold = m.thresholdAt(s.benign, alarms);
        const found = new Set(owner.filter((e, i) => e >= 0 && scores[name][i] > threshold));
        return { alarms, windows: m.shareAbove(s.attack, threshold), episodes: found.size / episodes.length };
      }),
      roc: m.rocCurve(s),
    };
  });
}

/** What of a verdict counts here. */
export type Told = Pick<Verdict, 'observed_at' | 'scenario' | 'severity' | 'within_budget'> & {
  readonly device: Pick<Verdict['device'], 'ip'>;
  readonly peer: { readonly ip: string | null } | null;
  readonly incident: Pick<Verdict['incident'], 'id' | 'state'>;
  readonly reasons: readonly { readonly text: string }[];
};

export interface EpisodeResult {
  readonly episode: Episode;
  readonly found: boolean;
  readonly named: boolean;
  /** Seconds from its start to its first alert, NaN when there was none. */
  readonly firstS: number;
  readonly told: readonly string[];
  /** False when its first verdict of the right name came after the device's budget. */
  readonly inTime: boolean;
}

export interface VerdictResult {
  readonly episodes: readonly EpisodeResult[];
  readonly found: number;
  readonly named: number;
  readonly nameable: number;
  /** Episodes whose first verdict came after the device's budget. */
  readonly late: number;
  /** Incidents opened that belong to no episode, by scenario, and how many the budget allows the devices in that time. */
  readonly falseAlerts: number;
  readonly falseByScenario: Readonly<Record<string, number>>;
  /** The same one by one. */
  readonly strays: readonly Told[];
  readonly promised: number;
  /** Scenario of the label against scenarios told of it. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A verdict that alerts somebody: a new or a grown incident, not a note, nothing of the sensor about itself. */
export function alerts(v: Told): boolean {
  return v.incident.state !== 'closed' && v.severity !== 'info' && !v.scenario.startsWith('sensor.');
}

/** Alerts promised to a number of devices in a time, s. */
export function promisedAlerts(perDeviceAndWeek: number, devices: number, seconds: number): number {
  return (perDeviceAndWeek * devices * seconds) / WEEK_S;
}

/** All detectors: verdicts against the labels. `untilUs − fromUs` is the time they were watched, µs. */
export function verdictResult(
  episodes: readonly Episode[],
  verdicts: readonly Told[],
  watched: { readonly fromUs: number; readonly untilUs: number; readonly devices: number; readonly perWeek: number },
): VerdictResult {
  const all = verdicts
    .filter(alerts)
    .map((v) => ({ v, at: timeUs(v.observed_at), ips: [v.device.ip, v.peer?.ip ?? null] }))
    .filter((a) => a.at >= watched.fromUs);
  const touches = (e: Episode, ips: readonly (string | null)[]): boolean =>
    ips.some((ip) => ip !== null && ip !== '' && (ip === e.actorIp || ip === e.victimIp));
  const confusion: Record<string, Record<string, number>> = {};
  const results = episodes.map((episode): EpisodeResult => {
    const mine = all.filter(
      (a) => a.at >= episode.fromUs && a.at <= episode.untilUs + GRACE_S * 1e6 && touches(episode, a.ips),
    );
    const told = [...new Set(mine.map((a) => a.v.scenario))];
    const row = (confusion[episode.scenario || episode.attack] ??= {});
    for (const s of told.length === 0 ? ['nothing'] : told) row[s] = (row[s] ?? 0) + 1;
    return {
      episode,
      found: told.length > 0,
      named: episode.scenario !== '' && told.includes(episode.scenario),
      firstS: mine.length === 0 ? Number.NaN : (Math.min(...mine.map((a) => a.at)) - episode.fromUs) / 1e6,
      told,
      inTime: mine.find((a) => a.v.scenario === episode.scenario)?.v.within_budget ?? true,
    };
  });
  const falseByScenario: Record<string, number> = {};
  const strays: Told[] = [];
  for (const { v, at, ips } of all) {
    const excused = episodes.some(
      (e) => at >= e.fromUs - 1e6 && at <= e.untilUs + AFTERMATH_S * 1e6 && (e.victimIp === '' || touches(e, ips)),
    );
    if (v.incident.state !== 'open' || excused) continue;
    falseByScenario[v.scenario] = (falseByScenario[v.scenario] ?? 0) + 1;
    strays.push(v);
  }
  return {
    episodes: results,
    found: results.filter((r) => r.found).length,
    named: results.filter((r) => r.named).length,
    nameable: results.filter((r) => r.episode.scenario !== '').length,
    late: results.filter((r) => !r.inTime).length,
    falseAlerts: strays.length,
    falseByScenario,
    strays,
    promised: promisedAlerts(watched.perWeek, watched.devices, (watched.untilUs - watched.fromUs) / 1e6),
    confusion,
  };
}
