import { query, rate, rise, screen, stat, table, timeseries } from './parts.mjs';

const NOW = { instant: true };
const TABLE = { instant: true, format: 'table' };
const quantile = (q) => `histogram_quantile(${q}, sum by (le) (${rate('wardwire_hl7_ack_latency_seconds_bucket')}))`;
const LINK = { sender: 'Sender', receiver: 'Receiver' };

/** HL7: links, messages, acknowledgements and how fast they come. */
export const hl7 = () =>
  screen({
    uid: 'wardwire-hl7',
    title: 'Wardwire: HL7',
    about: 'Links between senders and receivers, messages, and how fast they are acknowledged.',
    rows: [
      [
        'In the time shown',
        [
          stat({
            title: 'Messages',
            about: 'HL7 messages without acknowledgements.',
            unit: 'short',
            width: 6,
            queries: [query(`sum(${rise('wardwire_hl7_messages_total', ',message_code!="ACK"')})`, '', NOW)],
          }),
          stat({
            title: 'Refused',
            about: 'Negative acknowledgements.',
            unit: 'short',
            width: 6,
            queries: [query(`sum(${rise('wardwire_hl7_acks_total', ',code=~"AE|AR|CE|CR"')})`, '', NOW)],
          }),
          stat({
            title: 'Acknowledged within',
            about: 'Time within which half of the messages are acknowledged.',
            unit: 's',
            width: 6,
            queries: [query(quantile(0.5), '', NOW)],
          }),
          stat({
            title: 'Slowest of a hundred',
            about: 'Time within which 99 of 100 messages are acknowledged.',
            unit: 's',
            width: 6,
            queries: [query(quantile(0.99), '', NOW)],
          }),
        ],
      ],
      [
        'Messages and acknowledgements',
        [
          timeseries({
            title: 'Messages by code',
            about: 'Messages a second by message code (MSH-9.1).',
            unit: 'ops',
            queries: [query(`sum by (message_code) (${rate('wardwire_hl7_messages_total')}) > 0`, '{{message_code}}')],
          }),
          timeseries({
            title: 'Acknowledgements by code',
            about: 'AA and CA accept; AE, AR, CE and CR refuse.',
            unit: 'ops',
            queries: [query(`sum by (code) (${rate('wardwire_hl7_acks_total')})`, '{{code}}')],
          }),
          timeseries({
            title: 'Time to the acknowledgement',
            about: 'From the end of a message to its acknowledgement.',
            unit: 's',
            min: 0,
            width: 24,
            queries: [query(quantile(0.5), 'half'), query(quantile(0.9), '90 %'), query(quantile(0.99), '99 %')],
          }),
        ],
      ],
      [
        'Links',
        [
          table({
            title: 'Busiest links',
            about: 'Messages of each link in the time shown. Senders and receivers go by their device id.',
            unit: 'short',
            drop: [],
            names: { ...LINK, Value: 'Messages' },
            queries: [
              query(`topk(20, sum by (sender, receiver) (${rise('wardwire_hl7_link_messages_total')}))`, '', TABLE),
            ],
          }),
          table({
            title: 'Slowest links',
            about: 'Mean time to the acknowledgement in the time shown.',
            unit: 's',
            drop: [],
            names: { ...LINK, Value: 'Mean time' },
            queries: [
              query(
                `topk(20, sum by (sender, receiver) (${rise('wardwire_hl7_link_ack_latency_seconds_sum')})
  / (sum by (sender, receiver) (${rise('wardwire_hl7_link_ack_latency_seconds_count')}) > 0))`,
                '',
                TABLE,
              ),
            ],
          }),
          timeseries({
            title: 'Acknowledgements by link',
            about: 'Acknowledged messages a second.',
            unit: 'ops',
            queries: [
              query(`sum by (sender, receiver) (${rate('wardwire_hl7_link_acks_total')})`, '{{sender}} → {{receiver}}'),
            ],
          }),
          timeseries({
            title: 'Refused by link',
            about: 'Negative acknowledgements a second.',
            unit: 'ops',
            queries: [
              query(
                `sum by (sender, receiver) (${rate('wardwire_hl7_link_negative_acks_total')})`,
                '{{sender}} → {{receiver}}',
              ),
            ],
          }),
        ],
      ],
    ],
  });
