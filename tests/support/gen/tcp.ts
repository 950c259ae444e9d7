import { type Host, type Net, Tcp } from './net.js';

/** Yields µs to wait before it goes on; the schedule runs many of them at once. */
export type Script = Generator<number, void, void>;

const WIRE_US = 12;
const TURN_US = 120;
const SYN_OPTIONS = Buffer.from('020405b40402080a0000000000000000010303' + '07', 'hex');
const NO_OPTIONS = Buffer.alloc(0);

/** One TCP connection with handshake, acknowledgements every second segment, timestamps and an orderly end. */
export class Connection {
  readonly net: Net;
  readonly #hosts: readonly [Host, Host];
  readonly #ports: readonly [number, number];
  readonly #seq: [number, number];
  readonly #options = Buffer.from('0101080a0000000000000000', 'hex');
  readonly #timestamps: boolean;
  readonly #segment: number;

  /** `timestamps` false gives bare 20-byte headers. */
  constructor(net: Net, client: Host, server: Host, port: number, seed: number, timestamps = true) {
    this.net = net;
    this.#hosts = [client, server];
    client.nextPort = client.nextPort >= 60_999 ? 32_768 : client.nextPort + 1;
    this.#ports = [client.nextPort, port];
    this.#seq = [Math.imul(seed, 0x9e3779b1) | 0, Math.imul(seed, 0x85ebca6b) | 0];
    this.#timestamps = timestamps;
    this.#segment = timestamps ? 1448 : 1460;
  }

  /** One segment of side `d` (0 client, 1 server). */
  segment(d: 0 | 1, flags: number, data?: Buffer, from = 0, to = data?.length ?? 0): void {
    const o: 0 | 1 = d === 0 ? 1 : 0;
    let options = NO_OPTIONS;
    if (this.#timestamps) {
      options = flags & Tcp.SYN ? SYN_OPTIONS : this.#options;
      const at = flags & Tcp.SYN ? 8 : 4;
      const ms = Math.floor(this.net.nowUs / 1000) >>> 0;
      options.writeUInt32BE(ms, at);
      options.writeUInt32BE(flags & Tcp.ACK ? ms - 1 : 0, at + 4);
    }
    const ack = flags & Tcp.ACK ? this.#seq[o] : 0;
    this.net.tcp(
      this.#hosts[d],
      this.#ports[d],
      this.#hosts[o],
      this.#ports[o],
      this.#seq[d],
      ack,
      flags,
      options,
      data,
      from,
      to,
    );
    this.#seq[d] = (this.#seq[d] + to - from + (flags & (Tcp.SYN | Tcp.FIN) ? 1 : 0)) | 0;
  }

  *open(): Script {
    this.segment(0, Tcp.SYN);
    yield TURN_US;
    this.segment(1, Tcp.SYN | Tcp.ACK);
    yield TURN_US;
    this.segment(0, Tcp.ACK);
    yield WIRE_US;
  }

  /** Bytes of side `d`; the other side acknowledges every second segment and the last when `finalAck`. */
  *send(d: 0 | 1, data: Buffer, finalAck = true, from = 0, to = data.length): Script {
    const o: 0 | 1 = d === 0 ? 1 : 0;
    let owed = 0;
    for (let at = from; at < to; at += this.#segment) {
      const end = Math.min(to, at + this.#segment);
      this.segment(d, end === to ? Tcp.PSH | Tcp.ACK : Tcp.ACK, data, at, end);
      yield WIRE_US;
      if (++owed === 2) {
        this.segment(o, Tcp.ACK);
        owed = 0;
        yield WIRE_US;
      }
    }
    if (owed > 0 && finalAck) {
      yield TURN_US;
      this.segment(o, Tcp.ACK);
    }
    yield TURN_US;
  }

  *close(): Script {
    this.segment(0, Tcp.FIN | Tcp.ACK);
    yield TURN_US;
    this.segment(1, Tcp.FIN | Tcp.ACK);
    yield TURN_US;
    this.segment(0, Tcp.ACK);
  }
}
