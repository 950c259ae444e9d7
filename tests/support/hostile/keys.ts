import { associateRq } from '../dicom-bytes.js';
import { hex } from '../evidence-feed.js';
import * as seed from '../evidence-seeds.js';
import { ethernet, ip4, tcp, udp } from '../frames.js';
import type { HostileFrame } from './traffic.js';

const text = (s: string): Buffer => Buffer.from(s, 'latin1');
const option = (code: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(code, value.length), value]);

/** Traffic in which every message names something nobody named before: what a table by that name would have to keep. */
export const KEYS: Readonly<Record<string, (i: number) => readonly [proto: number, port: number, bytes: Buffer]>> = {
  'names and clients of DHCP': (i) => [
    17,
    67,
    seed.dhcp(1, [option(53, Buffer.of(1)), option(12, text(`HOST-${i}`)), option(61, text(`c${i}`))]),
  ],
  'names and services of mDNS': (i) => [
    17,
    5353,
    seed.answers([
      { name: seed.name(`h${i}.local`), type: 1, data: Buffer.of(10, 0, 0, 1) },
      {
        name: seed.name(`s${i}._x${i}._tcp.local`),
        type: 33,
        data: Buffer.concat([Buffer.alloc(6), seed.name('a.local')]),
      },
    ]),
  ],
  'domains of DNS': (i) => [
    17,
    53,
    Buffer.concat([hex('0000 0100 0001 0000 0000 0000'), seed.name(`a.d${i}.com`), hex('00010001')]),
  ],
  'senders, patients and codes of HL7': (i) => [
    6,
    2575,
    text(
      `\x0bMSH|^~\\&|A${i}|B${i}|C|D${i}|2024||ORU^R${i % 999}|C${i}|P|2.3\rPID|1||P${i}\rOBX|1|NM|X${i}^N${i}||5|u${i}\r\x1c\r`,
    ),
  ],
  'titles of DICOM': (i) => [6, 104, associateRq({ calling: `CT${i}`, called: `P${i}` })],
  'clients and topics of MQTT': (i) => [
    6,
    1883,
    Buffer.concat([
      hex('1017 0004 4d515454 04 02 003c 000b'),
      text(String(i).padEnd(11)),
      hex('300a 0006'),
      text(String(i).padStart(6)),
      text('xy'),
    ]),
  ],
  'paths and agents of HTTP': (i) => [6, 80, text(`GET /p${i} HTTP/1.1\r\nHost: h${i}\r\nUser-Agent: u${i}\r\n\r\n`)],
};

/** The `i`-th of them, from one of fifty devices in a flow of its own; or every one from another device. */
export function keyed(kind: string, i: number, devices = 50): HostileFrame {
  const [proto, port, bytes] = KEYS[kind](i);
  const n = i % devices;
  const client = 1024 + (i % 60_000);
  const body = proto === 17 ? udp(client, port, bytes) : tcp(client, port, bytes, { seq: i, flags: 0x19 });
  const packet = ip4(proto, body, {
    src: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
    dst: `10.200.1.${1 + (i % 5)}`,
    id: i & 0xffff,
  });
  const frame = ethernet(0x0800, packet, `02${n.toString(16).padStart(10, '0')}`);
  return { bytes: frame, linkType: 1, wireLen: frame.length, afterUs: 3000 };
}
