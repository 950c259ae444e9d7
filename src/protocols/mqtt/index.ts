import {
  type Dir,
  hashString,
  ParseOutcome,
  type ProtocolContext,
  registerWeirds,
  type StreamSlice,
} from '../../core/index.js';
import type { Teller } from '../teller.js';
import { BODY_KEPT, PACKET_NAMES, Packets, Type } from './packets.js';
import { MQTT_WEIRDS } from './weirds.js';

const MAX_LEVELS = 16;
/** Flags each type must have (MQTT 3.1.1 table 2.2); −1 free. */
const FLAGS = [-1, 0, 0, -1, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0];
/** Packets only a server sends: CONNACK, SUBACK, UNSUBACK, PINGRESP; only a client: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ. */
const BY_SERVER = [2, 9, 11, 13];
const BY_CLIENT = [1, 8, 10, 12];

export type MqttWeirds = Readonly<Record<keyof typeof MQTT_WEIRDS, number>>;

export const registerMqttWeirds = (ctx: ProtocolContext): MqttWeirds => registerWeirds(ctx.weirds, MQTT_WEIRDS);

/** MQTT of one connection. */
export class MqttReader {
  readonly #sides: readonly [Packets, Packets];
  #level = 0;
  #connects = 0;
  #begun = false;
  #client: Dir = 0;

  constructor(
    private readonly ctx: ProtocolContext,
    private readonly tell: Teller,
    private readonly slot: number,
    private readonly weirds: MqttWeirds,
  ) {
    const side = (dir: Dir): Packets =>
      new Packets({
        packet: (type, flags, body, length, octets, tsUs) => this.#packet(dir, type, flags, body, length, octets, tsUs),
        broken: (tsUs) => this.#odd('length', tsUs),
      });
    this.#sides = [side(0), side(1)];
  }

  stream(s: StreamSlice): ParseOutcome {
    const side = this.#sides[s.dir];
    if (s.gapLen !== 0) side.gap(s.gapLen);
    else if (!side.lost) side.feed(s.buf, s.from, s.to, s.tsUs);
    return this.#sides.every((x) => x.lost) ? ParseOutcome.Stop : ParseOutcome.Ok;
  }

  #odd(name: keyof typeof MQTT_WEIRDS, tsUs: number): void {
    this.ctx.weirds.hit(this.weirds[name], this.slot, tsUs);
  }

  #packet(dir: Dir, type: number, flags: number, body: Buffer, length: number, octets: number, tsUs: number): void {
    // AUTH came with version 5
    if (type === 0) return this.#odd('type', tsUs);
    if (FLAGS[type] >= 0 && flags !== FLAGS[type]) this.#odd('flags', tsUs);
    if (type === Type.Publish && (flags & 6) === 6) this.#odd('flags', tsUs);
    if (!this.#begun) {
      this.#begun = true;
      if (type === Type.Connect) this.#client = dir;
      else if (dir === this.#client) this.#odd('first', tsUs);
    }
    const byClient = dir === this.#client;
    if ((byClient && BY_SERVER.includes(type)) || (!byClient && BY_CLIENT.includes(type))) this.#odd('side', tsUs);
    const ev = { level: 0, clientToken: '', topic: [] as string[], code: -1 };
    if (type === Type.Connect) this.#connect(dir, body, tsUs, ev);
    else if (type === Type.Connack) ev.code = length >= 2 ? body[1] : -1;
    else if (type === Type.Publish) ev.topic = this.#topic(body, 0, length, false, tsUs);
    else if (type === Type.Subscribe || type === Type.Unsubscribe) ev.topic = this.#subscribe(body, length, tsUs);
    const at = { flow: this.slot, dir, tsUs };
    this.ctx.events.event({ kind: 'mqtt', ...at, packet: PACKET_NAMES[type], octets, ...ev });
  }

  /* protocol name (length 2), level 1, flags 1, keep alive 2, [properties in 5.0], client identifier (length 2) */
  #connect(dir: Dir, b: Buffer, tsUs: number, ev: { level: number; clientToken: string }): void {
    if (++this.#connects > 1) this.#odd('again', tsUs);
    if (b.length < 4) return this.#odd('short', tsUs);
    let at = 2 + b.readUInt16BE(0);
    if (at + 4 > b.length) return this.#odd('short', tsUs);
    ev.level = this.#level = b[at];
    at += 4;
    if (ev.level === 5) {
      const skip = variable(b, at);
      if (skip < 0) return this.#odd('short', tsUs);
      at = skip;
    }
    if (at + 2 > b.length) return this.#odd('short', tsUs);
    const end = at + 2 + b.readUInt16BE(at);
    if (end > b.length) return b.length < BODY_KEPT ? this.#odd('short', tsUs) : undefined;
    const id = b.toString('utf8', at + 2, end);
    if (id === '') return;
    ev.clientToken = this.ctx.token('mqtt', id);
    this.tell.tell(this.slot, dir, tsUs, 'mqtt', 'agent', this.tell.mask(id));
  }

  /* packet identifier 2, [properties in 5.0], filter (length 2), options 1 … */
  #subscribe(b: Buffer, length: number, tsUs: number): string[] {
    const at = this.#level === 5 ? variable(b, 2) : 2;
    return this.#topic(b, at < 0 ? b.length : at, length, true, tsUs);
  }

  /** Hashes of the levels of the topic whose length stands at `at`. */
  #topic(b: Buffer, at: number, length: number, filter: boolean, tsUs: number): string[] {
    if (at + 2 > b.length) {
      this.#odd('short', tsUs);
      return [];
    }
    const from = at + 2;
    const end = from + b.readUInt16BE(at);
    if (end - at > length) {
      this.#odd('short', tsUs);
      return [];
    }
    const text = b.toString('utf8', from, Math.min(end, b.length));
    const wild = /[+#]/.test(text);
    if (text.includes('\0') || (text.includes('\ufffd') && end <= b.length) || (wild && !filter))
      this.#odd('topic', tsUs);
    return text
      .split('/', MAX_LEVELS)
      .map((l) => (filter && (l === '+' || l === '#') ? l : hashString(this.ctx.seed, l).toString(16)));
  }
}

/** Position behind a properties field (length as variable byte integer, MQTT 5.0 2.2.2), −1 when it does not fit. */
function variable(b: Buffer, at: number): number {
  let n = 0;
  for (let i = 0; i < 4; i++) {
    if (at + i >= b.length) return -1;
    n |= (b[at + i] & 0x7f) << (7 * i);
    if ((b[at + i] & 0x80) === 0) return at + i + 1 + n;
  }
  return -1;
}
