import { parseIp } from './address.js';
import { WardwireError } from './errors.js';
import type { PacketView } from './packet-view.js';

/** Which part of an interface's traffic one of several sensor processes takes: plain data, crosses a process boundary. */
export interface ShareSpec {
  /** Number of this process, 0 … `of` − 1, and how many there are. */
  readonly index: number;
  readonly of: number;
  /** IPv4 addresses that belong to nobody: traffic with them is the other end's alone. */
  readonly servers: readonly string[];
}

/** What the home of a device knows of it and others need to judge by. */
export interface Peer {
  readonly id: string;
  readonly type: string;
  readonly typeConfidence: number;
  readonly patientConnected: boolean;
}

/** What a packet is to a process: another one's, its own to count, or its own too (another one counts it). */
export const Takes = { No: 0, First: 1, Also: 2 } as const;
export type Takes = (typeof Takes)[keyof typeof Takes];

/**
 * Process of an address by the last 32 bits of it: neighbours differ in their low bits only, so they are mixed before the remainder. Of a
 * device without an address (NaN, as 0) the first.
 */
export function homeOf(word: number, of: number): number {
  return (Math.imul(word, 0x9e3779b1) >>> 15) % of;
}

/** Words of listed servers as the kernel's program and `Share` compare them. @throws WardwireError('config') naming what is no IPv4 address */
export function serverWords(servers: readonly string[]): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(servers, (a, i) => {
    const w = parseIp(a);
    if (w === null || w[2] !== 0xffff || w[0] !== 0 || w[1] !== 0) {
      throw new WardwireError('config', `${a} is no IPv4 address`, [{ path: `capture.fanout_servers[${i}]`, text: a }]);
    }
    return w[3] >>> 0;
  });
}

/**
 * Divides devices among processes by their addresses. A process takes every packet from or to an address of its own, so that it sees all
 * that its devices say and hear; a packet between devices of two processes is taken by both. Traffic with a listed server is taken once, by
 * the process of the other end; between two listed ones the larger address decides. Frames without IP addresses are everybody's.
 * `capture/native/share.c` is the same in the kernel and lets through a superset (tunnels, options, tags within tags).
 */
export class Share {
  readonly index: number;
  readonly of: number;
  readonly #servers: Uint32Array;

  constructor(spec: ShareSpec) {
    this.index = spec.index;
    this.of = spec.of;
    this.#servers = serverWords(spec.servers);
  }

  /** Of a packet whose headers were read. Innermost addresses count: what a tunnel carries is divided like anything else. */
  takes(v: PacketView): Takes {
    const blank = (v.src0 | v.src1 | v.src3) === 0 && (v.src2 === 0xffff || v.src2 === 0);
    if (v.ipVersion === 0 || blank) return this.index === 0 ? Takes.First : Takes.Also;
    const src = homeOf(v.src3, this.of);
    if (toGroup(v)) return src === this.index ? Takes.First : Takes.No;
    const dst = homeOf(v.dst3, this.of);
    const fromServer = this.isServer(v.src3);
    const toServer = this.isServer(v.dst3);
    if (fromServer || toServer) {
      const larger = v.src3 >>> 0 > v.dst3 >>> 0 ? src : dst;
      const home = fromServer && toServer ? larger : fromServer ? dst : src;
      return home === this.index ? Takes.First : Takes.No;
    }
    if (src === this.index) return Takes.First;
    return dst === this.index ? Takes.Also : Takes.No;
  }

  /**
   * Whether this process speaks of the device at an address (its last word, NaN a device without one): its own, and every listed server,
   * of which each process sees a part.
   */
  speaksOf(word: number): boolean {
    return this.isHome(word) || (!Number.isNaN(word) && this.isServer(word));
  }

  /** Whether this process is the one an address belongs to. Devices without an address belong to the first. */
  isHome(word: number): boolean {
    return homeOf(word, this.of) === this.index;
  }

  isServer(word: number): boolean {
    const servers = this.#servers;
    for (let i = 0; i < servers.length; i++) if (servers[i] === word >>> 0) return true;
    return false;
  }
}

/** Broadcast and multicast belong to nobody: RFC 5771, RFC 4291 2.7. */
function toGroup(v: PacketView): boolean {
  if (v.dst0 >>> 24 === 0xff) return true;
  return v.dst0 === 0 && v.dst1 === 0 && v.dst2 === 0xffff && v.dst3 >>> 28 >= 0xe;
}

/** Word by which a device's process is found: its newest IPv4 address, else its newest of any kind; NaN when it has none. */
export function homeWord(addresses: readonly string[]): number {
  const words = addresses.map(parseIp).filter((w) => w !== null);
  const v4 = words.find((w) => w[0] === 0 && w[1] === 0 && w[2] === 0xffff);
  return (v4 ?? words[0])?.[3] ?? Number.NaN;
}
