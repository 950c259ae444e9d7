import { associateAc, associateRq, IMPLICIT, pdata, pdv, releaseRp, releaseRq } from '../../support/dicom-bytes.js';
import type { Talk, Ward, Who } from './ward.js';

// What the cases of several rooms are made of. DICOM: implicit little endian throughout.

const u16le = (n: number): Buffer => Buffer.of(n & 255, n >> 8);
const u16 = (n: number): Buffer => Buffer.of((n >> 8) & 255, n & 255);
const u32le = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
  return b;
};

/** One element; texts are padded to an even length. */
export function element(group: number, el: number, value: Buffer | string | number): Buffer {
  const raw = typeof value === 'number' ? u16le(value) : Buffer.from(value as string, 'latin1');
  const body =
    raw.length % 2 === 0
      ? raw
      : Buffer.concat([raw, Buffer.of(typeof value === 'string' && /^[0-9.]+$/.test(value) ? 0 : 0x20)]);
  return Buffer.concat([u16le(group), u16le(el), u32le(body.length), body]);
}

/** A command set of group 0000: [element, value] ascending, its length in front. */
export function commandSet(elements: readonly (readonly [number, string | number])[]): Buffer {
  const rest = Buffer.concat(elements.map(([el, value]) => element(0, el, value)));
  return Buffer.concat([element(0, 0, u32le(rest.length)), rest]);
}

/** A whole DIMSE message on a context: command, and data set when there is one. */
export function message(command: Buffer, data?: Buffer, context = 1): Buffer {
  const parts = [pdata(pdv(context, 3, command))];
  for (let at = 0; data !== undefined && at < data.length; at += 16_000) {
    const part = data.subarray(at, at + 16_000);
    parts.push(pdata(pdv(context, at + 16_000 >= data.length ? 2 : 0, part)));
  }
  return Buffer.concat(parts);
}

export const UID = {
  echo: '1.2.840.10008.1.1',
  ct: '1.2.840.10008.5.1.4.1.1.2',
  mr: '1.2.840.10008.5.1.4.1.1.4',
  find: '1.2.840.10008.5.1.4.1.2.2.1',
  move: '1.2.840.10008.5.1.4.1.2.2.2',
  get: '1.2.840.10008.5.1.4.1.2.2.3',
  worklist: '1.2.840.10008.5.1.4.31',
  film: '1.2.840.10008.5.1.1.1',
} as const;

/** An association that was accepted. */
export function associate(
  w: Ward,
  from: Who | string,
  to: Who | string,
  calling: string,
  abstract: string,
  port = 104,
  called = 'PACS',
): Talk {
  const contexts = [{ id: 1, abstract }];
  return w
    .tcp(from, to, port)
    .ask(associateRq({ called, calling, contexts }), associateAc({ called, calling, contexts }));
}
export function release(talk: Talk): void {
  talk.ask(releaseRq(), releaseRp()).close();
}

/** C-STORE of an object of so many octets of pixels. */
export function store(talk: Talk, instance: string, pixels: number, extra: Buffer = Buffer.alloc(0), id = 1): Talk {
  const set = Buffer.concat([
    element(8, 0x16, UID.ct),
    element(8, 0x18, instance),
    element(8, 0x60, 'CT'),
    extra,
    element(0x20, 0xd, '2.25.7.1'),
    element(0x7fe0, 0x10, Buffer.alloc(pixels, 0x40)),
  ]);
  const rq = commandSet([
    [2, UID.ct],
    [0x100, 1],
    [0x110, id],
    [0x700, 0],
    [0x800, 0x102],
    [0x1000, instance],
  ]);
  const rsp = commandSet([
    [2, UID.ct],
    [0x100, 0x8001],
    [0x120, id],
    [0x800, 0x101],
    [0x900, 0],
    [0x1000, instance],
  ]);
  return talk.ask(message(rq, set), message(rsp));
}

/** C-FIND at STUDY level with keys, answered with so many matches. */
export function find(talk: Talk, sop: string, keys: Buffer, matches: number, id = 1): Talk {
  const rq = commandSet([
    [2, sop],
    [0x100, 0x20],
    [0x110, id],
    [0x700, 0],
    [0x800, 0x102],
  ]);
  talk.say(0, message(rq, Buffer.concat([element(8, 0x52, 'STUDY'), keys])));
  for (let i = 0; i < matches; i++) {
    const pending = commandSet([
      [2, sop],
      [0x100, 0x8020],
      [0x120, id],
      [0x800, 0x102],
      [0x900, 0xff00],
    ]);
    talk.say(1, message(pending, Buffer.concat([element(8, 0x52, 'STUDY'), element(0x20, 0xd, `2.25.7.${i + 1}`)])));
  }
  return talk.say(
    1,
    message(
      commandSet([
        [2, sop],
        [0x100, 0x8020],
        [0x120, id],
        [0x800, 0x101],
        [0x900, 0],
      ]),
    ),
  );
}
export const anyPatient = Buffer.concat([element(0x10, 0x10, ''), element(0x10, 0x20, '')]);
export const onePatient = Buffer.concat([element(0x10, 0x10, ''), element(0x10, 0x20, 'P00007')]);

/** TLS hellos (RFC 8446 4.1): the client offers 1.2 and 1.3, the server takes `version`. */
export function tlsHellos(version: number): readonly [Buffer, Buffer] {
  const sized = (b: Buffer): Buffer => Buffer.concat([u16(b.length), b]);
  const record = (type: number, body: Buffer): Buffer =>
    Buffer.concat([Buffer.of(22, 3, 1), sized(Buffer.concat([Buffer.of(type, 0), u16(body.length), body]))]);
  const extension = Buffer.concat([u16(43), sized(Buffer.concat([Buffer.of(4), u16(0x0304), u16(0x0303)]))]);
  const random = Buffer.alloc(32, 7);
  const client = [
    u16(0x0303),
    random,
    Buffer.of(0),
    sized(Buffer.concat([u16(0x1301), u16(0xc02f)])),
    Buffer.of(1, 0),
    sized(extension),
  ];
  const chosen = Buffer.concat([u16(43), sized(u16(version))]);
  const server = [
    u16(Math.min(version, 0x0303)),
    random,
    Buffer.of(0),
    u16(0xc02f),
    Buffer.of(0),
    ...(version > 0x0303 ? [sized(chosen)] : []),
  ];
  return [record(1, Buffer.concat(client)), record(2, Buffer.concat(server))];
}

export { IMPLICIT };

/** An MLLP block (HL7 v2 appendix C) of segments. */
export const mllp = (segments: readonly string[]): string => `\x0b${segments.join('\r')}\r\x1c\r`;

const two = (n: number): string => String(n).padStart(2, '0');
/** YYYYMMDDHHMMSS of a second after the start of a ward. */
export function stamp(second: number): string {
  const s = 8 * 3600 + Math.floor(second);
  return `20300107${two(Math.floor(s / 3600))}${two(Math.floor(s / 60) % 60)}${two(s % 60)}`;
}

export interface Hl7Options {
  readonly type?: string;
  readonly app?: string;
  readonly facility?: string;
  readonly id?: string;
  readonly segments?: readonly string[];
}

let ids = 0;
/** A message at a second of the ward; its own control id when none is given. */
export function hl7(second: number, o: Hl7Options = {}): string {
  const { type = 'ORU^R01^ORU_R01', app = 'MON1', facility = 'ICU', id = `C${String(100_000 + ids++)}` } = o;
  const head = `MSH|^~\\&|${app}|${facility}|ENGINE|SITE|${stamp(second)}||${type}|${id}|P|2.6`;
  return mllp([
    head,
    ...(o.segments ?? [
      `OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1|${60 + (ids % 30)}|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R`,
    ]),
  ]);
}
export function ack(id: string, code = 'AA'): string {
  return mllp([`MSH|^~\\&|ENGINE|SITE|MON1|ICU|${stamp(0)}||ACK|A${id}|P|2.6`, `MSA|${code}|${id}`]);
}
/** A message that is acknowledged. */
export function report(w: Ward, talk: Talk, o: Hl7Options = {}): Talk {
  const id = o.id ?? `C${String(100_000 + ids++)}`;
  return talk.ask(hl7(w.now, { ...o, id }), ack(id));
}
