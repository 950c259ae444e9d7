/** Reason codes of MQTT 5 (OASIS MQTT 5.0 2.4) that an operator can act on. */
const CODES: Readonly<Record<number, string>> = {
  128: 'unspecified error',
  129: 'malformed packet',
  130: 'protocol error',
  131: 'the broker does not accept it',
  132: 'the broker does not speak this MQTT version: set mqtt.protocol_version to 3.1.1',
  133: 'the client identifier is not valid',
  134: 'user name or password is wrong',
  135: "not authorised: the broker's access list does not let this client write here",
  136: 'the broker is not available',
  137: 'the broker is busy',
  138: 'this client is banned',
  139: 'the broker shuts down',
  141: 'keep-alive timeout',
  142: 'another client took over this session: two sensors share a client identifier',
  144: 'the topic name is not valid',
  147: 'more messages under way than the broker takes',
  149: 'the packet is too large',
  151: 'quota exceeded',
  153: 'the payload format is not valid',
}; // prettier-ignore

/** Plain words for what the broker or the network said. */
export function explain(code: number | string | undefined, message: string): string {
  if (typeof code === 'number') return CODES[code] ?? `${message || 'refused'} (reason ${code})`;
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there (connection refused)';
    case 'ENOTFOUND':
      return 'the host name is not known';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return 'the host does not answer';
    case 'CERT_HAS_EXPIRED':
      return "the broker's certificate has expired";
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return "the broker's certificate is of an authority that is not trusted: set mqtt.ca_file";
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return "the broker's certificate is for another name: set mqtt.servername";
    default:
      return message || 'connection failed';
  }
}
