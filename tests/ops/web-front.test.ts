import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import t from 'tap';
import { readYaml } from '../../src/config/index.js';
import { settingsDefaults } from '../../src/core/index.js';
import { createMetrics, type HttpServer, metricsSettings, startHttp } from '../../src/ops/index.js';
import { Authority, skipWithoutOpenssl } from '../support/certificates.js';
import { EMPTY_SNAPSHOT } from '../support/empty-snapshot.js';
import { haveProgram } from '../support/namespace.js';
import { until } from '../support/until.js';
import { temporaryFolder } from '../support/wardwire.js';

t.setTimeout(120_000);
const PASSWORD = 'a long word';
const HASH = bcrypt.hashSync(PASSWORD, 10);

interface Stage {
  readonly http: HttpServer;
  readonly dir: string;
  readonly path: string;
  readonly authority: Authority;
  readonly logged: string[];
}

async function stage(t: { teardown(f: () => unknown): unknown }, text: string): Promise<Stage> {
  const dir = temporaryFolder(t);
  const authority = new Authority(dir);
  authority.issue('server');
  const path = join(dir, 'web.yml');
  writeFileSync(path, text);
  const logged: string[] = [];
  const http = await startHttp({
    settings: settingsDefaults(metricsSettings, { port: 0, web_config_file: path }),
    metrics: await createMetrics({ version: '1', budgets: {} }),
    snapshot: () => EMPTY_SNAPSHOT,
    devices: () => [],
    ready: () => true,
    version: '1',
    logger: { log: (_l, _e, words) => void logged.push(words) },
    readYaml,
    nowMs: () => performance.now(),
  });
  t.teardown(() => http.close());
  return { http, dir, path, authority, logged };
}

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** One request on a connection of its own; status 0: it was refused before. */
function get(url: string, o: Record<string, unknown> = {}): Promise<Got> {
  const request = url.startsWith('https') ? secureRequest : plainRequest;
  return new Promise((resolve) => {
    const r = request(url, { agent: false, ...o }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      response.on('error', () => resolve({ status: 0, headers: {} }));
    });
    r.on('error', () => resolve({ status: 0, headers: {} }));
    r.end();
  });
}

const TLS = 'tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n';
const USERS = `basic_auth_users:\n  prometheus: ${HASH}\n`;

t.test('names and passwords: compared in a thread, remembered, nobody told which of them was wrong', async (t) => {
  if (skipWithoutOpenssl(t)) return;
  const { http } = await stage(t, `${USERS}http_server_config:\n  headers:\n    X-Frame-Options: deny\n`);
  const as = (auth: string) => get(`${http.url}/metrics`, { auth });
  const no = await get(`${http.url}/metrics`);
  t.equal(no.status, 401);
  t.match(no.headers, { 'www-authenticate': /^Basic/, 'x-frame-options': 'deny' });
  let worst = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    worst = Math.max(worst, performance.now() - last - 2);
    last = performance.now();
  }, 2);
  const begin = performance.now();
  t.equal((await as(`prometheus:${PASSWORD}`)).status, 200);
  const first = performance.now() - begin;
  clearInterval(timer);
  const again = performance.now();
  t.equal((await as(`prometheus:${PASSWORD}`)).status, 200);
  const second = performance.now() - again;
  t.ok(second < first / 2, `remembered: ${second.toFixed(1)} ms instead of ${first.toFixed(1)} ms`);
  t.comment(
    `bcrypt, first request ${first.toFixed(0)} ms, again ${second.toFixed(1)} ms; longest stall of this thread ${worst.toFixed(1)} ms`,
  );
  for (const wrong of ['prometheus:wrong', `nobody:${PASSWORD}`, 'nobody:fake', `prometheus:${PASSWORD} `])
    t.equal((await as(wrong)).status, 401, wrong);
  const crowd = await Promise.all(Array.from({ length: 60 }, (_, i) => as(`prometheus:guess ${i}`)));
  t.ok(
    crowd.every((r) => r.status === 401 || r.status === 503),
    'a crowd that guesses is turned away',
  );
  t.equal((await as(`prometheus:${PASSWORD}`)).status, 200, 'and the scraper keeps its place');
});

t.test('TLS and client certificates', async (t) => {
  if (skipWithoutOpenssl(t)) return;
  const asked = `${TLS}  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [127.0.0.1]\n`;
  const { http, authority, path } = await stage(t, asked);
  t.match(http.url, /^https:/);
  const ca = readFileSync(authority.ca);
  const client = authority.issue('client');
  const pair = { cert: readFileSync(client.cert), key: readFileSync(client.key), ca };
  t.equal((await get(`${http.url}/metrics`, pair)).status, 200, 'with a certificate');
  t.equal((await get(`${http.url}/metrics`, { ca })).status, 0, 'without one');
  t.equal((await get(http.url.replace('https', 'http'))).status, 0, 'without TLS');
  const stranger = new Authority(temporaryFolder(t)).issue('client');
  const foreign = { ca, cert: readFileSync(stranger.cert), key: readFileSync(stranger.key) };
  t.equal((await get(`${http.url}/metrics`, foreign)).status, 0, 'with one of another authority');
  const change = (text: string): void => writeFileSync(path, text);
  change(asked.replace('[127.0.0.1]', '[10.0.0.1]'));
  t.equal((await get(`${http.url}/metrics`, pair)).status, 0, 'with another name');
  change(`${TLS}  client_ca_file: ca.pem\n  client_auth_type: VerifyClientCertIfGiven\n`);
  t.equal((await get(`${http.url}/metrics`, { ca })).status, 200, 'if given: without');
  t.equal((await get(`${http.url}/metrics`, foreign)).status, 0, 'if given: a foreign one');
  change(`${TLS}  client_auth_type: RequireAnyClientCert\n`);
  t.equal((await get(`${http.url}/metrics`, { ca })).status, 0, 'any: none');
  t.equal((await get(`${http.url}/metrics`, foreign)).status, 200, 'any: a foreign one');
  change(`${TLS}  min_version: TLS13\n`);
  t.equal((await get(`${http.url}/metrics`, { ca, maxVersion: 'TLSv1.2' })).status, 0, 'an old version');
  t.equal((await get(`${http.url}/metrics`, { ca })).status, 200);
});

t.test('changes are taken at once, broken ones are told and change nothing', async (t) => {
  if (skipWithoutOpenssl(t)) return;
  const { http, path, authority, dir, logged } = await stage(t, '');
  const secure = http.url.replace('http:', 'https:');
  const ca = readFileSync(authority.ca);
  t.equal((await get(`${http.url}/metrics`)).status, 200);
  writeFileSync(path, TLS);
  t.equal((await get(`${secure}/metrics`, { ca })).status, 200, 'TLS from now on');
  writeFileSync(path, `${TLS}nonsense: 1\n`);
  t.equal((await get(`${secure}/metrics`, { ca })).status, 200, 'as before');
  t.match(logged.at(-1), /cannot be used, the old one stays: nonsense/);
  writeFileSync(path, TLS);
  await get(`${secure}/metrics`, { ca });
  // a certificate is renewed in two steps, and for a moment it does not fit its key
  const { cert, key } = authority.issue('renewed');
  writeFileSync(join(dir, 'server.pem'), readFileSync(cert));
  t.equal((await get(`${secure}/metrics`, { ca })).status, 200, 'between the two steps the old one serves');
  writeFileSync(join(dir, 'server.key'), readFileSync(key));
  let subject = '';
  await new Promise<void>((resolve) => {
    const r = secureRequest(`${secure}/metrics`, { ca, agent: false }, (response) => {
      subject = (response.socket as import('node:tls').TLSSocket).getPeerCertificate().subject.CN as string;
      response.resume();
      response.on('end', () => resolve());
    });
    r.end();
  });
  t.equal(subject, 'renewed');
  writeFileSync(path, 'rate_limit:\n  interval: 1h\n  burst: 2\n');
  const each: number[] = [];
  for (let i = 0; i < 4; i++) each.push((await get(`${http.url}/metrics`)).status);
  t.same(each, [200, 200, 429, 429]);
});

t.test('a real Prometheus scrapes with the authority and a password, and not without', async (t) => {
  if (skipWithoutOpenssl(t)) return;
  if (!haveProgram('prometheus'))
    return void t.pass('SKIPPED LOUDLY: prometheus is not installed', { skip: 'prometheus' });
  const { http, dir, authority } = await stage(t, TLS + USERS);
  const target = new URL(http.url).host;
  writeFileSync(join(dir, 'password'), PASSWORD);
  const job = (name: string, more: string): string =>
    `  - job_name: ${name}\n    scheme: https\n    static_configs: [{targets: ['${target}']}]\n${more}`;
  const trusted = `    tls_config: {ca_file: ${authority.ca}}\n`;
  const user = `    basic_auth: {username: prometheus, password_file: ${join(dir, 'password')}}\n`;
  const config = `global: {scrape_interval: 1s}\nscrape_configs:\n${job('both', trusted + user)}${job('open', trusted)}${job('untrusted', user)}`;
  writeFileSync(join(dir, 'prometheus.yml'), config);
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  t.teardown(() => child.kill('SIGKILL'));
  const up = async (): Promise<Record<string, string>> => {
    try {
      const r = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=up`);
      const body = (await r.json()) as { data: { result: { metric: { job: string }; value: [number, string] }[] } };
      return Object.fromEntries(body.data.result.map((x) => [x.metric.job, x.value[1]]));
    } catch {
      return {};
    }
  };
  let seen: Record<string, string> = {};
  await until(
    'three targets',
    async () => {
      seen = await up();
      return Object.keys(seen).length === 3 && seen.both === '1';
    },
    60_000,
  );
  t.same(seen, { both: '1', open: '0', untrusted: '0' });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const s = createServer();
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address() as { port: number };
      s.close(() => resolve(port));
    });
  });
}
