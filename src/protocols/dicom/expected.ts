import { type FlowColumns, fold32, hashString, mix32 } from '../../core/index.js';

/** Storage Commitment Push Model (PS3.4 J): its result may come on an association of the archive's own. */
export const STORAGE_COMMITMENT = '1.2.840.10008.1.20.1';
/** An archive opens the move's association at once; results of a commitment may take a night. */
const MOVE_US = 600e6;
const COMMITMENT_US = 86_400e6;
const MAX = 4096;

/** Why an association was opened, as far as it was asked for by another one. */
export type Follows = 'C-MOVE' | 'storage commitment' | '';

/**
 * Associations that a server will open because a client asked it to: to a C-MOVE's destination (PS3.4 C.4.2), and back to who
 * asked for storage commitment. Bounded; the oldest expectation leaves first.
 */
export class ExpectedAssociations {
  readonly #until = new Map<number, number>();
  readonly #columns: FlowColumns;
  readonly #seed: number;

  constructor(columns: FlowColumns, seed: number) {
    this.#columns = columns;
    this.#seed = seed;
  }

  /** A C-MOVE request passed on a flow; `server` is the side that will send the objects. */
  move(slot: number, server: number, destination: string, tsUs: number): void {
    this.#expect(this.#moveKey(slot, server, destination), tsUs + MOVE_US);
  }

  /** A storage commitment request passed; `server` is the side that was asked. */
  commitment(slot: number, server: number, tsUs: number): void {
    this.#expect(this.#pairKey(slot, server), tsUs + COMMITMENT_US);
  }

  /** Whether a request on a flow was to be expected; `asks` is the side that opens the association. */
  follows(slot: number, asks: number, calledAe: string, abstractSyntaxes: Iterable<string>, tsUs: number): Follows {
    if (this.#until.size === 0) return '';
    if ((this.#until.get(this.#moveKey(slot, asks, calledAe)) ?? 0) >= tsUs) return 'C-MOVE';
    if ((this.#until.get(this.#pairKey(slot, asks)) ?? 0) < tsUs) return '';
    for (const uid of abstractSyntaxes) if (uid === STORAGE_COMMITMENT) return 'storage commitment';
    return '';
  }

  #expect(key: number, untilUs: number): void {
    this.#until.delete(key);
    this.#until.set(key, untilUs);
    if (this.#until.size > MAX) this.#until.delete(this.#until.keys().next().value as number);
  }

  #address(slot: number, side: number): number {
    return this.#columns.addressKey(this.#seed, slot, side);
  }

  #moveKey(slot: number, server: number, ae: string): number {
    return mix32(fold32(this.#address(slot, server), hashString(this.#seed, ae)));
  }

  #pairKey(slot: number, server: number): number {
    return mix32(fold32(fold32(this.#address(slot, server), 1), this.#address(slot, 1 - server)));
  }
}
