/**
 * Named counters and gauges of the sensor process in one Float64Array: the packet path does `values[i]++`; once a
 * second a snapshot goes to the control process, which renders Prometheus text. Labels are closed sets, never addresses.
 */
export interface CounterDef {
  /** Prometheus name, base units, `_total` for counters. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Name of the histogram this is a bucket, the sum or the count of. */
  readonly family?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export class Counters {
  readonly defs: CounterDef[] = [];
  values = new Float64Array(256);
  readonly #byKey = new Map<string, number>();

  /** Registers (idempotent by name and labels); returns the index into `values`. Call at start only. */
  define(type: 'counter' | 'gauge', name: string, help: string, labels: Record<string, string> = {}): number {
    return this.#add({ type, name, help, labels });
  }

  /**
   * Registers a histogram; returns the index of its first bucket for `observe`. `edges`: upper bounds, ascending, in the
   * unit of the name; a bucket without end, the sum and the count are added.
   */
  histogram(name: string, help: string, edges: readonly number[]): number {
    const part = (end: string, labels: Record<string, string>): number =>
      this.#add({ type: 'histogram', name: `${name}${end}`, help, labels, family: name });
    const first = edges.map((le) => part('_bucket', { le: String(le) }))[0];
    part('_bucket', { le: '+Inf' });
    part('_sum', {});
    part('_count', {});
    return first;
  }

  /** Counts `x` in the histogram whose first bucket is `first` and whose edges are these. */
  observe(first: number, edges: readonly number[], x: number): void {
    const { values } = this;
    const n = edges.length;
    // buckets are cumulative
    for (let i = n - 1; i >= 0 && x <= edges[i]; i--) values[first + i]++;
    values[first + n]++;
    values[first + n + 1] += x;
    values[first + n + 2]++;
  }

  #add(def: CounterDef): number {
    const key = `${def.name}${JSON.stringify(def.labels)}`;
    const have = this.#byKey.get(key);
    if (have !== undefined) return have;
    const n = this.defs.length;
    this.defs.push(def);
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
