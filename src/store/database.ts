import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export type Db = InstanceType<typeof Database>;

export interface OpenOptions {
  readonly path: string;
  /** SQL that brings the schema from version i to i + 1; the file's `user_version` counts them. Append only. */
  readonly migrations: readonly string[];
  /** Every commit reaches the disk (FULL), or at a power cut the newest may be missing but nothing is torn (NORMAL). */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly readonly?: boolean;
  /** The file is in another's care who checked it: no look through all of it. */
  readonly checked?: boolean;
}

/** Opens a database of ours (WAL), checks it and brings its schema up to date. @throws Error with SQLite's words */
export function openDatabase(o: OpenOptions): Db {
  if (!o.readonly) mkdirSync(dirname(o.path), { recursive: true });
  const db = new Database(o.path, { timeout: 5000, readonly: o.readonly ?? false, fileMustExist: o.readonly ?? false });
  try {
    if (!o.readonly) {
      db.pragma('journal_mode = WAL');
      db.pragma(`synchronous = ${o.synchronous}`);
    }
    const check = o.checked ? 'ok' : db.pragma('quick_check', { simple: true });
    if (check !== 'ok') throw new Error(String(check));
    migrate(db, o);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: Db, o: OpenOptions): void {
  const have = db.pragma('user_version', { simple: true }) as number;
  const want = o.migrations.length;
  if (have > want)
    throw new Error(`schema version ${have} is newer than this program's ${want}: install the newer program again`);
  if (have === want) return;
  if (o.readonly) throw new Error(`schema version ${have} is older than ${want}: start the sensor once`);
  db.transaction(() => {
    for (let v = have; v < want; v++) db.exec(o.migrations[v]);
    db.pragma(`user_version = ${want}`);
  }).immediate();
}

/** Like `openDatabase`; a file that is no healthy database is set aside and a new one begun, and `said` tells where. */
export function openOrSetAside(o: OpenOptions, atMs: number, said: (aside: string, why: string) => void): Db {
  try {
    return openDatabase(o);
  } catch (error) {
    const text = (error as Error).message;
    if (!existsSync(o.path) || /readonly|unable to open|schema version/i.test(text)) throw error;
    const aside = `${o.path}.damaged-${atMs}`;
    for (const suffix of ['', '-wal', '-shm'])
      if (existsSync(o.path + suffix)) renameSync(o.path + suffix, aside + suffix);
    said(aside, text);
    return openDatabase(o);
  }
}
