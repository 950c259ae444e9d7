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
  // rows lie together by severity: what leaves a full log frees whole pages, and the file never grows beyond its limit
  `DROP INDEX verdict_incident;
  DROP INDEX verdict_seq;
  ALTER TABLE verdict RENAME TO old;
  CREATE TABLE verdict (
    place INTEGER PRIMARY KEY, n INTEGER NOT NULL UNIQUE, rank INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, boot TEXT NOT NULL, seq INTEGER NOT NULL,
    observed TEXT NOT NULL, quiet INTEGER NOT NULL, incident TEXT, crc INTEGER, body TEXT NOT NULL, basis TEXT);
  INSERT INTO verdict SELECT rank * 17592186044416 + n, n, rank, id, boot, seq, observed, quiet, incident, NULL, body, basis
    FROM old ORDER BY rank, n;
  CREATE INDEX verdict_incident ON verdict (incident, n);
  CREATE INDEX verdict_seq ON verdict (boot, seq);
  CREATE TABLE acknowledged (sink TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (sink, n)) WITHOUT ROWID;
  INSERT INTO acknowledged SELECT sink, n FROM acked JOIN old USING (id);
  DROP TABLE acked;
  DROP TABLE old;`,
];
