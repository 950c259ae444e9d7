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
  /** The length field is broken: the rest of the direction has no meaning. */
  broken(tsUs: number): void;
}

const S = { First: 0, Length: 1, Body: 2, Lost: 3 } as const;

/** Control packets of one direction, out of any cut: first octet (type 4 bits, flags 4), remaining length 1 to 4, body. */
export class Packets {
  #state: number = S.First;
  #first = 0;
  #length = 0;
  #shift = 0;
  #left = 0;
  #have = 0;
  #body = Buffer.alloc(0);

  constructor(private readonly handler: PacketHandler) {}

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
        this.#have = 0;
        if (this.#length > 0 && this.#body.length === 0) this.#body = Buffer.alloc(BODY_KEPT);
        this.#state = S.Body;
        this.#over(tsUs);
      } else {
        const n = Math.min(this.#left, to - at);
        const keep = Math.min(n, BODY_KEPT - this.#have);
        if (keep > 0) {
          b.copy(this.#body, this.#have, at, at + keep);
          this.#have += keep;
        }
        at += n;
        this.#left -= n;
        this.#over(tsUs);
      }
    }
  }

  /** Missing octets: harmless within a body that is only counted. @returns false when the place is lost */
  gap(length: number): boolean {
    if (this.#state === S.Body && length > 0 && length < this.#left && this.#have === BODY_KEPT) {
      this.#left -= length;
      return true;
    }
    this.#state = S.Lost;
    return false;
  }

  #over(tsUs: number): void {
    if (this.#left > 0) return;
    this.#state = S.First;
    const octets = 1 + this.#shift / 7 + this.#length;
    const body = this.#body.subarray(0, this.#have);
    this.handler.packet(this.#first >> 4, this.#first & 15, body, this.#length, octets, tsUs);
  }
}
