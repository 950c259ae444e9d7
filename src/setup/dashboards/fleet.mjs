import { gauge, named, query, rate, rise, screen, silence, stat, table, timeseries } from './parts.mjs';

const FORMAT = { instant: true, format: 'table' };
const DROP = ['criticality'];
const NAMES = { device: 'Device', name: 'Name', device_type: 'Type', location: 'Place' };

/** Everything at one look: are the sensors well, and which devices are not. */
export const fleet = () =>
  screen({
    uid: 'wardwire-fleet',
    title: 'Wardwire: all devices',
    about: 'Are the sensors well, what did they say, and which devices are odd or silent.',
    rows: [
      [
        'Now',
        [
          stat({
            title: 'Sensors that watch',
            about: 'Sensors that capture. Fewer than there are: see the screen of the sensor.',
            unit: 'short',
            queries: [query(`sum(${gauge('wardwire_sensor_up')})`, '', { instant: true })],
            steps: [
              [null, 'red'],
              [1, 'green'],
            ],
          }),
          stat({
            title: 'Devices',
            about: 'Devices in the tables of the sensors.',
            unit: 'short',
            queries: [query(`sum(${gauge('wardwire_devices')})`, '', { instant: true })],
          }),
          stat({
            title: 'With a patient',
            about: 'Devices whose vital signs or therapy messages flow now.',
            unit: 'short',
            queries: [query(`sum(${gauge('wardwire_device_patient_connected')})`, '', { instant: true })],
          }),
          stat({
            title: 'Open incidents',
            about: 'Incidents that go on, and how many of them nobody has acknowledged.',
            unit: 'short',
            queries: [
              query(`sum(${gauge('wardwire_incidents_open')})`, 'open', { instant: true }),
              query(`sum(${gauge('wardwire_incidents_acknowledged')})`, 'acknowledged', { instant: true }),
            ],
          }),
          stat({
            title: 'Critical verdicts',
            about: 'Verdicts of severity critical in the time shown.',
            unit: 'short',
            queries: [query(`sum(${rise('wardwire_verdicts_total', ',severity="critical"')})`, '', { instant: true })],
            steps: [
              [null, 'green'],
              [1, 'red'],
            ],
          }),
          stat({
            title: 'Packets',
            about: 'Packets a second that reach the sensors. Nothing: cable, mirror session or switch.',
            unit: 'pps',
            queries: [query(`sum(${rate('wardwire_capture_packets_total')})`, '', { instant: true })],
            steps: [
              [null, 'red'],
              [0.01, 'green'],
            ],
          }),
        ],
      ],
      [
        'Verdicts',
        [
          timeseries({
            title: 'Verdicts by severity',
            about: 'Verdicts handed over, by severity.',
            unit: 'short',
            bars: true,
            stacked: true,
            queries: [
              query(
                `sum by (severity) (increase(wardwire_verdicts_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`,
                '{{severity}}',
              ),
            ],
          }),
          table({
            title: 'Devices with most verdicts',
            about: 'Verdicts about each device since its sensor started.',
            unit: 'short',
            drop: DROP,
            names: { ...NAMES, Value: 'Verdicts' },
            queries: [
              query(
                `topk(15, ${named(`sum without () (increase(wardwire_device_verdicts_total{job=~"$job",instance=~"$instance"}[$__range]))`)})`,
                '',
                FORMAT,
              ),
            ],
          }),
        ],
      ],
      [
        'Devices',
        [
          table({
            title: 'Oddest devices',
            about: 'Score of the learned detectors: 0 ordinary, 1 as far from the type’s normal as can be said.',
            unit: 'percentunit',
            drop: DROP,
            names: { ...NAMES, Value: 'Score' },
            queries: [query(`topk(15, ${named(gauge('wardwire_device_anomaly_score_ratio'))})`, '', FORMAT)],
          }),
          table({
            title: 'Life-critical devices and monitors by silence',
            about: 'Time since the last packet of each, in the time of the capture.',
            unit: 's',
            drop: DROP,
            names: { ...NAMES, Value: 'Silence' },
            queries: [query(`topk(15, ${named(silence(), ',criticality=~"life-critical|high"')})`, '', FORMAT)],
          }),
          timeseries({
            title: 'Devices by type',
            about: 'Devices seen, by the type the sensor gave them or the operator set.',
            unit: 'short',
            stacked: true,
            queries: [query(`sum by (device_type) (${gauge('wardwire_devices_by_type')})`, '{{device_type}}')],
          }),
          timeseries({
            title: 'Learning',
            about: 'Devices whose learned behaviour waits for approval, and those it was approved of.',
            unit: 'short',
            queries: [
              query(`sum(${gauge('wardwire_devices_in_review')})`, 'in review'),
              query(`sum(${gauge('wardwire_devices_enforcing')})`, 'approved'),
            ],
          }),
        ],
      ],
    ],
  });
