import { type Episode, type Told, type VerdictResult, verdictResult } from '../../src/detect/index.js';

// Labels of a recorded ward against the verdicts of the sensor, as lines for a terminal.

/** All detectors: what the verdicts say of the episodes. */
export function score(episodes: readonly Episode[], verdicts: readonly Told[]): VerdictResult {
  return verdictResult(episodes, verdicts, { fromUs: 0, untilUs: 0, devices: 0, perWeek: 0 });
}

const percent = (n: number, of: number): string => (of === 0 ? '–' : `${((100 * n) / of).toFixed(1)} %`);

/** The figures as lines for a terminal; what was missed or misnamed is listed. */
export function report(s: VerdictResult): string[] {
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
  lines.push(`${s.strays.length} alerts outside the episodes`, ...s.strays.map(strayLine));
  return lines;
}

/** An alert that belongs to no episode. */
export function strayLine(v: Told): string {
  return `  stray     ${v.observed_at} ${v.scenario} ${v.device.ip} ${v.reasons[0]?.text ?? ''}`;
}
