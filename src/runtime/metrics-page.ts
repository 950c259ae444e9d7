import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiveCounters, openFiles } from '../capture/index.js';
import type { Device, Verdict } from '../core/index.js';
import { createMetrics, type MetricFamily, renderDevices, renderSnapshot } from '../ops/index.js';
import { assembleSpec, defaultConfig } from './assemble.js';
import { METRIC_ADVICE, METRIC_GROUPS, NAMED_OTHERWISE } from './metrics-advice.js';
import { Pipeline } from './pipeline.js';
import { Sentry } from './sentry.js';
import { SharedCounters } from './shared-counters.js';

const SAMPLE: Device = {
  ...{ index: 0, id: 'd', type: 'ventilator', typeConfidence: 1, typePinned: true, criticality: 'life-critical' },
  ...{ name: 'n', location: null, vendor: null, model: null, software: null, serial: null, hostname: null },
  ...{ macs: [], addresses: [], firstUs: 1, lastUs: 1, evidence: [] },
};

/** Every metric of a live sensor: name, type, labels, help, sorted by name; those of the Node.js process are left out. */
export async function metricFamilies(): Promise<MetricFamily[]> {
  const metrics = await createMetrics({ version: '', budgets: {} });
  metrics.watchIncidents(() => ({ mutes: 0, acknowledged: 0 }));
  metrics.watchProgress(() => []);
  metrics.watchReload(() => ({ ok: true, successMs: 0 }));
  metrics.told.take({ device: { id: SAMPLE.id }, severity: 'low' } as Verdict, 1);
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-metrics-'));
  const options = { modelDir: null, evidenceDir: join(dir, 'evidence') };
  const whole = assembleSpec(defaultConfig(), { kind: 'live', interface: 'none' }, options);
  // one of two processes: with several there are some more
  const spec = { ...whole, share: { index: 0, of: 2, servers: [] } };
  const p = new Pipeline(spec, { verdict: () => undefined, train: () => undefined });
  const { counters, weirds } = p;
  new LiveCounters(counters);
  const settings = spec.settings.capture;
  const source = openFiles([], { speed: 'max', follow: false, settings, counters, weirds });
  new Sentry(spec.settings.trust, p, source);
  p.tallies.trained('ventilator', 'm', 1);
  const figures = {
    devices: new Map([['d', { device: 'd', score: 0.5, positions: new Float32Array(64).fill(0.5) }]]),
    links: new Map([['s r', { sender: 's', receiver: 'r', messages: 1, acks: 1, naks: 1, timed: 1, ackSeconds: 1 }]]),
  };
  const stats = { delivered: 1, octets: 1, received: 1, droppedKernel: 0, droppedInterface: 0, lastUs: 1 };
  const snapshot = {
    ...{ defs: counters.defs, values: counters.values, base: new Float64Array(0), weirds: { w: 1 }, figures },
    ...{ stats: { ...stats, bytesRead: 0, bytesTotal: -1 }, devicesByType: { ventilator: 1 } },
  };
  const known = { size: 1, byType: () => snapshot.devicesByType };
  const text = renderSnapshot(new SharedCounters(1).join([{ snapshot, up: true }], known));
  const from = { figures, told: metrics.told };
  const own = [
    ...metrics.families(),
    ...familiesOf(text + [...renderDevices([SAMPLE], { max: 1, featureDevices: 1 }, from)].join('')),
  ];
  await p.close();
  rmSync(dir, { recursive: true, force: true });
  return own.filter((f) => f.name.startsWith('wardwire_')).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Families of an exposition with at least one series each (text format 0.0.4). */
export function familiesOf(text: string): MetricFamily[] {
  const found = new Map<string, { name: string; help: string; type: string; labels: Set<string> }>();
  let now: { name: string; help: string; type: string; labels: Set<string> } | null = null;
  for (const line of text.split('\n')) {
    const help = /^# HELP (\S+) (.*)$/.exec(line);
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (help !== null) {
      now = found.get(help[1]) ?? { name: help[1], help: help[2], type: '', labels: new Set() };
      found.set(help[1], now);
    } else if (now !== null && type !== null) now.type = type[2];
    else if (now !== null && !line.startsWith('#')) {
      for (const [, label] of line.matchAll(/([a-z_]+)="/g))
        if (label !== 'le' && label !== 'quantile') now.labels.add(label);
    }
  }
  return [...found.values()].map((f) => ({ ...f, labels: [...f.labels] }));
}

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/_timestamp_seconds$/, 's since 1970'],
  [/_seconds(_total)?$/, 's'],
  [/_(bytes|octets)(_total)?$/, 'octets'],
  [/_ratio$/, '0 … 1'],
  [/_info$/, 'always 1'],
];

/** Unit of a metric by its name; '' for plain counts. */
export const unitOf = (name: string): string => UNITS.find(([ending]) => ending.test(name))?.[1] ?? '';

const HEAD = `# Metrics

Generated from code (\`npm run generate\`). What \`/metrics\` tells: on \`127.0.0.1:9844\` unless \`metrics.address\` and \`metrics.port\` say
otherwise, with TLS and passwords by \`metrics.web_config_file\`. Names, types, labels and help are kept: a test holds them against a list,
and one that changes is told in the changelog. Counters are of the running service and survive a sensor process that is started anew.
Series of single devices are bounded (\`metrics.device_series\`); \`device\` is an id, what is known of it is in \`wardwire_device_info\`.
The usual metrics of a Node.js process (\`process_…\`, \`nodejs_…\`) are those of the control process.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** `docs/metrics.md`. */
export function metricsPage(families: readonly MetricFamily[]): string {
  const out = [HEAD];
  const left = new Set(families);
  for (const [title, pattern] of METRIC_GROUPS) {
    const rows = [...left].filter((f) => pattern.test(f.name));
    if (rows.length === 0) continue;
    for (const f of rows) left.delete(f);
    out.push(
      `## ${title}`,
      '',
      '| metric | type | labels | unit | meaning | what to do |',
      '| --- | --- | --- | --- | --- | --- |',
    );
    for (const f of rows)
      out.push(
        `| \`${f.name}\` | ${f.type} | ${f.labels.join(', ')} | ${unitOf(f.name)} | ${cell(f.help)} | ${cell(METRIC_ADVICE[f.name] ?? '')} |`,
      );
    out.push('');
  }
  out.push(
    '## Told under another name',
    '',
    'What is often looked for under these names:',
    '',
    '| looked for | told as |',
    '| --- | --- |',
  );
  for (const [name, here] of NAMED_OTHERWISE) out.push(`| \`${name}\` | ${here} |`);
  return `${out.join('\n')}\n`;
}
