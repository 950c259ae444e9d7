import { fold32, type Hl7Odd, hashBytes, join53, mix32, RecentIds, type SettingsOf } from '../../core/index.js';
import { FieldMemory } from './fields.js';
import type { Limit, Limits } from './limits.js';
import { type CodeKeys, numberKey, type Observation } from './observation.js';
import type { hl7Settings } from './settings.js';

/** A unit or a code is a habit after so many equal ones. */
const HABIT = 5;
/** A series must have changed so often before standing still means something. */
const LIVELY = 8;
const UNITS = 16_384;
const SERIES = 16_384;
const LEGS = 32_768;

/** What an observation belongs to, hashes of the message it is in; 0 absent. */
export interface Context {
  /** Codes, names and units of the observations of the message before, by their place in it: links repeat themselves. */
  readonly before: Repeating;
  /** MSH-3 to MSH-6. */
  link: number;
  /** Addresses it travels between. */
  path: number;
  /** PID-3. */
  patient: number;
  /** OBR-3 or OBR-2: who filled or placed the order; `hash53`. */
  order: number;
  /** OBR-7: time of the observation when the OBX has none. */
  time: number;
  /** Kinds of observation so far (`Measured`). */
  measured: number;
}

/** 53 bits that all depend on both hashes. */
function idOf(a: number, b: number): number {
  return join53(mix32(fold32(a, b)), mix32(fold32(b ^ 0x2c1b3c6d, a)));
}

/** Places of a message remembered. */
const PLACES = 32;

/** What stood at one place of the messages of one direction: hashes of code, its name and unit, the limits, and how often in a row. */
class Place {
  readonly codes = new FieldMemory<CodeKeys>();
  readonly units = new FieldMemory<number>();
  link = 0;
  code = 0;
  unit = 0;
  times = 0;
  limit: Limit | null = null;
}

/** The places of the messages of one direction: links repeat themselves, so little is hashed twice. */
export class Repeating {
  readonly #places: Place[] = [];

  at(index: number): Place {
    const place = Math.min(index, PLACES) - 1;
    return (this.#places[place] ??= new Place());
  }
}

/** Hears what an observation contradicts. `detail` holds no value. */
export type Contradicts = (what: Hl7Odd['what'], o: Observation, detail: string) => void;

/**
 * What links measured before: units, codes, values that stand still, and the same observation on its way through an
 * interface engine. Shared by all connections, bounded; keeps hashes, and of each link and code the newest number, in memory only.
 */
export class ObservationHistory {
  readonly #seed: number;
  readonly #limits: Limits;
  readonly #frozenUs: number;
  readonly #frozenTimes: number;
  /** By link and code: newest number (us), unit (first), how often in a row (second). */
  readonly #units = new RecentIds(UNITS);
  /** By link and name: code (first), how often in a row (second). */
  readonly #names = new RecentIds(UNITS);
  /** By link, patient and code: since when it stands still (us), value (first), changes × 65536 + repeats (second). */
  readonly #series = new RecentIds(SERIES);
  /** By order, code, sub-id and time: value with unit, the one before a correction, path. */
  readonly #legs = {
    id: new Float64Array(LEGS),
    value: new Int32Array(LEGS),
    before: new Int32Array(LEGS),
    path: new Int32Array(LEGS),
  };

  constructor(seed: number, limits: Limits, settings: SettingsOf<typeof hl7Settings>) {
    this.#seed = seed;
    this.#limits = limits;
    this.#frozenUs = settings.frozen_s * 1e6;
    this.#frozenTimes = settings.frozen_times;
  }

  get limitsSigned(): boolean {
    return this.#limits.signed;
  }

  /** Takes an observation of a message; `value` is its number, NaN when it is none. */
  take(o: Observation, value: number, c: Context, tsUs: number, odd: Contradicts): void {
    const seed = this.#seed;
    const place = c.before.at(o.index);
    const { code, name, measured } = o.codeKeys(seed, place.codes);
    c.measured |= measured;
    if (code === 0) return;
    const unit = o.unitKey(seed, place.units);
    const same = place.code === code && place.unit === unit && place.link === c.link;
    const settled = same && place.times > HABIT;
    if (!settled) {
      place.times = same ? place.times + 1 : 0;
      place.link = c.link;
      place.code = code;
      place.unit = unit;
      place.limit = unit === 0 ? null : this.#limits.of(code, unit);
      if (name !== 0) this.#name(o, name, code, c, odd);
    }
    const numeric = !Number.isNaN(value);
    const said = numeric ? numberKey(seed, value) : o.textKey(seed);
    if (numeric) {
      const { limit } = place;
      if (limit !== null && (value < limit.low || value > limit.high))
        odd('value.impossible', o, `${limit.name}, limits ${limit.low} to ${limit.high}`);
      if (unit !== 0 && !settled) this.#unit(o, value, code, unit, c, odd);
      if (c.patient !== 0) this.#still(o, said, code, c, tsUs, odd);
    }
    if (c.order !== 0 && said !== 0) this.#leg(o, said, code, unit, c, odd);
  }

  /** Another unit than this link uses for this code. */
  #unit(o: Observation, value: number, code: number, unit: number, c: Context, odd: Contradicts): void {
    const units = this.#units;
    const id = idOf(c.link, code);
    const known = units.find(id);
    const row = known >= 0 ? known : units.add(id);
    if (known < 0) units.second[row] = 0;
    const before = units.us[row];
    if (units.second[row] > 0 && units.first[row] !== unit) {
      const swapped = units.second[row] >= HABIT;
      units.second[row] = 0;
      if (swapped) {
        const factor = before === 0 || value === 0 ? Number.NaN : value / before;
        const much = factor > 1.5 || factor < 0.67 ? `, the value changed by a factor of ${factor.toPrecision(2)}` : '';
        odd('unit.changed', o, `another unit than in the messages before${much}`);
      }
    }
    units.us[row] = value;
    units.first[row] = unit;
    units.second[row]++;
  }

  /** Another code than this link uses for this name. */
  #name(o: Observation, name: number, code: number, c: Context, odd: Contradicts): void {
    const names = this.#names;
    const id = idOf(c.link, name);
    const known = names.find(id);
    const row = known >= 0 ? known : names.add(id);
    if (known < 0) names.second[row] = 0;
    if (names.second[row] > 0 && names.first[row] !== code) {
      if (names.second[row] >= HABIT)
        odd('code.changed', o, 'another code than in the messages before for the same name');
      names.second[row] = 0;
    }
    names.first[row] = code;
    names.second[row]++;
  }

  /** A value that was lively and stands still. */
  #still(o: Observation, now: number, code: number, c: Context, tsUs: number, odd: Contradicts): void {
    const series = this.#series;
    const id = idOf(fold32(c.link, c.patient), code);
    const known = series.find(id);
    const row = known >= 0 ? known : series.add(id);
    if (known < 0 || series.first[row] !== now) {
      const changes = known < 0 ? 0 : Math.min(0x7ffe, (series.second[row] >>> 16) + 1);
      series.us[row] = tsUs;
      series.first[row] = now;
      series.second[row] = changes << 16;
      return;
    }
    const repeats = series.second[row] & 0xffff;
    if (repeats === 0xffff) return;
    series.second[row]++;
    const stood = tsUs - series.us[row];
    if (series.second[row] >>> 16 < LIVELY || repeats + 1 < this.#frozenTimes || stood < this.#frozenUs) return;
    // told once; it must become lively again first
    series.second[row] = 0;
    odd('value.frozen', o, `the same for ${Math.round(stood / 60e6)} min after it had changed all the time`);
  }

  /** The same observation on another path must say the same; on its own path it may be corrected. */
  #leg(o: Observation, said: number, code: number, unit: number, c: Context, odd: Contradicts): void {
    const seed = this.#seed;
    const own = o.from(14);
    const time = own < 0 ? c.time : hashBytes(seed, o.bytes, own, Math.min(o.to(14), own + 14));
    if (time === 0) return;
    const value = fold32(said, unit);
    const id = idOf((c.order | 0) ^ code, Math.floor(c.order / 4294967296) ^ fold32(time, o.key(seed, 4)));
    const legs = this.#legs;
    // one place an id: a leg that is overwritten before its second one comes is not compared
    const row = (id | 0) & (LEGS - 1);
    if (legs.id[row] !== id) {
      legs.id[row] = id;
      legs.before[row] = legs.value[row] = value;
      legs.path[row] = c.path;
    } else if (legs.path[row] === c.path) {
      if (legs.value[row] !== value) legs.before[row] = legs.value[row];
      legs.value[row] = value;
    } else if (legs.value[row] !== value && legs.before[row] !== value) {
      odd('value.altered', o, 'the same observation had another value or unit on another connection');
    }
  }
}
