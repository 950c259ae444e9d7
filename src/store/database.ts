import { accessSync, constants, existsSync, mkdirSync, renameSync } from 'node:fs';
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
  /** No look at every page: of a large file it takes seconds. The caller does it, or the file is in another's care. */
  readonly checked?: boolean;
}

/** A version further than this above ours was written by no program: the file is damaged. */
const NEWER_AT_MOST = 100;

/** What stands behind a failure: the file's content, the disk beneath it, or what the operator has to mend. */
export type Fault = 'damaged' | 'disk' | 'operator';

/** Tells the three apart. `path`: the database file. */
export function faultOf(error: unknown, path: string): Fault {
  const { code = '', message } = error as Error & { code?: string };
  if (/schema version/.test(message)) return 'operator';
  if (/^(ENOSPC|EROFS|EIO|EDQUOT)$/.test(code)) return 'disk';
  if (/^SQLITE_(FULL|NOMEM|BUSY|LOCKED|PROTOCOL)/.test(code)) return 'disk';
  if (/^SQLITE_IOERR/.test(code)) return code === 'SQLITE_IOERR_SHORT_READ' ? 'damaged' : 'disk';
  if (/^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code)) {
    try {
      accessSync(dirname(path), constants.W_OK);
      if (existsSync(path)) accessSync(path, constants.W_OK);
    } catch (cause) {
      return (cause as { code?: string }).code === 'EROFS' ? 'disk' : 'operator';
    }
    // a file that may be written but says it may not: its header is wrong
    return code.startsWith('SQLITE_READONLY') && existsSync(path) ? 'damaged' : 'disk';
  }
  return /^SQLITE_/.test(code) || error instanceof DamagedError ? 'damaged' : 'operator';
}

class DamagedError extends Error {}

/** Looks at every page. @throws Error with SQLite's words when something is wrong */
export function checkDatabase(db: Db): void {
  const check = db.pragma('quick_check(1)', { simple: true });
  if (check !== 'ok') throw new DamagedError(String(check).split('\n').slice(0, 2).join(': '));
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
    if (!o.checked) checkDatabase(db);
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
  if (have < 0 || have > want + NEWER_AT_MOST) throw new DamagedError(`no program wrote schema version ${have}`);
  if (have > want)
    throw new Error(`schema version ${have} is newer than this program's ${want}: install the newer program again`);
  if (have === want) return;
  if (o.readonly) throw new Error(`schema version ${have} is older than ${want}: start the sensor once`);
  db.transaction(() => {
    for (let v = have; v < want; v++) db.exec(o.migrations[v]);
    db.pragma(`user_version = ${want}`);
  }).immediate();
}

/** Moves a database and what belongs to it out of the way. @returns its new path */
export function setAside(path: string, atMs: number): string {
  let aside = `${path}.damaged-${atMs}`;
  for (let n = 2; existsSync(aside); n++) aside = `${path}.damaged-${atMs}-${n}`;
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** Like `openDatabase`; a file that is no healthy database is set aside and a new one begun, and `said` tells where. */
export function openOrSetAside(o: OpenOptions, atMs: number, said: (aside: string, why: string) => void): Db {
  try {
    return openDatabase(o);
  } catch (error) {
    if (!existsSync(o.path) || faultOf(error, o.path) !== 'damaged') throw error;
    const aside = setAside(o.path, atMs);
    said(aside, (error as Error).message);
    return openDatabase(o);
  }
}
