import { LinkType, type PacketView, type ProtocolContext } from '../../core/index.js';
import { Teller } from '../teller.js';

const MAX_TLVS = 64;
/** LLDP-MED (TIA-1057) inventory: organisation 00-12-BB, subtypes 5 to 10. */
const MED = 0x0012bb;

/** Capabilities that make a bridge or router (802.1AB 8.5.8: bridge 4, access point 8, router 16; CDP: router 1, switch 8). */
const LLDP_NETWORK = 4 | 8 | 16;
const CDP_NETWORK = 1 | 2 | 8;
/** Systems of general computers: one that forwards for its virtual machines announces a bridge too. */
const GENERAL = /ubuntu|debian|red ?hat|centos|fedora|suse|windows|vmware|darwin|freebsd|\bLinux \d/i;
const LLDP_PHONE = 32;
const CDP_PHONE = 0x80;

/** Link neighbours' announcements. At most a few a minute a port. */
export function createNeighbours(ctx: ProtocolContext): (v: PacketView) => void {
  const tell = new Teller(ctx);
  const next = new Map<number, number>();
  return (v: PacketView) => {
    if (v.srcDev < 0 || (v.etherType !== LinkType.Lldp && v.etherType !== LinkType.Cdp)) return;
    if (v.tsUs < (next.get(v.srcDev) ?? 0)) return;
    // a flood of announcements is read once a second a device
    if (next.size > 4096) next.clear();
    next.set(v.srcDev, v.tsUs + 1_000_000);
    const from = v.off + v.stopOff;
    if (v.etherType === LinkType.Lldp) lldp(tell, ctx, v, v.buf, from);
    else cdp(tell, v, v.buf, from);
  };
}

/* type 7 bits, length 9 bits, value */
function lldp(tell: Teller, ctx: ProtocolContext, v: PacketView, b: Buffer, from: number): void {
  const at = [-1, 0, v.tsUs, 'lldp'] as const;
  const say = (field: Parameters<Teller['tell']>[4], text: string): void => tell.tell(...at, field, text, v.srcDev);
  let general = false;
  for (let p = from, n = 0; n < MAX_TLVS && p + 2 <= v.end; n++) {
    const head = b.readUInt16BE(p);
    const data = p + 2;
    const end = data + (head & 0x1ff);
    if (end > v.end || head >> 9 === 0) return;
    p = end;
    const text = (skip = 0): string => b.toString('latin1', data + skip, end);
    switch (head >> 9) {
      case 5:
        tell.name(...at, text(), v.srcDev);
        break;
      case 6:
        say('software', text());
        general = GENERAL.test(text());
        break;
      case 7:
        if (end - data >= 4) {
          const on = b.readUInt16BE(data + 2);
          if (on & LLDP_NETWORK) say('role', general ? 'forwarding-host' : 'network-gear');
          else if (on & LLDP_PHONE) say('role', 'telephone');
        }
        break;
      case 127: {
        if (end - data < 4 || b.readUIntBE(data, 3) !== MED) break;
        const kind = b[data + 3];
        if (kind === 6 || kind === 7) say('software', text(4));
        else if (kind === 8) say('serial', ctx.token('serial', text(4)));
        else if (kind === 9) say('vendor', text(4));
        else if (kind === 10) say('model', text(4));
        break;
      }
    }
  }
}

/* version 1, TTL 1, checksum 2, then type 2, length 2 (with the head), value */
function cdp(tell: Teller, v: PacketView, b: Buffer, from: number): void {
  const at = [-1, 0, v.tsUs, 'cdp'] as const;
  if (v.end - from < 4 || b[from] < 1 || b[from] > 2) return;
  for (let p = from + 4, n = 0; n < MAX_TLVS && p + 4 <= v.end; n++) {
    const type = b.readUInt16BE(p);
    const length = b.readUInt16BE(p + 2);
    const data = p + 4;
    const end = p + length;
    if (length < 4 || end > v.end) return;
    p = end;
    if (type === 1) tell.name(...at, b.toString('latin1', data, end), v.srcDev);
    else if (type === 4 && end - data >= 4) {
      const on = b.readUInt32BE(data);
      if (on & CDP_NETWORK) tell.tell(...at, 'role', 'network-gear', v.srcDev);
      else if (on & CDP_PHONE) tell.tell(...at, 'role', 'telephone', v.srcDev);
    } else if (type === 5) tell.tell(...at, 'software', b.toString('latin1', data, end), v.srcDev);
    else if (type === 6) tell.tell(...at, 'model', b.toString('latin1', data, end), v.srcDev);
  }
}
