import Database from 'better-sqlite3';
import type { Db } from './database.js';

/** Tables whose rows are not taken over: they count what happened to the file itself. */
const OWN = ['revision'];

/**
 * Takes over what can still be read of a damaged inventory, table by table, row by row; what the new file has already stays.
 * @returns what came, in words
 */
export function takeOver(path: string, into: Db): string {
  let from: Db;
  try {
    from = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 });
  } catch {
    return 'nothing';
  }
  const said: string[] = [];
  const names = into
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
    .pluck()
    .all() as string[];
  into.pragma('foreign_keys = OFF');
  for (const table of names.filter((n) => !OWN.includes(n))) {
    const columns = (into.pragma(`table_info(${table})`) as { name: string }[]).map((c) => c.name);
    const add = into.prepare(
      `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((c) => `@${c}`).join(', ')})`,
    );
    let taken = 0;
    let broken = '';
    into.exec('BEGIN');
    try {
      for (const row of from.prepare(`SELECT ${columns.join(', ')} FROM ${table}`).iterate())
        taken += add.run(row as object).changes;
    } catch {
      // a page that cannot be read: what came before it counts
      broken = ' (the rest cannot be read)';
    }
    into.exec('COMMIT');
    if (taken > 0 || broken !== '') said.push(`${taken} rows of ${table}${broken}`);
  }
  // rows whose device did not come with them
  into.exec('DELETE FROM address WHERE device NOT IN (SELECT id FROM device)');
  into.exec('DELETE FROM evidence WHERE device NOT IN (SELECT id FROM device)');
  into.pragma('foreign_keys = ON');
  try {
    from.close();
  } catch {
    // it is of no more use
  }
  return said.length === 0 ? 'nothing' : said.join(', ');
}
