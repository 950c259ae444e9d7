import type { Draft, Grammar } from './draft.js';
import { dicom } from './grammar-dicom.js';

// Structure of the application messages the sensor reads, as far as a mutator needs it: lengths, counts, types, parts.

const u16 = (b: Buffer, o: number): number => (o + 2 <= b.length ? b.readUInt16BE(o) : 0);
const u24 = (b: Buffer, o: number): number => (o + 3 <= b.length ? b.readUIntBE(o, 3) : 0);

/** Parts of text between one delimiter. */
function split(d: Draft, from: number, to: number, delimiter: number): void {
  for (let at = from; at < to; ) {
    let end = at;
    while (end < to && d.bytes[end] !== delimiter) end++;
    d.block(at, Math.min(to, end + 1));
    d.field(at, 1, 'text');
    at = end + 1;
  }
}

/** MLLP with HL7 v2: the block, segments, fields, repeats, components, escapes. */
const hl7: Grammar = (d, from, to) => {
  d.block(from, to);
  split(d, from, to, 0x0d);
  for (const c of [0x7c, 0x7e, 0x5e, 0x26, 0x5c]) split(d, from, to, c);
  d.field(from, 1, 'type');
  for (let i = from + 4; i < from + 9; i++) d.field(i, 1, 'type');
  for (let i = Math.max(from, to - 2); i < to; i++) d.field(i, 1, 'type');
};

/** Lines of HTTP, SSDP, FTP, SSH, RTSP, JSON; elements of XML. */
const lines: Grammar = (d, from, to) => {
  d.block(from, to);
  split(d, from, to, 0x0a);
  split(d, from, to, 0x20);
  split(d, from, to, 0x3a);
  split(d, from, to, 0x3c);
};

/** TLS records, handshake messages, the lists of a hello (RFC 8446 4.1.2, 5.1), certificates. */
const tls: Grammar = (d, from, to) => {
  for (let at = from; at + 5 <= to; ) {
    const end = Math.min(to, at + 5 + u16(d.bytes, at + 3));
    d.field(at, 1, 'type');
    d.field(at + 1, 2, 'number');
    d.length(at + 3, 2, at + 5, end);
    d.block(at, end);
    for (let m = at + 5; m + 4 <= end; ) {
      const stop = Math.min(end, m + 4 + u24(d.bytes, m + 1));
      d.field(m, 1, 'type');
      d.length(m + 1, 3, m + 4, stop);
      d.block(m, stop);
      if (d.bytes[m] === 1 || d.bytes[m] === 2) hello(d, m + 4, stop, d.bytes[m] === 1);
      else if (d.bytes[m] === 11) {
        d.length(m + 4, 3, m + 7, stop);
        for (let c = m + 7; c + 3 <= stop; c += 3 + u24(d.bytes, c)) {
          const last = Math.min(stop, c + 3 + u24(d.bytes, c));
          d.length(c, 3, c + 3, last);
          d.block(c, last);
          ber(d, c + 3, last);
        }
      }
      m = stop;
    }
    at = end;
  }
};

function hello(d: Draft, from: number, to: number, client: boolean): void {
  const b = d.bytes;
  d.field(from, 2, 'number');
  let at = from + 34;
  d.length(at, 1, at + 1, at + 1 + b[at]);
  at += 1 + (b[at] ?? 0);
  if (client) {
    d.length(at, 2, at + 2, at + 2 + u16(b, at));
    at += 2 + u16(b, at);
    d.length(at, 1, at + 1, at + 1 + b[at]);
    at += 1 + (b[at] ?? 0);
  } else at += 3;
  if (at + 2 > to) return;
  d.length(at, 2, at + 2, to);
  for (at += 2; at + 4 <= to; ) {
    const end = Math.min(to, at + 4 + u16(b, at + 2));
    d.field(at, 2, 'type');
    d.length(at + 2, 2, at + 4, end);
    d.length(at + 4, 2, at + 6, end);
    d.block(at, end);
    at = end;
  }
}

/** Tag-length-value of ASN.1 (X.690): SNMP, LDAP, certificates. */
function ber(d: Draft, from: number, to: number, depth = 0): void {
  const b = d.bytes;
  for (let at = from; at + 2 <= to && depth < 12; ) {
    const long = (b[at + 1] & 0x80) !== 0 ? b[at + 1] & 0x7f : 0;
    if (long > 3) return;
    const data = at + 2 + long;
    if (data > to) return;
    const length = long === 0 ? b[at + 1] : b.readUIntBE(at + 2, long);
    const end = Math.min(to, data + length);
    d.field(at, 1, 'type');
    if (long === 0) d.length(at + 1, 1, data, end);
    else d.length(at + 2, long, data, end);
    d.block(at, end);
    if ((b[at] & 0x20) !== 0) ber(d, data, end, depth + 1);
    at = end;
  }
}
const snmp: Grammar = (d, from, to) => ber(d, from, to);

/** DNS, mDNS, LLMNR, NBNS (RFC 1035 4): counts, labels, pointers, records. */
const dns: Grammar = (d, from, to) => {
  const b = d.bytes;
  d.field(from + 2, 2, 'flags');
  for (let i = 4; i < 12; i += 2) d.field(from + i, 2, 'count');
  const name = (start: number): number => {
    let at = start;
    while (at < to && b[at] !== 0) {
      if ((b[at] & 0xc0) === 0xc0) {
        d.field(at, 2, 'type');
        d.block(at, at + 2);
        return at + 2;
      }
      const end = Math.min(to, at + 1 + b[at]);
      d.length(at, 1, at + 1, end);
      d.block(at, end);
      at = end;
    }
    return at + 1;
  };
  let at = from + 12;
  for (let q = u16(b, from + 4); q > 0 && at + 5 <= to; q--) {
    const begin = at;
    at = name(at) + 4;
    d.field(at - 4, 2, 'type');
    d.block(begin, at);
  }
  while (at + 11 <= to) {
    const begin = at;
    at = name(at);
    if (at + 10 > to) return;
    d.field(at, 2, 'type');
    const end = Math.min(to, at + 10 + u16(b, at + 8));
    d.length(at + 8, 2, at + 10, end);
    d.length(at + 10, 1, at + 11, end);
    d.block(begin, end);
    at = end;
  }
};

/** DHCP (RFC 2131): the fixed part, options of a code and a length. */
const dhcp: Grammar = (d, from, to) => {
  d.field(from, 1, 'type');
  d.field(from + 2, 1, 'count');
  d.field(from + 236, 4, 'type');
  for (let at = from + 240; at + 2 <= to; ) {
    const end = Math.min(to, at + 2 + d.bytes[at + 1]);
    d.field(at, 1, 'type');
    d.length(at + 1, 1, at + 2, end);
    d.block(at, end);
    at = end;
  }
};

/** DHCPv6 options and every other list of type 2, length 2, value: CDP counts its own head. */
const typed =
  (skip: number, head: number): Grammar =>
  (d, from, to) => {
    d.field(from, 1, 'type');
    for (let at = from + skip; at + 4 <= to; ) {
      const end = Math.min(to, at + 4 + Math.max(0, u16(d.bytes, at + 2) - head));
      d.field(at, 2, 'type');
      d.length(at + 2, 2, at + 4, end);
      d.length(at + 4, 2, at + 6, end);
      d.block(at, end);
      at = end;
    }
  };

/** MQTT control packets (3.1.1 section 2): remaining length, strings. */
const mqtt: Grammar = (d, from, to) => {
  for (let at = from; at + 2 <= to; ) {
    let body = at + 2;
    let length = d.bytes[at + 1] & 0x7f;
    for (let s = 7; body < to && (d.bytes[body - 1] & 0x80) !== 0 && s < 28; s += 7)
      length |= (d.bytes[body++] & 0x7f) << s;
    const end = Math.min(to, body + length);
    d.field(at, 1, 'type');
    d.length(at + 1, 1, body, end, { mask: 0x7f });
    d.block(at, end);
    for (let i = body; i + 2 <= end; i++) {
      const n = u16(d.bytes, i);
      if (n > 0 && i + 2 + n <= end) {
        d.length(i, 2, i + 2, i + 2 + n);
        d.block(i, i + 2 + n);
        i += 1 + n;
      }
    }
    at = end;
  }
};

/** SMB messages ([MS-SMB2] 2.2.1): NetBIOS length, command, flags, chaining, offsets. */
const smb: Grammar = (d, from, to) => {
  for (let at = from; at + 8 <= to; ) {
    const end = Math.min(to, at + 4 + u24(d.bytes, at + 1));
    d.length(at + 1, 3, at + 4, end);
    d.block(at, end);
    d.field(at + 4, 1, 'type');
    d.field(at + 8, 1, 'type');
    d.field(at + 16, 2, 'type', { little: true });
    d.field(at + 20, 4, 'flags', { little: true });
    d.field(at + 24, 4, 'count', { little: true });
    for (let i = at + 68; i + 2 <= end && i < at + 84; i += 2) d.field(i, 2, 'count', { little: true });
    const ntlm = d.bytes.subarray(0, end).indexOf('NTLMSSP', at, 'latin1');
    if (ntlm >= 0)
      for (let i = ntlm + 8; i + 4 <= end && i < ntlm + 72; i += 4) d.field(i, 4, 'count', { little: true });
    at = end;
  }
};

/** LLDP (IEEE 802.1AB 8.4): type 7 bits, length 9 bits. */
const lldp: Grammar = (d, from, to) => {
  for (let at = from; at + 2 <= to; ) {
    const end = Math.min(to, at + 2 + (u16(d.bytes, at) & 0x1ff));
    d.field(at, 1, 'type');
    d.length(at, 2, at + 2, end, { mask: 0x1ff });
    d.block(at, end);
    at = end;
  }
};

/** What nothing else describes: whatever number equals what is left is taken for a length. */
export const guess: Grammar = (d, from, to) => {
  const b = d.bytes;
  for (let at = from; at + 2 <= to && at < from + 256; at++) {
    const left = to - at;
    if (b[at] === left - 1 && left > 2) d.length(at, 1, at + 1, to);
    const two = u16(b, at);
    if (two >= left - 4 && two <= left && two > 2) d.length(at, 2, at + 2, to);
    else if (b.readUInt16LE(at) === left - 2 && left > 4) d.length(at, 2, at + 2, to, { little: true });
    if ((at - from) % 4 === 0) d.field(at, 2, 'number');
  }
  for (let at = from; at < to; at += 8) d.block(at, Math.min(to, at + 8));
};

const PORTS: Readonly<Record<number, Grammar>> = {
  53: dns,
  67: dhcp,
  68: dhcp,
  137: dns,
  138: guess,
  161: snmp,
  162: snmp,
  445: smb,
  139: smb,
  546: typed(4, 0),
  547: typed(4, 0),
  104: dicom,
  11112: dicom,
  443: tls,
  1883: mqtt,
  1900: lines,
  3702: lines,
  5353: dns,
  5355: dns,
  389: snmp,
  2575: hl7,
  21: lines,
  22: lines,
  80: lines,
};
const TYPES: Readonly<Record<number, Grammar>> = { 34984: lldp, 35020: lldp, 8192: typed(4, 4) };

/** Grammar of a datagram or stream to or from a port; told by its first bytes where the port says nothing. */
export function grammarOf(port: number, b: Buffer, from: number, to: number): Grammar {
  const known = PORTS[port];
  if (known !== undefined) return known;
  const first = b[from];
  if (first === 0x0b || b.toString('latin1', from, from + 3) === 'MSH') return hl7;
  if (first === 0x16 && b[from + 1] === 3) return tls;
  if (first >= 1 && first <= 7 && b[from + 1] === 0 && to - from >= 10 && b.readUInt32BE(from + 2) <= to - from)
    return dicom;
  if (first === 0 && b[from + 5] === 0x53) return smb;
  return first >= 0x20 && first < 0x7f && b[from + 1] >= 0x20 && b[from + 1] < 0x7f ? lines : guess;
}

/** Grammar of a frame without IP. */
export const grammarOfType = (etherType: number): Grammar => TYPES[etherType] ?? guess;
