import { hash } from 'node:crypto';
import type { FlowColumns } from '../core/index.js';

/** ICMP types that answer each other (Community ID 1.0): type → answer type. */
const ICMP4: Readonly<Record<number, number>> = {
  8: 0,
  0: 8,
  13: 14,
  14: 13,
  15: 16,
  16: 15,
  17: 18,
  18: 17,
  10: 9,
  9: 10,
};
const ICMP6: Readonly<Record<number, number>> = {
  128: 129,
  129: 128,
  133: 134,
  134: 133,
  135: 136,
  136: 135,
  130: 131,
  131: 130,
  139: 140,
  140: 139,
  144: 145,
  145: 144,
};

/** Seed 0, two bytes. */
const SEED = Buffer.alloc(2);

/**
 * Community ID version 1, seed 0, of a flow: `1:` and base64 of SHA-1 over seed, ordered endpoints, protocol. Equal to Zeek's,
 * Suricata's and Arkime's for the same flow.
 */
export function communityId(columns: FlowColumns, slot: number): string {
  const v6 = columns.ipVersion[slot] === 6;
  const size = v6 ? 16 : 4;
  const proto = columns.proto[slot];
  const endpoint = (side: 0 | 1): Buffer => {
    const b = Buffer.alloc(size);
    for (let w = 0; w < 4; w++) {
      const word = columns.addr[slot * 8 + side * 4 + w];
      if (v6) b.writeInt32BE(word, w * 4);
      else if (w === 3) b.writeInt32BE(word, 0);
    }
    return b;
  };
  let a = endpoint(0);
  let b = endpoint(1);
  let portA = columns.port[slot * 2];
  let portB = columns.port[slot * 2 + 1];
  let oneWay = false;
  if (proto === 1 || proto === 58) {
    // the type stands for one port and its answer's type for the other; types without an answer keep type and code
    const answer = (proto === 1 ? ICMP4 : ICMP6)[portA];
    if (answer === undefined) oneWay = true;
    else portB = answer;
  }
  const order = a.compare(b) || portA - portB;
  if (!oneWay && order > 0) {
    [a, b] = [b, a];
    [portA, portB] = [portB, portA];
  }
  const withPorts = [1, 6, 17, 58, 132].includes(proto);
  const tail = Buffer.alloc(withPorts ? 6 : 2);
  tail[0] = proto;
  if (withPorts) {
    tail.writeUInt16BE(portA, 2);
    tail.writeUInt16BE(portB, 4);
  }
  return `1:${hash('sha1', Buffer.concat([SEED, a, b, tail]), 'base64')}`;
}
