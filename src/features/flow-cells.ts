/** Bits of `FlowCells.bits`. */
export const FlowBit = {
  /** The responder's, the initiator's address lies outside the site. */
  ResponderExternal: 1,
  InitiatorExternal: 2,
  SynAckCounted: 4,
  ConflictCounted: 8,
} as const;

/** What the room remembers about a flow; two values a row by side (0 initiator, 1 responder). */
export class FlowCells {
  readonly bits: Uint8Array;
  /** Device whose open flows include this one, and its generation then; −1 none. */
  readonly counted: Int32Array;
  readonly countedGen: Uint16Array;
  /** Second in which the side was last marked as talking with the other, and minute of the last peer note. */
  readonly markedSec: Int32Array;
  readonly notedMin: Int32Array;
  /** Retransmitted and out-of-order octets already counted. */
  readonly odd: Float64Array;
  /** Key of the address of each side. */
  readonly key: Int32Array;

  constructor(capacity: number) {
    this.bits = new Uint8Array(capacity);
    this.counted = new Int32Array(capacity * 2).fill(-1);
    this.countedGen = new Uint16Array(capacity * 2);
    this.markedSec = new Int32Array(capacity * 2).fill(-1);
    this.notedMin = new Int32Array(capacity * 2).fill(-1);
    this.odd = new Float64Array(capacity * 2);
    this.key = new Int32Array(capacity * 2);
  }

  open(slot: number, initiatorKey: number, responderKey: number, bits: number): void {
    const s = 2 * slot;
    this.bits[slot] = bits;
    this.counted[s] = this.counted[s + 1] = -1;
    this.markedSec[s] = this.markedSec[s + 1] = -1;
    this.notedMin[s] = this.notedMin[s + 1] = -1;
    this.odd[s] = this.odd[s + 1] = 0;
    this.key[s] = initiatorKey;
    this.key[s + 1] = responderKey;
  }
}
