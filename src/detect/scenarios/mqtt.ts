import { type Scenario, scenario } from './scenario.js';

// biome-ignore format: a table
/** MQTT (3.1.1, 5.0): devices that publish, and the bus verdicts travel on. */
export const MQTT: readonly Scenario[] = [
  scenario('M01', 'mqtt.connect.flood', 'Flood of connections at a broker by one host', 'RATE', 'CC––HM', 'T1499.002 T0814',
    'More CONNECT packets of one host within ten seconds than the limit, and no such rate was learned.',
    'Block the host at the broker; check that devices still publish.'),
  scenario('M02', 'mqtt.connect.ddos', 'Flood of connections at a broker by many hosts', 'RATE', 'CC––HM', 'T1498.001',
    'Many hosts that were never clients of this broker connect within ten seconds. Known clients that come back after a broken cable are none.',
    'Close the broker to all but its known clients at the switch or firewall.'),
  scenario('M03', 'mqtt.publish.flood', 'Flood of messages at a broker by one host', 'RATE', 'CC––HM', 'T1499.003',
    'More PUBLISH packets or octets of one host within ten seconds than the limit, and no such rate was learned.',
    'Block the client at the broker; check that devices still publish.'),
  scenario('M04', 'mqtt.publish.ddos', 'Flood of messages at a broker by many hosts', 'RATE', 'CC––HM', 'T1499.003',
    'PUBLISH packets of several hosts together above the limit, none of them sending most, and no such rate was learned.',
    'Close the broker to all but its known clients at the switch or firewall.'),
  scenario('M05', 'mqtt.malformed', 'Malformed MQTT', 'FSM LEN', 'HH––HM', 'T1499.004',
    'Packets the standard forbids: a remaining length of more than four octets, QoS 3, reserved types, a second CONNECT, another packet before CONNECT, topics that are no UTF-8.',
    'Look at the sending host; keep the evidence capture for the vendor.'),
  scenario('M06', 'mqtt.subscribe.wildcard', 'Somebody listens to everything', 'PEER', 'MH––HM', 'T0842 T1071.005',
    'A host subscribes to all topics or to those of the broker itself and never did so, or a host that was never a client of this broker subscribes to a whole tree. A new client of one topic is none.',
    'Ask whose client this is; limit topics by the broker\'s access list.'),
  scenario('M07', 'mqtt.verdict.spoof', 'Somebody else publishes verdicts', 'RULE', 'CCCCCC', 'T0856',
    'A client that is not this sensor publishes on the topics verdicts are published on, where the broker\'s traffic passes the mirror in clear.',
    'Trust no verdict from the bus until the client is found; limit the topics to the sensor by the broker\'s access list.'),
];
