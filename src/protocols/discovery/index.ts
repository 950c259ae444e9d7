import { type DiscoverySeen, hashString, type ProtocolContext } from '../../core/index.js';
import type { Datagram, Reader, Teller } from '../teller.js';
import { headerValue, xmlText } from '../text.js';

const MAX_TEXT = 4096;

const text = (d: Datagram): string => d.buf.toString('latin1', d.from, Math.min(d.to, d.from + MAX_TEXT));

/** SSDP (UPnP Device Architecture 2.0, 1.3): an announcement or an answer tells of its sender, a search of the searcher. */
export function createSsdp(tell: Teller): Reader {
  return (d: Datagram) => {
    const head = d.buf.toString('latin1', d.from, Math.min(d.to, d.from + 9));
    if (head.startsWith('M-SEARCH ')) {
      tell.tell(d.slot, d.dir, d.tsUs, 'ssdp', 'agent', headerValue(text(d), 'USER-AGENT'));
      return;
    }
    if (!head.startsWith('NOTIFY * ') && !head.startsWith('HTTP/1.')) return;
    const t = text(d);
    tell.tell(d.slot, d.dir, d.tsUs, 'ssdp', 'server', headerValue(t, 'SERVER'));
    const kind = headerValue(t, head.startsWith('N') ? 'NT' : 'ST');
    const m = /^urn:([A-Za-z0-9.-]{1,40}):(device|service):([A-Za-z0-9_.-]{1,40})/.exec(kind);
    if (m !== null) tell.tell(d.slot, d.dir, d.tsUs, 'ssdp', 'service', `${m[1]} ${m[3]}`);
  };
}

/** Types and scopes of medical devices (IEEE 11073-20702 9.2, 11073-20701). */
const MEDICAL = /MedicalDevice|MdsDevice|sdc\.(mds|ctxt)/;
const BEHIND_ACTION = /\/(Hello|ProbeMatches|ResolveMatches|Probe|Bye|Resolve)<\//;

/** WS-Discovery (OASIS 1.1; 2005/04 draft): Hello and matches tell what the sender is; IEEE 11073-20702 devices too. */
export function createWsd(ctx: ProtocolContext, tell: Teller): Reader {
  return (d: Datagram) => {
    const xml = text(d);
    if (!xml.includes('discovery')) return;
    const action = (BEHIND_ACTION.exec(xml)?.[1] ?? '') as DiscoverySeen['action'] | '';
    if (action === '') return;
    // the endpoint's own address: the first in the body; WS-Addressing headers hold one of their own
    const body = xml.slice(Math.max(0, xml.search(/<[A-Za-z0-9_.-]{0,20}:?Body[\s>]/)));
    const endpoint = xmlText(body, 'Address');
    ctx.events.event({
      kind: 'discovery',
      flow: d.slot,
      dir: d.dir,
      tsUs: d.tsUs,
      action,
      endpointKey: endpoint === '' ? 0 : hashString(ctx.seed, endpoint) || 1,
      medical: MEDICAL.test(xmlText(body, 'Types')) || MEDICAL.test(xmlText(body, 'Scopes')),
    });
    if (action === 'Probe' || action === 'Resolve') {
      tell.tell(d.slot, d.dir, d.tsUs, 'wsd', 'role', 'wsd-client');
      return;
    }
    // what somebody asks for is no type of his own, so only what stands behind the action counts
    for (const type of xmlText(xml, 'Types').split(/\s+/).slice(0, 8)) {
      const local = type.slice(type.indexOf(':') + 1);
      if (/^[A-Za-z][A-Za-z0-9_-]{1,60}$/.test(local)) tell.tell(d.slot, d.dir, d.tsUs, 'wsd', 'service', local);
    }
    const scopes = xmlText(xml, 'Scopes');
    if (/sdc\.(mds|ctxt)/.test(scopes)) tell.tell(d.slot, d.dir, d.tsUs, 'wsd', 'service', 'MedicalDevice');
  };
}
