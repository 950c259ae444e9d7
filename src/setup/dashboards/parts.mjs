// What the screens are made of: panels that all look alike, queries that all find the chosen sensors.
import {
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

export const PROMETHEUS = 'prometheus';
export const INFLUX = 'influxdb';
const TIME_CHANGE = 2;
/** Matchers every query has: the job and the sensors chosen above. */
export const OF = 'job=~"$job",instance=~"$instance"';
/** A counter's rise a second. */
export const rate = (metric, more = '') => `rate(${metric}{${OF}${more}}[$__rate_interval])`;
/** A counter's rise over the time shown. */
export const rise = (metric, more = '') => `increase(${metric}{${OF}${more}}[$__range])`;
export const gauge = (metric, more = '') => `${metric}{${OF}${more}}`;
/** Silence of devices in the time of the capture: it does not grow while the mirror port is silent. */
export const silence = (more = '') =>
  `(max without (interface) (${gauge('wardwire_capture_last_packet_timestamp_seconds')})
  - on (job, instance) group_right () ${gauge('wardwire_device_last_seen_timestamp_seconds', more)})`;
/** Takes name, type and place of a device to its numbers. */
export const named = (expr, more = '') =>
  `${expr}
  * on (job, instance, device) group_left (name, device_type, location) ${gauge('wardwire_device_info', more)}`;

const source = (type) => ({ type, uid: '$datasource' });

/** One query; `instant` for tables and figures. */
export const query = (expr, legend, { instant = false, format } = {}) => {
  const q = new DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend ?? '')
    .datasource(source(PROMETHEUS));
  if (instant) q.instant();
  else q.range();
  return format === undefined ? q : q.format(format);
};

/** One InfluxQL query. */
export const influx = (text, alias, format = 'time_series') => ({
  build: () => ({
    datasource: source(INFLUX),
    query: text,
    rawQuery: true,
    resultFormat: format,
    ...(alias === undefined ? {} : { alias }),
  }),
});

function panel(builder, { title, about, unit, queries, width = 12, height = 8, steps, type = PROMETHEUS }) {
  builder.title(title).description(about).unit(unit).datasource(source(type)).span(width).height(height);
  queries.forEach((q, i) => {
    builder.withTarget({ build: () => ({ ...q.build(), refId: String.fromCharCode(65 + i) }) });
  });
  if (steps !== undefined)
    builder.thresholds(
      new ThresholdsConfigBuilder().mode('absolute').steps(steps.map(([value, color]) => ({ value, color }))),
    );
  return builder;
}

export const timeseries = (o) => {
  const p = panel(new TimeseriesBuilder(), o)
    .lineWidth(1)
    .fillOpacity(o.stacked ? 30 : 5)
    .legend(new VizLegendOptionsBuilder().showLegend(true).displayMode('list').placement('bottom').calcs([]))
    .tooltip(new VizTooltipOptionsBuilder().mode('multi').sort('desc'));
  if (o.min !== undefined) p.min(o.min);
  if (o.steps !== undefined) p.thresholdsStyle({ build: () => ({ mode: o.area ? 'area' : 'line' }) });
  if (o.stacked) p.stacking({ build: () => ({ mode: 'normal', group: 'A' }) });
  if (o.bars) p.drawStyle('bars');
  return p;
};

export const stat = (o) =>
  panel(new StatBuilder(), { width: 4, height: 4, ...o })
    .graphMode('none')
    .colorMode('value')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));

export const table = (o) => {
  const p = panel(new TableBuilder(), o).showHeader(true);
  if (o.drop !== undefined)
    p.withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(['Time', 'job', 'instance', ...o.drop].map((name) => [name, true])),
        renameByName: o.names ?? {},
      },
    });
  if (o.names?.device !== undefined)
    p.overrideByName(o.names.device, [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own placeholder
      { id: 'links', value: [{ title: 'This device', url: '/d/wardwire-device?var-device=${__value.raw}' }] },
    ]);
  return p;
};

const multi = (name, label, text) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(source(PROMETHEUS))
    .query(text)
    .refresh(TIME_CHANGE)
    .sort(1)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'] });

/** One device, chosen by its id. */
export const deviceVariable = () =>
  new QueryVariableBuilder('device')
    .label('Device')
    .datasource(source(PROMETHEUS))
    .query(`label_values(wardwire_device_info{${OF}}, device)`)
    .refresh(TIME_CHANGE)
    .sort(1)
    .multi(false);

/** Values of a tag of verdicts in InfluxDB. */
export const influxVariable = (tag, label) =>
  new QueryVariableBuilder(tag)
    .label(label)
    .datasource(source(INFLUX))
    .query(`SHOW TAG VALUES FROM "wardwire_verdict" WITH KEY = "${tag}"`)
    .refresh(TIME_CHANGE)
    .sort(1)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'] });

const dashboard = ({ uid, title, about, tags, type, variables, rows }) => {
  const d = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(['wardwire', ...tags])
    .readonly()
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .link({
      build: () => ({
        ...{ title: 'Wardwire', type: 'dashboards', icon: 'external link', tooltip: '', url: '', tags: ['wardwire'] },
        ...{ asDropdown: true, targetBlank: false, includeVars: true, keepTime: true },
      }),
    })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type(type));
  for (const v of variables) d.withVariable(v);
  let id = 0;
  for (const [name, panels] of rows) {
    d.withRow(new RowBuilder(name).id(++id));
    for (const p of panels) d.withPanel(p.id(++id));
  }
  return `${JSON.stringify(d.build(), null, 2)}\n`;
};

/** A screen on Prometheus; `rows`: [title, panels]. */
export const screen = (o) =>
  dashboard({
    ...o,
    tags: [],
    type: PROMETHEUS,
    variables: [
      multi('job', 'Job', 'label_values(wardwire_build_info, job)'),
      multi('instance', 'Instance', 'label_values(wardwire_build_info{job=~"$job"}, instance)'),
      ...(o.variables ?? []),
    ],
  });

/** A screen on InfluxDB. */
export const history = (o) => dashboard({ ...o, tags: ['history'], type: INFLUX, variables: o.variables ?? [] });
