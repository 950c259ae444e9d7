/** What can go wrong on a way out: the label `reason` of `wardwire_sink_faults_total`, nothing else stands there. */
export const FAULTS = [
  'access_list',
  'credentials',
  'certificate_expired',
  'certificate_untrusted',
  'certificate_name',
  'own_certificate_expired',
  'own_certificate_refused',
  'connection_refused',
  'host_unknown',
  'no_answer',
  'connection_lost',
  'busy',
  'session_taken',
  'too_large',
  'verdict_refused',
  'address',
  'disk',
  'other',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Explained {
  readonly fault: Fault;
  /** Plain words with the remedy. */
  readonly text: string;
}

/** Counts of a sink by fault. */
export class Faults {
  readonly #counts: Partial<Record<Fault, number>> = {};
  total = 0;
  /** What went wrong last; null after `over()`. */
  last: string | null = null;

  /** Counts one; true when it is not what was said last, so that a log tells each fault once. */
  add(e: Explained): boolean {
    this.#counts[e.fault] = (this.#counts[e.fault] ?? 0) + 1;
    this.total++;
    const news = this.last !== e.text;
    this.last = e.text;
    return news;
  }

  /** It works again. */
  over(): void {
    this.last = null;
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }
}

/** TLS alerts of the other side (RFC 8446 6.2) as OpenSSL words them, and what they mean for our own certificate. */
const ALERTS: readonly (readonly [RegExp, Explained])[] = [
  [
    /alert certificate expired/i,
    { fault: 'own_certificate_expired', text: 'the other side says that our client certificate has expired' },
  ],
  [
    /alert (unknown ca|bad certificate|certificate unknown|unsupported certificate|certificate revoked|decrypt error)/i,
    {
      fault: 'own_certificate_refused',
      text: 'the other side does not trust our client certificate: it must be issued by its authority',
    },
  ],
  [
    /alert (certificate required|handshake failure)/i,
    { fault: 'own_certificate_refused', text: 'the other side asks for a client certificate' },
  ],
];

/** Plain words for what the network or TLS said, with the settings of `section` that help. */
export function explainNetwork(code: string | undefined, message: string, section: string): Explained {
  switch (code) {
    case 'ECONNREFUSED':
      return { fault: 'connection_refused', text: 'nothing listens there (connection refused)' };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { fault: 'host_unknown', text: 'the host name is not known' };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { fault: 'no_answer', text: 'the host does not answer' };
    case 'CERT_HAS_EXPIRED':
      return { fault: 'certificate_expired', text: 'the certificate of the other side has expired' };
    case 'CERT_NOT_YET_VALID':
      return {
        fault: 'certificate_expired',
        text: 'the certificate of the other side is not valid yet: check the clock of this machine',
      };
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return {
        fault: 'certificate_untrusted',
        text: `the certificate of the other side is of an authority that is not trusted: set ${section}.ca_file`,
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        fault: 'certificate_name',
        text: `the certificate of the other side is for another name: set ${section}.servername`,
      };
    default: {
      const alert = ALERTS.find(([said]) => said.test(message.replaceAll('_', ' ')));
      if (alert !== undefined) return alert[1];
      const lost = code === 'ECONNRESET' || code === 'EPIPE' || /socket hang up/.test(message);
      return { fault: lost ? 'connection_lost' : 'other', text: message || 'connection failed' };
    }
  }
}
