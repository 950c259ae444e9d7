import type { Random } from '../../../src/core/index.js';
import { dataElement } from '../dicom-bytes.js';
import { type Hospital, period, pick } from './hosts.js';
import type { Host, Net } from './net.js';
import { Connection, type Script } from './tcp.js';

// Wire formats: PS3.8 section 9.3 (PDUs), PS3.7 annex E (command sets, implicit little endian), PS3.5 section 7 (data sets).

const VERIFICATION = '1.2.840.10008.1.1';
const FIND_STUDY = '1.2.840.10008.5.1.4.1.2.2.1';
const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const APPLICATION = '1.2.840.10008.3.1.1.1';
const MAX_PDU = 16_384;
const PORT = 104;

/** What a modality makes: storage class, rows, columns, bytes a pixel, images a study. */
export const KINDS = [
  { name: 'CT', sop: '1.2.840.10008.5.1.4.1.1.2', rows: 512, columns: 512, bytes: 2, images: 20 },
  { name: 'MR', sop: '1.2.840.10008.5.1.4.1.1.4', rows: 256, columns: 256, bytes: 2, images: 40 },
  { name: 'US', sop: '1.2.840.10008.5.1.4.1.1.6.1', rows: 480, columns: 640, bytes: 1, images: 16 },
] as const;
type Kind = (typeof KINDS)[number];

const even = (s: string, pad: string): Buffer => Buffer.from(s.length % 2 === 0 ? s : s + pad, 'latin1');
const item = (type: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head[0] = type;
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
};
const pdu = (type: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(6);
  head[0] = type;
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
};
const userItems = (): Buffer => {
  const max = Buffer.alloc(4);
  max.writeUInt32BE(MAX_PDU);
  return item(
    0x50,
    Buffer.concat([item(0x51, max), item(0x52, Buffer.from('2.25.64001')), item(0x55, Buffer.from('GEN_1'))]),
  );
};
const titles = (called: string, calling: string): Buffer =>
  Buffer.concat([
    Buffer.from([0, 1, 0, 0]),
    Buffer.from(called.padEnd(16) + calling.padEnd(16), 'latin1'),
    Buffer.alloc(32),
    item(0x10, Buffer.from(APPLICATION)),
  ]);

function associateRq(called: string, calling: string, sop: string, syntax: string): Buffer {
  const context = Buffer.concat([
    Buffer.from([1, 0, 0, 0]),
    item(0x30, Buffer.from(sop)),
    item(0x40, Buffer.from(syntax)),
  ]);
  return pdu(1, Buffer.concat([titles(called, calling), item(0x20, context), userItems()]));
}

function associateAc(called: string, calling: string, syntax: string): Buffer {
  const context = Buffer.concat([Buffer.from([1, 0, 0, 0]), item(0x40, Buffer.from(syntax))]);
  return pdu(2, Buffer.concat([titles(called, calling), item(0x21, context), userItems()]));
}

const RELEASE_RQ = pdu(5, Buffer.alloc(4));
const RELEASE_RP = pdu(6, Buffer.alloc(4));

type Value = number | string;
/** A command set: [element of group 0000, value]; numbers are US, strings UI. */
function command(elements: readonly (readonly [number, Value])[]): Buffer {
  const parts = elements.map(([element, value]) => {
    const body = typeof value === 'string' ? even(value, '\0') : Buffer.alloc(2);
    if (typeof value === 'number') body.writeUInt16LE(value);
    const head = Buffer.alloc(8);
    head.writeUInt16LE(element, 2);
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body]);
  });
  const rest = Buffer.concat(parts);
  const length = Buffer.alloc(12);
  length.writeUInt32LE(4, 4);
  length.writeUInt32LE(rest.length, 8);
  return Buffer.concat([length, rest]);
}

/** P-DATA-TF PDUs of one message part; `control` bit 0 command, bit 1 last. */
function pdata(body: Buffer, isCommand: boolean): Buffer {
  const parts: Buffer[] = [];
  const room = MAX_PDU - 6;
  for (let at = 0; at < body.length; at += room) {
    const end = Math.min(body.length, at + room);
    const head = Buffer.alloc(12);
    head[0] = 4;
    head.writeUInt32BE(end - at + 6, 2);
    head.writeUInt32BE(end - at + 2, 6);
    head[10] = 1;
    head[11] = (isCommand ? 1 : 0) | (end === body.length ? 2 : 0);
    parts.push(head, body.subarray(at, end));
  }
  return Buffer.concat(parts);
}

const text = (group: number, el: number, vr: string, s: string): Buffer =>
  dataElement(group, el, vr, even(s, vr === 'UI' ? '\0' : ' '));
const us = (el: number, n: number): Buffer => {
  const b = Buffer.alloc(2);
  b.writeUInt16LE(n);
  return dataElement(0x0028, el, 'US', b);
};

const MARK = '2.25.640000000000000';
/** Puts a number into the twelve digits at the end of each instance UID of a prepared message. */
function setInstance(message: Buffer, places: readonly number[], n: number): void {
  const digits = String(n).padStart(12, '0');
  for (const at of places) message.write(digits, at + MARK.length - 12, 'latin1');
}
function instancePlaces(message: Buffer): number[] {
  const places: number[] = [];
  for (let at = message.indexOf(MARK); at >= 0; at = message.indexOf(MARK, at + 1)) places.push(at);
  return places;
}

interface Prepared {
  readonly kind: Kind;
  readonly store: Buffer;
  readonly places: readonly number[];
  readonly response: Buffer;
  readonly responsePlaces: readonly number[];
}

/** C-STORE-RQ with its data set, and the answer, ready but for the instance UID. */
function prepare(kind: Kind, rng: Random): Prepared {
  const pixels = Buffer.alloc(kind.rows * kind.columns * kind.bytes);
  for (let i = 0; i < pixels.length; i += 4) pixels.writeUInt32LE(rng.u32() & 0x0fff0fff, i);
  const set = Buffer.concat([
    text(8, 0x16, 'UI', kind.sop),
    text(8, 0x18, 'UI', MARK),
    text(8, 0x20, 'DA', '20300101'),
    text(8, 0x60, 'CS', kind.name),
    text(8, 0x70, 'LO', 'GEN MEDICAL'),
    text(8, 0x1010, 'SH', `${kind.name}1`),
    text(8, 0x1090, 'LO', `${kind.name} 64`),
    text(0x10, 0x10, 'PN', 'DEMO^PATIENT'),
    text(0x10, 0x20, 'LO', 'P00001'),
    text(0x20, 0x0d, 'UI', '2.25.64.1'),
    text(0x20, 0x0e, 'UI', '2.25.64.1.1'),
    us(0x0002, 1),
    text(0x28, 0x0004, 'CS', 'MONOCHROME2'),
    us(0x0010, kind.rows),
    us(0x0011, kind.columns),
    us(0x0100, kind.bytes * 8),
    us(0x0101, kind.bytes === 2 ? 12 : 8),
    us(0x0102, kind.bytes === 2 ? 11 : 7),
    us(0x0103, 0),
    dataElement(0x7fe0, 0x10, kind.bytes === 2 ? 'OW' : 'OB', pixels),
  ]);
  const rq = command([
    [0x0002, kind.sop],
    [0x0100, 0x0001],
    [0x0110, 1],
    [0x0700, 0],
    [0x0800, 0x0102],
    [0x1000, MARK],
  ]);
  const store = Buffer.concat([pdata(rq, true), pdata(set, false)]);
  const rsp = command([
    [0x0002, kind.sop],
    [0x0100, 0x8001],
    [0x0120, 1],
    [0x0800, 0x0101],
    [0x0900, 0],
    [0x1000, MARK],
  ]);
  const response = pdata(rsp, true);
  return { kind, store, places: instancePlaces(store), response, responsePlaces: instancePlaces(response) };
}

export class Dicom {
  readonly #net: Net;
  readonly #rng: Random;
  readonly #hospital: Hospital;
  readonly #prepared: readonly Prepared[];
  #instance = 0;
  #connection = 0;

  constructor(net: Net, hospital: Hospital, rng: Random) {
    this.#net = net;
    this.#rng = rng;
    this.#hospital = hospital;
    this.#prepared = KINDS.map((k) => prepare(k, rng));
  }

  /** A modality that stores a study every `studySeconds`. */
  *modality(host: Host, index: number, studySeconds: number): Script {
    const p = this.#prepared[index % this.#prepared.length];
    const archive = index % this.#hospital.archives.length;
    const [called, calling] = [`ARCHIVE${archive}`, `${p.kind.name}${index}`];
    yield this.#rng.float() * studySeconds * 1e6;
    for (;;) {
      const c = new Connection(this.#net, host, this.#hospital.archives[archive], PORT, 0x1000000 + this.#connection++);
      yield* c.open();
      yield* c.send(0, associateRq(called, calling, p.kind.sop, EXPLICIT), false);
      yield* c.send(1, associateAc(called, calling, EXPLICIT));
      for (let i = 0; i < p.kind.images; i++) {
        // One buffer serves many senders at once: an image in flight takes its own copy of the head only by number.
        const n = ++this.#instance;
        yield* this.#image(c, p, n);
      }
      yield* c.send(0, RELEASE_RQ, false);
      yield* c.send(1, RELEASE_RP, false);
      yield* c.close();
      yield period(this.#rng, studySeconds, 0.3);
    }
  }

  *#image(c: Connection, p: Prepared, n: number): Script {
    // The UIDs lie in the first kilobyte; it goes out before another script runs on the same prepared message.
    const head = Buffer.from(p.store.subarray(0, 1448));
    setInstance(head, p.places, n);
    const answer = Buffer.from(p.response);
    setInstance(answer, p.responsePlaces, n);
    yield* c.send(0, head, false);
    yield* c.send(0, p.store, false, head.length);
    yield 800 + this.#rng.int(3000);
    yield* c.send(1, answer);
    yield 500 + this.#rng.int(4000);
  }

  /** A workstation that looks for one patient's studies, and now and then checks the archive with C-ECHO. */
  *workstation(host: Host, index: number, seconds: number): Script {
    yield this.#rng.float() * seconds * 1e6;
    for (let round = 0; ; round++) {
      const archive = this.#rng.int(this.#hospital.archives.length);
      const [called, calling] = [`ARCHIVE${archive}`, `VIEWER${index}`];
      const echo = round % 8 === 7;
      const c = new Connection(this.#net, host, this.#hospital.archives[archive], PORT, 0x2000000 + this.#connection++);
      yield* c.open();
      yield* c.send(
        0,
        associateRq(called, calling, echo ? VERIFICATION : FIND_STUDY, echo ? IMPLICIT : EXPLICIT),
        false,
      );
      yield* c.send(1, associateAc(called, calling, echo ? IMPLICIT : EXPLICIT));
      if (echo) yield* this.#echo(c);
      else yield* this.#find(c);
      yield* c.send(0, RELEASE_RQ, false);
      yield* c.send(1, RELEASE_RP, false);
      yield* c.close();
      yield period(this.#rng, seconds, 0.5);
    }
  }

  *#echo(c: Connection): Script {
    yield* c.send(
      0,
      pdata(
        command([
          [0x0002, VERIFICATION],
          [0x0100, 0x0030],
          [0x0110, 1],
          [0x0800, 0x0101],
        ]),
        true,
      ),
      false,
    );
    const rsp = command([
      [0x0002, VERIFICATION],
      [0x0100, 0x8030],
      [0x0120, 1],
      [0x0800, 0x0101],
      [0x0900, 0],
    ]);
    yield* c.send(1, pdata(rsp, true));
  }

  *#find(c: Connection): Script {
    const patient = `P${String(this.#rng.int(90_000)).padStart(5, '0')}`;
    const keys = Buffer.concat([
      text(8, 0x52, 'CS', 'STUDY'),
      text(0x10, 0x20, 'LO', patient),
      text(0x20, 0x0d, 'UI', ''),
    ]);
    const rq = command([
      [0x0002, FIND_STUDY],
      [0x0100, 0x0020],
      [0x0110, 1],
      [0x0700, 0],
      [0x0800, 0x0102],
    ]);
    yield* c.send(0, Buffer.concat([pdata(rq, true), pdata(keys, false)]));
    const found = 1 + this.#rng.int(3);
    for (let i = 0; i <= found; i++) {
      const last = i === found;
      const rsp = command([
        [0x0002, FIND_STUDY],
        [0x0100, 0x8020],
        [0x0120, 1],
        [0x0800, last ? 0x0101 : 0x0102],
        [0x0900, last ? 0 : 0xff00],
      ]);
      const set = Buffer.concat([
        text(8, 0x52, 'CS', 'STUDY'),
        text(0x10, 0x20, 'LO', patient),
        text(0x20, 0x0d, 'UI', `2.25.64.${i + 1}`),
      ]);
      yield* c.send(1, last ? pdata(rsp, true) : Buffer.concat([pdata(rsp, true), pdata(set, false)]), last);
      yield 200 + this.#rng.int(600);
    }
  }

  /** Storage without pause, for the bulk mix. */
  *bulk(host: Host, index: number): Script {
    yield* this.modality(host, index, 0.5 + pick(this.#rng, [0.1, 0.3, 0.7]));
  }
}
