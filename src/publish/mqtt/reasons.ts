import { type Explained, explainNetwork, type Fault } from '../faults.js';

/** Reason codes of MQTT 5 (OASIS MQTT 5.0 2.4) and return codes of 3.1.1 (3.2.2.3) that an operator can act on. */
const CODES: Readonly<Record<number, readonly [Fault, string]>> = {
  1: ['other', 'the broker does not speak this MQTT version'],
  2: ['other', 'the client identifier is not valid'],
  3: ['busy', 'the broker is not available'],
  4: ['credentials', 'user name or password is wrong'],
  5: ['credentials', 'not authorised: the broker does not let this client in'],
  128: ['other', 'unspecified error'],
  129: ['other', 'malformed packet'],
  130: ['other', 'protocol error'],
  131: ['verdict_refused', 'the broker does not accept it'],
  132: ['other', 'the broker does not speak this MQTT version: set mqtt.protocol_version to 3.1.1'],
  133: ['other', 'the client identifier is not valid'],
  134: ['credentials', 'user name or password is wrong'],
  135: ['access_list', "not authorised: the broker's access list does not let this client write here"],
  136: ['busy', 'the broker is not available'],
  137: ['busy', 'the broker is busy'],
  138: ['credentials', 'this client is banned'],
  139: ['connection_lost', 'the broker shuts down'],
  141: ['connection_lost', 'keep-alive timeout'],
  142: ['session_taken', 'another client took over this session: two sensors share a client identifier'],
  144: ['verdict_refused', 'the topic name is not valid'],
  147: ['busy', 'more messages under way than the broker takes'],
  149: ['too_large', 'the packet is too large'],
  151: ['busy', 'quota exceeded'],
  153: ['verdict_refused', 'the payload format is not valid'],
}; // prettier-ignore

/** Plain words for what the broker or the network said, `when` opening a session or writing a message. */
export function explain(
  code: number | string | undefined,
  message: string,
  when: 'session' | 'write' = 'write',
): Explained {
  if (typeof code !== 'number') return explainNetwork(code, message, 'mqtt');
  if (code === 135 && when === 'session')
    return { fault: 'credentials', text: 'not authorised: the broker does not let this client in' };
  const known = CODES[code];
  if (known === undefined) return { fault: 'other', text: `${message || 'refused'} (reason ${code})` };
  return { fault: known[0], text: known[1] };
}
