import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './mosquitto.js';
import { haveProgram } from './namespace.js';
import { projectRoot, Running, temporaryFolder } from './wardwire.js';

type Test = { teardown(f: () => Promise<void> | void): void };

/** Skips the test, and says so, when one of the programs is not installed. */
export function skipWithout(
  t: { pass(message: string, extra: { skip: string }): unknown; comment(text: string): void },
  ...programs: string[]
): boolean {
  const missing = programs.filter((p) => !haveProgram(p));
  if (missing.length === 0) return false;
  t.comment(`SKIPPED LOUDLY: ${missing.join(', ')} not installed`);
  t.pass('skipped', { skip: `${missing.join(', ')} not installed` });
  return true;
}

/** Waits until an address of a program that was started answers well. @throws when it ends or is too slow */
export async function answers(url: string, daemon: Running): Promise<void> {
  for (const end = performance.now() + 30_000; ; ) {
    const up = await fetch(url).then(
      (r) => r.ok,
      () => false,
    );
    if (up) return;
    if (performance.now() > end || daemon.child.exitCode !== null)
      throw new Error(`${url}: ${daemon.err.slice(-2000)}`);
    await new Promise((r) => setTimeout(r, 50));
  }
}

export interface Series {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

/** A real Prometheus with the shipped rules and its own quick pace. */
export class Prometheus {
  private constructor(
    readonly url: string,
    readonly running: Running,
  ) {}

  /** `targets` are scraped every second as job wardwire; waits of alerts are cut to 2 s. */
  static async start(
    t: Test,
    targets: readonly string[],
    alertmanager: string | null,
    /** Files of the authority and of the password: the commented part of the example is used. */
    secure: { readonly ca: string; readonly password: string } | null = null,
  ): Promise<Prometheus> {
    const dir = temporaryFolder(t as never);
    const from = join(projectRoot(), 'config', 'prometheus');
    cpSync(join(from, 'wardwire-rules.yml'), join(dir, 'wardwire-rules.yml'));
    const alerts = readFileSync(join(from, 'wardwire-alerts.yml'), 'utf8').replace(/for: \d+[mh]/g, 'for: 2s');
    writeFileSync(join(dir, 'wardwire-alerts.yml'), alerts);
    const example = readFileSync(join(from, 'prometheus.yml'), 'utf8');
    const used =
      secure === null
        ? example
        : example
            .replace(/^ {4}# (?=scheme|tls_config| {2}ca_file|basic_auth| {2}username| {2}password_file)/gm, '    ')
            .replace('/etc/prometheus/wardwire-ca.pem', secure.ca)
            .replace('/etc/prometheus/wardwire-password', secure.password);
    const config = used
      .replace('scrape_interval: 15s', 'scrape_interval: 1s')
      .replace('evaluation_interval: 15s', 'evaluation_interval: 1s')
      .replace("'127.0.0.1:9093'", alertmanager === null ? '' : `'${alertmanager}'`)
      .replace("'127.0.0.1:9844'", targets.map((x) => `'${x}'`).join(', '));
    const path = join(dir, 'prometheus.yml');
    writeFileSync(path, config);
    const port = await freePort();
    const running = new Running('prometheus', [
      `--config.file=${path}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    t.teardown(async () => {
      await running.stop('SIGTERM');
    });
    const url = `http://127.0.0.1:${port}`;
    await answers(`${url}/-/ready`, running);
    return new Prometheus(url, running);
  }

  /** @throws what Prometheus says of a query it cannot run */
  async query(expr: string, path = 'query', more: Record<string, string> = {}): Promise<Series[]> {
    const r = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams({ query: expr, ...more })}`);
    const body = (await r.json()) as { status: string; error?: string; data: { result: Series[] } };
    if (body.status !== 'success') throw new Error(`${expr}: ${body.error}`);
    return body.data.result;
  }
}

/** A real Alertmanager with the shipped configuration, sending to local sinks instead of the example's addresses. */
export class Alertmanager {
  private constructor(
    readonly address: string,
    readonly config: string,
  ) {}

  static async start(t: Test, to: { smtp: number; http: number }): Promise<Alertmanager> {
    const dir = temporaryFolder(t as never);
    const config = join(dir, 'alertmanager.yml');
    writeFileSync(
      config,
      readFileSync(join(projectRoot(), 'config', 'alertmanager', 'alertmanager.yml'), 'utf8')
        .replace('mail.example.org:587', `127.0.0.1:${to.smtp}`)
        .replace('smtp_require_tls: true', 'smtp_require_tls: false')
        .replaceAll('https://hooks.example.org', `http://127.0.0.1:${to.http}`)
        .replaceAll('https://sms.example.org', `http://127.0.0.1:${to.http}`)
        .replaceAll('group_wait: 10s', 'group_wait: 1s'),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const running = new Running('prometheus-alertmanager', [
      `--config.file=${config}`,
      `--storage.path=${join(dir, 'data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ]);
    t.teardown(async () => {
      await running.stop('SIGTERM');
    });
    await answers(`http://${address}/-/ready`, running);
    return new Alertmanager(address, config);
  }

  /** Gives it alerts as Prometheus would. */
  async post(
    alerts: readonly { labels: Record<string, string>; annotations?: Record<string, string> }[],
  ): Promise<void> {
    const r = await fetch(`http://${this.address}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((a) => ({ annotations: {}, ...a }))),
    });
    if (!r.ok) throw new Error(`${r.status}: ${await r.text()}`);
  }

  async alerts(): Promise<{ labels: Record<string, string>; status: { state: string; inhibitedBy: string[] } }[]> {
    return (await (await fetch(`http://${this.address}/api/v2/alerts`)).json()) as never;
  }
}
