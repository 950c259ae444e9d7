import { INFLUX, influx, influxVariable, history as screen, stat, table, timeseries } from './parts.mjs';

const FROM = `FROM "wardwire_verdict" WHERE $timeFilter AND "site" =~ /^$site$/ AND "device_type" =~ /^$device_type$/`;
const count = (by, where = '') => `SELECT count("seq") ${FROM}${where} GROUP BY time($__interval)${by} fill(0)`;
const on = (o) => ({ type: INFLUX, ...o });

/** Verdicts of months, from InfluxDB: the sensor's own sink or Telegraf's, which write the same points. */
export const history = () =>
  screen({
    uid: 'wardwire-history',
    title: 'Wardwire: history',
    about: 'Verdicts of weeks and months, from InfluxDB.',
    variables: [influxVariable('site', 'Site'), influxVariable('device_type', 'Device type')],
    rows: [
      [
        'In the time shown',
        [
          stat(
            on({
              title: 'Verdicts',
              about: 'Verdicts, with updates of incidents that go on.',
              unit: 'short',
              width: 6,
              queries: [influx(`SELECT count("seq") ${FROM}`, 'verdicts')],
            }),
          ),
          stat(
            on({
              title: 'Critical',
              about: 'Verdicts of severity critical.',
              unit: 'short',
              width: 6,
              queries: [influx(`SELECT count("seq") ${FROM} AND "severity" = 'critical'`, 'critical')],
            }),
          ),
          stat(
            on({
              title: 'Packet to verdict, 99 of 100',
              about: 'Time from the deciding packet to the hand-over.',
              unit: 'ms',
              width: 6,
              queries: [influx(`SELECT percentile("latency_ms", 99) ${FROM}`, 'latency')],
            }),
          ),
          stat(
            on({
              title: 'In time',
              about: 'Verdicts that were handed over within the budget of their device type.',
              unit: 'short',
              width: 6,
              queries: [influx(`SELECT count("seq") ${FROM} AND "within_budget" = true`, 'in time')],
            }),
          ),
        ],
      ],
      [
        'What was said',
        [
          timeseries(
            on({
              title: 'Verdicts by severity',
              about: 'Verdicts by severity.',
              unit: 'short',
              bars: true,
              stacked: true,
              queries: [influx(count(', "severity"'), '$tag_severity')],
            }),
          ),
          timeseries(
            on({
              title: 'Verdicts by device type',
              about: 'Verdicts by the type of the device they are about.',
              unit: 'short',
              bars: true,
              stacked: true,
              queries: [influx(count(', "device_type"'), '$tag_device_type')],
            }),
          ),
          table(
            on({
              title: 'Scenarios',
              about: 'Verdicts by what they name: docs/threats.md says what each means.',
              unit: 'short',
              queries: [influx(`SELECT count("seq") AS "verdicts" ${FROM} GROUP BY "scenario"`, undefined, 'table')],
            }),
          ),
          timeseries(
            on({
              title: 'Packet to verdict, 99 of 100',
              about: 'By device type.',
              unit: 'ms',
              min: 0,
              queries: [
                influx(
                  `SELECT percentile("latency_ms", 99) ${FROM} GROUP BY time($__interval), "device_type" fill(none)`,
                  '$tag_device_type',
                ),
              ],
            }),
          ),
          table(
            on({
              title: 'Newest critical verdicts',
              about: 'With their reason and the safe step.',
              unit: 'short',
              width: 24,
              height: 12,
              queries: [
                influx(
                  `SELECT "device", "message", "safe_step", "score", "incident_count" ${FROM} AND "severity" = 'critical' ORDER BY time DESC LIMIT 100`,
                  undefined,
                  'table',
                ),
              ],
            }),
          ),
        ],
      ],
    ],
  });
