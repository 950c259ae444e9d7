import type { AcceptedRow, Ack, IncidentWords, Lesson, Mute, Normal } from '../core/index.js';
import type { Db } from './database.js';

/** Tables beside the operator's word on devices; every change counts in the same revision. */
export const INCIDENT_WORDS_TABLES = `
  CREATE TABLE ack (
    incident TEXT PRIMARY KEY, by TEXT NOT NULL, note TEXT NOT NULL, severity TEXT NOT NULL, at_us REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE mute (
    id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT, scenario TEXT, peer TEXT, up_to TEXT NOT NULL, guarded INTEGER NOT NULL,
    by TEXT NOT NULL, reason TEXT NOT NULL, from_us REAL NOT NULL, until_us REAL NOT NULL, announced INTEGER NOT NULL DEFAULT 0,
    ended_us REAL, ended_by TEXT);
  CREATE TABLE normal (
    id INTEGER PRIMARY KEY AUTOINCREMENT, verdict TEXT NOT NULL, incident TEXT NOT NULL, device TEXT NOT NULL,
    scenario TEXT NOT NULL, lessons TEXT NOT NULL, row TEXT, by TEXT NOT NULL, reason TEXT NOT NULL, at_us REAL NOT NULL,
    revoked_us REAL, revoked_by TEXT);
  ${['ack', 'mute', 'normal']
    .flatMap((table) =>
      ['INSERT', 'UPDATE', 'DELETE'].map(
        (verb) =>
          `CREATE TRIGGER ${table}_${verb.toLowerCase()} AFTER ${verb} ON ${table} BEGIN UPDATE revision SET n = n + 1; END;`,
      ),
    )
    .join('\n  ')}`;

/** Acknowledgements and ended words kept; the oldest leave. */
const KEPT = 10_000;

interface MuteRow {
  id: number;
  device: string | null;
  scenario: string | null;
  peer: string | null;
  up_to: Mute['upTo'];
  guarded: number;
  by: string;
  reason: string;
  from_us: number;
  until_us: number;
  announced: number;
  ended_us: number | null;
  ended_by: string | null;
}

interface NormalRow {
  id: number;
  verdict: string;
  incident: string;
  device: string;
  scenario: string;
  lessons: string;
  row: string | null;
  by: string;
  reason: string;
  at_us: number;
  revoked_us: number | null;
  revoked_by: string | null;
}

const muteOf = (r: MuteRow): Mute => ({
  id: r.id,
  device: r.device,
  scenario: r.scenario,
  peer: r.peer,
  upTo: r.up_to,
  guarded: r.guarded !== 0,
  by: r.by,
  reason: r.reason,
  fromUs: r.from_us,
  untilUs: r.until_us,
  announced: r.announced !== 0,
  endedUs: r.ended_us,
  endedBy: r.ended_by,
});

const normalOf = (r: NormalRow): Normal => ({
  id: r.id,
  verdict: r.verdict,
  incident: r.incident,
  device: r.device,
  scenario: r.scenario,
  lessons: JSON.parse(r.lessons) as Lesson[],
  row: r.row === null ? null : (JSON.parse(r.row) as AcceptedRow),
  by: r.by,
  reason: r.reason,
  atUs: r.at_us,
  revokedUs: r.revoked_us,
  revokedBy: r.revoked_by,
});

/** What the operator said of incidents, on disk. Every word is on the disk when the call returns. */
export class IncidentWordStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** What is in force at a wall time (µs). */
  inForce(nowUs: number): IncidentWords {
    const acks = this.#db
      .prepare('SELECT incident, by, note, severity, at_us AS atUs FROM ack ORDER BY at_us')
      .all() as Ack[];
    return {
      acks,
      mutes: this.mutes().filter((m) => m.endedUs === null && m.untilUs > nowUs),
      normals: this.normals().filter((n) => n.revokedUs === null),
    };
  }

  /** Every mute that is still known, the oldest first; ended ones too. */
  mutes(): Mute[] {
    return (this.#db.prepare('SELECT * FROM mute ORDER BY id').all() as MuteRow[]).map(muteOf);
  }

  normals(): Normal[] {
    return (this.#db.prepare('SELECT * FROM normal ORDER BY id').all() as NormalRow[]).map(normalOf);
  }

  ack(a: Ack): void {
    this.#lasting(() => {
      this.#db
        .prepare(
          `INSERT INTO ack (incident, by, note, severity, at_us) VALUES (@incident, @by, @note, @severity, @atUs)
           ON CONFLICT (incident) DO UPDATE SET by = excluded.by, note = excluded.note, severity = excluded.severity, at_us = excluded.at_us`,
        )
        .run(a);
      this.#db
        .prepare('DELETE FROM ack WHERE incident IN (SELECT incident FROM ack ORDER BY at_us DESC LIMIT -1 OFFSET ?)')
        .run(KEPT);
    });
  }

  /** @returns the number of the new mute */
  mute(m: Omit<Mute, 'id' | 'announced' | 'endedUs' | 'endedBy'>): number {
    return this.#lasting(() => {
      this.#db
        .prepare(
          'DELETE FROM mute WHERE (ended_us IS NOT NULL OR until_us < ?) AND id <= (SELECT MAX(id) FROM mute) - ?',
        )
        .run(m.fromUs, KEPT);
      return Number(
        this.#db
          .prepare(
            `INSERT INTO mute (device, scenario, peer, up_to, guarded, by, reason, from_us, until_us)
             VALUES (@device, @scenario, @peer, @upTo, @guarded, @by, @reason, @fromUs, @untilUs)`,
          )
          .run({ ...m, guarded: Number(m.guarded) }).lastInsertRowid,
      );
    });
  }

  /** Ends a mute before its time. @returns false when it is none, or no longer in force */
  endMute(id: number, by: string, atUs: number): boolean {
    return this.#lasting(
      () =>
        this.#db
          .prepare('UPDATE mute SET ended_us = ?, ended_by = ? WHERE id = ? AND ended_us IS NULL AND until_us > ?')
          .run(atUs, by, id, atUs).changes > 0,
    );
  }

  announced(id: number): void {
    this.#lasting(() => this.#db.prepare('UPDATE mute SET announced = 1 WHERE id = ?').run(id));
  }

  /** @returns the number of the new word */
  normal(n: Omit<Normal, 'id' | 'revokedUs' | 'revokedBy'>): number {
    return this.#lasting(() =>
      Number(
        this.#db
          .prepare(
            `INSERT INTO normal (verdict, incident, device, scenario, lessons, row, by, reason, at_us)
             VALUES (@verdict, @incident, @device, @scenario, @lessons, @row, @by, @reason, @atUs)`,
          )
          .run({ ...n, lessons: JSON.stringify(n.lessons), row: n.row === null ? null : JSON.stringify(n.row) })
          .lastInsertRowid,
      ),
    );
  }

  /** Takes a word back; it stays in the list. @returns false when there was none in force */
  revoke(id: number, by: string, atUs: number): boolean {
    return this.#lasting(
      () =>
        this.#db
          .prepare('UPDATE normal SET revoked_us = ?, revoked_by = ? WHERE id = ? AND revoked_us IS NULL')
          .run(atUs, by, id).changes > 0,
    );
  }

  /** In one transaction that a power cut cannot take back, unlike the inventory's. */
  #lasting<T>(work: () => T): T {
    const was = this.#db.pragma('synchronous', { simple: true });
    this.#db.pragma('synchronous = FULL');
    try {
      return this.#db.transaction(work).immediate();
    } finally {
      this.#db.pragma(`synchronous = ${was}`);
    }
  }
}
