import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { skipWithout } from '../../support/prometheus.js';
import { projectRoot } from '../../support/wardwire.js';

// The shipped rules, judged by Prometheus' own tool: every alert has a case in which it fires and a near miss.
t.setTimeout(120_000);
const dir = join(projectRoot(), 'config', 'prometheus');
const RULES = ['wardwire-rules.yml', 'wardwire-alerts.yml'];

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

const rules = RULES.flatMap((file) =>
  (parse(readFileSync(join(dir, file), 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((g) => g.rules),
);
const alerts = rules.filter((r) => r.alert !== undefined);
const cases = readdirSync(join(dir, 'tests')).map((name) => join(dir, 'tests', name));

t.test('promtool: syntax, configuration, and every case', async (t) => {
  if (skipWithout(t, 'promtool')) return;
  const promtool = (...args: string[]): void => {
    const r = spawnSync('promtool', args, { encoding: 'utf8', cwd: dir });
    t.equal(r.status, 0, `promtool ${args.slice(0, 2).join(' ')}: ${r.stdout}${r.stderr}`);
  };
  promtool('check', 'rules', ...RULES);
  promtool('check', 'config', 'prometheus.yml');
  promtool('test', 'rules', ...cases);
});

t.test('every alert has a case that fires and one that does not', async (t) => {
  const text = cases.map((path) => readFileSync(path, 'utf8')).join('\n');
  for (const { alert } of alerts) {
    const checks = text.split('- expr: ALERTS').filter((c) => c.includes(`alertname="${alert}"`));
    t.ok(
      checks.some((c) => /exp_samples:\n/.test(c)),
      `${alert} fires`,
    );
    if (alert === 'WardwireAlertPath') continue;
    t.ok(
      checks.some((c) => c.includes('exp_samples: []')),
      `${alert} has a near miss`,
    );
  }
});

t.test('every metric of a rule or a screen is on the frozen list', async (t) => {
  const frozen = readFileSync(join(projectRoot(), 'tests', 'ops', 'metric-names.txt'), 'utf8');
  const names = new Set([...frozen.matchAll(/^(wardwire_\w+) (\w+)/gm)].map((m) => m[1]));
  // made when a scenario is found first, so not on the list of a sensor that has seen nothing
  names.add('wardwire_rule_findings_total');
  const recorded = new Set(rules.flatMap((r) => r.record ?? []));
  const screenDir = join(projectRoot(), 'config', 'grafana', 'dashboards');
  const texts = readdirSync(screenDir)
    .filter((f) => f !== 'history.json')
    .flatMap((f) => [...readFileSync(join(screenDir, f), 'utf8').matchAll(/"expr": "(.*)"/g)].map((m) => m[1]));
  for (const expr of [...rules.map((r) => r.expr), ...texts])
    for (const [word] of expr.matchAll(/[\w:]*\bwardwire_\w+[\w:]*|\w+:wardwire_[\w:]+/g)) {
      const base = word.replace(/_(bucket|sum|count)$/, '');
      t.ok(word.includes(':') ? recorded.has(word) : names.has(word) || names.has(base), word);
    }
});

t.test('form: names, severities, words for people, no address in a label', async (t) => {
  for (const r of alerts) {
    t.match(r.alert, /^Wardwire[A-Z][A-Za-z]+$/);
    t.match(r.labels?.severity, /^(critical|warning|info|none)$/, `${r.alert}: severity`);
    t.match(r.labels?.subject, /^(sensor|device|meta)$/, `${r.alert}: subject`);
    t.ok((r.annotations?.summary ?? '').replace(/\{\{.*?\}\}/g, '').length < 120, `${r.alert}: summary`);
    if (r.labels?.severity !== 'none')
      t.match(r.annotations?.description, /Safe next step: /, `${r.alert} says the safe next step`);
    t.notMatch(JSON.stringify(r), /mac=|addresses|patient_(id|name)/, `${r.alert}: nothing of people`);
  }
  for (const r of rules.filter((r) => r.record !== undefined)) {
    t.match(r.record, /^[a-z_]+:wardwire_[a-z_]+:[a-z0-9_]+$/, 'level:metric:operations');
    t.notMatch(r.expr, /\bby \(/, `${r.record}: without, not by`);
  }
});
