import type { OperatorWord } from '../core/index.js';
import type { Addresses } from './addresses.js';
import type { DeviceTable } from './table.js';
import type { Typing } from './typing.js';

/** The operator's word always wins: it is applied when it is said and whenever its device appears. */
export class Operator {
  #entries = new Map<string, OperatorWord>();
  /** Rows made since the last tick that are part of another device. */
  #toMerge: number[] = [];

  constructor(
    private readonly table: DeviceTable,
    private readonly addresses: Addresses,
    private readonly typing: Typing,
    private readonly removed: (device: number) => void,
  ) {}

  set(entries: readonly OperatorWord[]): void {
    const before = this.#entries;
    this.#entries = new Map(entries.map((e) => [e.id, e]));
    for (const id of before.keys()) {
      const d = this.table.byId(id);
      if (d >= 0 && !this.#entries.has(id)) this.typing.unpin(d);
    }
    for (const e of entries) {
      const d = this.table.byId(e.id);
      if (d >= 0) this.#apply(d, e);
    }
    this.tick();
  }

  /** Says everything once more: somebody else had a word meanwhile. */
  again(): void {
    this.set([...this.#entries.values()]);
  }

  /** A row got its id. */
  born(d: number): void {
    if (this.#entries.size === 0) return;
    const e = this.#entries.get(this.table.records[d]!.id);
    if (e !== undefined) this.#apply(d, e);
  }

  /** Joins rows outside of a packet's way: whoever holds a row's number then keeps a number that still means a device. */
  tick(): void {
    if (this.#toMerge.length === 0) return;
    const later: number[] = [];
    for (const d of this.#toMerge) {
      const r = this.table.records[d];
      const into = r === undefined ? undefined : this.#entries.get(r.id)?.mergedInto;
      if (r === undefined || into === undefined || into === null) continue;
      const target = this.table.byId(into);
      // the main row may not have been seen yet
      if (target < 0) later.push(d);
      else if (target !== d) this.#join(d, target);
    }
    this.#toMerge = later;
  }

  #apply(d: number, e: OperatorWord): void {
    const r = this.table.records[d]!;
    if (e.mergedInto !== null) {
      if (!this.#toMerge.includes(d)) this.#toMerge.push(d);
      return;
    }
    if (e.name !== null) r.name = e.name;
    if (e.location !== null) r.location = e.location;
    this.typing.pin(d, e.type, e.criticality);
    r.changed = true;
  }

  #join(d: number, target: number): void {
    this.addresses.moveAll(d, target);
    const t = this.table;
    if (t.firstUs[d] < t.firstUs[target]) t.firstUs[target] = t.firstUs[d];
    if (t.lastUs[d] > t.lastUs[target]) t.lastUs[target] = t.lastUs[d];
    this.removed(d);
    t.remove(d);
  }
}
