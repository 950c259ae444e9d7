/** Builders of DICOM bytes (PS3.8 9.3, PS3.7 6.3.1), for tests. */
const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32BE(n >>> 0);
  return b;
};

export function pdu(type: number, body: Buffer, length = body.length): Buffer {
  return Buffer.concat([Buffer.from([type, 0]), u32(length), body]);
}

export function item(type: number, body: Buffer | string): Buffer {
  const b = Buffer.from(body as string, 'latin1');
  return Buffer.concat([Buffer.from([type, 0]), u16(b.length), b]);
}

const ae = (title: string): Buffer => Buffer.from(title.padEnd(16), 'latin1');
const APPLICATION = item(0x10, '1.2.840.10008.3.1.1.1');
export const VERIFICATION = '1.2.840.10008.1.1';
export const IMPLICIT = '1.2.840.10008.1.2';

export interface AssociateOptions {
  readonly called?: string;
  readonly calling?: string;
  readonly maxPdu?: number;
  readonly version?: number;
  /** Bytes at 8–9 and at 42–73 of the PDU. */
  readonly reserved?: number;
  /** Further sub-items of the user information. */
  readonly userItems?: readonly Buffer[];
  readonly contexts?: readonly { id: number; abstract: string; result?: number }[];
}

function associate(type: number, o: AssociateOptions): Buffer {
  const contexts = (o.contexts ?? [{ id: 1, abstract: VERIFICATION }]).map((c) =>
    type === 1
      ? item(0x20, Buffer.concat([Buffer.from([c.id, 0, 0, 0]), item(0x30, c.abstract), item(0x40, IMPLICIT)]))
      : item(0x21, Buffer.concat([Buffer.from([c.id, 0, c.result ?? 0, 0]), item(0x40, IMPLICIT)])),
  );
  const user = item(
    0x50,
    Buffer.concat([
      item(0x51, u32(o.maxPdu ?? 16384)),
      item(0x52, '1.2.3.4'),
      item(0x55, 'TEST_1'),
      ...(o.userItems ?? []),
    ]),
  );
  const fixed = Buffer.concat([
    u16(o.version ?? 1),
    u16(o.reserved ?? 0),
    ae(o.called ?? 'PACS'),
    ae(o.calling ?? 'CT1'),
    Buffer.alloc(32, o.reserved ?? 0),
  ]);
  return pdu(type, Buffer.concat([fixed, APPLICATION, ...contexts, user]));
}
export const associateRq = (o: AssociateOptions = {}): Buffer => associate(1, o);
export const associateAc = (o: AssociateOptions = {}): Buffer => associate(2, o);
export const associateRj = (result: number, source: number, reason: number): Buffer =>
  pdu(3, Buffer.from([0, result, source, reason]));
export const releaseRq = (): Buffer => pdu(5, Buffer.alloc(4));
export const releaseRp = (): Buffer => pdu(6, Buffer.alloc(4));
export const abort = (source = 0, reason = 0): Buffer => pdu(7, Buffer.from([0, 0, source, reason]));

/** A PDV item: length, context, control, fragment. */
export function pdv(context: number, control: number, fragment: Buffer, length = fragment.length + 2): Buffer {
  return Buffer.concat([u32(length), Buffer.from([context, control]), fragment]);
}
export const pdata = (...pdvs: Buffer[]): Buffer => pdu(4, Buffer.concat(pdvs));

function element(e: number, value: Buffer): Buffer {
  const h = Buffer.alloc(8);
  h.writeUInt16LE(0, 0);
  h.writeUInt16LE(e, 2);
  h.writeUInt32LE(value.length, 4);
  return Buffer.concat([h, value]);
}
const us = (n: number): Buffer => Buffer.from([n & 255, n >> 8]);
const text = (s: string, pad: string): Buffer => Buffer.from(s.length % 2 ? s + pad : s, 'latin1');

/** A command set with its group length; `more` are further elements, ascending, after (0000,0110). */
export function command(
  field: number,
  o: {
    sop?: string;
    id?: number;
    to?: number;
    status?: number;
    dataset?: boolean;
    destination?: string;
    instance?: string;
  } = {},
): Buffer {
  const parts: Buffer[] = [element(0x0002, text(o.sop ?? VERIFICATION, '\0')), element(0x0100, us(field))];
  if (o.to !== undefined) parts.push(element(0x0120, us(o.to)));
  else parts.push(element(0x0110, us(o.id ?? 1)));
  if (o.destination !== undefined) parts.push(element(0x0600, text(o.destination, ' ')));
  parts.push(element(0x0800, us(o.dataset ? 1 : 0x0101)));
  if (o.status !== undefined) parts.push(element(0x0900, us(o.status)));
  if (o.instance !== undefined) parts.push(element(0x1000, text(o.instance, '\0')));
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([element(0, length), body]);
}

/** One element, explicit VR little endian (PS3.5 7.1.2), short or long form. */
export function dataElement(group: number, number: number, vr: string, value: Buffer | string): Buffer {
  const v = Buffer.from(value as string, 'latin1');
  const long = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(vr);
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(v.length, 8);
  else head.writeUInt16LE(v.length, 6);
  return Buffer.concat([head, v]);
}
