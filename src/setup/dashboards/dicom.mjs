import { query, rate, rise, screen, stat, table, timeseries } from './parts.mjs';

const NOW = { instant: true };

/** DICOM: associations, commands, responses. */
export const dicom = () =>
  screen({
    uid: 'wardwire-dicom',
    title: 'Wardwire: DICOM',
    about: 'Associations, DIMSE commands and what became of them.',
    rows: [
      [
        'In the time shown',
        [
          stat({
            title: 'Associations',
            about: 'Associations that were accepted.',
            unit: 'short',
            width: 6,
            queries: [query(`sum(${rise('wardwire_dicom_associations_total', ',outcome="accepted"')})`, '', NOW)],
          }),
          stat({
            title: 'Rejected',
            about: 'Associations that were rejected: wrong AE titles, or somebody who tries them.',
            unit: 'short',
            width: 6,
            queries: [query(`sum(${rise('wardwire_dicom_associations_total', ',outcome="rejected"')})`, '', NOW)],
          }),
          stat({
            title: 'Failed operations',
            about: 'Responses with a status of failure.',
            unit: 'short',
            width: 6,
            queries: [query(`sum(${rise('wardwire_dicom_commands_total', ',status="failure"')})`, '', NOW)],
          }),
          stat({
            title: 'Data',
            about: 'Octets of data sets.',
            unit: 'bytes',
            width: 6,
            queries: [query(`sum(${rise('wardwire_dicom_dataset_bytes_total')})`, '', NOW)],
          }),
        ],
      ],
      [
        'Associations',
        [
          timeseries({
            title: 'Associations by outcome',
            about:
              'Requested, accepted, rejected, released, aborted, and TCP connections that ended under an association.',
            unit: 'ops',
            queries: [query(`sum by (outcome) (${rate('wardwire_dicom_associations_total')})`, '{{outcome}}')],
          }),
          timeseries({
            title: 'Data',
            about: 'Octets of data sets a second.',
            unit: 'Bps',
            queries: [query(`sum by (instance) (${rate('wardwire_dicom_dataset_bytes_total')})`, '{{instance}}')],
          }),
        ],
      ],
      [
        'Operations',
        [
          timeseries({
            title: 'Requests by service',
            about: 'DIMSE requests a second.',
            unit: 'ops',
            queries: [
              query(`sum by (service) (${rate('wardwire_dicom_commands_total', ',status="request"')})`, '{{service}}'),
            ],
          }),
          timeseries({
            title: 'Responses by status',
            about: 'DIMSE responses a second, by class of their status.',
            unit: 'ops',
            queries: [
              query(`sum by (status) (${rate('wardwire_dicom_commands_total', ',status!="request"')})`, '{{status}}'),
            ],
          }),
          timeseries({
            title: 'Connections that could not be read',
            about: 'Flows the DICOM decoder gave up on.',
            unit: 'ops',
            queries: [
              query(
                `sum by (instance) (${rate('wardwire_parser_failures_total', ',protocol="dicom"')})`,
                '{{instance}}',
              ),
            ],
          }),
          table({
            title: 'Findings',
            about: 'What the rules found in DICOM since the sensors started, before it became incidents.',
            unit: 'short',
            drop: [],
            names: { scenario: 'Scenario', Value: 'Findings' },
            queries: [
              query(
                `topk(20, sum by (scenario) (${rise('wardwire_rule_findings_total', ',scenario=~"dicom.+"')}))`,
                '',
                { instant: true, format: 'table' },
              ),
            ],
          }),
        ],
      ],
    ],
  });
