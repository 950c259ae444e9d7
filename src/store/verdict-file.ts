import { crc32 } from 'node:zlib';
import { checkDatabase, type Db, openDatabase } from './database.js';
import type { NumberedVerdict } from './messages.js';
import { VERDICT_SCHEMA_STEPS } from './verdict-schema.js';

/** `place` is severity times this plus `n`. */
export const RANKS = 2 ** 44;
const SHED_AT_ONCE = 8;
const WAL_BYTES = 4 * 1048576;
const CACHE_KIB = 2048;
/** Room for the write-ahead file, for rows that come before others leave, and for SQLite's own pages. */
const reserve = (maxBytes: number): number => Math.min(2 * WAL_BYTES, maxBytes / 2);

/** What a sink has acknowledged: everything up to `cursor`, and `beyond` it. Memory is the truth, the disk follows. */
export interface SinkProgress {
  readonly name: string;
  cursor: number;
  readonly beyond: Set<number>;
  /** Acknowledged and not on the disk yet. */
  fresh: number[];
  changed: boolean;
}

export interface Row {
  readonly n: number;
  readonly body: string;
  /** The body is not what was written. */
  readonly damaged: boolean;
}

export interface Shed {
  readonly rank: number;
  readonly n: number;
  readonly quiet: boolean;
}

/** The verdict log's file. Every method may throw with SQLite's code. */
export class VerdictFile {
  readonly #db: Db;
  readonly #limit: number;
  readonly #insert;
  readonly #lowest;
  readonly #removeUpTo;
  readonly #remove;
  readonly #numberOf;
  readonly #nextAfter;
  readonly #after;
  readonly #oldest;
  readonly #acknowledge;
  readonly #forget;
  readonly #moveCursor;

  constructor(path: string, maxBytes: number) {
    const db = openDatabase({ path, migrations: VERDICT_SCHEMA_STEPS, synchronous: 'FULL', checked: true });
    this.#db = db;
    this.#limit = maxBytes - reserve(maxBytes);
    try {
      db.pragma(`journal_size_limit = ${WAL_BYTES}`);
      // rows are written once and read in order: a large cache would only keep memory
      db.pragma(`cache_size = -${CACHE_KIB}`);
      this.#insert = db.prepare(
        `INSERT OR IGNORE INTO verdict (place, n, rank, id, boot, seq, observed, quiet, incident, crc, body, basis)
         VALUES (@place, @n, @rank, @id, @boot, @seq, @observed, @quiet, @incident, @crc, @body, @basis)`,
      );
      this.#lowest = db.prepare(`SELECT place, n, quiet FROM verdict ORDER BY place LIMIT ${SHED_AT_ONCE}`);
      this.#removeUpTo = db.prepare('DELETE FROM verdict WHERE place <= ?');
      this.#remove = db.prepare('DELETE FROM verdict WHERE n = ?');
      this.#numberOf = db.prepare('SELECT n FROM verdict WHERE id = ?').pluck();
      this.#nextAfter = db.prepare('SELECT n FROM verdict WHERE n > ? AND quiet = 0 ORDER BY n').pluck();
      this.#after = db.prepare('SELECT n, crc, body FROM verdict WHERE n > ? AND quiet = 0 ORDER BY n');
      this.#oldest = db.prepare('SELECT observed FROM verdict WHERE n > ? AND quiet = 0 ORDER BY n LIMIT 1').pluck();
      this.#acknowledge = db.prepare('INSERT OR IGNORE INTO acknowledged (sink, n) VALUES (?, ?)');
      this.#forget = db.prepare('DELETE FROM acknowledged WHERE sink = ? AND n <= ?');
      this.#moveCursor = db.prepare(
        'INSERT INTO cursor (sink, n) VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET n = excluded.n',
      );
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** The highest number given so far. */
  newest(): number {
    const found = this.#db
      .prepare(
        `SELECT MAX(COALESCE((SELECT MAX(n) FROM verdict), 0), COALESCE((SELECT MAX(n) FROM cursor), 0),
           COALESCE((SELECT MAX(n) FROM acknowledged), 0))`,
      )
      .pluck()
      .get();
    return Number(found);
  }

  progress(): SinkProgress[] {
    const beyond = this.#db.prepare('SELECT n FROM acknowledged WHERE sink = ?').pluck();
    return (this.#db.prepare('SELECT sink, n FROM cursor').all() as { sink: string; n: number }[]).map((r) => ({
      name: String(r.sink),
      cursor: Number(r.n),
      beyond: new Set((beyond.all(r.sink) as number[]).map(Number)),
      fresh: [],
      changed: false,
    }));
  }

  numberOf(id: string): number | undefined {
    return this.#numberOf.get(id) as number | undefined;
  }

  /** Time of the first row beyond a number, as a verdict tells it; undefined when there is none. */
  oldestAfter(n: number): string | undefined {
    return this.#oldest.get(n) as string | undefined;
  }

  /** Rows beyond a number, oldest first. Stop the iteration before another call. */
  *after(n: number): Generator<Row> {
    for (const r of this.#after.iterate(n) as Iterable<{ n: number; crc: number | null; body: string }>)
      yield { n: r.n, body: r.body, damaged: r.crc !== null && r.crc !== crc32(String(r.body)) };
  }

  /** The newest bodies, newest first. */
  recent(limit: number): string[] {
    return this.#db.prepare('SELECT body FROM verdict ORDER BY n DESC LIMIT ?').pluck().all(limit) as string[];
  }

  /** Bodies of one boot by their numbers, in order. */
  range(boot: string, from: number, to: number, limit: number): string[] {
    const found = this.#db
      .prepare('SELECT body FROM verdict WHERE boot = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?')
      .pluck()
      .all(boot, from, to, limit);
    return found as string[];
  }

  /** Everything in one transaction that reaches the disk. @returns what left because the log is full */
  commit(rows: readonly NumberedVerdict[], sinks: Iterable<SinkProgress>, bad: readonly number[]): Shed[] {
    return this.#db.transaction(() => {
      for (const r of rows)
        this.#insert.run({ ...r, place: r.rank * RANKS + r.n, quiet: Number(r.quiet), crc: crc32(r.body) });
      for (const n of bad) this.#remove.run(n);
      for (const s of sinks) if (s.changed) this.#follow(s);
      return this.#shed();
    })();
  }

  /** Bytes of pages in use. */
  #used(): number {
    const [pages, free, page] = ['page_count', 'freelist_count', 'page_size'].map((p) =>
      Number(this.#db.pragma(p, { simple: true })),
    );
    return (pages - free) * page;
  }

  /** Looks at every page; of a large file it takes seconds. @throws Error when something is wrong */
  check(): void {
    checkDatabase(this.#db);
  }

  close(): void {
    this.#db.close();
  }

  /** Moves a sink's cursor over everything it has acknowledged without a hole. */
  #follow(s: SinkProgress): void {
    let to = s.cursor;
    let owes = false;
    for (const n of this.#nextAfter.iterate(s.cursor) as Iterable<number>) {
      if (!s.beyond.has(n)) {
        owes = true;
        break;
      }
      to = n;
    }
    if (to > s.cursor || !owes) {
      s.cursor = to;
      for (const n of s.beyond) if (n <= to) s.beyond.delete(n);
    }
    for (const n of s.fresh) if (n > s.cursor) this.#acknowledge.run(s.name, n);
    this.#forget.run(s.name, s.cursor);
    this.#moveCursor.run(s.name, s.cursor);
  }

  #shed(): Shed[] {
    const left: Shed[] = [];
    while (this.#used() > this.#limit) {
      const rows = this.#lowest.all() as { place: number; n: number; quiet: number }[];
      if (rows.length === 0) break;
      // rows of one severity only: never one of the next while one of this is left
      const rank = Math.floor(rows[0].place / RANKS);
      const same = rows.filter((r) => Math.floor(r.place / RANKS) === rank);
      this.#removeUpTo.run(same[same.length - 1].place);
      for (const r of same) left.push({ rank, n: r.n, quiet: r.quiet === 1 });
    }
    return left;
  }
}
