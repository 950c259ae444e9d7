import { type AppEvent, type DicomAssociateRq, LearnedSet, Novelty } from '../../core/index.js';
import type { Observed, RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

/** PDU sizes below the least a peer must take (PS3.8 D.1 leaves it open; toolkits refuse below 4096). */
const LEAST_PDU = 4096;
const ABSURD_PDU = 0xffffffff;

/**
 * What an association request itself gives away: D11 implausible maximum length, D23 legal but unusual opening, D21 a
 * DICOM service on a port never used, D17 SOP classes this requester never proposed. What was so while learning is habit.
 */
export function dicomOpening(c: RuleContext): Rule {
  const event = (any: AppEvent): void => {
    const ev = any as DicomAssociateRq;
    const asks = ev.dir as Side;
    const serves = (1 - ev.dir) as Side;
    const from = c.addressKey(ev.flow, asks);
    const server = c.device(ev.flow, serves);
    const client = c.device(ev.flow, asks);
    const say = (scenario: string, reason: Observed, key?: string): void => {
      const atServer = scenario === 'dicom.sop.unexpected' ? client < 0 : server >= 0;
      const device = atServer ? server : client;
      if (device < 0) return;
      c.emit({
        scenario,
        device,
        role: atServer ? 'victim' : 'actor',
        flow: ev.flow,
        peerSide: atServer ? asks : serves,
        tsUs: ev.tsUs,
        reasons: [reason],
        key,
      });
    };
    const keeper = server >= 0 ? server : client;

    const absurd = ev.maxPdu === ABSURD_PDU || (ev.maxPdu > 0 && ev.maxPdu < LEAST_PDU);
    if (absurd && c.habit(keeper, c.keyOf('dicom.max_pdu', from), ev.tsUs) === Novelty.New) {
      say('dicom.pdu.max_length', {
        observed: ev.maxPdu,
        unit: 'octets',
        low: LEAST_PDU,
        high: ABSURD_PDU - 1,
        text: `${c.ip(ev.flow, asks)} negotiates a maximum PDU length of ${ev.maxPdu} octets; at least ${LEAST_PDU} are usual.`,
      });
    }
    if (ev.noncanonical && c.habit(keeper, c.keyOf('dicom.opening', from), ev.tsUs) === Novelty.New) {
      say('dicom.opening.evasive', {
        observed: ev.implementationVersion || 'unnamed',
        unit: 'implementation',
        text: `The association request from ${c.ip(ev.flow, asks)} is legal but written in a way no usual toolkit writes it.`,
      });
    }
    const port = c.port(ev.flow, serves);
    if (c.habit(server, c.keyOf('dicom.port', port), ev.tsUs) === Novelty.New) {
      say(
        'dicom.port.unusual',
        {
          observed: port,
          unit: 'port',
          text: `${c.ip(ev.flow, serves)} takes DICOM associations on port ${port}, which it never did while it was learned.`,
        },
        String(port),
      ); // prettier-ignore
    }
    const news: string[] = [];
    for (const uid of ev.abstractSyntaxes) {
      const novelty =
        client < 0 ? Novelty.Known : c.learned.observe(LearnedSet.SopClass, client, c.textKey(uid), ev.tsUs);
      if (novelty === Novelty.New) news.push(uid);
    }
    if (news.length > 0 && c.learned.size(LearnedSet.SopClass, client) > 0) {
      say('dicom.sop.unexpected', {
        observed: news[0],
        unit: 'SOP class',
        text: `${c.ip(ev.flow, asks)} proposes ${news.length} SOP class(es) it never proposed before, ${news[0]} first.`,
      });
    }
  };
  return { name: 'dicom.opening.evasive', kinds: ['dicom.associate.rq'], event };
}
