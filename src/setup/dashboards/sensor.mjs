import { gauge, query, rate, rise, screen, stat, timeseries } from './parts.mjs';

const NOW = { instant: true };
const perSensor = (expr) => query(`sum by (instance) (${expr})`, '{{instance}}');
const p99 = (metric, by) => `histogram_quantile(0.99, sum by (le, ${by}) (${rate(`${metric}_bucket`)}))`;

/** The sensor itself: does it see everything, is it in time, does what it says arrive. */
export const sensor = () =>
  screen({
    uid: 'wardwire-sensor',
    title: 'Wardwire: sensor',
    about: 'Does it see everything, is it in time, does what it says arrive.',
    rows: [
      [
        'Now',
        [
          stat({
            title: 'Captures',
            about: '1 while the sensor process captures.',
            unit: 'bool_yes_no',
            queries: [query(`min(${gauge('wardwire_sensor_up')})`, '', NOW)],
            steps: [
              [null, 'red'],
              [1, 'green'],
            ],
          }),
          stat({
            title: 'Lost packets',
            about: 'Packets the kernel dropped in the time shown.',
            unit: 'short',
            queries: [query(`sum(${rise('wardwire_capture_kernel_drops_total')})`, '', NOW)],
            steps: [
              [null, 'green'],
              [1, 'red'],
            ],
          }),
          stat({
            title: 'Late verdicts',
            about: 'Verdicts handed over after the budget of their device type in the time shown.',
            unit: 'short',
            queries: [query(`sum(${rise('wardwire_sla_violations_total')})`, '', NOW)],
            steps: [
              [null, 'green'],
              [1, 'orange'],
            ],
          }),
          stat({
            title: 'Owed verdicts',
            about: 'Verdicts that wait for a sink.',
            unit: 'short',
            queries: [query(`sum(${gauge('wardwire_sink_queued')})`, '', NOW)],
          }),
          stat({
            title: 'Overload',
            about: 'Rung of the overload ladder in force, 0 none.',
            unit: 'short',
            queries: [query(`max(${gauge('wardwire_overload_rung')})`, '', NOW)],
            steps: [
              [null, 'green'],
              [1, 'red'],
            ],
          }),
          stat({
            title: 'Version',
            about: 'Version that runs.',
            unit: 'none',
            queries: [query(gauge('wardwire_build_info'), '{{version}}', NOW)],
          }),
        ],
      ],
      [
        'What it sees',
        [
          timeseries({
            title: 'Packets',
            about: 'Packets taken a second.',
            unit: 'pps',
            queries: [perSensor(rate('wardwire_capture_packets_total'))],
          }),
          timeseries({
            title: 'Traffic',
            about: 'Octets on the wire a second.',
            unit: 'Bps',
            queries: [perSensor(rate('wardwire_capture_bytes_total'))],
          }),
          timeseries({
            title: 'Packets not decoded under overload',
            about: 'By the more critical end of the conversation. Life-critical devices lose decoding last.',
            unit: 'pps',
            queries: [
              query(`sum by (criticality) (${rate('wardwire_overload_undecoded_packets_total')})`, '{{criticality}}'),
            ],
          }),
          timeseries({
            title: 'Doubts of its own sight',
            about:
              '1 while the sensor sees that it does not see everything, by reason; silence of devices is not judged while it is blind.',
            unit: 'short',
            queries: [
              query(`max by (reason) (${gauge('wardwire_sensor_doubt')})`, '{{reason}}'),
              query(`max(${gauge('wardwire_sensor_blind')})`, 'blind'),
            ],
          }),
          timeseries({
            title: 'Frames that no cable carries',
            about: 'Frames larger than the MTU: the network card joins packets, and sizes and counts are wrong.',
            unit: 'pps',
            queries: [perSensor(rate('wardwire_capture_oversize_frames_total'))],
          }),
          timeseries({
            title: 'Holes in TCP streams',
            about: 'Bytes that never came: lost before the sensor, or by it.',
            unit: 'ops',
            queries: [perSensor(rate('wardwire_reassembly_gaps_total'))],
          }),
          timeseries({
            title: 'Flows',
            about: 'Rows of the flow table in use and its limit.',
            unit: 'short',
            queries: [
              query(gauge('wardwire_flows_active'), '{{instance}}'),
              query(gauge('wardwire_flows_limit'), '{{instance}} limit'),
            ],
          }),
          timeseries({
            title: 'Oddities of the traffic',
            about: 'Named oddities, the most frequent ones.',
            unit: 'ops',
            queries: [query(`topk(10, sum by (name) (${rate('wardwire_weirds_total')}))`, '{{name}}')],
          }),
        ],
      ],
      [
        'Is it in time',
        [
          timeseries({
            title: 'Packet to verdict, 99 of 100',
            about:
              'From the deciding packet to the hand-over to the broker, by device type. Budgets: 25 ms for a ventilator, 50 ms for a monitor.',
            unit: 's',
            min: 0,
            queries: [query(`${p99('wardwire_verdict_latency_seconds', 'device_type')} >= 0`, '{{device_type}}')],
          }),
          timeseries({
            title: 'Stages, 99 of 100',
            about: 'Time of a verdict in each stage.',
            unit: 's',
            min: 0,
            queries: [query(p99('wardwire_stage_latency_seconds', 'stage'), '{{stage}}')],
          }),
          timeseries({
            title: 'Age of the newest sign of life',
            about: 'Of each thread and process; a service is restarted when one stands still.',
            unit: 's',
            min: 0,
            queries: [
              query(`time() - ${gauge('wardwire_thread_heartbeat_timestamp_seconds')}`, '{{instance}} {{thread}}'),
            ],
          }),
          timeseries({
            title: 'Clock against Prometheus',
            about: 'Difference of the sensor’s clock; up to a second is the age of the text.',
            unit: 's',
            queries: [
              query(
                `timestamp(${gauge('wardwire_clock_timestamp_seconds')}) - ${gauge('wardwire_clock_timestamp_seconds')}`,
                '{{instance}}',
              ),
            ],
          }),
        ],
      ],
      [
        'Does what it says arrive',
        [
          timeseries({
            title: 'Verdicts taken by sinks',
            about: 'Verdicts each sink has acknowledged, a second.',
            unit: 'ops',
            queries: [query(`sum by (sink) (${rate('wardwire_sink_published_total')})`, '{{sink}}')],
          }),
          timeseries({
            title: 'Owed to sinks',
            about: 'Verdicts that wait for each sink, in memory and in the log.',
            unit: 'short',
            queries: [query(`sum by (sink) (${gauge('wardwire_sink_queued')})`, '{{sink}}')],
          }),
          timeseries({
            title: 'Verdict log',
            about: 'Size on disk and its limit. A full log of delivered verdicts is as it should be.',
            unit: 'bytes',
            min: 0,
            queries: [
              query(gauge('wardwire_spool_bytes'), '{{instance}}'),
              query(gauge('wardwire_spool_limit_bytes'), '{{instance}} limit'),
            ],
          }),
          timeseries({
            title: 'Lost verdicts',
            about: 'Verdicts that left the full log while they were owed, by severity.',
            unit: 'short',
            queries: [query(`sum by (severity) (${rise('wardwire_spool_dropped_total')})`, '{{severity}}')],
          }),
        ],
      ],
      [
        'What it costs',
        [
          timeseries({
            title: 'Processor',
            about: 'Processor time of the control process; the sensor process is its child.',
            unit: 'percentunit',
            queries: [perSensor(rate('process_cpu_seconds_total'))],
          }),
          timeseries({
            title: 'Memory',
            about: 'Resident memory of the control process, and memory of TCP reassembly.',
            unit: 'bytes',
            queries: [
              query(gauge('process_resident_memory_bytes'), '{{instance}} control'),
              query(gauge('wardwire_reassembly_bytes'), '{{instance}} reassembly'),
            ],
          }),
        ],
      ],
    ],
  });
