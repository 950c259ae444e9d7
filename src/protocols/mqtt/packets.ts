import type { KeepUnfinished, Unfinished, UnfinishedOwner } from '../../core/index.js';

/** Control packet types (MQTT 3.1.1 2.2.1, 5.0 2.1.2). */
export const PACKET_NAMES = [
  '',
  'CONNECT',
  'CONNACK',
  'PUBLISH',
  'PUBACK',
  'PUBREC',
  'PUBREL',
  'PUBCOMP',
  'SUBSCRIBE',
  'SUBACK',
  'UNSUBSCRIBE',
  'UNSUBACK',
  'PINGREQ',
  'PINGRESP',
  'DISCONNECT',
  'AUTH',
] as const;
export const Type = { Connect: 1, Connack: 2, Publish: 3, Subscribe: 8, Unsubscribe: 10 } as const;

/** Octets of a packet's body that are kept to be read; the rest is counted. */
export const BODY_KEPT = 1024;

export interface PacketHandler {
  /** A packet whose first BODY_KEPT octets are there. `octets`: the whole packet with its header. */
  packet(type: number, flags: number, body: Buffer, length: number, octets: number, tsUs: number): void;
  /** A packet went by that could not be kept. */
  passed(): void;
  /** The length field is broken: the rest of the direction has no meaning. */
  broken(tsUs: number): void;
}

const NO_BODY = Buffer.alloc(0);
const S = { First: 0, Length: 1, Body: 2, Lost: 3 } as const;

/** Control packets of one direction, out of any cut: first octet (type 4 bits, flags 4), remaining length 1 to 4, body. */
export class Packets implements UnfinishedOwner {
  #state: number = S.First;
  #first = 0;
  #length = 0;
  #shift = 0;
  #left = 0;
  readonly #body: Unfinished;
  /** The packet's body was given up: it is only counted. */
  #gone = false;

  constructor(
    private readonly handler: PacketHandler,
    keep: KeepUnfinished,
  ) {
    this.#body = keep(this);
  }

  givenUp(): void {
    this.#gone = true;
  }

  get lost(): boolean {
    return this.#state === S.Lost;
  }

  feed(b: Buffer, from: number, to: number, tsUs: number): void {
    for (let at = from; at < to && this.#state !== S.Lost; ) {
      if (this.#state === S.First) {
        this.#first = b[at++];
        this.#length = 0;
        this.#shift = 0;
        this.#state = S.Length;
      } else if (this.#state === S.Length) {
        const x = b[at++];
        this.#length |= (x & 0x7f) << this.#shift;
        this.#shift += 7;
        if ((x & 0x80) !== 0) {
          if (this.#shift >= 28) {
            this.#state = S.Lost;
            this.handler.broken(tsUs);
          }
          continue;
        }
        this.#left = this.#length;
        this.#state = S.Body;
        if (this.#left === 0) this.#over(NO_BODY, tsUs);
      } else {
        const n = Math.min(this.#left, to - at);
        const kept = this.#body;
        const keep = Math.min(n, BODY_KEPT - kept.length);
        // most packets lie whole in one slice
        const whole = n === this.#left && kept.length === 0;
        this.#left -= n;
        if (whole) this.#over(b.subarray(at, at + keep), tsUs);
        else {
          if (keep > 0 && !this.#gone) kept.add(b, at, at + keep);
          if (this.#left === 0) this.#over(kept.bytes.subarray(0, kept.length), tsUs);
        }
        at += n;
      }
    }
  }

  /** Missing octets: harmless within a body that is only counted. @returns false when the place is lost */
  gap(length: number): boolean {
    if (
      this.#state === S.Body &&
      length > 0 &&
      length < this.#left &&
      (this.#gone || this.#body.length === BODY_KEPT)
    ) {
      this.#left -= length;
      return true;
    }
    this.#state = S.Lost;
    this.#body.clear();
    return false;
  }

  /** The packet ends; `body` is what was kept of it, lent. */
  #over(body: Buffer, tsUs: number): void {
    this.#state = S.First;
    if (this.#gone) {
      this.#gone = false;
      return this.handler.passed();
    }
    const octets = 1 + this.#shift / 7 + this.#length;
    this.handler.packet(this.#first >> 4, this.#first & 15, body, this.#length, octets, tsUs);
    this.#body.clear();
  }
}
