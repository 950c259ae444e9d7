import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { Ajv } from 'ajv';
import t from 'tap';
import { parse } from 'yaml';
import { DASHBOARD_SCHEMA } from '../../support/grafana-schema.js';
import { type Dashboard, filled, screens, targetsOf, type Variable } from '../../support/screens.js';
import { projectRoot } from '../../support/wardwire.js';

// The screens as files: current, valid, their queries PromQL, and the rules of Grafana's dashboard-linter.
const root = projectRoot();
const folder = join(root, 'config', 'grafana');
const texts = await screens();
const dashboards = Object.entries(texts).map(([path, text]) => ({ path, d: JSON.parse(text) as Dashboard }));
const onPrometheus = dashboards.filter(({ d }) => d.templating.list[0].query === 'prometheus');

t.test('current: the files are what the generator makes', async (t) => {
  for (const [path, text] of Object.entries(texts))
    t.ok(existsSync(join(root, path)) && readFileSync(join(root, path), 'utf8') === text, `${path} (npm run generate)`);
  t.same(
    readdirSync(join(folder, 'dashboards')).sort(),
    Object.keys(texts)
      .map((p) => p.split('/').at(-1))
      .sort(),
  ); // prettier-ignore
});

t.test('valid by JSON Schema, and what is not is refused', async (t) => {
  const valid = new Ajv({ allErrors: true, strict: false }).compile(DASHBOARD_SCHEMA);
  for (const { path, d } of dashboards) t.ok(valid(d), `${path}: ${JSON.stringify(valid.errors?.slice(0, 3))}`);
  const broken = (change: (d: Record<string, never>) => void): boolean => {
    const d = JSON.parse(Object.values(texts)[0]) as Record<string, never>;
    change(d);
    return valid(d) as boolean;
  };
  t.notOk(broken((d) => Object.assign(d, { panels: 'none' })));
  t.notOk(
    broken((d) => Object.assign(d, { surprise: 1 })),
    'an unknown key',
  ); // prettier-ignore
  t.notOk(broken((d) => Object.assign((d.panels as { gridPos: object }[])[1].gridPos, { h: '4' })));
});

/** Places in a query that are no PromQL. */
function errorsOf(expr: string): string[] {
  const errors: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) errors.push(`at ${node.from}: ${expr.slice(node.from, node.from + 20)}`);
    },
  });
  return errors;
}

t.test('every query is PromQL', async (t) => {
  t.same(errorsOf('sum(rate(a_total{b="c"}[5m]))'), []);
  t.not(errorsOf('sum(rate(a_total{b="c"}[5m])').length, 0, 'the parser finds what is wrong');
  for (const { path, d } of onPrometheus)
    for (const { panel, target } of targetsOf(d))
      t.same(
        errorsOf(filled(target.expr as string, { __rate_interval: '5m', __range: '6h' })),
        [],
        `${path} ${panel.title} ${target.refId}`,
      );
});

t.test('rules of the dashboard-linter', async (t) => {
  for (const { path, d } of dashboards) {
    t.equal(d.editable, false, `${path} is read-only`);
    const [source] = d.templating.list;
    t.match(source, { type: 'datasource', name: 'datasource', label: 'Data source' });
    for (const p of d.panels.filter((p) => p.type !== 'row')) {
      const at = `${path} ${p.title}`;
      t.ok((p.title ?? '') !== '' && (p.description ?? '') !== '', `${at}: title and description`);
      t.ok((p.fieldConfig?.defaults.unit ?? '') !== '', `${at}: unit`);
      t.equal(p.datasource?.uid, '$datasource', `${at}: data source chosen above`);
      t.ok((p.targets?.length ?? 0) > 0, `${at}: has queries`);
      const refs = p.targets?.map((x) => x.refId) ?? [];
      t.equal(new Set(refs).size, refs.length, `${at}: each query has its own letter`);
      for (const x of p.targets ?? []) t.equal(x.datasource.uid, '$datasource', `${at}: query’s data source`);
    }
  }
  for (const { path, d } of onPrometheus) {
    const variable = (name: string): Variable | undefined => d.templating.list.find((v) => v.name === name);
    for (const [name, label] of [
      ['job', 'Job'],
      ['instance', 'Instance'],
    ]) // prettier-ignore
      t.match(variable(name), {
        ...{ type: 'query', label, multi: true, allValue: '.+', refresh: 2 },
        ...{ datasource: { uid: '$datasource' }, query: /^label_values\(.+\)$/ },
      });
    for (const v of d.templating.list.filter((v) => v.type === 'query')) t.equal(v.refresh, 2, `${path} ${v.name}`);
    for (const { panel, target } of targetsOf(d)) {
      const expr = target.expr as string;
      const at = `${path} ${panel.title} ${target.refId}`;
      for (const selector of expr.matchAll(/\b((?:wardwire|process)_\w+)(\{[^}]*\})?/g)) {
        t.match(
          selector[2] ?? '',
          /job=~"\$job",instance=~"\$instance"/,
          `${at}: ${selector[1]} of the chosen sensors`,
        );
        const before = expr.slice(0, selector.index);
        if (/_(total|bucket|sum|count)$/.test(selector[1]))
          t.match(before, /(rate|irate|increase)\($/, `${at}: ${selector[1]} is a counter`);
      }
      for (const range of expr.matchAll(/\[([^\]]+)\]/g))
        t.ok(['$__rate_interval', '$__range'].includes(range[1]), `${at}: ${range[0]}`);
      if (/\brate\(/.test(expr)) t.match(expr, /\$__rate_interval/, at);
      t.notMatch(expr, /\$__interval\b/, at);
    }
  }
});

t.test('provisioning: every screen’s kind of data source is there', async (t) => {
  const read = (name: string): Record<string, unknown> =>
    parse(readFileSync(join(folder, 'provisioning', name, 'wardwire.yml'), 'utf8')) as Record<string, unknown>;
  const sources = read('datasources').datasources as { type: string; url: string; uid: string }[];
  for (const { d } of dashboards)
    t.ok(
      sources.some((s) => s.type === d.templating.list[0].query),
      d.uid,
    ); // prettier-ignore
  t.match(read('dashboards'), {
    apiVersion: 1,
    providers: [{ type: 'file', disableDeletion: true, options: { path: /^\// } }],
  });
  t.equal(new Set(dashboards.map(({ d }) => d.uid)).size, dashboards.length);
});
