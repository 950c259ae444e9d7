import type { Ask, FeatureEntry } from './entry.js';
import { type MqttStats, QMin, QSec } from './mqtt-stats.js';
import { type VitalsStats, VMin } from './vitals-stats.js';

/** NaN for a device that has not spoken MQTT. */
const mqtt =
  (read: (s: MqttStats, a: Ask) => number) =>
  (a: Ask): number => {
    const s = a.columns.cold[a.device]?.mqtt;
    return s === undefined || s === null ? Number.NaN : read(s, a);
  }; // prettier-ignore
/** NaN for a device that has sent no vital signs by UDP. */
const vitals =
  (read: (s: VitalsStats, a: Ask) => number) =>
  (a: Ask): number => {
    const s = a.columns.cold[a.device]?.vitals;
    return s === undefined || s === null ? Number.NaN : read(s, a);
  }; // prettier-ignore

/** Group E: streams that only some devices have, MQTT in either role and vital signs by UDP at their sender. */
export const GROUP_E: readonly FeatureEntry[] = [
  {
    name: 'm_connect_rate',
    group: 'E',
    unit: '1/min',
    transform: 'log1p',
    source: 'E: MQTT 3.1.1 3.1',
    label: 'MQTT connections a minute',
    text: 'CONNECT packets sent and received in the last 60 s.',
    read: mqtt((s, a) => s.sec.sum(QSec.Connects, 60, a.tsUs)),
  },
  {
    name: 'm_publish_rate',
    group: 'E',
    unit: '1/min',
    transform: 'log1p',
    source: 'E: MQTT 3.1.1 3.3',
    label: 'MQTT messages a minute',
    text: 'PUBLISH packets sent and received in the last 60 s.',
    read: mqtt((s, a) => s.sec.sum(QSec.Publishes, 60, a.tsUs)),
  },
  {
    name: 'm_bytes_topic_max',
    group: 'E',
    unit: 'B',
    transform: 'log1p',
    source: 'E: MQTT 3.1.1 3.3.2.1',
    label: 'bytes of the busiest MQTT topic',
    text: 'Octets of PUBLISH packets of the topic with most of them, 5 to 10 min.',
    read: mqtt((s, a) => s.busiest(a.tsUs)),
  },
  {
    name: 'm_viol',
    group: 'E',
    unit: 'count',
    transform: 'log1p',
    source: 'E: MQTT 3.1.1, 5.0',
    label: 'MQTT protocol violations',
    text: 'Control packets that break the standard (type, flags, length, order, topic), 10 min.',
    read: mqtt((s, a) => s.min.sum(QMin.Violations, 10, a.tsUs)),
  },
  {
    name: 'v_period_cv',
    group: 'E',
    unit: 'ratio',
    transform: 'log1p',
    source: 'E: Kitsune jitter, on messages',
    label: 'irregularity of vital signs sent',
    text: 'Standard deviation over mean of the time between vital-sign messages sent, memory 60 s, of the least regular stream.',
    read: vitals((s) => s.irregularity()),
  },
  {
    name: 'v_seq_gap',
    group: 'E',
    unit: 'count',
    transform: 'log1p',
    source: 'E: Data Export poll and sequence numbers',
    label: 'vital-sign messages missing',
    text: 'Numbers left out in the count of vital-sign messages sent, 10 min.',
    read: vitals((s, a) => s.min.sum(VMin.Gaps, 10, a.tsUs)),
  },
  {
    name: 'v_dup_seq',
    group: 'E',
    unit: 'count',
    transform: 'log1p',
    source: 'E: Data Export poll and sequence numbers',
    label: 'vital-sign messages repeated',
    text: 'Vital-sign messages sent with the number of the one before, 10 min.',
    read: vitals((s, a) => s.min.sum(VMin.Repeats, 10, a.tsUs)),
  },
]; // prettier-ignore
