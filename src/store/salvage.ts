import { crc32 } from 'node:zlib';
import Database from 'better-sqlite3';
import type { Db } from './database.js';
import type { NumberedVerdict } from './messages.js';
import { RANKS, type SinkProgress } from './verdict-file.js';

const SEVERITIES = 5;

interface DamagedRow {
  readonly place: number;
  readonly n: number;
  readonly id: string;
  readonly boot: string;
  readonly seq: number;
  readonly observed: string;
  readonly quiet: number;
  readonly incident: string | null;
  readonly crc: number | null;
  readonly body: string;
  readonly basis: string | null;
}

/** Reads what can still be read of a damaged verdict log that was set aside. Never throws for what stands in the file. */
export class Salvage {
  #db: Db | null = null;
  /** Verdicts the file held, as far as can be told. */
  readonly held: number | null;
  readonly newest: number | null;
  taken = 0;
  readonly #rows: Generator<NumberedVerdict>;

  constructor(path: string) {
    try {
      this.#db = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 });
    } catch {
      // not even a header: nothing is taken
    }
    this.held = this.#number('SELECT COUNT(*) FROM verdict');
    this.newest = this.#number('SELECT MAX(n) FROM verdict');
    this.#rows = this.#read();
  }

  /** What sinks had acknowledged; null when that cannot be read. */
  progress(): SinkProgress[] | null {
    const cursors = this.#all<{ sink: string; n: number }>('SELECT sink, n FROM cursor');
    if (cursors === null) return null;
    const beyond = this.#all<{ sink: string; n: number }>('SELECT sink, n FROM acknowledged') ?? [];
    return cursors
      .filter((c) => typeof c.sink === 'string' && Number.isSafeInteger(c.n) && c.n >= 0)
      .map((c) => ({
        name: c.sink,
        cursor: c.n,
        beyond: new Set(beyond.filter((a) => a.sink === c.sink && Number.isSafeInteger(a.n)).map((a) => a.n)),
        fresh: [],
        changed: true,
      }));
  }

  /** The next verdicts, at most so many; none at the end. */
  next(most: number): NumberedVerdict[] {
    const out: NumberedVerdict[] = [];
    while (out.length < most) {
      const r = this.#rows.next();
      if (r.done === true) break;
      out.push(r.value);
    }
    this.taken += out.length;
    return out;
  }

  close(): void {
    try {
      this.#db?.close();
    } catch {
      // it is of no more use anyway
    }
    this.#db = null;
  }

  #number(sql: string): number | null {
    const n = this.#all<{ x: number | null }>(sql.replace(' FROM', ' AS x FROM'))?.[0]?.x;
    return typeof n === 'number' && Number.isSafeInteger(n) && n >= 0 ? n : null;
  }

  #all<T>(sql: string): T[] | null {
    try {
      return this.#db === null ? null : (this.#db.prepare(sql).all() as T[]);
    } catch {
      return null;
    }
  }

  /** Each severity from its oldest on until a damaged page, then from its newest back; the gravest first. */
  *#read(): Generator<NumberedVerdict> {
    const seen = new Set<number>();
    for (let rank = SEVERITIES - 1; rank >= 0; rank--) {
      for (const order of ['ASC', 'DESC']) {
        try {
          const rows = this.#db?.prepare(
            `SELECT * FROM verdict WHERE place >= ? AND place < ? ORDER BY place ${order}`,
          );
          for (const r of (rows?.iterate(rank * RANKS, (rank + 1) * RANKS) ?? []) as Iterable<DamagedRow>) {
            if (seen.has(r.n)) break;
            if (!whole(r, rank)) continue;
            seen.add(r.n);
            const { n, id, boot, seq, observed, incident, body, basis } = r;
            yield { n, id, boot, seq, rank, observed, incident, body, basis, quiet: r.quiet === 1 };
          }
        } catch {
          continue;
        }
        // read to the end without a fault: the other way would find the same again
        break;
      }
    }
  }
}

/** Whether a row is what was written. */
function whole(r: DamagedRow, rank: number): boolean {
  if (r.place !== rank * RANKS + r.n || typeof r.body !== 'string' || typeof r.id !== 'string') return false;
  if (typeof r.boot !== 'string' || typeof r.observed !== 'string' || !Number.isSafeInteger(r.seq)) return false;
  if (r.crc !== null) return r.crc === crc32(r.body);
  try {
    return (JSON.parse(r.body) as { id?: unknown }).id === r.id;
  } catch {
    return false;
  }
}
