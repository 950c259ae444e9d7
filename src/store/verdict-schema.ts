/** Schema of the verdict log, step by step. Append only. */
export const VERDICT_SCHEMA_STEPS = [
  // version 1 was also made by programs that did not count versions yet
  `CREATE TABLE IF NOT EXISTS verdict (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, boot TEXT NOT NULL, seq INTEGER NOT NULL, rank INTEGER NOT NULL,
    observed TEXT NOT NULL, bytes INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS verdict_rank ON verdict (rank, n);
  CREATE TABLE IF NOT EXISTS acked (sink TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (sink, id)) WITHOUT ROWID;`,
  // up to where a sink has acknowledged everything; acked keeps only what lies beyond
  'CREATE TABLE cursor (sink TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;',
  // what a verdict was made from; whether it was kept from the sinks (muted); incidents and holes are looked up
  `ALTER TABLE verdict ADD COLUMN basis TEXT;
  ALTER TABLE verdict ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE verdict ADD COLUMN incident TEXT GENERATED ALWAYS AS (json_extract(body, '$.incident.id')) VIRTUAL;
  CREATE INDEX verdict_incident ON verdict (incident, n);
  CREATE INDEX verdict_seq ON verdict (boot, seq);`,
];
