import {
  type Dir,
  hashString,
  type KeepUnfinished,
  type MqttSeen,
  ParseOutcome,
  type ProtocolContext,
  registerWeirds,
  type StreamSlice,
} from '../../core/index.js';
import type { Teller } from '../teller.js';
import { BODY_KEPT, PACKET_NAMES, Packets, Type } from './packets.js';
import { type Wild, wider, wildOf } from './topic.js';
import { MQTT_WEIRDS } from './weirds.js';

const MAX_LEVELS = 16;
/** Filters of one SUBSCRIBE that are looked at. */
const MAX_FILTERS = 64;
/** Packets of one connection told one by one within a second; the rest of the second is told together. */
const SINGLY = 32;
const SECOND_US = 1e6;
/** Packets told together at most, so that a count is never late. */
const TOGETHER = 256;
/** Flags each type must have (MQTT 3.1.1 table 2.2); −1 free. */
const FLAGS = [-1, 0, 0, -1, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0];
/** Packets only a server sends: CONNACK, SUBACK, UNSUBACK, PINGRESP; only a client: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ. */
const BY_SERVER = [2, 9, 11, 13];
const BY_CLIENT = [1, 8, 10, 12];
/** Packets that may be told together; the others say something of their own. */
const MANY = [3, 4, 5, 6, 7, 12, 13];
/** Octets of a topic kept for comparing. */
const TOPIC_KEPT = 128;
const NO_TOPIC: readonly string[] = [];

export type MqttWeirds = Readonly<Record<keyof typeof MQTT_WEIRDS, number>>;

export const registerMqttWeirds = (ctx: ProtocolContext): MqttWeirds => registerWeirds(ctx.weirds, MQTT_WEIRDS);

/** Packets of one kind that wait to be told together. */
class Held {
  type = 0;
  count = 0;
  octets = 0;
  topic = NO_TOPIC;
}

/** MQTT of one connection. */
export class MqttReader {
  readonly #sides: readonly [Packets, Packets];
  readonly #held: readonly [Held, Held] = [new Held(), new Held()];
  #level = 0;
  #clientToken = '';
  #connects = 0;
  #begun = false;
  #client: Dir = 0;
  #secondUs = Number.NEGATIVE_INFINITY;
  #told = 0;
  /** Bytes and levels of the newest published topic. */
  readonly #lastTopic = Buffer.alloc(TOPIC_KEPT);
  #lastLength = -1;
  #lastLevels = NO_TOPIC;

  constructor(
    private readonly ctx: ProtocolContext,
    private readonly tell: Teller,
    private readonly slot: number,
    private readonly weirds: MqttWeirds,
    keep: KeepUnfinished,
  ) {
    const side = (dir: Dir): Packets =>
      new Packets(
        {
          packet: (type, flags, body, length, octets, tsUs) =>
            this.#packet(dir, type, flags, body, length, octets, tsUs),
          // it may have been the first
          passed: () => {
            this.#begun = true;
          },
          broken: (tsUs) => this.#odd('length', tsUs),
        },
        keep,
      );
    this.#sides = [side(0), side(1)];
  }

  stream(s: StreamSlice): ParseOutcome {
    const side = this.#sides[s.dir];
    if (s.gapLen !== 0) side.gap(s.gapLen);
    else if (!side.lost) side.feed(s.buf, s.from, s.to, s.tsUs);
    return this.#sides.every((x) => x.lost) ? ParseOutcome.Stop : ParseOutcome.Ok;
  }

  /** The connection ended: what waits is told. */
  close(tsUs: number): void {
    this.#release(0, tsUs);
    this.#release(1, tsUs);
  }

  #odd(name: keyof typeof MQTT_WEIRDS, tsUs: number): void {
    this.ctx.weirds.hit(this.weirds[name], this.slot, tsUs);
  }

  #packet(dir: Dir, type: number, flags: number, body: Buffer, length: number, octets: number, tsUs: number): void {
    if (type === 0) return this.#odd('type', tsUs);
    // AUTH came with version 5
    if (type === 15 && this.#level !== 0 && this.#level !== 5) this.#odd('type', tsUs);
    if (FLAGS[type] >= 0 && flags !== FLAGS[type]) this.#odd('flags', tsUs);
    if (type === Type.Publish && (flags & 6) === 6) this.#odd('flags', tsUs);
    if (!this.#begun) {
      this.#begun = true;
      if (type === Type.Connect) this.#client = dir;
      else if (dir === this.#client) this.#odd('first', tsUs);
    }
    const byClient = dir === this.#client;
    if ((byClient && BY_SERVER.includes(type)) || (!byClient && BY_CLIENT.includes(type))) this.#odd('side', tsUs);
    const ev = { level: 0, topic: NO_TOPIC, wild: '' as Wild, code: -1 };
    if (type === Type.Connect) this.#connect(dir, body, tsUs, ev);
    else if (type === Type.Connack) ev.code = length >= 2 ? body[1] : -1;
    else if (type === Type.Publish) ev.topic = this.#topic(body, 0, length, false, tsUs);
    else if (type === Type.Subscribe || type === Type.Unsubscribe) this.#subscribe(body, length, tsUs, type, ev);
    if (tsUs - this.#secondUs >= SECOND_US) {
      this.close(tsUs);
      this.#secondUs = tsUs;
      this.#told = 0;
    }
    if (this.#told >= SINGLY && MANY.includes(type)) return this.#hold(dir, type, octets, ev.topic, tsUs);
    this.#told++;
    this.#tell(dir, tsUs, type, 1, octets, ev);
  }

  #tell(
    dir: Dir,
    tsUs: number,
    type: number,
    count: number,
    octets: number,
    ev: Pick<MqttSeen, 'level' | 'topic' | 'wild' | 'code'>,
  ): void {
    const at = { flow: this.slot, dir, tsUs, clientToken: this.#clientToken };
    this.ctx.events.event({ kind: 'mqtt', ...at, packet: PACKET_NAMES[type], count, octets, ...ev });
  }

  #hold(dir: Dir, type: number, octets: number, topic: readonly string[], tsUs: number): void {
    const h = this.#held[dir];
    if (h.count > 0 && (h.type !== type || h.count >= TOGETHER)) this.#release(dir, tsUs);
    h.type = type;
    h.count++;
    h.octets += octets;
    h.topic = topic;
  }

  #release(dir: Dir, tsUs: number): void {
    const h = this.#held[dir];
    if (h.count === 0) return;
    const { type, count, octets, topic } = h;
    h.count = 0;
    h.octets = 0;
    this.#tell(dir, tsUs, type, count, octets, { level: 0, topic, wild: '', code: -1 });
  }

  /* protocol name (length 2), level 1, flags 1, keep alive 2, [properties in 5.0], client identifier (length 2) */
  #connect(dir: Dir, b: Buffer, tsUs: number, ev: { level: number }): void {
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
    this.#clientToken = this.ctx.token('mqtt', id);
    this.tell.tell(this.slot, dir, tsUs, 'mqtt', 'agent', this.tell.mask(id));
  }

  /* packet identifier 2, [properties in 5.0], then filters: filter (length 2), in SUBSCRIBE options 1 */
  #subscribe(
    b: Buffer,
    length: number,
    tsUs: number,
    type: number,
    ev: { topic: readonly string[]; wild: Wild },
  ): void {
    const first = this.#level === 5 ? variable(b, 2) : 2;
    ev.topic = this.#topic(b, first < 0 ? b.length : first, length, true, tsUs);
    if (type !== Type.Subscribe || first < 0) return;
    for (let at = first, n = 0; at + 2 <= b.length && n < MAX_FILTERS; n++) {
      const from = at + 2;
      at = from + b.readUInt16BE(at) + 1;
      ev.wild = wider(ev.wild, wildOf(b, from, Math.min(at - 1, b.length)));
    }
  }

  /** Hashes of the levels of the topic whose length stands at `at`. */
  #topic(b: Buffer, at: number, length: number, filter: boolean, tsUs: number): readonly string[] {
    if (at + 2 > b.length) {
      this.#odd('short', tsUs);
      return NO_TOPIC;
    }
    const from = at + 2;
    const end = from + b.readUInt16BE(at);
    if (end - at > length) {
      this.#odd('short', tsUs);
      return NO_TOPIC;
    }
    const to = Math.min(end, b.length);
    // clients publish on the same topic again and again
    const last = this.#lastTopic;
    if (!filter && to - from === this.#lastLength && b.compare(last, 0, to - from, from, to) === 0)
      return this.#lastLevels;
    const text = b.toString('utf8', from, to);
    const wild = /[+#]/.test(text);
    const odd = text.includes('\0') || (text.includes('\ufffd') && end <= b.length) || (wild && !filter);
    if (odd) this.#odd('topic', tsUs);
    const levels = text
      .split('/', MAX_LEVELS)
      .map((l) => (filter && (l === '+' || l === '#') ? l : hashString(this.ctx.seed, l).toString(16)));
    if (!filter && !odd && to - from <= last.length) {
      b.copy(last, 0, from, to);
      this.#lastLength = to - from;
      this.#lastLevels = levels;
    }
    return levels;
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
