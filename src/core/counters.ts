/**
 * Named counters and gauges of the sensor process in one Float64Array: the packet path does `values[i]++`; once a
 * second a snapshot goes to the control process, which renders Prometheus text. Labels are closed sets, never addresses.
 */
export interface CounterDef {
  /** Prometheus name, base units, `_total` for counters. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
}

export class Counters {
  readonly defs: CounterDef[] = [];
  values = new Float64Array(256);
  readonly #byKey = new Map<string, number>();

  /** Registers (idempotent by name and labels); returns the index into `values`. Call at start only. */
  define(type: 'counter' | 'gauge', name: string, help: string, labels: Record<string, string> = {}): number {
    const key = `${name}${JSON.stringify(labels)}`;
    const have = this.#byKey.get(key);
    if (have !== undefined) return have;
    const n = this.defs.length;
    this.defs.push({ name, help, type, labels });
    this.#byKey.set(key, n);
    if (n >= this.values.length) {
      const more = new Float64Array(this.values.length * 2);
      more.set(this.values);
      this.values = more;
    }
    return n;
  }

  get(name: string, labels: Record<string, string> = {}): number {
    const n = this.#byKey.get(`${name}${JSON.stringify(labels)}`);
    return n === undefined ? 0 : this.values[n];
  }
}
