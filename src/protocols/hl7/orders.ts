import { fold32, hashBytes, join53, mix32, RecentIds } from '../../core/index.js';
import { fieldStart, partEnd } from './fields.js';
import { numberOf } from './numbers.js';

/** RXG fields (HL7 v2 4A.4.6): what is given, how much at least, in which unit, how fast, in which unit. */
const Rxg = { Code: 4, Amount: 5, Units: 7, Rate: 15, RateUnits: 16 } as const;
/** Orders of a drug after which its range is known. */
const KNOWN = 5;
const DRUGS = 8192;
/** Steps a doubling, for the logarithms kept. */
const STEPS = 1024;

/** Where a field's first component lies. */
interface Part {
  from: number;
  to: number;
}

/** Hears that an order is far from what was ordered before. `detail` holds no amount. */
export type OrderSink = (what: 'order.rate' | 'order.dose', code: Part, index: number, detail: string) => void;

/**
 * Infusion orders (RGV^O15, IHE PCD-03) against those of the same drug and unit before: rate (RXG-15) and amount (RXG-5). Keeps of each
 * the lowest and the highest as logarithms, in memory only; shared by all connections, bounded.
 */
export class OrderHistory {
  readonly #seed: number;
  readonly #steps: number;
  readonly #factor: number;
  /** By drug, unit and kind: how many (us), lowest (first) and highest (second) logarithm. */
  readonly #orders = new RecentIds(DRUGS);
  readonly #code: Part = { from: -1, to: -1 };
  readonly #units: Part = { from: -1, to: -1 };
  readonly #number: Part = { from: -1, to: -1 };

  /** `factor`: how many times below the lowest or above the highest is far. */
  constructor(seed: number, factor: number) {
    this.#seed = seed;
    this.#factor = factor;
    this.#steps = Math.round(Math.log2(factor) * STEPS);
  }

  /** Takes the RXG segment `b[at … e)`, the `index`th of its message. */
  take(b: Buffer, at: number, e: number, separator: number, component: number, index: number, odd: OrderSink): void {
    part(this.#code, b, at, e, separator, component, Rxg.Code);
    if (this.#code.from < 0) return;
    this.#one('order.rate', Rxg.Rate, Rxg.RateUnits, b, at, e, separator, component, index, odd);
    this.#one('order.dose', Rxg.Amount, Rxg.Units, b, at, e, separator, component, index, odd);
  }

  #one(
    what: 'order.rate' | 'order.dose',
    amount: number,
    units: number,
    b: Buffer,
    at: number,
    e: number,
    separator: number,
    component: number,
    index: number,
    odd: OrderSink,
  ): void {
    const n = this.#number;
    const u = this.#units;
    part(n, b, at, e, separator, component, amount);
    const value = numberOf(b, n.from, n.to);
    if (!(value > 0)) return;
    part(u, b, at, e, separator, component, units);
    const seed = this.#seed;
    const unit = u.from < 0 ? 0 : hashBytes(seed, b, u.from, u.to);
    const key = fold32(hashBytes(seed, b, this.#code.from, this.#code.to), amount);
    const id = join53(mix32(fold32(key, unit)), mix32(fold32(unit ^ 0x2c1b3c6d, key)));
    const log = Math.round(Math.log2(value) * STEPS);
    const orders = this.#orders;
    const known = orders.find(id);
    if (known < 0) {
      const row = orders.add(id);
      orders.us[row] = 1;
      orders.first[row] = orders.second[row] = log;
      return;
    }
    const below = orders.first[known] - log;
    const above = log - orders.second[known];
    if (orders.us[known] >= KNOWN && (below > this.#steps || above > this.#steps)) {
      const where = above > 0 ? 'above the highest' : 'below the lowest';
      // it does not widen the range it stands out from
      odd(
        what,
        this.#code,
        index,
        `more than ${this.#factor} times ${where} of ${orders.us[known]} orders of it before`,
      );
      return;
    }
    orders.us[known]++;
    if (below > 0) orders.first[known] = log;
    if (above > 0) orders.second[known] = log;
  }
}

function part(into: Part, b: Buffer, at: number, e: number, separator: number, component: number, field: number): void {
  const s = fieldStart(b, at, e, separator, field);
  const end = s < 0 ? -1 : Math.min(partEnd(b, s, e, separator), partEnd(b, s, e, component));
  into.from = end <= s ? -1 : s;
  into.to = end;
}
