import type { Datagram, Reader, Teller } from '../teller.js';

/** ASN.1 BER tags (X.690; RFC 1157, RFC 3416). */
const Tag = { Integer: 2, Octets: 4, Oid: 6, Sequence: 0x30, Response: 0xa2, TrapV1: 0xa4, Trap: 0xa7 } as const;
const MAX_BINDINGS = 32;

/** A tag-length-value of a message; `data … end` is its content. */
interface Tlv {
  readonly tag: number;
  readonly data: number;
  readonly end: number;
}

/** The element at `at`, null when it does not fit. */
function tlv(b: Buffer, at: number, to: number): Tlv | null {
  if (at + 2 > to) return null;
  let length = b[at + 1];
  let data = at + 2;
  if (length & 0x80) {
    const n = length & 0x7f;
    if (n === 0 || n > 3 || data + n > to) return null;
    length = 0;
    for (let i = 0; i < n; i++) length = (length << 8) | b[data++];
  }
  return data + length > to ? null : { tag: b[at], data, end: data + length };
}

/** `1.3.6.1.2.1.1` */
const SYSTEM = [0x2b, 6, 1, 2, 1, 1];
/** `1.3.6.1.4.1` */
const ENTERPRISES = [0x2b, 6, 1, 4, 1];

function begins(b: Buffer, oid: Tlv, prefix: readonly number[]): boolean {
  return oid.end - oid.data > prefix.length && prefix.every((x, i) => b[oid.data + i] === x);
}

/** Makers by IANA private enterprise number. */
const MAKERS: Readonly<Record<number, string>> = {
  9: 'Cisco',
  11: 'HP',
  253: 'Xerox',
  318: 'APC',
  367: 'Ricoh',
  368: 'Axis',
  641: 'Lexmark',
  674: 'Dell',
  1347: 'Kyocera',
  1602: 'Canon',
  2001: 'Oki',
  2011: 'Huawei',
  2435: 'Brother',
  2636: 'Juniper',
  10642: 'Zebra',
  14823: 'Aruba',
  41112: 'Ubiquiti',
};

/** First number below `enterprises` of an object identifier, 0 none. */
function enterprise(b: Buffer, oid: Tlv): number {
  if (!begins(b, oid, ENTERPRISES)) return 0;
  let n = 0;
  for (let i = oid.data + ENTERPRISES.length; i < oid.end && i < oid.data + ENTERPRISES.length + 4; i++) {
    n = (n << 7) | (b[i] & 0x7f);
    if ((b[i] & 0x80) === 0) return n;
  }
  return 0;
}

/* SEQUENCE { version INTEGER, community OCTET STRING, PDU { request-id, error, index, SEQUENCE OF { OID, value } } } */
/** SNMP v1 and v2c answers; v3 is encrypted or at least its own business. */
export function createSnmp(tell: Teller): Reader {
  return (d: Datagram) => {
    const { buf: b } = d;
    const message = tlv(b, d.from, d.to);
    const version = message?.tag === Tag.Sequence ? tlv(b, message.data, message.end) : null;
    if (message === null || version === null || version.tag !== Tag.Integer) return;
    const community = tlv(b, version.end, message.end);
    const pdu = community?.tag === Tag.Octets ? tlv(b, community.end, message.end) : null;
    if (pdu === null || (pdu.tag !== Tag.Response && pdu.tag !== Tag.Trap && pdu.tag !== Tag.TrapV1)) return;
    const at = [d.slot, d.dir, d.tsUs, 'snmp'] as const;
    tell.tell(...at, 'role', 'snmp-agent');
    if (pdu.tag === Tag.TrapV1) return;
    let p = pdu.data;
    for (let i = 0; i < 3; i++) p = tlv(b, p, pdu.end)?.end ?? pdu.end;
    const list = tlv(b, p, pdu.end);
    if (list === null) return;
    p = list.data;
    for (let i = 0; i < MAX_BINDINGS && p < list.end; i++) {
      const binding = tlv(b, p, list.end);
      if (binding === null) return;
      p = binding.end;
      const oid = tlv(b, binding.data, binding.end);
      const value = oid?.tag === Tag.Oid ? tlv(b, oid.end, binding.end) : null;
      if (oid === null || value === null || !begins(b, oid, SYSTEM)) continue;
      const object = b[oid.data + SYSTEM.length];
      if (object === 1 && value.tag === Tag.Octets)
        tell.tell(...at, 'model', b.toString('latin1', value.data, value.end));
      else if (object === 5 && value.tag === Tag.Octets) tell.name(...at, b.toString('latin1', value.data, value.end));
      else if (object === 2 && value.tag === Tag.Oid) tell.tell(...at, 'vendor', MAKERS[enterprise(b, value)] ?? '');
    }
  };
}
