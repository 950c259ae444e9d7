import type { AppEvent, Counters, DicomCommand, Profile } from '../core/index.js';

/** Edges of HL7 acknowledgement times, seconds: engines answer in milliseconds, people's programs in seconds. */
const ACK_EDGES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Ways of an association (PS3.8 7.1 to 7.4). */
const OUTCOMES = ['requested', 'accepted', 'rejected', 'released', 'aborted', 'unclean'] as const;
type Outcome = (typeof OUTCOMES)[number];
const EVENT_OUTCOME: Readonly<Record<string, Outcome>> = {
  'dicom.associate.rq': 'requested',
  'dicom.associate.ac': 'accepted',
  'dicom.associate.rj': 'rejected',
  'dicom.release.rp': 'released',
  'dicom.abort': 'aborted',
  'dicom.unclean_close': 'unclean',
};
/** DIMSE services (PS3.7 9.1, 10.1); `other` for what no table has. */
const SERVICES = [
  ...['C-ECHO', 'C-STORE', 'C-FIND', 'C-MOVE', 'C-GET', 'C-CANCEL'],
  ...['N-EVENT-REPORT', 'N-GET', 'N-SET', 'N-ACTION', 'N-CREATE', 'N-DELETE', 'other'],
];
/** Classes of a response's status (PS3.7 Annex C), and `request` for the others. */
const STATUSES = ['request', 'success', 'pending', 'warning', 'cancel', 'failure'] as const;
/** Message codes of HL7 v2 (table 0076) that hospitals exchange; the rest is `other`. */
const MESSAGES = [
  ...[
    'ACK',
    'ADT',
    'BAR',
    'DFT',
    'MDM',
    'MFN',
    'OML',
    'OMG',
    'OMP',
    'ORM',
    'ORR',
    'ORU',
    'OUL',
    'QBP',
    'RDE',
    'RGV',
    'RSP',
  ],
  ...['SIU', 'VXU', 'other'],
];
const ACK_CODES = ['AA', 'AE', 'AR', 'CA', 'CE', 'CR', 'other'];

/** Protocols whose decoders tell of messages; `other` are oddities and services known by their first bytes. */
const TELLERS = ['dicom', 'hl7', 'http', 'mqtt', 'dns', 'dhcp', 'tls', 'smb', 'vitals', 'discovery', 'other'];

/** Class of a DIMSE status (PS3.7 Annex C.1 to C.5). */
export function statusClass(status: number): (typeof STATUSES)[number] {
  if (status < 0) return 'request';
  if (status === 0) return 'success';
  if (status === 0xff00 || status === 0xff01) return 'pending';
  if (status === 0xfe00) return 'cancel';
  return status === 0x0001 || status === 0x0107 || status === 0x0116 || status >> 12 === 0xb ? 'warning' : 'failure';
}

/** Counts what DICOM and HL7 said, in closed sets of words, and tells of device types what alerting rules need. */
export class Tallies {
  readonly #counters: Counters;
  readonly #outcomes: Readonly<Record<Outcome, number>>;
  readonly #commands = new Map<string, number>();
  readonly #octets: number;
  readonly #messages = new Map<string, number>();
  readonly #acks = new Map<string, number>();
  readonly #latency: number;
  readonly #trained = new Map<string, number>();
  readonly #models = new Map<string, number>();
  readonly #protocols = new Map<string, number>();
  /** Counter of each kind of event. */
  readonly #told = new Map<string, number>();

  constructor(counters: Counters, profiles: readonly Profile[]) {
    this.#counters = counters;
    const associations = 'DICOM associations by what became of them.';
    this.#outcomes = Object.fromEntries(
      OUTCOMES.map((outcome) => [
        outcome,
        counters.define('counter', 'wardwire_dicom_associations_total', associations, { outcome }),
      ]),
    ) as Record<Outcome, number>;
    for (const service of SERVICES) {
      for (const status of STATUSES) {
        const help = 'DIMSE commands: requests, and responses by class of their status.';
        const i = counters.define('counter', 'wardwire_dicom_commands_total', help, { service, status });
        this.#commands.set(`${service} ${status}`, i);
      }
    }
    this.#octets = counters.define('counter', 'wardwire_dicom_dataset_bytes_total', 'Octets of DICOM data sets.');
    for (const message_code of MESSAGES) {
      const help = 'HL7 messages by message code (MSH-9.1).';
      this.#messages.set(
        message_code,
        counters.define('counter', 'wardwire_hl7_messages_total', help, { message_code }),
      );
    }
    for (const code of ACK_CODES) {
      const help = 'HL7 acknowledgements by code (MSA-1).';
      this.#acks.set(code, counters.define('counter', 'wardwire_hl7_acks_total', help, { code }));
    }
    for (const protocol of TELLERS) {
      const told = 'What decoders told, by protocol: commands, messages, acknowledgements, openings and ends.';
      this.#protocols.set(protocol, counters.define('counter', 'wardwire_parser_messages_total', told, { protocol }));
    }
    for (const p of profiles) this.#readiness(p.type);
    const help = 'Time from the end of an HL7 message to its acknowledgement.';
    this.#latency = counters.histogram('wardwire_hl7_ack_latency_seconds', help, ACK_EDGES);
    for (const p of profiles) {
      const device_type = p.type;
      const limit = 'Silence of a device of this type that is out of the ordinary, where it has a limit.';
      if (p.silenceS > 0)
        counters.values[counters.define('gauge', 'wardwire_silence_limit_seconds', limit, { device_type })] =
          p.silenceS;
    }
  }

  event(ev: AppEvent): void {
    const { values } = this.#counters;
    values[this.#told.get(ev.kind) ?? this.#teller(ev.kind)]++;
    const outcome = EVENT_OUTCOME[ev.kind];
    if (outcome !== undefined) values[this.#outcomes[outcome]]++;
    else if (ev.kind === 'dicom.command') this.#command(ev);
    else if (ev.kind === 'dicom.dataset') values[this.#octets] += ev.octets;
    else if (ev.kind === 'hl7.message') this.#count(this.#messages, ev.messageType.slice(0, 3));
    else if (ev.kind === 'hl7.ack') {
      this.#count(this.#acks, ev.code);
      if (ev.latencyUs >= 0) this.#counters.observe(this.#latency, ACK_EDGES, ev.latencyUs / 1e6);
    }
  }

  /** A device type has a model of this id, whose newest row is of this time, µs. */
  trained(type: string, id: string, untilUs: number): void {
    const { values } = this.#counters;
    const before = this.#models.get(type);
    if (before !== undefined) values[before] = Number.NaN;
    const info = this.#counters.define(
      'gauge',
      'wardwire_model_info',
      'A model in use: always 1, its id in the labels.',
      {
        device_type: type,
        model: id,
      },
    );
    this.#models.set(type, info);
    this.#counters.values[info] = 1;
    this.#counters.values[this.#readiness(type)] = 1;
    const help = 'Time of the newest row the model of a device type was trained on.';
    const i =
      this.#trained.get(type) ??
      this.#counters.define('gauge', 'wardwire_model_trained_timestamp_seconds', help, { device_type: type });
    this.#trained.set(type, i);
    this.#counters.values[i] = untilUs / 1e6;
  }

  #readiness(type: string): number {
    const help = '1 when a device type has a model that scores its devices.';
    return this.#counters.define('gauge', 'wardwire_baseline_ready', help, { device_type: type });
  }

  /** Where what this kind tells is counted: by the part of it before the first dot. */
  #teller(kind: AppEvent['kind']): number {
    const i = this.#protocols.get(kind.split('.')[0]) ?? (this.#protocols.get('other') as number);
    this.#told.set(kind, i);
    return i;
  }

  #command(ev: DicomCommand): void {
    const service = ev.name.replace(/-(RQ|RSP)$/, '');
    const known = SERVICES.includes(service) ? service : 'other';
    this.#counters.values[this.#commands.get(`${known} ${statusClass(ev.status)}`) as number]++;
  }

  #count(of: ReadonlyMap<string, number>, word: string): void {
    this.#counters.values[of.get(word) ?? (of.get('other') as number)]++;
  }
}
