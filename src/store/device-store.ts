import type { Conversation, Criticality, Device, Evidence, InventoryChanges, OperatorWord } from '../core/index.js';
import { type Db, openDatabase, openOrSetAside } from './database.js';
import { takeOver } from './device-salvage.js';
import { INCIDENT_WORDS_TABLES, IncidentWordStore } from './incident-words.js';

const MIGRATIONS = [
  `CREATE TABLE device (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, confidence REAL NOT NULL, pinned INTEGER NOT NULL, criticality TEXT NOT NULL,
    name TEXT, location TEXT, vendor TEXT, model TEXT, software TEXT, serial TEXT, hostname TEXT,
    patient INTEGER NOT NULL, first_us REAL NOT NULL, last_us REAL NOT NULL) WITHOUT ROWID;
  CREATE INDEX device_last ON device (last_us);
  CREATE TABLE address (
    device TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE, kind TEXT NOT NULL, value TEXT NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (device, kind, value)) WITHOUT ROWID;
  CREATE INDEX address_value ON address (value);
  CREATE TABLE evidence (
    device TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE, place INTEGER NOT NULL, source TEXT NOT NULL,
    value TEXT NOT NULL, weight REAL NOT NULL, PRIMARY KEY (device, place)) WITHOUT ROWID;
  CREATE TABLE conversation (
    src TEXT NOT NULL, dst TEXT NOT NULL, transport TEXT NOT NULL, port INTEGER NOT NULL, app TEXT NOT NULL,
    flows INTEGER NOT NULL, octets_out REAL NOT NULL, octets_in REAL NOT NULL, ephi_messages INTEGER NOT NULL,
    ephi_octets REAL NOT NULL, first_us REAL NOT NULL, last_us REAL NOT NULL,
    PRIMARY KEY (src, dst, transport, port)) WITHOUT ROWID;
  CREATE INDEX conversation_last ON conversation (last_us);
  CREATE TABLE operator (
    id TEXT PRIMARY KEY, type TEXT, name TEXT, location TEXT, criticality TEXT, merged_into TEXT) WITHOUT ROWID;
  CREATE TABLE revision (n INTEGER NOT NULL);
  INSERT INTO revision VALUES (0);
  CREATE TRIGGER operator_said AFTER INSERT ON operator BEGIN UPDATE revision SET n = n + 1; END;
  CREATE TRIGGER operator_changed AFTER UPDATE ON operator BEGIN UPDATE revision SET n = n + 1; END;
  CREATE TRIGGER operator_unsaid AFTER DELETE ON operator BEGIN UPDATE revision SET n = n + 1; END;
  CREATE TABLE listed (
    n INTEGER PRIMARY KEY, line INTEGER NOT NULL, mac TEXT, ip TEXT, name TEXT, type TEXT, location TEXT, vendor TEXT,
    model TEXT, serial TEXT, criticality TEXT, file TEXT NOT NULL);`,
  INCIDENT_WORDS_TABLES,
];

/** A row of an imported list (a CMMS export). */
export interface ListedDevice {
  readonly line: number;
  readonly mac: string | null;
  readonly ip: string | null;
  readonly name: string | null;
  readonly type: string | null;
  readonly location: string | null;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly criticality: Criticality | null;
}

/** A compiled statement; values are bound as given. */
type Statement = ReturnType<typeof prepare>;
const prepare = (db: Db, text: string) => db.prepare<unknown[]>(text);

interface DeviceRow {
  id: string;
  type: string;
  confidence: number;
  pinned: number;
  criticality: Criticality;
  name: string | null;
  location: string | null;
  vendor: string | null;
  model: string | null;
  software: string | null;
  serial: string | null;
  hostname: string | null;
  patient: number;
  first_us: number;
  last_us: number;
}

export interface DeviceStoreOptions {
  readonly path: string;
  /** Rows kept of devices and of conversations; the longest silent leave. */
  readonly maxDevices: number;
  readonly maxConversations: number;
  /** Opens for reading only; the file must exist. */
  readonly readonly?: boolean;
  /** Called when the file was damaged and set aside; without it that is an error. */
  readonly damaged?: (aside: string, why: string) => void;
  readonly atMs?: number;
}

/** The inventory on disk: devices, what speaks for them, who talks to whom, and the operator's word. */
export class DeviceStore {
  readonly #db: Db;
  readonly #o: DeviceStoreOptions;
  readonly #statements = new Map<string, Statement>();
  /** What the operator said of incidents. */
  readonly incidentWords: IncidentWordStore;

  /** @throws Error with SQLite's words when the file cannot be opened */
  constructor(o: DeviceStoreOptions) {
    const open = {
      path: o.path,
      migrations: MIGRATIONS,
      synchronous: 'NORMAL' as const,
      readonly: o.readonly ?? false,
    };
    this.#o = o;
    this.#db = o.damaged === undefined ? openDatabase(open) : openOrSetAside(open, o.atMs ?? 0, o.damaged);
    this.#db.pragma('foreign_keys = ON');
    this.incidentWords = new IncidentWordStore(this.#db);
  }

  /** Takes over what can still be read of a damaged inventory. @returns what came, in words */
  takeOver(path: string): string {
    return takeOver(path, this.#db);
  }

  /** Takes what is new, in one transaction. */
  save(changes: InventoryChanges<Device>): void {
    this.#db.transaction(() => {
      for (const d of changes.devices) this.#device(d);
      for (const c of changes.conversations) this.#conversation(c);
      this.#bound();
    })();
  }

  /** Every device, the newest first. */
  devices(): Device[] {
    const rows = this.#db.prepare('SELECT * FROM device ORDER BY last_us DESC, id').all() as DeviceRow[];
    const addresses = new Map<string, { macs: string[]; ips: string[] }>();
    const found = this.#db.prepare('SELECT device, kind, value FROM address ORDER BY device, kind, place').all() as {
      device: string;
      kind: string;
      value: string;
    }[];
    for (const a of found) {
      const of = addresses.get(a.device) ?? { macs: [], ips: [] };
      (a.kind === 'mac' ? of.macs : of.ips).push(a.value);
      addresses.set(a.device, of);
    }
    const evidence = new Map<string, Evidence[]>();
    const said = this.#db
      .prepare('SELECT device, source, value, weight FROM evidence ORDER BY device, place')
      .all() as ({ device: string } & Evidence)[];
    for (const { device, source, value, weight } of said) {
      const of = evidence.get(device) ?? [];
      of.push({ source, value, weight });
      evidence.set(device, of);
    }
    return rows.map((r, index) => ({
      index,
      id: r.id,
      type: r.type,
      typeConfidence: r.confidence,
      typePinned: r.pinned === 1,
      criticality: r.criticality,
      name: r.name,
      location: r.location,
      vendor: r.vendor,
      model: r.model,
      software: r.software,
      serial: r.serial,
      hostname: r.hostname,
      macs: addresses.get(r.id)?.macs ?? [],
      addresses: addresses.get(r.id)?.ips ?? [],
      firstUs: r.first_us,
      lastUs: r.last_us,
      evidence: evidence.get(r.id) ?? [],
      patientConnected: r.patient === 1,
    }));
  }

  conversations(): Conversation[] {
    return this.#db
      .prepare(
        `SELECT src, dst, transport, port, app, flows, octets_out AS octetsOut, octets_in AS octetsIn,
           ephi_messages AS ephiMessages, ephi_octets AS ephiOctets, first_us AS firstUs, last_us AS lastUs
         FROM conversation ORDER BY src, dst, transport, port`,
      )
      .all() as Conversation[];
  }

  operator(): OperatorWord[] {
    return this.#db
      .prepare('SELECT id, type, name, location, criticality, merged_into AS mergedInto FROM operator ORDER BY id')
      .all() as OperatorWord[];
  }

  /** Adds to what the operator said of a device: fields that are null keep what was said before. */
  say(word: OperatorWord): void {
    this.#db
      .prepare(
        `INSERT INTO operator (id, type, name, location, criticality, merged_into) VALUES (@id, @type, @name, @location, @criticality, @mergedInto)
         ON CONFLICT (id) DO UPDATE SET type = COALESCE(excluded.type, type), name = COALESCE(excluded.name, name),
           location = COALESCE(excluded.location, location), criticality = COALESCE(excluded.criticality, criticality),
           merged_into = COALESCE(excluded.merged_into, merged_into)`,
      )
      .run(word);
    this.#show(word);
  }

  /** Takes the operator's word about a device back. @returns false when there was none */
  unsay(id: string): boolean {
    return this.#db.prepare('DELETE FROM operator WHERE id = ?').run(id).changes > 0;
  }

  /** Replaces the imported list. */
  list(rows: readonly ListedDevice[], file: string): void {
    const insert = this.#db.prepare(
      `INSERT INTO listed (line, mac, ip, name, type, location, vendor, model, serial, criticality, file)
       VALUES (@line, @mac, @ip, @name, @type, @location, @vendor, @model, @serial, @criticality, @file)`,
    );
    this.#db.transaction(() => {
      this.#db.exec('DELETE FROM listed');
      for (const r of rows) insert.run({ ...r, file });
    })();
  }

  listed(): ListedDevice[] {
    return this.#db
      .prepare('SELECT line, mac, ip, name, type, location, vendor, model, serial, criticality FROM listed ORDER BY n')
      .all() as ListedDevice[];
  }

  /** Rises with everything the operator says. (SQLite's data_version misses what stands before a write of one's own.) */
  get revision(): number {
    return (this.#sql('SELECT n FROM revision').get() as { n: number }).n;
  }

  close(): void {
    this.#db.close();
  }

  /** What was just said is seen at once, not only after the sensor has heard it. */
  #show(word: OperatorWord): void {
    if (word.mergedInto !== null) return;
    this.#db
      .prepare(
        `UPDATE device SET type = COALESCE(@type, type), confidence = IIF(@type IS NULL, confidence, 1), pinned = IIF(@type IS NULL, pinned, 1),
           name = COALESCE(@name, name), location = COALESCE(@location, location), criticality = COALESCE(@criticality, criticality)
         WHERE id = @id`,
      )
      .run(word);
  }

  /** A statement, compiled once. */
  #sql(text: string): Statement {
    let s = this.#statements.get(text);
    if (s === undefined) {
      s = prepare(this.#db, text);
      this.#statements.set(text, s);
    }
    return s;
  }

  #device(d: Device): void {
    this.#sql(
      `INSERT INTO device (id, type, confidence, pinned, criticality, name, location, vendor, model, software, serial, hostname, patient, first_us, last_us)
       VALUES (@id, @type, @confidence, @pinned, @criticality, @name, @location, @vendor, @model, @software, @serial, @hostname, @patient, @first, @last)
       ON CONFLICT (id) DO UPDATE SET type = excluded.type, confidence = excluded.confidence, pinned = excluded.pinned,
         criticality = excluded.criticality, name = excluded.name, location = excluded.location,
         vendor = COALESCE(excluded.vendor, vendor), model = COALESCE(excluded.model, model),
         software = COALESCE(excluded.software, software), serial = COALESCE(excluded.serial, serial),
         hostname = COALESCE(excluded.hostname, hostname), patient = excluded.patient,
         first_us = MIN(first_us, excluded.first_us), last_us = MAX(last_us, excluded.last_us)`,
    ).run({
      ...d,
      confidence: d.typeConfidence,
      pinned: Number(d.typePinned),
      patient: Number(d.patientConnected ?? false),
      first: finite(d.firstUs),
      last: finite(d.lastUs),
    });
    this.#sql('DELETE FROM address WHERE device = ?').run(d.id);
    // an address has one holder: who shows it now took it over
    const take = this.#sql('DELETE FROM address WHERE kind = ? AND value = ?');
    const add = this.#sql('INSERT OR REPLACE INTO address (device, kind, value, place) VALUES (?, ?, ?, ?)');
    for (const [kind, list] of [
      ['mac', d.macs],
      ['ip', d.addresses],
    ] as const) {
      list.forEach((value, place) => {
        take.run(kind, value);
        add.run(d.id, kind, value, place);
      });
    }
    this.#sql('DELETE FROM evidence WHERE device = ?').run(d.id);
    const note = this.#sql('INSERT INTO evidence (device, place, source, value, weight) VALUES (?, ?, ?, ?, ?)');
    d.evidence.forEach((e, place) => {
      note.run(d.id, place, e.source, e.value, e.weight);
    });
    // rows the operator said are parts of this device
    this.#sql('DELETE FROM device WHERE id IN (SELECT id FROM operator WHERE merged_into = ?)').run(d.id);
  }

  #conversation(c: Conversation): void {
    this.#sql(
      `INSERT INTO conversation (src, dst, transport, port, app, flows, octets_out, octets_in, ephi_messages, ephi_octets, first_us, last_us)
         VALUES (@src, @dst, @transport, @port, @app, @flows, @octetsOut, @octetsIn, @ephiMessages, @ephiOctets, @firstUs, @lastUs)
         ON CONFLICT (src, dst, transport, port) DO UPDATE SET app = IIF(excluded.app = 'unknown', app, excluded.app),
           flows = flows + excluded.flows, octets_out = octets_out + excluded.octets_out, octets_in = octets_in + excluded.octets_in,
           ephi_messages = ephi_messages + excluded.ephi_messages, ephi_octets = ephi_octets + excluded.ephi_octets,
           first_us = MIN(first_us, excluded.first_us), last_us = MAX(last_us, excluded.last_us)`,
    ).run(c);
  }

  #bound(): void {
    const cut = (table: string, key: string, max: number): void => {
      const n = (this.#sql(`SELECT COUNT(*) AS n FROM ${table}`).get() as { n: number }).n;
      if (n <= max) return;
      this.#sql(`DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} ORDER BY last_us LIMIT ?)`).run(
        n - max,
      );
    };
    cut('device', 'id', this.#o.maxDevices);
    cut('conversation', 'src, dst, transport, port', this.#o.maxConversations);
  }
}

/** A device listed but never seen has no times yet. */
const finite = (us: number): number => (Number.isFinite(us) ? us : 0);
