import {
  type AppEvent,
  type DicomAssociateRq,
  fold32,
  LearnedSet,
  mix32,
  Novelty,
  type TlsHello,
} from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

/** Ports of DICOM (PS3.8 9.1.1, PS3.15 B.1): TLS to one of them is taken for DICOM over TLS. */
const DICOM_PORTS: readonly number[] = [104, 2761, 2762, 11112];
/** TLS versions that exist, oldest first. */
const VERSIONS = [0x0300, 0x0301, 0x0302, 0x0303, 0x0304] as const;

/**
 * D22: a pair that spoke DICOM over TLS now speaks it in clear text. N12: a pair agrees on an older TLS version than it ever
 * did. Both judged at the listener, against what the pair was seen to do while the listener learned.
 */
export function tls(c: RuleContext): Rule {
  const encrypted = c.keyOf('dicom.tls');
  const clear = c.keyOf('dicom.clear');
  const agreed = c.keyOf('tls.version');

  const hello = (ev: TlsHello): void => {
    const asks = ev.dir as Side;
    const serves = (1 - ev.dir) as Side;
    const listener = c.device(ev.flow, serves);
    if (listener < 0) return;
    const peer = c.addressKey(ev.flow, asks);
    const port = c.port(ev.flow, serves);
    if (DICOM_PORTS.includes(port) || /dicom|acr-nema/i.test(ev.alpn))
      c.habit(listener, mix32(fold32(encrypted, peer)), ev.tsUs);
    if (!ev.answered) return;
    const pair = fold32(fold32(agreed, peer), port);
    const key = (version: number): number => mix32(fold32(pair, version));
    if (c.habit(listener, key(ev.versionNumber), ev.tsUs) !== Novelty.New) return;
    const known = VERSIONS.filter((v) => c.learned.knows(LearnedSet.App, listener, key(v)));
    if (known.length === 0 || known[0] < ev.versionNumber) return;
    c.emit({
      scenario: 'net.tls.downgrade',
      device: listener,
      role: 'victim',
      flow: ev.flow,
      peerSide: asks,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: ev.version || ev.versionNumber,
          unit: 'version',
          text: `${c.ip(ev.flow, asks)} and ${c.ip(ev.flow, serves)} agreed on ${ev.version || 'an unknown version'}; on port ${port} they never used one so old.`,
        },
      ],
    });
  };

  const request = (ev: DicomAssociateRq): void => {
    const asks = ev.dir as Side;
    const listener = c.device(ev.flow, (1 - ev.dir) as Side);
    if (listener < 0) return;
    const peer = c.addressKey(ev.flow, asks);
    if (c.habit(listener, mix32(fold32(clear, peer)), ev.tsUs) !== Novelty.New) return;
    if (!c.learned.knows(LearnedSet.App, listener, mix32(fold32(encrypted, peer)))) return;
    c.emit({
      scenario: 'dicom.tls.downgrade',
      device: listener,
      role: 'victim',
      flow: ev.flow,
      peerSide: asks,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: 'clear text',
          unit: 'transport',
          text: `${c.ip(ev.flow, asks)} (AE ${ev.callingAe || '(empty)'}) used TLS to this archive and now asks for an association in clear text.`,
        },
      ],
    });
  };
  return {
    name: 'dicom.tls.downgrade',
    kinds: ['tls.hello', 'dicom.associate.rq'],
    event: (ev: AppEvent) => (ev.kind === 'tls.hello' ? hello(ev) : request(ev as DicomAssociateRq)),
  };
}
