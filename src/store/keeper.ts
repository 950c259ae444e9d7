import { existsSync, statSync } from 'node:fs';
import { faultOf, setAside } from './database.js';
import type { FromWorker, StoredVerdict, WorkerOptions } from './messages.js';
import { Salvage } from './salvage.js';
import { type Shed, type SinkProgress, VerdictFile } from './verdict-file.js';
import { Waiting } from './waiting.js';
import { lookAtWal, walWords } from './wal.js';

/** Verdicts of one transaction. */
const BATCH = 256;
/** Acknowledgements that are not waited for longer: a publisher holds back when too many are not on the disk. */
const HURRY = 4;
const RETRY_MS = 1000;
const SIZE_MS = 1000;
/** Pause between two pieces read from a damaged file: verdicts of now come first. */
const SALVAGE_MS = 5;
const NONE: readonly number[] = [0, 0, 0, 0, 0];

/**
 * The verdict log's worker: keeps what came in memory until the disk has it, whatever the disk does. A file that turns out to be damaged,
 * now or later, is set aside, a new one begun, and what can still be read is taken over behind everything else.
 */
export class Keeper {
  readonly #o: WorkerOptions;
  readonly #say: (m: FromWorker) => void;
  readonly #waiting: Waiting;
  readonly #sinks = new Map<string, SinkProgress>();
  /** Sinks of this start: others are owed nothing that would be missed. */
  readonly #begun = new Set<string>();
  #file: VerdictFile | null = null;
  #next = 1;
  #unsettled = 0;
  /** Rows whose content is not what was written. */
  readonly #bad = new Set<number>();
  #failing = false;
  #timer: NodeJS.Timeout | null = null;
  #urgent = false;
  #sizes: NodeJS.Timeout | null = null;
  #salvage: Salvage | null = null;
  /** What sinks had acknowledged was lost with the file: they are owed all that is taken over. */
  #progressLost = false;
  #closed = false;

  /** @throws Error when the operator has to mend something */
  constructor(o: WorkerOptions, say: (m: FromWorker) => void) {
    this.#o = o;
    this.#say = say;
    this.#waiting = new Waiting(o.memoryBytes);
    this.#guard(() => this.#open());
    // of a large file a look at every page takes seconds, and nobody waits for it
    setImmediate(() => this.#guard(() => this.#file?.check()));
    this.#sizes = setInterval(() => this.#size(), SIZE_MS);
    this.#size();
  }

  append(row: StoredVerdict): void {
    if (this.#numberOf(row.id) !== undefined) return;
    this.#lost(this.#waiting.add({ ...row, n: this.#next++ }));
    this.#later(this.#waiting.size >= BATCH);
  }

  begin(sink: string): void {
    this.#begun.add(sink);
    if (this.#sinks.has(sink)) return;
    this.#progress(sink).cursor = this.#progressLost ? 0 : this.#next - 1;
    this.#later();
  }

  end(sink: string): void {
    this.#begun.delete(sink);
  }

  acked(sink: string, id: string): void {
    const s = this.#progress(sink);
    const n = this.#numberOf(id);
    if (n !== undefined && n > s.cursor && !s.beyond.has(n)) {
      s.beyond.add(n);
      s.fresh.push(n);
      s.changed = true;
    }
    this.#unsettled++;
    if (this.#failing) this.#settle();
    this.#later(this.#unsettled >= HURRY);
  }

  /** The newest bodies, newest first. */
  recent(limit: number): string[] {
    this.#flushAll();
    const waiting = [...this.#waiting.all()].map((v) => v.body).reverse();
    const rest = limit - waiting.length;
    return [...waiting.slice(0, limit), ...(rest > 0 ? (this.#guard(() => this.#file?.recent(rest)) ?? []) : [])];
  }

  /** Bodies of one boot by their numbers, in order. */
  range(boot: string, from: number, to: number, limit: number): string[] {
    this.#flushAll();
    const out = this.#guard(() => this.#file?.range(boot, from, to, limit)) ?? [];
    for (const v of this.#waiting.all())
      if (v.boot === boot && v.seq >= from && v.seq <= to && out.length < limit) out.push(v.body);
    return out;
  }

  /** Bodies a sink has not acknowledged, in the order they were given. */
  pending(sink: string, limit: number): string[] {
    this.#flushAll();
    const s = this.#progress(sink);
    const out: string[] = [];
    const bad = this.#bad.size;
    this.#guard(() => {
      for (const r of this.#file?.after(s.cursor) ?? []) {
        if (out.length >= limit) break;
        if (s.beyond.has(r.n)) continue;
        if (r.damaged) this.#bad.add(r.n);
        else out.push(r.body);
      }
    });
    for (const v of this.#waiting.all()) {
      if (out.length >= limit) break;
      if (!v.quiet && v.n > s.cursor && !s.beyond.has(v.n)) out.push(v.body);
    }
    this.#dropBad(this.#bad.size - bad);
    return out;
  }

  /** Commits what is owed and closes the file. */
  close(): void {
    this.#flushAll();
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#sizes) clearInterval(this.#sizes);
    this.#salvage?.close();
    try {
      this.#file?.close();
    } catch {
      // what could be written is written
    }
  }

  /** What a sink has acknowledged; nothing when nobody knows of it. */
  #progress(name: string): SinkProgress {
    let s = this.#sinks.get(name);
    if (s === undefined) {
      s = { name, cursor: 0, beyond: new Set(), fresh: [], changed: true };
      this.#sinks.set(name, s);
    }
    return s;
  }

  #numberOf(id: string): number | undefined {
    return this.#waiting.numberOf(id) ?? this.#guard(() => this.#file?.numberOf(id));
  }

  #open(): void {
    const { path, maxBytes } = this.#o;
    const wal = walWords(lookAtWal(`${path}-wal`));
    const file = new VerdictFile(path, maxBytes);
    try {
      this.#next = Math.max(this.#next, file.newest() + 1);
      // memory knows better, once it knows anything
      for (const s of file.progress()) if (!this.#sinks.has(s.name)) this.#sinks.set(s.name, s);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#file = file;
    if (wal !== null) this.#problem('damaged', `the verdict log's write-ahead file ${wal}`);
  }

  #later(soon = false): void {
    if (this.#closed || (this.#timer !== null && (this.#urgent || !soon))) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#urgent = soon;
    const ms = this.#failing ? RETRY_MS : soon ? 0 : this.#o.groupMs;
    this.#timer = setTimeout(() => this.#flush(), ms);
  }

  #flushAll(): void {
    do this.#flush();
    while (!this.#failing && this.#waiting.size > 0);
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#urgent = false;
    const batch = this.#waiting.first(BATCH);
    const changed = [...this.#sinks.values()].some((s) => s.changed);
    if (this.#closed || (batch.length === 0 && !changed && this.#bad.size === 0 && this.#file !== null)) return;
    const done = this.#guard(() => {
      if (this.#file === null) this.#open();
      const shed = this.#file?.commit(batch, this.#sinks.values(), [...this.#bad]) ?? [];
      this.#bad.clear();
      for (const s of this.#sinks.values()) {
        s.changed = false;
        s.fresh = [];
      }
      this.#waiting.done(batch);
      this.#lost(shed);
      return true;
    });
    this.#settle();
    if (done === true && this.#failing) {
      this.#failing = false;
      this.#problem('recovered', 'the verdict log can be written again');
      this.#say({ t: 'owed' });
    }
    if (this.#waiting.size > 0 || done !== true) this.#later(done === true);
  }

  /** Does something with the file; what goes wrong is answered here. @returns undefined when it went wrong */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      const fault = faultOf(error, this.#o.path);
      const why = (error as Error).message;
      if (fault === 'damaged') this.#damaged(why);
      else if (fault === 'operator' && this.#file === null && !this.#failing && this.#begun.size === 0) throw error;
      else this.#unwritable(why);
      return undefined;
    }
  }

  #unwritable(why: string): void {
    if (!this.#failing)
      this.#problem(
        'unwritable',
        `the verdict log cannot be written: ${why}; verdicts wait in memory and are published`,
      );
    this.#failing = true;
    this.#settle();
    this.#later();
  }

  /** The file is no healthy database: it is kept under another name, and a new one begun. */
  #damaged(why: string): void {
    try {
      this.#file?.close();
    } catch {
      // what is wrong with it is known
    }
    this.#file = null;
    this.#salvage?.close();
    this.#salvage = null;
    const { path, startMs } = this.#o;
    this.#guard(() => {
      const aside = existsSync(path) ? setAside(path, startMs) : null;
      const from = aside === null ? null : new Salvage(aside);
      const known = from?.progress() ?? null;
      if (known === null) this.#progressLost = this.#sinks.size === 0;
      else for (const s of known) if (!this.#sinks.has(s.name)) this.#sinks.set(s.name, s);
      for (const s of this.#sinks.values()) s.changed = true;
      // later than anything in the old file, whose numbers may be unknown
      this.#next = Math.max(this.#next, (from?.newest ?? startMs) + 1);
      this.#problem(
        'damaged',
        `the verdict log was damaged (${why}); it is kept as ${aside} and a new one begun; ` +
          `it held ${from?.held ?? 'nobody can tell how many'} verdicts, and what can be read of them is taken over`,
      );
      if (from === null) return;
      this.#salvage = from;
      setTimeout(() => this.#takeOver(from), SALVAGE_MS);
    });
    this.#later(true);
  }

  /** Brings over a piece of what a damaged file still holds. */
  #takeOver(from: Salvage): void {
    if (this.#closed || this.#salvage !== from) return;
    if (this.#failing || this.#file === null) {
      setTimeout(() => this.#takeOver(from), RETRY_MS);
      return;
    }
    const rows = from.next(BATCH);
    if (rows.length > 0) {
      this.#guard(() => this.#lost(this.#file?.commit(rows, [], []) ?? []));
      setTimeout(() => this.#takeOver(from), SALVAGE_MS);
      return;
    }
    from.close();
    this.#salvage = null;
    const { taken, held } = from;
    const rest = held === null ? 'how many are lost cannot be told' : `${Math.max(0, held - taken)} are lost`;
    this.#problem('damaged', `${taken} verdicts were taken over from the damaged log; ${rest}`);
    this.#say({ t: 'owed' });
  }

  /** Rows that are not what was written leave the log, and are counted as lost. */
  #dropBad(found: number): void {
    if (found <= 0) return;
    this.#problem('damaged', `${found} verdicts of the log are not what was written: they are lost`);
    this.#flush();
  }

  #settle(): void {
    if (this.#unsettled > 0) this.#say({ t: 'settled', count: this.#unsettled });
    this.#unsettled = 0;
  }

  #problem(event: 'damaged' | 'unwritable' | 'recovered', text: string): void {
    this.#say({ t: 'problem', event, text });
  }

  /** Verdicts left for want of room. */
  #lost(left: readonly Shed[]): void {
    if (left.length === 0) return;
    const owed = [...NONE];
    let delivered = 0;
    for (const { rank, n, quiet } of left) {
      let isOwed = false;
      for (const name of this.#begun) {
        const s = this.#sinks.get(name);
        isOwed ||= s !== undefined && !quiet && n > s.cursor && !s.beyond.has(n);
      }
      if (isOwed) owed[rank]++;
      else delivered++;
    }
    this.#say({ t: 'shed', owed, delivered });
  }

  #size(): void {
    let bytes = 0;
    for (const suffix of ['', '-wal', '-shm'])
      bytes += statSync(this.#o.path + suffix, { throwIfNoEntry: false })?.size ?? 0;
    this.#say({ t: 'size', bytes, waiting: this.#waiting.size, oldest: this.#oldest() });
  }

  /** Time of the oldest verdict some sink is owed, '' when nothing is. */
  #oldest(): string {
    let least = Number.POSITIVE_INFINITY;
    for (const name of this.#begun) least = Math.min(least, this.#sinks.get(name)?.cursor ?? least);
    if (least === Number.POSITIVE_INFINITY) return '';
    const file = this.#file;
    const found = file === null || this.#failing ? undefined : this.#guard(() => file.oldestAfter(least));
    if (found !== undefined) return found;
    for (const v of this.#waiting.all()) if (!v.quiet && v.n > least) return v.observed;
    return '';
  }
}
