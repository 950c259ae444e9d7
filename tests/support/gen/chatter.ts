import type { Random } from '../../../src/core/index.js';
import { type Hospital, period, pick } from './hosts.js';
import { BROADCAST, type Host, type Net } from './net.js';
import type { Script } from './tcp.js';

// The small talk of a network: DNS, NTP, DHCP, ARP, multicast vitals.

const VITALS_GROUP = 0xef4d000a; // 239.77.0.10
const VITALS_MAC = Buffer.from('01005e4d000a', 'hex');
const VITALS_PORT = 24_005;
const NAMES = ['archive', 'engine', 'broker', 'time', 'print', 'update', 'portal', 'files'];

function dnsQuery(id: number, name: string): Buffer {
  const labels = name.split('.').map((p) => Buffer.concat([Buffer.from([p.length]), Buffer.from(p)]));
  const b = Buffer.concat([Buffer.alloc(12), ...labels, Buffer.from([0, 0, 1, 0, 1])]);
  b.writeUInt16BE(id, 0);
  b.writeUInt16BE(0x0100, 2);
  b.writeUInt16BE(1, 4);
  return b;
}

function dnsAnswer(query: Buffer, ip: number): Buffer {
  const answer = Buffer.from('c00c0001000100000e10000400000000', 'hex');
  answer.writeUInt32BE(ip, 12);
  const b = Buffer.concat([query, answer]);
  b.writeUInt16BE(0x8180, 2);
  b.writeUInt16BE(1, 6);
  return b;
}

/** BOOTP with options (RFC 2131): 3 REQUEST or 5 ACK. */
function dhcp(host: Host, xid: number, type: number, server: Host): Buffer {
  const b = Buffer.alloc(300);
  b[0] = type === 5 ? 2 : 1;
  b[1] = 1;
  b[2] = 6;
  b.writeUInt32BE(xid, 4);
  b.writeUInt32BE(host.ip, 12);
  if (type === 5) b.writeUInt32BE(host.ip, 16);
  host.mac.copy(b, 28);
  b.writeUInt32BE(0x63825363, 236);
  let at = 240;
  const option = (code: number, value: Buffer): void => {
    b[at++] = code;
    b[at++] = value.length;
    at += value.copy(b, at);
  };
  option(53, Buffer.from([type]));
  option(54, Buffer.from([server.ip >>> 24, (server.ip >>> 16) & 255, (server.ip >>> 8) & 255, server.ip & 255]));
  if (type === 5) option(51, Buffer.from([0, 0, 14, 16]));
  else option(55, Buffer.from([1, 3, 6, 15, 42]));
  b[at] = 255;
  return b;
}

export class Chatter {
  readonly #net: Net;
  readonly #hospital: Hospital;
  readonly #rng: Random;

  constructor(net: Net, hospital: Hospital, rng: Random) {
    this.#net = net;
    this.#hospital = hospital;
    this.#rng = rng;
  }

  *dns(host: Host, seconds: number): Script {
    const server = this.#hospital.resolver;
    yield this.#rng.float() * seconds * 1e6;
    for (;;) {
      const query = dnsQuery(this.#rng.int(65_536), `${pick(this.#rng, NAMES)}.ward.example`);
      const port = 32_768 + this.#rng.int(28_000);
      this.#net.udp(host, port, server.ip, server.mac, 53, query);
      yield 300 + this.#rng.int(900);
      this.#net.udp(server, 53, host.ip, host.mac, port, dnsAnswer(query, pick(this.#rng, this.#hospital.archives).ip));
      yield period(this.#rng, seconds, 0.5);
    }
  }

  *ntp(host: Host, seconds: number): Script {
    const server = this.#hospital.resolver;
    yield this.#rng.float() * seconds * 1e6;
    for (;;) {
      const ask = Buffer.alloc(48);
      ask[0] = 0x23;
      const now = this.#net.nowUs;
      const seconds1900 = (Math.floor(now / 1e6) + 2_208_988_800) % 4294967296;
      ask.writeUInt32BE(seconds1900, 40);
      ask.writeUInt32BE(Math.floor(((now % 1e6) / 1e6) * 4294967295), 44);
      this.#net.udp(host, 123, server.ip, server.mac, 123, ask);
      yield 400;
      const answer = Buffer.alloc(48);
      answer[0] = 0x24;
      answer[1] = 2;
      ask.copy(answer, 24, 40, 48);
      ask.copy(answer, 32, 40, 48);
      ask.copy(answer, 40, 40, 48);
      this.#net.udp(server, 123, host.ip, host.mac, 123, answer);
      yield period(this.#rng, seconds);
    }
  }

  *dhcp(host: Host, seconds: number): Script {
    const server = this.#hospital.router;
    yield this.#rng.float() * seconds * 1e6;
    for (;;) {
      const xid = this.#rng.u32();
      this.#net.udp(host, 68, server.ip, server.mac, 67, dhcp(host, xid, 3, server));
      yield 900;
      this.#net.udp(server, 67, host.ip, host.mac, 68, dhcp(host, xid, 5, server));
      yield period(this.#rng, seconds);
    }
  }

  *arp(host: Host, seconds: number): Script {
    yield this.#rng.float() * seconds * 1e6;
    for (;;) {
      this.#net.arp(host, this.#hospital.router, false);
      yield 150;
      this.#net.arp(this.#hospital.router, host, true);
      yield period(this.#rng, seconds, 0.3);
    }
  }

  *vitals(host: Host, index: number, seconds: number): Script {
    const b = Buffer.alloc(268);
    b.write('WDMV', 0, 'latin1');
    b.writeUInt16BE(index & 0xffff, 8);
    b.writeUInt16BE(256, 10);
    yield this.#rng.float() * seconds * 1e6;
    for (let n = 0; ; n++) {
      b.writeUInt32BE(n, 4);
      for (let i = 12; i < b.length; i += 4) b.writeUInt32BE(this.#rng.u32() & 0x3f3f3f3f, i);
      this.#net.udp(host, VITALS_PORT, VITALS_GROUP, VITALS_MAC, VITALS_PORT, b);
      yield period(this.#rng, seconds, 0.02);
    }
  }

  /** Tiny broadcasts, one size only: the shortest frame Ethernet knows. */
  *beacon(host: Host, seconds: number): Script {
    const b = Buffer.alloc(18);
    yield this.#rng.float() * seconds * 1e6;
    for (let n = 0; ; n++) {
      b.writeUInt32BE(n, 0);
      this.#net.udp(host, 40_000, 0x0a7fffff, BROADCAST, 40_000, b);
      yield period(this.#rng, seconds);
    }
  }
}
