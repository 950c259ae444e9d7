import type { CaptureReport } from './capture-report.js';
import type { Confusion, Spread } from './metrics.js';
import type { EvaluateReport } from './report.js';
import { escapeText, heatMap, linePlot } from './svg.js';

const STYLE = `body{font:14px/1.45 system-ui,sans-serif;color:#1b1b1b;background:#fff;margin:2rem auto;max-width:1040px;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;margin:.6rem 0}
td,th{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child{text-align:left}
tr.default{font-weight:600;background:#f2f6fa}figure{display:inline-block;margin:.5rem 1rem .5rem 0;vertical-align:top}
figcaption{font-weight:600}svg text{font-size:10px;fill:#444}svg .grid{stroke:#e4e4e4}.legend span{margin-right:.8rem;font-size:12px}
.legend i{display:inline-block;width:.8em;height:.8em;margin-right:.3em}`;

/** A share as a person reads it. */
export const percent = (x: number): string =>
  Number.isNaN(x) ? '–' : `${(100 * x).toFixed(Math.abs(x) < 0.1 ? 2 : 1)} %`;
/** A number with its spread over the seeds. */
export const pm = (s: Spread, f: (x: number) => string): string =>
  Number.isNaN(s.mean) ? '–' : s.sd === 0 ? f(s.mean) : `${f(s.mean)} ± ${f(s.sd)}`;
export const three = (x: number): string => (Number.isNaN(x) ? '–' : x.toFixed(3));

/** An HTML table; `marked` rows are set off. Cells are escaped. */
function table(head: readonly string[], rows: readonly (readonly string[])[], marked: (i: number) => boolean): string {
  const cells = (tag: string, row: readonly string[]): string =>
    row.map((c) => `<${tag}>${escapeText(c)}</${tag}>`).join('');
  const body = rows.map((r, i) => `<tr${marked(i) ? ' class="default"' : ''}>${cells('td', r)}</tr>`).join('\n');
  return `<table><tr>${cells('th', head)}</tr>\n${body}</table>`;
}

function page(title: string, parts: readonly string[]): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeText(title)}</title><style>${STYLE}</style></head>\n<body><h1>${escapeText(title)}</h1>\n${parts.join('\n')}\n</body></html>\n`;
}

const none = (): boolean => false;

/** The report on a table as one self-contained page: no script, nothing fetched from anywhere. */
export function tableHtml(r: EvaluateReport): string {
  const isDefault = (i: number): boolean => r.detectors[i].name === r.default;
  const lines = (of: 'roc' | 'pr') => r.detectors.map((d) => ({ name: d.title, points: d[of] }));
  const ours = r.detectors.find((d) => d.name === r.default)!;
  const sweep = (c: Confusion): string[] => [
    c.threshold.toPrecision(4),
    percent(c.falseAlarms),
    percent(c.found),
    percent(c.precision),
    three(c.f1),
  ];
  const parts = [
    `<p>${escapeText(summaryText(r))}</p>`,
    '<h2>Detectors side by side</h2>',
    table(
      [
        'detector',
        'AUROC',
        'average precision',
        ...r.detectors[0].found.map((f) => `found at ${percent(f.alarms)}${f.resolved ? '' : ' *'}`),
      ],
      r.detectors.map((d) => [
        d.title,
        pm(d.auroc, three),
        pm(d.ap, three),
        ...d.found.map((f) => pm(f.found, percent)),
      ]),
      isDefault,
    ),
    r.detectors[0].found.every((f) => f.resolved)
      ? ''
      : '<p>* fewer held-back benign rows than one false alarm: what scores above all of them.</p>',
    linePlot(lines('roc'), { title: 'ROC', x: 'false alarms', y: 'found', from: 0, to: 1 }),
    linePlot(lines('pr'), { title: 'Precision and recall', x: 'recall', y: 'precision', from: 0, to: 1 }),
    '<h2>Alert budget</h2>',
    `<p>${escapeText(budgetText(r))}</p>`,
    '<h2>Found per attack class at 1 % false alarms</h2>',
    table(
      ['class', 'rows', ...r.detectors.map((d) => d.title), 'rows to the first found (default)'],
      ours.classes.map((c, i) => [
        c.name,
        String(c.rows),
        ...r.detectors.map((d) => pm(d.classes[i].found, percent)),
        pm(c.firstFound, (x) => x.toFixed(0)),
      ]),
      none,
    ),
    '<h2>Confusion at 1 % false alarms, first seed</h2>',
    table(
      ['detector', 'true positive', 'false positive', 'true negative', 'false negative', 'precision', 'F1'],
      r.detectors.map(({ title, confusion: c }) => [
        title,
        ...[c.truePositive, c.falsePositive, c.trueNegative, c.falseNegative].map(String),
        percent(c.precision),
        three(c.f1),
      ]),
      isDefault,
    ),
    '<h2>Threshold sweep of the default, first seed</h2>',
    table(['threshold', 'false alarms', 'found', 'precision', 'F1'], ours.sweep.map(sweep), none),
  ];
  if (r.learning.length > 0) {
    const last = r.learning.at(-1)!.rows;
    parts.push(
      '<h2>Learning curve of the default</h2>',
      linePlot(
        [
          { name: 'AUROC', points: r.learning.map((p) => ({ x: p.rows, y: p.auroc.mean })) },
          { name: 'found at 1 %', points: r.learning.map((p) => ({ x: p.rows, y: p.found.mean })) },
        ],
        { title: 'By rows learned from', x: 'rows', y: 'share', from: r.learning[0].rows, to: last, log: true },
      ),
    );
  }
  for (const a of r.attacks) {
    parts.push(
      `<h2>Attacker: ${a.kind}</h2><p>${escapeText(a.text)}.</p>`,
      linePlot(
        r.detectors.map((d) => ({
          name: d.title,
          points: a.points.map((p) => ({ x: p.strength, y: p.found[d.name].mean })),
        })),
        { title: 'Found at 1 % false alarms', x: 'strength', y: 'found', from: 0, to: 1 },
      ),
    );
  }
  const { names, matrix, pairs } = r.correlation;
  if (names.length > 1) {
    parts.push(
      '<h2>Feature correlation, benign rows</h2>',
      heatMap(names, matrix, 'Pearson correlation'),
      table(
        ['columns', 'and', 'r'],
        pairs.map((p) => [p.a, p.b, three(p.r)]),
        none,
      ),
    );
  }
  return page(`Wardwire evaluation: ${r.source}`, parts);
}

export function summaryText(r: EvaluateReport): string {
  const fit = r.fit === 'all' ? 'every row, unlabelled' : 'benign rows only, tested on held-back ones and the attacks';
  return `${r.benignRows} benign and ${r.attackRows} attack rows, ${r.columns.length} columns as ${r.features} features; learned from ${r.trainRows} rows (${fit}); ${r.seeds.length} seed${r.seeds.length === 1 ? '' : 's'} from ${r.seeds[0]}.`;
}

export function budgetText(r: EvaluateReport): string {
  const b = r.budget;
  return `${b.alertsPerWeek} alert${b.alertsPerWeek === 1 ? '' : 's'} a week at ${b.scoringsPerWeek} scorings a week is p ≤ ${b.p.toPrecision(3)}: ${pm(b.found, percent)} found, ${pm(b.falseAlarms, percent)} false alarms.`;
}

/** The report on labelled captures as one self-contained page. */
export function captureHtml(r: CaptureReport): string {
  const { verdicts: v } = r;
  const heads = r.learned[0].at.map((a) => (a.alarms === 0 ? 'above all benign' : `at ${percent(a.alarms)}`));
  return page(`Wardwire evaluation: ${r.source}`, [
    `<p>${escapeText(captureSummary(r))}</p>`,
    '<h2>Learned detectors alone</h2>',
    table(
      ['detector', 'AUROC', ...heads.map((h) => `windows ${h}`), ...heads.map((h) => `episodes ${h}`)],
      r.learned.map((d) => [
        d.title,
        three(d.auroc),
        ...d.at.map((a) => percent(a.windows)),
        ...d.at.map((a) => percent(a.episodes)),
      ]),
      (i) => r.learned[i].name === r.default,
    ),
    linePlot(
      r.learned.map((d) => ({ name: d.title, points: d.roc })),
      { title: 'ROC by window', x: 'false windows', y: 'windows found', from: 0, to: 1 },
    ),
    '<h2>All detectors, by episode</h2>',
    table(
      ['attack', 'scenario', 'from', 'to', 'found', 'first verdict after', 'told'],
      v.episodes.map((e) => [
        e.episode.attack,
        e.episode.scenario || '–',
        e.episode.actorIp,
        e.episode.victimIp || 'all',
        e.named ? 'under its name' : e.found ? 'yes' : 'no',
        Number.isNaN(e.firstS) ? '–' : `${e.firstS.toFixed(1)} s`,
        e.told.join(', '),
      ]),
      none,
    ),
    '<h2>False alerts</h2>',
    table(
      ['scenario', 'alerts'],
      Object.entries(v.falseByScenario).map(([s, n]) => [s, String(n)]),
      none,
    ),
  ]);
}

export function captureSummary(r: CaptureReport): string {
  const v = r.verdicts;
  const n = v.episodes.length;
  return `${n} episodes: ${v.found} found (${percent(v.found / n)}), ${v.named} of ${v.nameable} under their right name; ${v.falseAlerts} false alerts, ${v.promised.toFixed(2)} promised to ${r.devices} devices; ${r.trainRows} windows learned from, ${r.benignWindows} benign and ${r.attackWindows} attack windows scored, ${r.unscoredWindows} of types without a model.`;
}
