import type { EvidenceField } from '../../core/index.js';
import type { Datagram, Reader, Teller } from '../teller.js';
import { lastNameEnd, RecordType, readMessage, readName, textPairs } from './message.js';

/** Keys of TXT records that name a product (printers: Bonjour Printing 1.2.1; Apple, Google, HomeKit, ESPHome, Axis). */
const PRODUCT: Readonly<Record<string, EvidenceField>> = {
  md: 'model',
  ty: 'model',
  model: 'model',
  am: 'model',
  usb_mdl: 'model',
  product: 'model',
  usb_mfg: 'vendor',
  mfg: 'vendor',
  manufacturer: 'vendor',
  vendor: 'vendor',
  fv: 'software',
  fw: 'software',
  osxvers: 'software',
};

/** Multicast DNS (RFC 6762): what a responder offers and is. Questions are about others and say nothing. */
export function createMdns(tell: Teller): Reader {
  return (d: Datagram) => {
    const m = readMessage(d.buf, d.from, d.to);
    if (m === null) return;
    const say = (field: EvidenceField, value: string): void => tell.tell(d.slot, d.dir, d.tsUs, 'mdns', field, value);
    for (const r of m.records) {
      // in a probe (RFC 6762 8.1) the authority section holds what the asker claims for itself
      if (r.type === RecordType.A || r.type === RecordType.Aaaa) {
        if (r.name.endsWith('.local')) tell.name(d.slot, d.dir, d.tsUs, 'mdns', r.name);
      } else if (r.type === RecordType.Srv) {
        const at = r.name.indexOf('._');
        if (at >= 0) say('service', r.name.slice(at + 1).replace(/\.local$/, ''));
        if (r.end - r.data > 6) {
          const host = readName(d.buf, d.from, r.data + 6, d.to);
          if (host.endsWith('.local')) tell.name(d.slot, d.dir, d.tsUs, 'mdns', host);
        }
      } else if (!m.response) continue;
      else if (r.type === RecordType.Ptr && r.name.startsWith('_') && !r.name.startsWith('_services.')) {
        // known answers in a question are what the asker heard from others
        say('service', r.name.replace(/\.local$/, '').replace(/^.*\._sub\./, ''));
      } else if (r.type === RecordType.Txt) {
        for (const [key, value] of textPairs(d.buf, r)) {
          const field = PRODUCT[key];
          if (field !== undefined) say(field, value);
        }
      }
    }
  };
}

/** LLMNR (RFC 4795): an answer names the one who gives it. */
export function createLlmnr(tell: Teller): Reader {
  return (d: Datagram) => {
    const m = readMessage(d.buf, d.from, d.to);
    if (m === null) return;
    if (!m.response) return tell.tell(d.slot, d.dir, d.tsUs, 'llmnr', 'role', 'llmnr-client');
    for (const r of m.records) {
      if (r.type === RecordType.A || r.type === RecordType.Aaaa) tell.name(d.slot, d.dir, d.tsUs, 'llmnr', r.name);
    }
  };
}

const REGISTRATION = 5;
const REFRESH = 8;

/** A NetBIOS name (RFC 1001 14.1): 32 letters A to P, two an octet, the last octet tells the service; null when bad. */
export function netbiosName(label: string): { name: string; suffix: number } | null {
  if (!/^[A-P]{32}$/.test(label)) return null;
  const octets = Buffer.alloc(16);
  for (let i = 0; i < 16; i++) octets[i] = ((label.charCodeAt(2 * i) - 65) << 4) | (label.charCodeAt(2 * i + 1) - 65);
  return { name: octets.toString('latin1', 0, 15).replace(/[\0 ]+$/, ''), suffix: octets[15] };
}

/** NetBIOS name service (RFC 1002 4.2): a registration or refresh names its sender. */
export function createNbns(tell: Teller): Reader {
  return (d: Datagram) => {
    const m = readMessage(d.buf, d.from, d.to);
    if (m === null || m.response || (m.opcode !== REGISTRATION && m.opcode !== REFRESH)) return;
    const found = netbiosName(readName(d.buf, d.from, d.from + 12, d.to));
    if (found === null) return;
    // group names (domains, browser elections) are no host's name: NB_FLAGS of the additional record
    const r = m.records[0];
    if (r === undefined || r.end - r.data < 6 || (d.buf[r.data] & 0x80) !== 0) return;
    if (found.suffix === 0x00 || found.suffix === 0x20) tell.name(d.slot, d.dir, d.tsUs, 'netbios', found.name);
    if (found.suffix === 0x20) tell.tell(d.slot, d.dir, d.tsUs, 'netbios', 'role', 'file-server-service');
  };
}

/*
 * NetBIOS datagram (RFC 1002 4.4.2): type 1 (10 to 12), flags 1, id 2, source IP 4, source port 2, length 2, offset 2,
 * source name, destination name, SMB
 */
/** NetBIOS datagram service: the source name. */
export function createNbdgm(tell: Teller): Reader {
  return (d: Datagram) => {
    const type = d.buf[d.from];
    if (d.to - d.from < 14 + 34 || type < 0x10 || type > 0x12) return;
    const found = netbiosName(readName(d.buf, d.from, d.from + 14, d.to));
    if (found === null || lastNameEnd() < 0) return;
    if (found.suffix === 0x00 || found.suffix === 0x20) tell.name(d.slot, d.dir, d.tsUs, 'netbios', found.name);
  };
}
