import type { TrainJob } from './messages.js';

/** Rows of a type come from several processes within this time of each other, ms. */
const TOGETHER_MS = 3000;

/** A piece of the learned state, as a sensor process tells it. */
interface LearnedPiece {
  readonly text: string;
  readonly first: boolean;
  readonly last: boolean;
  readonly done: readonly string[];
}

/** Rows of one device type out of several processes as one job. */
export function joinJobs(jobs: readonly TrainJob[]): TrainJob {
  const [first] = jobs;
  if (jobs.length === 1) return first;
  const join = <T extends Float64Array | Int32Array | Uint32Array | Float32Array>(
    make: new (n: number) => T,
    of: (j: TrainJob, before: number) => T,
  ): T => {
    const parts: T[] = [];
    let before = 0;
    for (const j of jobs) {
      parts.push(of(j, before));
      before += j.ids.length;
    }
    const all = new make(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const p of parts) {
      all.set(p, at);
      at += p.length;
    }
    return all;
  };
  return {
    ...first,
    rows: join(Float64Array, (j) => j.rows),
    fromUs: Math.min(...jobs.map((j) => j.fromUs)),
    untilUs: Math.max(...jobs.map((j) => j.untilUs)),
    owner: join(Int32Array, (j, before) => j.owner.map((o) => o + before)),
    tsUs: join(Float64Array, (j) => j.tsUs),
    ids: jobs.flatMap((j) => j.ids),
    seen: join(Uint32Array, (j) => j.seen),
    medians: join(Float32Array, (j) => j.medians),
  };
}

/** Gathers what several processes have to learn from until it is enough for a model. */
export class SharedTraining {
  readonly #waiting = new Map<string, Map<number, TrainJob>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** `least`: rows a model needs. `refuse`: these processes' rows of a type did not suffice. */
  constructor(
    private readonly least: () => number,
    private readonly train: (job: TrainJob) => void,
    private readonly refuse: (type: string, processes: readonly number[]) => void,
  ) {}

  take(process: number, job: TrainJob): void {
    const { type } = job;
    const have = this.#waiting.get(type) ?? new Map<number, TrainJob>();
    have.set(process, job);
    this.#waiting.set(type, have);
    if (this.#timers.has(type)) return;
    this.#timers.set(type, setTimeout(() => this.#judge(type), TOGETHER_MS).unref());
  }

  #judge(type: string): void {
    this.#timers.delete(type);
    const have = this.#waiting.get(type) ?? new Map<number, TrainJob>();
    this.#waiting.delete(type);
    const jobs = [...have].sort(([a], [b]) => a - b).map(([, job]) => job);
    const rows = jobs.reduce((n, j) => n + j.owner.length, 0);
    if (rows >= this.least()) this.train(joinJobs(jobs));
    else this.refuse(type, [...have.keys()]);
  }
}

/** One learned state out of those of several processes: of each device, the line of its home; orders are done when all have done them. */
export class SharedLearned {
  readonly #parts: string[][];
  readonly #texts: string[];
  readonly #fresh = new Set<number>();
  readonly #done = new Map<string, Set<number>>();

  constructor(
    private readonly of: number,
    private readonly home: (device: string) => number,
    private readonly write: (m: LearnedPiece) => void,
  ) {
    this.#parts = Array.from({ length: of }, () => []);
    this.#texts = new Array<string>(of).fill('');
  }

  take(process: number, m: LearnedPiece): void {
    if (m.first) this.#parts[process] = [];
    this.#parts[process].push(m.text);
    if (!m.last) return;
    this.#texts[process] = this.#parts[process].join('');
    this.#parts[process] = [];
    this.#fresh.add(process);
    for (const id of m.done) this.#done.set(id, (this.#done.get(id) ?? new Set()).add(process));
    if (this.#fresh.size === this.of) this.flush();
  }

  /** Writes what came, also when it is not from all. */
  flush(): void {
    if (this.#fresh.size === 0) return;
    this.#fresh.clear();
    const done = [...this.#done].filter(([, by]) => by.size === this.of).map(([id]) => id);
    for (const id of done) this.#done.delete(id);
    this.write({ text: joinLearned(this.#texts, this.home), first: true, last: true, done });
  }
}

const ID = /^\{"id":("(?:[^"\\]|\\.)*")/;

/** Learned states (`baseline/state.ts`: head, a line a device, tail) as one. */
export function joinLearned(texts: readonly string[], home: (device: string) => number): string {
  const lines = new Map<string, string>();
  let head = '';
  texts.forEach((text, process) => {
    for (const raw of text.split('\n')) {
      const id = ID.exec(raw)?.[1];
      if (id === undefined) {
        if (head === '' && raw.startsWith('{"schema"')) head = raw;
        continue;
      }
      if (!lines.has(id) || home(JSON.parse(id) as string) === process) lines.set(id, raw.replace(/,$/, ''));
    }
  });
  return head === '' ? '' : `${head}\n${[...lines.values()].join(',\n')}\n]}\n`;
}
