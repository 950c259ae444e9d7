import type { CaptureReport } from './capture-report.js';
import { budgetText, captureSummary, percent, pm, summaryText, three } from './html.js';
import type { EvaluateReport } from './report.js';

/** Columns of text, numbers to the right of their column. */
function columns(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const width = head.map((_, c) => Math.max(...all.map((r) => r[c].length)));
  return all.map((r) =>
    r
      .map((t, c) => (c === 0 ? t.padEnd(width[c]) : t.padStart(width[c])))
      .join('  ')
      .trimEnd(),
  );
}

/** The report on a table for a terminal. */
export function tableLines(r: EvaluateReport): string[] {
  const ours = r.detectors.find((d) => d.name === r.default)!;
  const out = [
    `${r.source}: ${summaryText(r)}`,
    '',
    ...columns(
      [
        'detector',
        'AUROC',
        'average precision',
        ...ours.found.map((f) => `at ${percent(f.alarms)}${f.resolved ? '' : '*'}`),
      ],
      r.detectors.map((d) => [
        d.title,
        pm(d.auroc, three),
        pm(d.ap, three),
        ...d.found.map((f) => pm(f.found, percent)),
      ]),
    ),
    ...(ours.found.every((f) => f.resolved)
      ? []
      : ['* fewer held-back benign rows than one false alarm: what scores above all of them']),
    '',
    budgetText(r),
    '',
    ...columns(
      ['class, found at 1 % false alarms', 'rows', ...r.detectors.map((d) => d.title), 'first found after'],
      ours.classes.map((c, i) => [
        c.name,
        String(c.rows),
        ...r.detectors.map((d) => percent(d.classes[i].found.mean)),
        Number.isNaN(c.firstFound.mean) ? 'never' : `${c.firstFound.mean.toFixed(0)} rows`,
      ]),
    ),
    '',
    ...columns(
      ['default, first seed: threshold', 'false alarms', 'found', 'precision', 'F1'],
      ours.sweep.map((c) => [
        c.threshold.toPrecision(4),
        percent(c.falseAlarms),
        percent(c.found),
        percent(c.precision),
        three(c.f1),
      ]),
    ),
  ];
  if (r.learning.length > 0) {
    out.push(
      '',
      ...columns(
        ['default, rows learned from', 'AUROC', 'found at 1 %'],
        r.learning.map((p) => [String(p.rows), pm(p.auroc, three), pm(p.found, percent)]),
      ),
    );
  }
  for (const a of r.attacks) {
    out.push(
      '',
      `${a.kind}: ${a.text}`,
      ...columns(
        ['strength, found at 1 %', ...r.detectors.map((d) => d.title)],
        a.points.map((p) => [String(p.strength), ...r.detectors.map((d) => percent(p.found[d.name].mean))]),
      ),
    );
  }
  return out;
}

/** The report on captures for a terminal; episodes missed or misnamed are listed. */
export function captureLines(r: CaptureReport): string[] {
  const head = r.learned[0].at.map((a) => (a.alarms === 0 ? 'above all' : percent(a.alarms)));
  const wrong = r.verdicts.episodes.filter((e) => !e.named && !(e.found && e.episode.scenario === ''));
  return [
    `${r.source}: ${captureSummary(r)}`,
    '',
    ...columns(
      ['learned detectors alone', 'AUROC', ...head.map((h) => `windows ${h}`), ...head.map((h) => `episodes ${h}`)],
      r.learned.map((d) => [
        d.title,
        three(d.auroc),
        ...d.at.map((a) => percent(a.windows)),
        ...d.at.map((a) => percent(a.episodes)),
      ]),
    ),
    ...(wrong.length === 0 ? [] : ['', 'missed or misnamed:']),
    ...wrong.map(({ episode: e, told }) => {
      const what = told.length === 0 ? 'nothing told' : `told ${told.join(', ')}`;
      return `  ${e.attack} (${e.scenario || 'no scenario'}) ${e.actorIp} to ${e.victimIp || 'all'}: ${what}`;
    }),
    ...Object.entries(r.verdicts.falseByScenario).map(([s, n]) => `false: ${n} ${s}`),
  ];
}
