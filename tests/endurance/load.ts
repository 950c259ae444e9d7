import { writeFileSync } from 'node:fs';
import { pcapBytes, type TestPacket } from '../support/capture-bytes.js';
import { ethernet, ip4, tcp, udp } from '../support/frames.js';

/** Packets of one conversation: each gives one verdict (`net.cleartext`), decided by the fourth. */
export const PACKETS_A_VERDICT = 5;
const IAC_DO = Buffer.from('fffd18fffd20fffd23fffd27', 'hex');
const IAC_WONT = Buffer.from('fffc18fffc20', 'hex');

export interface LoadOptions {
  /** Conversations, each between two hosts of its own. */
  readonly pairs: number;
  /** Conversations a second; default 100. */
  readonly perS?: number;
  /** First pair, so that several captures share no host; default 0. */
  readonly from?: number;
}

const ipOf = (net: number, n: number): string => `10.${net}.${(n >> 8) & 255}.${n & 255}`;
const macOf = (net: number, n: number): string =>
  `02${net.toString(16).padStart(2, '0')}${n.toString(16).padStart(8, '0')}`;

/** Address of the device that the verdict of a conversation is about. */
export const victimOf = (n: number): string => ipOf(200, n);

/** The hosts of conversations show themselves with a datagram each to the other, as a capture file: those who speak telnet later are known. */
export function writeIntroductions(path: string, pairs: number): void {
  const packets: TestPacket[] = [];
  for (let n = 0; n < pairs; n++) {
    const say = (from: number, to: number): void => {
      const datagram = ip4(17, udp(4000, 5000, Buffer.alloc(20, 1)), { src: ipOf(from, n), dst: ipOf(to, n) });
      const frame = ethernet(0x0800, datagram, macOf(from, n), macOf(to, n));
      packets.push({
        s: 1_766_000_000 + Math.floor(packets.length / 1000),
        f: (packets.length % 1000) * 1000,
        data: frame,
      });
    };
    say(100, 200);
    say(200, 100);
  }
  writeFileSync(path, pcapBytes(packets));
}

/** Telnet sessions between hosts that have never met, as a capture file: a steady stream of verdicts. */
export function writeLoad(path: string, o: LoadOptions): void {
  const packets: TestPacket[] = [];
  const stepUs = 1e6 / (o.perS ?? 100);
  for (let i = 0; i < o.pairs; i++) {
    const n = (o.from ?? 0) + i;
    const ends = [ipOf(100, n), victimOf(n)];
    const macs = [macOf(100, n), macOf(200, n)];
    const port = 20_000 + (n % 40_000);
    const seq = [1000, 9000];
    const say = (dir: 0 | 1, flags: number, payload: Buffer = Buffer.alloc(0)): void => {
      const ports: [number, number] = dir === 0 ? [port, 23] : [23, port];
      const segment = tcp(...ports, payload, { seq: seq[dir], ack: flags & 0x10 ? seq[1 - dir] : 0, flags });
      const packet = ip4(6, segment, { id: packets.length & 0xffff, src: ends[dir], dst: ends[1 - dir] });
      const us = Math.round(i * stepUs) + (packets.length % PACKETS_A_VERDICT) * 10;
      packets.push({
        s: 1_767_000_000 + Math.floor(us / 1e6),
        f: us % 1e6,
        data: ethernet(0x0800, packet, macs[dir], macs[1 - dir]),
      });
      seq[dir] += payload.length + (flags & 2 ? 1 : 0);
    };
    say(0, 0x02);
    say(1, 0x12);
    say(0, 0x10);
    say(1, 0x18, IAC_DO);
    say(0, 0x18, IAC_WONT);
  }
  writeFileSync(path, pcapBytes(packets));
}
