import { associateAc, associateRq, pdata, pdv } from '../dicom-bytes.js';
import { ethernet, ip4, tcp } from '../frames.js';
import type { HostileFrame } from './traffic.js';

const NONE = Buffer.alloc(0);
const MSS = 1460;
const text = (s: string): Buffer => Buffer.from(s, 'latin1');
const filled = (head: Buffer, n: number): Buffer => Buffer.concat([head, Buffer.alloc(n - head.length, 0x41)]);

/** A message that never ends: what a connection says until it only waits for more. */
export interface Endless {
  readonly name: string;
  /** As the counter of messages given up calls it. */
  readonly protocol: string;
  readonly port: number;
  /** What is said first, by the initiator and then the responder. */
  readonly opening?: readonly Buffer[];
  readonly bytes: Buffer;
}

const OPENING = [associateRq(), associateAc()];
const BYTES = 12_000;
/** PDV whose fragment is not the last one of its message: control 1 a command set, 0 a data set. */
const part = (control: number): Buffer => pdata(pdv(1, control, Buffer.alloc(BYTES, 0x41)));

/** One for every decoder that keeps bytes. */
export const ENDLESS: readonly Endless[] = [
  {
    name: 'HL7 block without an end',
    protocol: 'hl7',
    port: 2575,
    bytes: filled(text('\x0bMSH|^~\\&|A|B|C|D|2024||ORU^R01|1|P|2.3\rOBX|1|ED|X||'), BYTES),
  },
  {
    name: 'association request of 800 kB',
    protocol: 'dicom',
    port: 104,
    bytes: filled(Buffer.concat([Buffer.of(1, 0, 0, 12, 0, 0), associateRq().subarray(6)]), BYTES),
  },
  { name: 'DICOM command set without an end', protocol: 'dicom', port: 104, opening: OPENING, bytes: part(1) },
  { name: 'DICOM data set without an end', protocol: 'dicom', port: 104, opening: OPENING, bytes: part(0) },
  {
    name: 'TLS hello over many records',
    protocol: 'tls',
    port: 443,
    bytes: filled(Buffer.of(0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3), BYTES),
  },
  {
    name: 'HTTP head without an empty line',
    protocol: 'http',
    port: 80,
    bytes: filled(text('GET / HTTP/1.1\r\nX: '), 8000),
  },
  {
    name: 'MQTT packet of which a part comes',
    protocol: 'mqtt',
    port: 1883,
    opening: [Buffer.from([16, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 30, 0, 1, 65])],
    bytes: filled(Buffer.of(0x30, 0xe8, 0x07, 0, 2, 0x61), 900),
  },
  { name: 'SSH banner without a line end', protocol: 'service', port: 22, bytes: filled(text('SSH-2.0-'), 200) },
  { name: 'bytes nobody recognises yet', protocol: 'unrecognised', port: 9000, bytes: filled(text('MZ'), 100) },
];

/** A connection that can be taken up again. */
export class Connection {
  readonly #seq = [1000, 5000];
  #id = 0;
  readonly #client: string;
  readonly #port: number;

  constructor(
    n: number,
    readonly port: number,
    readonly server = '10.3.0.1',
  ) {
    this.#client = `10.2.0.${1 + (n & 63)}`;
    this.#port = 20_000 + (n >> 6);
  }

  open(): HostileFrame[] {
    return [...this.#send(0, NONE, 2), ...this.#send(1, NONE, 18)];
  }

  /** Bytes of a direction in segments of ordinary size. */
  say(dir: 0 | 1, bytes: Buffer): HostileFrame[] {
    const out: HostileFrame[] = [];
    for (let at = 0; at < bytes.length; at += MSS) out.push(...this.#send(dir, bytes.subarray(at, at + MSS), 24));
    return out;
  }

  reset(): HostileFrame[] {
    return this.#send(0, NONE, 20);
  }

  #send(dir: 0 | 1, body: Buffer, flags: number): HostileFrame[] {
    const [src, dst] = dir === 0 ? [this.#client, this.server] : [this.server, this.#client];
    const ports: [number, number] = dir === 0 ? [this.#port, this.port] : [this.port, this.#port];
    const segment = tcp(...ports, body, { seq: this.#seq[dir], ack: this.#seq[1 - dir], flags });
    this.#seq[dir] += body.length + (flags & 2 ? 1 : 0);
    const bytes = ethernet(0x0800, ip4(6, segment, { src, dst, id: this.#id++ & 0xffff }));
    return [{ bytes, linkType: 1, wireLen: bytes.length, afterUs: 5 }];
  }
}

/** A connection up to where its message would begin. */
export function begun(c: Connection, e: Endless): HostileFrame[] {
  const out = c.open();
  (e.opening ?? []).forEach((b, i) => void out.push(...c.say((i & 1) as 0 | 1, b)));
  return out;
}
