import { deviceVariable, gauge, query, screen, silence, stat, table, timeseries } from './parts.mjs';

const ONE = ',device="$device"';
const NOW = { instant: true };

/** One device: who it is, how odd it is, where its features lie, what was said of it, how long it is silent. */
export const device = () =>
  screen({
    uid: 'wardwire-device',
    title: 'Wardwire: one device',
    about: 'Score, features against what is usual, verdicts and silence of one device.',
    variables: [deviceVariable()],
    rows: [
      [
        'Who it is',
        [
          table({
            title: 'Device',
            about: 'What is known of it. Host names are shown without words that could be a person’s name.',
            unit: 'short',
            width: 12,
            height: 4,
            drop: ['Value', '__name__'],
            queries: [query(gauge('wardwire_device_info', ONE), '', { instant: true, format: 'table' })],
          }),
          stat({
            title: 'Last packet',
            about: 'Capture time of its newest packet, told once a minute.',
            unit: 'dateTimeFromNow',
            queries: [query(`${gauge('wardwire_device_last_seen_timestamp_seconds', ONE)} * 1000`, '', NOW)],
          }),
          stat({
            title: 'Patient connected',
            about: '1 while vital signs or therapy messages flow from it: do not disconnect it.',
            unit: 'bool_yes_no',
            queries: [query(gauge('wardwire_device_patient_connected', ONE), '', NOW)],
            steps: [
              [null, 'text'],
              [1, 'orange'],
            ],
          }),
          stat({
            title: 'Verdicts',
            about: 'Verdicts about it since its sensor started.',
            unit: 'short',
            queries: [
              query(
                `sum(increase(wardwire_device_verdicts_total{job=~"$job",instance=~"$instance"${ONE}}[$__range]))`,
                '',
                NOW,
              ),
            ],
          }),
        ],
      ],
      [
        'How odd it is',
        [
          timeseries({
            title: 'Score',
            about:
              'Score of the learned detectors and the threshold above which a scoring counts as odd. One odd scoring is no verdict: it has to persist.',
            unit: 'percentunit',
            min: 0,
            queries: [
              query(gauge('wardwire_device_anomaly_score_ratio', ONE), 'score'),
              query(gauge('wardwire_anomaly_threshold_ratio'), 'threshold'),
            ],
          }),
          timeseries({
            title: 'Features against what is usual',
            about:
              'Where each feature lies in the usual range of this device: 0 the lower end, 1 the upper. Outside the band it is unusual.',
            unit: 'none',
            area: true,
            steps: [
              [null, 'orange'],
              [0, 'transparent'],
              [1, 'orange'],
            ],
            queries: [query(gauge('wardwire_device_feature_position_ratio', ONE), '{{feature}}')],
          }),
        ],
      ],
      [
        'What was said of it, and its silence',
        [
          timeseries({
            title: 'Verdicts',
            about: 'Verdicts handed over about it.',
            unit: 'short',
            bars: true,
            queries: [
              query(
                `sum(increase(wardwire_device_verdicts_total{job=~"$job",instance=~"$instance"${ONE}}[$__rate_interval]))`,
                'verdicts',
              ),
            ],
          }),
          table({
            title: 'Newest verdict of each severity',
            about: 'How long ago a verdict of this severity was handed over.',
            unit: 's',
            drop: ['device'],
            names: { severity: 'Severity', Value: 'Ago' },
            queries: [
              query(`time() - ${gauge('wardwire_device_last_verdict_timestamp_seconds', ONE)}`, '', {
                instant: true,
                format: 'table',
              }),
            ],
          }),
          timeseries({
            title: 'Silence',
            about:
              'Time since its last packet, in the time of the capture, against the limit of its type; told once a minute, so up to 65 s are no silence.',
            unit: 's',
            min: 0,
            width: 24,
            queries: [
              query(silence(ONE), 'silence'),
              query(
                `${gauge('wardwire_silence_limit_seconds')}
  and on (job, instance, device_type) ${gauge('wardwire_device_info', ONE)}`,
                'limit of its type',
              ),
            ],
          }),
        ],
      ],
    ],
  });
