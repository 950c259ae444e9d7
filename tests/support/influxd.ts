import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './mosquitto.js';
import { haveProgram } from './namespace.js';
import { Running, temporaryFolder } from './wardwire.js';

/** Skips the test, and says so, when influxd is not installed. */
export function skipWithoutInfluxd(t: { pass(message: string, extra: { skip: string }): unknown }): boolean {
  if (haveProgram('influxd')) return false;
  t.pass('skipped', { skip: 'influxdb is not installed' });
  return true;
}

/** A real InfluxDB 1.x on loopback; may be killed and started again on the same data. */
export class Influxd {
  #daemon: Running | null = null;
  readonly #config: string;

  constructor(
    dir: string,
    readonly port: number,
    rpc: number,
    readonly credentials: string | null,
  ) {
    this.#config = join(dir, 'influxdb.conf');
    for (const d of ['meta', 'data', 'wal']) mkdirSync(join(dir, d));
    writeFileSync(
      this.#config,
      `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
dir = "${join(dir, 'meta')}"
[data]
dir = "${join(dir, 'data')}"
wal-dir = "${join(dir, 'wal')}"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:${port}"
auth-enabled = ${credentials !== null}
log-enabled = false
`,
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const daemon = new Running('influxd', ['-config', this.#config]);
    this.#daemon = daemon;
    for (const end = performance.now() + 30_000; ; ) {
      const up = await fetch(`${this.url}/ping`).then(
        (r) => r.status === 204,
        () => false,
      );
      if (up) return;
      if (performance.now() > end || daemon.child.exitCode !== null)
        throw new Error(`influxd: ${daemon.err.slice(-2000)}`);
      await new Promise((r) => setTimeout(r, 50));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#daemon?.stop(signal);
    this.#daemon = null;
  }

  /** Rows of a query: objects by column. @throws what the database says */
  async query(q: string, db = ''): Promise<Record<string, unknown>[]> {
    const params = new URLSearchParams({ q, epoch: 'ns', ...(db === '' ? {} : { db }) });
    const headers = this.credentials === null ? undefined : { authorization: `Basic ${btoa(this.credentials)}` };
    const r = await fetch(`${this.url}/query?${params}`, { method: 'POST', headers });
    const text = await r.text();
    const body = JSON.parse(text) as {
      error?: string;
      results?: { error?: string; series?: { columns: string[]; values: unknown[][] }[] }[];
    };
    const error = body.error ?? body.results?.[0]?.error;
    if (error !== undefined) throw new Error(error);
    return (body.results?.[0]?.series ?? []).flatMap((s) =>
      s.values.map((row) => Object.fromEntries(row.map((x, i) => [s.columns[i], x]))),
    );
  }
}

/** A database that goes with the test; `credentials` user:password of an administrator switches authentication on. */
export async function influxd(
  t: { teardown(f: () => Promise<void> | void): void },
  credentials: string | null = null,
): Promise<Influxd> {
  const db = new Influxd(temporaryFolder(t as never), await freePort(), await freePort(), credentials);
  t.teardown(() => db.stop());
  await db.start();
  if (credentials !== null) {
    const [user, password] = credentials.split(':');
    await db.query(`CREATE USER ${user} WITH PASSWORD '${password}' WITH ALL PRIVILEGES`);
  }
  return db;
}
