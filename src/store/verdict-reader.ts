import { existsSync } from 'node:fs';
import { SEVERITIES, type Severity, type Verdict, type VerdictBasis } from '../core/index.js';
import { type Db, openDatabase } from './database.js';
import { VERDICT_SCHEMA_STEPS } from './verdict-schema.js';

/** A verdict as the log has it. */
export interface LoggedVerdict {
  readonly verdict: Verdict;
  readonly basis: VerdictBasis | null;
  /** It was muted or quiet, and sent to nobody. */
  readonly quiet: boolean;
}

export interface IncidentFilter {
  /** Id, name, or address. */
  readonly device?: string;
  /** This one and graver ones. */
  readonly severity?: Severity;
  readonly state?: 'open' | 'closed';
  /** RFC 3339: with a verdict at or after this. */
  readonly since?: string;
  readonly limit: number;
}

/** What a word may be short for: the first characters of an id. */
const SHORTEST = 8;

interface Row {
  body: string;
  basis: string | null;
  quiet: number;
}

const logged = (r: Row): LoggedVerdict => ({
  verdict: JSON.parse(r.body) as Verdict,
  basis: r.basis === null ? null : (JSON.parse(r.basis) as VerdictBasis),
  quiet: r.quiet !== 0,
});

/** Reads the verdict log beside the daemon that writes it. */
export class VerdictReader {
  readonly #db: Db;

  /** @throws Error with SQLite's words when there is no log, or one of another program */
  constructor(path: string) {
    if (!existsSync(path)) throw new Error('there is no verdict log yet');
    this.#db = openDatabase({
      path,
      migrations: VERDICT_SCHEMA_STEPS,
      synchronous: 'FULL',
      readonly: true,
      checked: true,
    });
  }

  /** The newest verdict of each incident, the newest first. */
  incidents(filter: IncidentFilter): LoggedVerdict[] {
    const rows = this.#db
      .prepare(
        `SELECT body, basis, quiet FROM verdict JOIN (SELECT MAX(n) AS newest FROM verdict GROUP BY incident) ON n = newest
         WHERE rank >= ? AND observed >= ? ORDER BY n DESC`,
      )
      .iterate(SEVERITIES.indexOf(filter.severity ?? 'info'), filter.since ?? '') as IterableIterator<Row>;
    const out: LoggedVerdict[] = [];
    for (const r of rows) {
      const one = logged(r);
      const { device, incident } = one.verdict;
      if (filter.state !== undefined && (incident.state === 'closed') !== (filter.state === 'closed')) continue;
      const word = filter.device?.toLowerCase();
      if (word !== undefined && ![device.id, device.ip, device.mac, device.name?.toLowerCase()].includes(word))
        continue;
      out.push(one);
      if (out.length >= filter.limit) break;
    }
    return out;
  }

  /** Every verdict of an incident that is still in the log, the oldest first. */
  ofIncident(id: string): LoggedVerdict[] {
    return (
      this.#db.prepare('SELECT body, basis, quiet FROM verdict WHERE incident = ? ORDER BY n').all(id) as Row[]
    ).map(logged);
  }

  verdict(id: string): LoggedVerdict | null {
    const r = this.#db.prepare('SELECT body, basis, quiet FROM verdict WHERE id = ?').get(id) as Row | undefined;
    return r === undefined ? null : logged(r);
  }

  /** The incident an id or its first characters mean, null when none or several. */
  incidentOf(word: string): string | null {
    if (!/^[0-9A-Z]{1,26}$/i.test(word) || word.length < SHORTEST) return null;
    const from = word.toUpperCase();
    const found = this.#db
      .prepare('SELECT DISTINCT incident FROM verdict WHERE incident >= ? AND incident < ? LIMIT 2')
      .all(from, `${from}~`) as { incident: string }[];
    return found.length === 1 ? found[0].incident : null;
  }

  /** Incidents not closed among the newest verdicts, the newest verdict of each. */
  open(ofNewest: number): LoggedVerdict[] {
    const rows = this.#db
      .prepare(
        `SELECT body, basis, quiet FROM verdict JOIN
           (SELECT MAX(n) AS newest FROM verdict WHERE n > (SELECT MAX(n) FROM verdict) - ? GROUP BY incident) ON n = newest`,
      )
      .iterate(ofNewest) as IterableIterator<Row>;
    const out: LoggedVerdict[] = [];
    for (const r of rows) {
      const one = logged(r);
      if (one.verdict.incident.state !== 'closed') out.push(one);
    }
    return out;
  }

  close(): void {
    this.#db.close();
  }
}
