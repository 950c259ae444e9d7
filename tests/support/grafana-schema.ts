/**
 * JSON Schema of the part of Grafana's dashboard model (schema version 36 and newer) that the shipped screens use. Strict: a key that is
 * not named here is an error, so a screen cannot use what nobody has looked up.
 */
const strict = (
  properties: Record<string, unknown>,
  required: readonly string[] = Object.keys(properties),
): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const text = { type: 'string', minLength: 1 };
const anyText = { type: 'string' };
const flag = { type: 'boolean' };
const count = { type: 'integer', minimum: 0 };
const list = (items: object): object => ({ type: 'array', items });
const open = { type: 'object' };

const source = strict({ type: { enum: ['prometheus', 'influxdb'] }, uid: { const: '$datasource' } });
const gridPos = strict({
  x: { type: 'integer', minimum: 0, maximum: 23 },
  y: count,
  w: { type: 'integer', minimum: 1, maximum: 24 },
  h: { type: 'integer', minimum: 1 },
});
const prometheusTarget = strict(
  {
    ...{ refId: { type: 'string', pattern: '^[A-Z]$' }, expr: text, legendFormat: anyText, datasource: source },
    ...{ instant: flag, range: flag, format: { enum: ['time_series', 'table', 'heatmap'] } },
  },
  ['refId', 'expr', 'datasource', 'instant', 'range'],
);
const influxTarget = strict(
  {
    ...{ refId: { type: 'string', pattern: '^[A-Z]$' }, query: text, rawQuery: { const: true }, datasource: source },
    ...{ resultFormat: { enum: ['time_series', 'table'] }, alias: anyText },
  },
  ['refId', 'query', 'rawQuery', 'resultFormat', 'datasource'],
);
const thresholds = strict({
  mode: { enum: ['absolute', 'percentage'] },
  steps: { ...list(strict({ value: { type: ['number', 'null'] }, color: text })), minItems: 1 },
});
const fieldConfig = strict({
  defaults: strict({ unit: text, min: { type: 'number' }, thresholds, custom: open }, ['unit']),
  overrides: list(
    strict({ matcher: strict({ id: text, options: anyText }), properties: list(strict({ id: text, value: {} })) }),
  ),
});
const panel = strict(
  {
    ...{ id: { type: 'integer', minimum: 1 }, type: { enum: ['timeseries', 'stat', 'table'] }, title: text },
    ...{ description: text, datasource: source, gridPos, fieldConfig, options: open, transparent: flag },
    ...{
      repeatDirection: { enum: ['h', 'v'] },
      targets: { ...list({ oneOf: [prometheusTarget, influxTarget] }), minItems: 1 },
    },
    transformations: list(strict({ id: text, options: open })),
  },
  ['id', 'type', 'title', 'description', 'datasource', 'gridPos', 'fieldConfig', 'options', 'targets'],
);
const row = strict({
  ...{ id: { type: 'integer', minimum: 1 }, type: { const: 'row' }, title: text, gridPos },
  ...{ collapsed: flag, panels: { type: 'array', maxItems: 0 } },
});
const variable = strict(
  {
    ...{ type: { enum: ['datasource', 'query'] }, name: text, label: text, query: text, datasource: source },
    ...{ refresh: { enum: [0, 1, 2] }, sort: count, multi: flag, includeAll: flag, allValue: anyText },
    ...{ current: strict({ text: {}, value: {} }), skipUrlSync: flag, allowCustomValue: flag },
    // kept by every kind of variable
    ...{ auto: flag, auto_min: anyText, auto_count: count },
  },
  ['type', 'name', 'label', 'query'],
);
const link = strict({
  ...{ title: text, type: { enum: ['link', 'dashboards'] }, icon: anyText, tooltip: anyText, url: anyText },
  ...{ tags: list(text), asDropdown: flag, targetBlank: flag, includeVars: flag, keepTime: flag },
});

export const DASHBOARD_SCHEMA = strict(
  {
    ...{ uid: { type: 'string', pattern: '^[a-z0-9-]{1,40}$' }, title: text, description: text, tags: list(text) },
    ...{ timezone: text, editable: flag, graphTooltip: { enum: [0, 1, 2] }, fiscalYearStartMonth: count },
    ...{ schemaVersion: { type: 'integer', minimum: 36 }, refresh: text, time: strict({ from: text, to: text }) },
    ...{ templating: strict({ list: list(variable) }), annotations: open, links: list(link) },
    panels: { ...list({ oneOf: [panel, row] }), minItems: 2 },
  },
  ['uid', 'title', 'description', 'tags', 'editable', 'schemaVersion', 'time', 'templating', 'panels'],
);
