import type { Random } from '../../../src/core/index.js';
import { type Hospital, period, pick } from './hosts.js';
import type { Host, Net } from './net.js';
import { Connection, type Script } from './tcp.js';

// HTTP/1.1, records that look like TLS 1.2, MQTT 3.1.1.

const record = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, 3, 3, body.length >> 8, body.length & 255]), body]);

function noise(rng: Random, n: number): Buffer {
  const b = Buffer.alloc(n);
  for (let i = 0; i + 4 <= n; i += 4) b.writeUInt32LE(rng.u32(), i);
  return b;
}

/** ClientHello (RFC 5246 7.4.1.2) with a server name. */
function clientHello(rng: Random, name: string): Buffer {
  const sni = Buffer.concat([Buffer.from([0, name.length + 3, 0, 0, name.length]), Buffer.from(name)]);
  const extension = Buffer.concat([Buffer.from([0, 0, 0, sni.length]), sni]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    noise(rng, 32),
    Buffer.from([0, 0, 4, 0xc0, 0x2f, 0xc0, 0x30, 1, 0]),
    Buffer.from([extension.length >> 8, extension.length & 255]),
    extension,
  ]);
  return record(22, Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 255]), body]));
}

function serverHello(rng: Random): Buffer {
  const body = Buffer.concat([Buffer.from([3, 3]), noise(rng, 32), Buffer.from([0, 0xc0, 0x2f, 0])]);
  return record(22, Buffer.concat([Buffer.from([2, 0, body.length >> 8, body.length & 255]), body]));
}

export class Web {
  readonly #net: Net;
  readonly #hospital: Hospital;
  readonly #rng: Random;
  #connection = 0;

  constructor(net: Net, hospital: Hospital, rng: Random) {
    this.#net = net;
    this.#hospital = hospital;
    this.#rng = rng;
  }

  *tls(host: Host, seconds: number): Script {
    const rng = this.#rng;
    const servers = Array.from({ length: 3 }, () => pick(rng, this.#hospital.outside));
    yield rng.float() * seconds * 1e6;
    for (;;) {
      const c = new Connection(this.#net, host, pick(rng, servers), 443, 0x4000000 + this.#connection++);
      yield* c.open();
      yield* c.send(0, clientHello(rng, 'portal.example'), false);
      yield 4000 + rng.int(9000);
      yield* c.send(
        1,
        Buffer.concat([serverHello(rng), record(20, Buffer.from([1])), record(22, noise(rng, 40))]),
        false,
      );
      yield* c.send(0, Buffer.concat([record(20, Buffer.from([1])), record(22, noise(rng, 40))]));
      for (let i = 0; i < 2; i++) {
        yield* c.send(0, record(23, noise(rng, 200 + 4 * rng.int(100))), false);
        yield 5000 + rng.int(20_000);
        yield* c.send(1, record(23, noise(rng, 1200 + 4 * rng.int(3000))));
      }
      yield* c.close();
      yield period(rng, seconds, 0.6);
    }
  }

  *http(host: Host, seconds: number): Script {
    const rng = this.#rng;
    const page = Buffer.from(`${'report line '.repeat(60)}\n`.repeat(6));
    yield rng.float() * seconds * 1e6;
    for (;;) {
      const server = pick(rng, this.#hospital.engines);
      const c = new Connection(this.#net, host, server, 80, 0x5000000 + this.#connection++);
      const path = `/reports/${rng.int(100_000)}`;
      yield* c.open();
      yield* c.send(
        0,
        Buffer.from(`GET ${path} HTTP/1.1\r\nHost: portal.ward.example\r\nUser-Agent: ward/1\r\n\r\n`),
        false,
      );
      yield 2000 + rng.int(4000);
      const body = page.subarray(0, 500 + rng.int(page.length - 500));
      const head = `HTTP/1.1 200 OK\r\nServer: portal\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
      yield* c.send(1, Buffer.concat([Buffer.from(head), body]));
      yield* c.close();
      yield period(rng, seconds, 0.6);
    }
  }

  /** A wearable gateway publishing with QoS 1 (MQTT 3.1.1 sections 3.1 to 3.4). */
  *mqtt(host: Host, index: number, seconds: number): Script {
    const rng = this.#rng;
    const broker = this.#hospital.brokers[0];
    const id = `wearable-${String(index).padStart(4, '0')}`;
    const topic = `ward/wearable/${String(index).padStart(4, '0')}/vitals`;
    yield rng.float() * seconds * 1e6;
    const c = new Connection(this.#net, host, broker, 1883, 0x6000000 + index);
    const text = (s: string): Buffer => Buffer.concat([Buffer.from([s.length >> 8, s.length & 255]), Buffer.from(s)]);
    const packet = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([type, body.length]), body]);
    yield* c.open();
    yield* c.send(0, packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 60]), text(id)])), false);
    yield* c.send(1, Buffer.from([0x20, 2, 0, 0]));
    for (let n = 1; ; n = (n % 65_535) + 1) {
      const number = Buffer.from([n >> 8, n & 255]);
      const values = Buffer.from(`{"pulse":${60 + rng.int(40)},"spo2":${94 + rng.int(6)}}`);
      yield* c.send(0, packet(0x32, Buffer.concat([text(topic), number, values])), false);
      yield* c.send(1, packet(0x40, number));
      yield period(rng, seconds);
    }
  }
}
