import type { WeirdDef } from '../../core/index.js';

export const MQTT_WEIRDS = {
  type: {
    id: 'mqtt.type.reserved',
    text: 'A control packet of a reserved type.',
    action: 'feature',
    ref: 'MQTT 3.1.1 2.2.1',
  },
  flags: {
    id: 'mqtt.flags',
    text: 'Flags a control packet may not have, such as QoS 3.',
    action: 'feature',
    ref: 'MQTT 3.1.1 2.2.2, 3.3.1.2',
  },
  length: {
    id: 'mqtt.length',
    text: 'A remaining length of more than four octets.',
    action: 'feature',
    ref: 'MQTT 3.1.1 2.2.3',
  },
  again: {
    id: 'mqtt.connect.again',
    text: 'A second CONNECT on one connection.',
    action: 'feature',
    ref: 'MQTT 3.1.1 3.1',
  },
  first: {
    id: 'mqtt.connect.first',
    text: 'A client began with another packet than CONNECT.',
    action: 'feature',
    ref: 'MQTT 3.1.1 3.1',
  },
  side: { id: 'mqtt.side', text: 'A packet only the other side may send.', action: 'feature', ref: 'MQTT 3.1.1 2.2.1' },
  topic: {
    id: 'mqtt.topic',
    text: 'A topic with a NUL, with a wildcard where none may stand, or no UTF-8.',
    action: 'feature',
    ref: 'MQTT 3.1.1 4.7, 1.5.3',
  },
  short: {
    id: 'mqtt.short',
    text: 'Fields do not fit the remaining length.',
    action: 'feature',
    ref: 'MQTT 3.1.1 2.2.3',
  },
} as const satisfies Record<string, WeirdDef>; // prettier-ignore
