import { parentPort, workerData } from 'node:worker_threads';
import { type Db, openOrSetAside } from './database.js';
import type { FromWorker, StoredVerdict, ToWorker, WorkerOptions } from './messages.js';
import { VERDICT_SCHEMA_STEPS } from './verdict-schema.js';

/** Entry of the store's worker thread: the only place that touches the verdict log. Commits and fsyncs stall nobody else. */
const options = workerData as WorkerOptions;
const port = parentPort;
if (port === null) throw new Error('the store worker runs as a thread');
const say = (m: FromWorker): void => port.postMessage(m);

function open(): Db {
  return openOrSetAside(
    { path: options.path, migrations: VERDICT_SCHEMA_STEPS, synchronous: 'FULL' },
    options.startMs,
    (aside, why) =>
      say({
        t: 'problem',
        event: 'store.damaged',
        text: `the verdict log was damaged (${why}); it is kept as ${aside} and a new one begun`,
      }),
  );
}

let db: Db;
try {
  db = open();
  say({ t: 'open' });
} catch (error) {
  say({ t: 'failed', text: (error as Error).message });
  throw error;
}
const insert = db.prepare(
  `INSERT OR IGNORE INTO verdict (n, id, boot, seq, rank, observed, bytes, body, basis, quiet)
   VALUES (@n, @id, @boot, @seq, @rank, @observed, @bytes, @body, @basis, @quiet)`,
);
const ack = db.prepare('INSERT OR IGNORE INTO acked (sink, id) VALUES (?, ?)');
const lowest = db.prepare('SELECT n, id, bytes FROM verdict ORDER BY rank, n LIMIT 1');
const remove = db.prepare('DELETE FROM verdict WHERE n = ?');
const cursorOf = db.prepare('SELECT n FROM cursor WHERE sink = ?');
const setCursor = db.prepare(
  'INSERT INTO cursor (sink, n) VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET n = excluded.n',
);
const firstOwed = db.prepare(
  'SELECT n FROM verdict WHERE n > ? AND quiet = 0 AND id NOT IN (SELECT id FROM acked WHERE sink = ?) ORDER BY n LIMIT 1',
);
const newest = db.prepare('SELECT COALESCE(MAX(n), 0) AS n FROM verdict');
const forget = db.prepare('DELETE FROM acked WHERE sink = ? AND id IN (SELECT id FROM verdict WHERE n > ? AND n <= ?)');
const hasAcked = db.prepare('SELECT 1 FROM acked WHERE sink = ? LIMIT 1');
const removeAcks = db.prepare('DELETE FROM acked WHERE id = ?');
let bytes = (db.prepare('SELECT COALESCE(SUM(bytes), 0) AS b FROM verdict').get() as { b: number }).b;

// numbers are never given twice, or a new verdict could stand before a cursor
let next =
  (
    db
      .prepare('SELECT MAX(COALESCE((SELECT MAX(n) FROM verdict), 0), COALESCE((SELECT MAX(n) FROM cursor), 0)) AS n')
      .get() as { n: number }
  ).n + 1;

let rows: StoredVerdict[] = [];
let acks: { sink: string; id: string }[] = [];
let timer: NodeJS.Timeout | null = null;
let failing = false;

const commit = db.transaction((newRows: StoredVerdict[], newAcks: { sink: string; id: string }[]) => {
  let shed = 0;
  for (const r of newRows) {
    const size = r.body.length + (r.basis?.length ?? 0);
    const { changes } = insert.run({ ...r, n: next, bytes: size, quiet: Number(r.quiet) });
    if (changes === 0) continue;
    next++;
    bytes += size;
  }
  for (const a of newAcks) ack.run(a.sink, a.id);
  for (const sink of new Set(newAcks.map((a) => a.sink))) advance(sink);
  while (bytes > options.maxBytes) {
    const row = lowest.get() as { n: number; id: string; bytes: number } | undefined;
    if (row === undefined) break;
    remove.run(row.n);
    removeAcks.run(row.id);
    bytes -= row.bytes;
    shed++;
  }
  return shed;
});

const cursor = (sink: string): number => (cursorOf.get(sink) as { n: number } | undefined)?.n ?? 0;

/** Moves a sink's cursor over everything it has acknowledged without a hole. */
function advance(sink: string): void {
  const from = cursor(sink);
  const owed = firstOwed.get(from, sink) as { n: number } | undefined;
  const to = owed === undefined ? (newest.get() as { n: number }).n : owed.n - 1;
  if (to <= from) return;
  forget.run(sink, from, to);
  setCursor.run(sink, to);
}

function flush(): void {
  timer = null;
  if (rows.length + acks.length === 0) return;
  try {
    const shed = commit(rows, acks);
    rows = [];
    acks = [];
    if (failing) say({ t: 'problem', event: 'store.recovered', text: 'the verdict log can be written again' });
    failing = false;
    if (shed > 0) say({ t: 'shed', count: shed });
  } catch (error) {
    // disk full or read-only: detection and live publishing go on, what is owed is kept and tried again
    if (!failing)
      say({
        t: 'problem',
        event: 'store.unwritable',
        text: `the verdict log cannot be written: ${(error as Error).message}`,
      });
    failing = true;
    if (rows.length > 100_000) rows = rows.slice(-100_000);
    timer = setTimeout(flush, 1000);
  }
}

const later = (): void => {
  timer ??= setTimeout(flush, options.groupMs);
};

port.on('message', (m: ToWorker) => {
  switch (m.t) {
    case 'append':
      rows.push(m.row);
      return later();
    case 'sink': {
      flush();
      const known = cursorOf.get(m.sink) !== undefined || hasAcked.get(m.sink) !== undefined;
      if (!known) setCursor.run(m.sink, next - 1);
      return;
    }
    case 'acked':
      acks.push({ sink: m.sink, id: m.id });
      return later();
    case 'recent': {
      flush();
      const found = db.prepare('SELECT body FROM verdict ORDER BY n DESC LIMIT ?').all(m.limit) as { body: string }[];
      return say({ t: 'rows', request: m.request, bodies: found.map((r) => r.body) });
    }
    case 'pending': {
      flush();
      const found = db
        .prepare(
          'SELECT body FROM verdict WHERE n > ? AND quiet = 0 AND id NOT IN (SELECT id FROM acked WHERE sink = ?) ORDER BY n LIMIT ?',
        )
        .all(cursor(m.sink), m.sink, m.limit) as { body: string }[];
      return say({ t: 'rows', request: m.request, bodies: found.map((r) => r.body) });
    }
    case 'range': {
      flush();
      const found = db
        .prepare('SELECT body FROM verdict WHERE boot = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?')
        .all(m.boot, m.from, m.to, m.limit) as { body: string }[];
      return say({ t: 'rows', request: m.request, bodies: found.map((r) => r.body) });
    }
    case 'close':
      if (timer) clearTimeout(timer);
      flush();
      db.close();
      say({ t: 'closed' });
      port.close();
  }
});
