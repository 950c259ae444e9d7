import { jsDistance } from './entropy.js';
import { type Ask, type FeatureEntry, ratio } from './entry.js';
import { type Hl7Stats, HMin, HSec, TYPES } from './hl7-stats.js';

/** NaN for a device that has not spoken HL7. */
const of =
  (read: (s: Hl7Stats, a: Ask) => number) =>
  (a: Ask): number => {
    const s = a.columns.cold[a.device]?.hl7;
    return s === undefined || s === null ? Number.NaN : read(s, a);
  }; // prettier-ignore
const share = (part: number, whole: number) =>
  of((s, a) => ratio(s.min.sum(part, 10, a.tsUs), s.min.sum(whole, 10, a.tsUs)));

/** Group D: HL7 at a device, as sender or listener; rate over 60 s, the rest over 10 min. */
export const GROUP_D: readonly FeatureEntry[] = [
  {
    name: 'h_msg_rate',
    group: 'D',
    unit: '1/min',
    transform: 'log1p',
    source: '48',
    label: 'HL7 messages a minute',
    text: 'HL7 messages sent and received in the last 60 s.',
    read: of((s, a) => s.sec.sum(HSec.Messages, 60, a.tsUs)),
  },
  {
    name: 'h_type_js',
    group: 'D',
    unit: 'ratio',
    transform: 'linear',
    source: '49: Jensen–Shannon on MSH-9',
    label: 'change of the mix of HL7 message types',
    text: 'Jensen–Shannon distance of message types (5 to 10 min) from the learned mix.',
    read: of((s, a) => {
      s.turnTypes(a.tsUs, a.learning);
      return jsDistance(TYPES, s.types, 0, TYPES, s.types, 2 * TYPES);
    }),
  },
  {
    name: 'h_new_tuple',
    group: 'D',
    unit: 'count',
    transform: 'log1p',
    source: '50: MSH-3…6 and host',
    label: 'HL7 senders never seen before',
    text: 'Distinct (MSH-3, 4, 5, 6, host) that the learned set lacks, 10 min.',
    read: of((s, a) => s.newTuples.count(a.sec)),
  },
  {
    name: 'h_ack_neg_ratio',
    group: 'D',
    unit: 'ratio',
    transform: 'linear',
    source: '51: MSA-1',
    label: 'share of negative acknowledgements',
    text: 'AE, AR, CE and CR over acknowledgements, 10 min.',
    read: share(HMin.AcksNegative, HMin.Acks),
  },
  {
    name: 'h_ack_p95',
    group: 'D',
    unit: 'ms',
    transform: 'log1p',
    source: '52',
    label: 'HL7 acknowledgement time',
    text: '95th percentile of the time from message end to acknowledgement, last 64.',
    read: of((s) => s.ackMs.quantile(0.95)),
  },
  {
    name: 'h_unacked',
    group: 'D',
    unit: 'count',
    transform: 'log1p',
    source: '53',
    label: 'HL7 messages without acknowledgement',
    text: 'Messages unanswered for longer than the time-out, 10 min.',
    read: of((s, a) => s.unacked(a.tsUs, a.ackTimeoutUs)),
  },
  {
    name: 'h_dup_id_ratio',
    group: 'D',
    unit: 'ratio',
    transform: 'linear',
    source: '54: MSH-10',
    label: 'share of HL7 control ids used again',
    text: 'Messages with a control id seen before on another body over messages, 10 min.',
    read: share(HMin.DuplicateIds, HMin.Messages),
  },
  {
    name: 'h_clock_skew',
    group: 'D',
    unit: 's',
    transform: 'linear',
    source: '55: MSH-7',
    label: 'difference of HL7 clock',
    text: 'Median of capture time minus message time, last 64.',
    read: of((s) => s.skewS.quantile(0.5)),
  },
  {
    name: 'h_len_mean',
    group: 'D',
    unit: 'B',
    transform: 'log1p',
    source: '56',
    label: 'mean HL7 message size',
    text: 'Mean octets of an HL7 message, 10 min.',
    read: share(HMin.Octets, HMin.Messages),
  },
  {
    name: 'h_seg_max',
    group: 'D',
    unit: 'B',
    transform: 'log1p',
    source: '56',
    label: 'largest HL7 segment',
    text: 'Octets of the largest HL7 segment, 10 min.',
    read: of((s, a) => s.min.top(HMin.SegmentMax, 10, a.tsUs)),
  },
  {
    name: 'h_merge_rate',
    group: 'D',
    unit: '1/h',
    transform: 'log1p',
    source: '57: HL7 v2 chapter 3',
    label: 'patient record merges and moves in an hour',
    text: 'ADT merge, move and unlink messages in 60 min, an hour.',
    read: of((s, a) => s.min.sum(HMin.Merges, 60, a.tsUs) / a.windowH),
  },
  {
    name: 'h_obx_oor_ratio',
    group: 'D',
    unit: 'ratio',
    transform: 'linear',
    source: '58: OBX-5, OBX-7',
    label: 'share of values outside their range',
    text: 'Numeric OBX-5 outside OBX-7 over numeric OBX, 10 min.',
    read: share(HMin.ObxOutOfRange, HMin.ObxNumeric),
  },
  {
    name: 'h_obx_flag_mismatch',
    group: 'D',
    unit: 'count',
    transform: 'log1p',
    source: '59: OBX-8',
    label: 'values whose flag contradicts their range',
    text: 'OBX out of range flagged normal, or in range flagged abnormal, 10 min.',
    read: of((s, a) => (s.obxSeen ? s.min.sum(HMin.ObxFlagMismatch, 10, a.tsUs) : Number.NaN)),
  },
  {
    name: 'h_uniq_patients',
    group: 'D',
    unit: 'count',
    transform: 'log1p',
    source: '60: PID-3',
    label: 'distinct patients in 10 min',
    text: 'Distinct patient identifiers (keyed tokens) in HL7 messages, 10 min.',
    read: of((s, a) => s.patients.count(a.sec)),
  },
  {
    name: 'h_frame_viol',
    group: 'D',
    unit: 'count',
    transform: 'log1p',
    source: '61: MLLP',
    label: 'HL7 framing violations',
    text: 'Messages with MLLP anomalies and other HL7 oddities, 10 min.',
    read: of((s, a) => s.min.sum(HMin.Violations, 10, a.tsUs)),
  },
]; // prettier-ignore
