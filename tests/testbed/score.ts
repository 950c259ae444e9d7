import type { Verdict } from '../../src/core/index.js';

// Labels of a recorded run against the verdicts of the sensor. Pure: text and verdicts in, figures out.

/** One labelled attack episode. Times in seconds since 1970. */
export interface Episode {
  readonly from: number;
  readonly until: number;
  readonly actorIp: string;
  /** Empty when the whole network is the victim. */
  readonly victimIp: string;
  /** Scenario that must name it; empty when no rule can. */
  readonly scenario: string;
  /** Kind of attack. */
  readonly attack: string;
}

export const LABEL_HEADER = 'from,until,actor_ip,victim_ip,scenario,attack';

/** Reads labels.csv. @throws Error naming the line and what is wrong with it */
export function parseLabels(text: string): Episode[] {
  const [header, ...lines] = text.split(/\r?\n/);
  if (header !== LABEL_HEADER) throw new Error(`labels, line 1: expected "${LABEL_HEADER}"`);
  const episodes: Episode[] = [];
  lines.forEach((line, i) => {
    if (line === '') return;
    const parts = line.split(',');
    const [from, until] = [Number(parts[0]), Number(parts[1])];
    if (parts.length !== 6 || !(from > 0) || !(until >= from)) {
      throw new Error(`labels, line ${i + 2}: expected six fields, the first two times with from ≤ until`);
    }
    const [, , actorIp, victimIp, scenario, attack] = parts;
    episodes.push({ from, until, actorIp, victimIp, scenario, attack });
  });
  return episodes;
}

/** What of a verdict is scored. */
export type Told = Pick<Verdict, 'observed_at' | 'scenario' | 'severity' | 'within_budget' | 'latency_ms'> & {
  readonly device: { readonly ip: string | null; readonly name: string | null };
  readonly peer: { readonly ip: string | null } | null;
  readonly incident: { readonly id: string; readonly state: string };
  readonly reasons: readonly { readonly text: string }[];
};

/** A time stamp of a verdict, seconds since 1970 with µs. */
export function secondsOf(observedAt: string): number {
  const fraction = /\.(\d+)Z$/.exec(observedAt)?.[1] ?? '0';
  return Math.floor(Date.parse(observedAt) / 1000) + Number(`0.${fraction}`);
}

export interface ScoredEpisode {
  readonly episode: Episode;
  readonly found: boolean;
  readonly named: boolean;
  /** Seconds from the episode's start to its first verdict; NaN when there was none. */
  readonly firstS: number;
  /** False when the first verdict of the right name came after the device's budget. */
  readonly inTime: boolean;
  /** Scenarios told of it, in order of appearance. */
  readonly told: readonly string[];
}

export interface Scores {
  readonly episodes: readonly ScoredEpisode[];
  readonly found: number;
  /** Under the right name, of those that have one. */
  readonly named: number;
  readonly nameable: number;
  /** First verdicts that came after the device's budget. */
  readonly late: number;
  /** Alerts that belong to no episode. */
  readonly stray: readonly Told[];
}

/** A verdict that alerts somebody: a new or a grown incident, not a note, nothing of the sensor about itself. */
export function alerts(v: Told): boolean {
  return v.incident.state !== 'closed' && v.severity !== 'info' && !v.scenario.startsWith('sensor.');
}

function touches(e: Episode, v: Told): boolean {
  const ends = [v.device.ip, v.peer?.ip ?? null];
  return ends.some((ip) => ip !== null && ip !== '' && (ip === e.actorIp || ip === e.victimIp));
}

/**
 * Scores the episodes: found when an alert about its actor or victim came between its start and `graceS` after its
 * end, named when one of them carries its scenario. An alert near no episode of its hosts is stray; those within
 * `afterS` of an episode count as its aftermath.
 */
export function score(episodes: readonly Episode[], verdicts: readonly Told[], graceS = 10, afterS = 60): Scores {
  const timed = verdicts.filter(alerts).map((v) => ({ v, at: secondsOf(v.observed_at) }));
  const scored = episodes.map((e): ScoredEpisode => {
    const mine = timed.filter(({ v, at }) => at >= e.from && at <= e.until + graceS && touches(e, v));
    const right = mine.find(({ v }) => v.scenario === e.scenario);
    return {
      episode: e,
      found: mine.length > 0,
      named: right !== undefined,
      firstS: mine.length > 0 ? mine[0].at - e.from : Number.NaN,
      inTime: right?.v.within_budget ?? true,
      told: [...new Set(mine.map(({ v }) => v.scenario))],
    };
  });
  const stray = timed.filter(
    ({ v, at }) =>
      v.incident.state === 'open' &&
      !episodes.some((e) => at >= e.from - 1 && at <= e.until + afterS && (e.victimIp === '' || touches(e, v))),
  );
  const nameable = scored.filter((s) => s.episode.scenario !== '');
  return {
    episodes: scored,
    found: scored.filter((s) => s.found).length,
    named: nameable.filter((s) => s.named).length,
    nameable: nameable.length,
    late: scored.filter((s) => !s.inTime).length,
    stray: stray.map(({ v }) => v),
  };
}

/** Alerts promised to a number of devices in a time. */
export function promised(perDeviceAndWeek: number, devices: number, seconds: number): number {
  return (perDeviceAndWeek * devices * seconds) / (7 * 86_400);
}

const percent = (n: number, of: number): string => (of === 0 ? '–' : `${((100 * n) / of).toFixed(1)} %`);

/** The figures as lines for a terminal; what was missed or misnamed is listed. */
export function report(s: Scores): string[] {
  const n = s.episodes.length;
  const lines = [
    `${n} episodes: ${s.found} found (${percent(s.found, n)}), ${s.named} of ${s.nameable} under their right name (${percent(s.named, s.nameable)}), ${s.late} late`,
  ];
  for (const x of s.episodes) {
    if (x.found && (x.named || x.episode.scenario === '')) continue;
    const e = x.episode;
    lines.push(
      `  ${x.found ? 'misnamed' : 'missed  '}  ${e.attack} (${e.scenario || 'no scenario'}) ${e.actorIp} -> ${e.victimIp || 'all'}${x.told.length > 0 ? `: ${x.told.join(', ')}` : ''}`,
    );
  }
  lines.push(`${s.stray.length} alerts outside the episodes`);
  for (const v of s.stray)
    lines.push(`  stray     ${v.observed_at} ${v.scenario} ${v.device.ip} ${v.reasons[0]?.text ?? ''}`);
  return lines;
}
