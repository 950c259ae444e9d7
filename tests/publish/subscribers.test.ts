import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import { settingsDefaults, type Verdict, type VerdictSinkClient } from '../../src/core/index.js';
import { createMqttSink, encode, mqttSettings, SyslogSink, syslogSettings } from '../../src/publish/index.js';
import { Authority, skipWithoutOpenssl } from '../support/certificates.js';
import { broker, freePort, skipWithoutMosquitto } from '../support/mosquitto.js';
import { haveProgram } from '../support/namespace.js';
import { someVerdict } from '../support/some-verdict.js';
import { until } from '../support/until.js';
import { projectRoot, Running, temporaryFolder } from '../support/wardwire.js';

// The subscriber examples that are shipped, each in the program itself where this machine has it.
t.setTimeout(120_000);

const folder = join(projectRoot(), 'config', 'subscribers');
const example = (name: string): string => readFileSync(join(folder, name), 'utf8');
const noted = () => undefined;

async function mqttSink(t: { teardown(f: () => Promise<void>): unknown }, port: number, changes = {}) {
  const sink = await createMqttSink({
    name: 'mqtt',
    settings: settingsDefaults(mqttSettings, { url: `mqtt://127.0.0.1:${port}`, reconnect_min_ms: 20, ...changes }),
    sensor: { site: 'ward', name: 'icu-1', version: '1' },
    bootId: 'b1',
    logger: { log: noted },
    seed: 1,
    info: () => ({}),
    wallUs: () => Date.now() * 1000,
  });
  t.teardown(() => sink.stop(500));
  await sink.start();
  await until('the connection', () => sink.ready());
  return sink;
}

async function give(sink: VerdictSinkClient, v: Verdict): Promise<void> {
  await until('room', () => sink.ready());
  await sink.send(v, noted);
}

/** Every field a verdict may have, as a dotted path; places of a list are `0`. */
function pathsOf(v: unknown, path = ''): string[] {
  if (typeof v !== 'object' || v === null) return [path];
  return [path, ...Object.entries(v).flatMap(([k, x]) => pathsOf(x, path === '' ? k : `${path}.${k}`))];
}
const PATHS = new Set(pathsOf(someVerdict()));

t.test('rsyslog: CEF over TLS with client certificates is taken apart into exactly what was meant', async (t) => {
  if (skipWithoutOpenssl(t)) return;
  const gtls = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib'].some((d) =>
    existsSync(join(d, 'rsyslog/lmnsd_gtls.so')),
  ); // prettier-ignore
  if (!haveProgram('rsyslogd') || !gtls)
    return void t.pass('skipped', { skip: 'rsyslog with rsyslog-gnutls is not installed' });
  const dir = temporaryFolder(t);
  const authority = new Authority(dir);
  const receiver = authority.issue('receiver');
  const sensor = authority.issue('sensor');
  const stranger = new Authority(temporaryFolder(t)).issue('stranger');
  writeFileSync(join(dir, 'wardwire-cef.rulebase'), example('wardwire-cef.rulebase'));
  const port = await freePort();
  const config = join(dir, 'rsyslog.conf');
  const text = example('rsyslog.conf')
    .replace('/etc/rsyslog.d/wardwire/receiver.pem', receiver.cert)
    .replace('/etc/rsyslog.d/wardwire/receiver.key', receiver.key)
    .replaceAll('/etc/rsyslog.d/wardwire', dir)
    .replaceAll('/var/log/wardwire', dir)
    .replace('port="6514"', `port="${port}" address="127.0.0.1"`);
  writeFileSync(config, `global(workDirectory="${dir}")\n${text}`);
  const daemon = new Running('rsyslogd', ['-n', '-f', config, '-i', join(dir, 'pid')]);
  t.teardown(() => daemon.child.kill('SIGKILL'));
  const sinkWith = (cert: { cert: string; key: string }) =>
    new SyslogSink({
      settings: settingsDefaults(syslogSettings, {
        url: `tls://127.0.0.1:${port}`,
        ca_file: authority.ca,
        cert_file: cert.cert,
        key_file: cert.key,
      }),
      host: 'icu-1',
      logger: { log: noted },
      seed: 1,
    });
  const s = sinkWith(sensor);
  t.teardown(() => s.stop(100));
  await s.start();
  await until('the connection', () => s.ready(), 20_000);
  const unit = fc.constantFrom(
    'a',
    '0',
    ' ',
    '|',
    '=',
    '\\',
    '"',
    ']',
    '\n',
    '\r',
    'é',
    '€',
    '\u0000',
    ' cs1=evil',
    '|externalId=',
  );
  const texts = fc.sample(fc.string({ unit, maxLength: 30 }), { numRuns: 300, seed: 7 });
  for (const [n, said] of texts.entries()) {
    const reasons = [{ ...someVerdict().reasons[0], text: `<${said}>` }];
    await give(s, someVerdict(`v${n}`, { reasons, sensor: { ...someVerdict().sensor, version: `v${said}` } }));
  }
  const rows = (): string[] => {
    const file = join(dir, 'verdicts.json');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  };
  await until('every verdict', () => rows().length === texts.length, 30_000).catch(() => undefined);
  t.notOk(existsSync(join(dir, 'not-understood.log')), 'nothing that rsyslog does not understand');
  t.equal(rows().length, texts.length, daemon.err);
  const plain = (x: string): string =>
    x
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .replace(/[^\x20-\x7e\n]/g, '?'); // prettier-ignore
  const FIELDS = [...encode('cef', someVerdict()).matchAll(/(?<=[| ])[A-Za-z0-9]+=/g)].length;
  let wrong = 0;
  for (const [n, row] of rows().entries()) {
    const { cef, issued, sensor: name, header } = JSON.parse(row);
    const e = cef.Extensions;
    const message = plain(`<${texts[n]}>`);
    const good =
      e.msg === message &&
      e.externalId === `v${n}` &&
      e.cs1 === 'ventilator' &&
      e.cs6 === 'Go to the bedside first.' &&
      e.cat === 'open' &&
      Object.keys(e).length === FIELDS &&
      cef.Severity === '10' &&
      cef.SignatureID === 'net.cleartext' &&
      // the space that the configuration gives rsyslog's parser goes to a header that looks like the extension too
      cef.DeviceVersion === plain(`v${texts[n]}`).replaceAll('\n', ' ').replaceAll('|externalId=', '| externalId=') &&
      name === 'icu-1' &&
      issued.startsWith('2026-03-01T10:00:00.004750') &&
      header.includes('boot="3f1c9a"');
    if (!good && wrong++ === 0) t.same(JSON.parse(row), message, `verdict ${n}: ${Object.keys(e).length} fields`);
  }
  t.equal(wrong, 0);
  t.comment(`${rows().length} verdicts with wild texts through rsyslogd, ${wrong} changed`);
  const bad = sinkWith(stranger);
  t.teardown(() => bad.stop(100));
  await bad.start();
  await new Promise((r) => setTimeout(r, 1000));
  if (bad.ready()) await bad.send(someVerdict('stranger'), noted).catch(noted);
  await new Promise((r) => setTimeout(r, 500));
  t.notMatch(rows().join(), 'stranger', 'who has no certificate of the site is not heard');
});

t.test('watch-seq.sh sees a hole, forgives what comes late, knows a new start', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const b = await broker(t, ['allow_anonymous true']);
  const sink = await mqttSink(t, b.port);
  const order = [4, 5, 9, 8, 6, 5, 10];
  const messages = order.length + 2;
  const watch = spawn(
    'sh',
    [join(folder, 'watch-seq.sh'), 'watcher', '1', '--', '-p', String(b.port), '-C', String(messages)],
    { detached: true },
  );
  t.teardown(() => {
    // with its children; gone when the test went well
    if (watch.exitCode === null) process.kill(-(watch.pid as number), 'SIGKILL');
  });
  let out = '';
  watch.stdout.on('data', (d) => {
    out += d;
  });
  watch.stderr.on('data', (d) => t.comment(String(d)));
  const code = new Promise((done) => watch.once('exit', done));
  // the session is there when a message gets through
  await until(
    'the subscription',
    () =>
      spawnSync(
        'mosquitto_sub',
        ['-p', String(b.port), '-t', '$SYS/broker/subscriptions/count', '-C', '1', '-W', '2'],
        { encoding: 'utf8' },
      ).stdout !== '',
  ); // prettier-ignore
  await new Promise((r) => setTimeout(r, 500));
  for (const seq of order) await give(sink, someVerdict(`v${seq}`, { seq, boot_id: 'b1' }));
  await until('the hole', () => out.includes('MISSING'));
  t.match(out, /MISSING {2}ward\/icu-1 {2}boot b1 {2}seq 7/);
  for (const seq of [2, 3]) await give(sink, someVerdict(`w${seq}`, { seq, boot_id: 'b2' }));
  t.equal(await code, 3);
  const missing = out.split('\n').filter((l) => l.startsWith('MISSING'));
  t.same(missing, ['MISSING  ward/icu-1  boot b1  seq 7', 'MISSING  ward/icu-1  boot b2  seq 1']);
  t.match(out, /^critical {2}ventilator {2}mac-0030e6000001 {2}ward\/icu-1 {2}seq 4$/m);
});

t.test('Filebeat: a session that waits, and documents that are ECS already', async (t) => {
  const config = parse(example('filebeat.yml'));
  const [input] = config['filebeat.inputs'];
  t.match(input, { type: 'mqtt', qos: 1, clean_session: false, topics: ['wardwire/v1/+/+/verdict/#'] });
  t.ok(input.client_id.length > 0);
  if (skipWithoutMosquitto(t)) return;
  const b = await broker(t, ['allow_anonymous true']);
  const sub = new Running('mosquitto_sub', ['-V', '5', '-p', String(b.port), '-t', input.topics[0], '-F', '%C|%P|%p']);
  t.teardown(() => sub.child.kill('SIGKILL'));
  const sink = await mqttSink(t, b.port, { format: 'ecs' });
  await until('a document', () => {
    void sink.send(someVerdict(), noted).catch(noted);
    return sub.out.includes('\n');
  });
  const [type, properties, body] = sub.out.split('\n')[0].split(/\|(.*?)\|(.*)/);
  t.equal(type, 'application/json');
  t.match(properties, 'schema:ecs');
  const event = JSON.parse(body);
  t.match(event, { ecs: { version: /^9\./ }, event: { id: someVerdict().id, kind: 'alert' } });
  const [{ decode_json_fields: decode }, { fingerprint }] = input.processors;
  t.match(decode, { fields: ['message'], target: '', overwrite_keys: true });
  t.same(fingerprint, { fields: ['event.id'], target_field: '@metadata._id' });
});

t.test('Telegraf: a session that waits, paths that a verdict has, bounded tags', async (t) => {
  const read = 'import json,sys,tomllib; print(json.dumps(tomllib.load(open(sys.argv[1],"rb"))))';
  const r = spawnSync('python3', ['-c', read, join(folder, 'telegraf.conf')], { encoding: 'utf8' });
  if (r.error || /tomllib/.test(r.stderr))
    return void t.pass('skipped', { skip: 'python3 with tomllib is not installed' });
  t.equal(r.status, 0, r.stderr);
  const config = JSON.parse(r.stdout);
  const [input] = config.inputs.mqtt_consumer;
  t.match(input, { qos: 1, persistent_session: true, data_format: 'json_v2', topics: ['wardwire/v1/+/+/verdict/#'] });
  t.ok(input.client_id.length > 0);
  const [form] = input.json_v2;
  const paths = [form.timestamp_path, ...[...form.tag, ...form.field].map((x: { path: string }) => x.path)];
  for (const p of paths) t.ok(PATHS.has(p), p);
  t.notOk(form.tag.some((x: { path: string }) => ['id', 'seq', 'boot_id', 'incident.id'].includes(x.path)));
});

t.test('Node-RED: the flow is whole, keeps its session, and needs what a verdict has', async (t) => {
  const flow = JSON.parse(example('node-red.json')) as Record<string, unknown>[];
  const byId = new Map(flow.map((n) => [n.id, n]));
  t.equal(byId.size, flow.length);
  for (const n of flow) for (const to of ((n.wires ?? []) as string[][]).flat()) t.ok(byId.has(to), `${n.id} → ${to}`);
  const source = flow.find((n) => n.type === 'mqtt in');
  t.match(source, { qos: '1', datatype: 'json', topic: 'wardwire/v1/+/+/verdict/#' });
  const server = byId.get(String(source?.broker));
  t.match(server, { protocolVersion: '5', cleansession: false, autoUnsubscribe: false, sessionExpiry: '604800' });
  t.ok(byId.get(String(server?.tls))?.verifyservercert);
  for (const f of flow.filter((n) => n.type === 'function'))
    for (const m of String(f.func).matchAll(/\b(?:v|msg\.payload)\.((?:[a-z_]+|\[0\]|\.)+)/g)) {
      const path = m[1].replaceAll('[0]', '.0');
      if (!path.startsWith('includes')) t.ok(PATHS.has(path), path);
    }
  // the program itself, where a folder with it is named: npm install node-red in WARDWIRE_NODE_RED
  const home = process.env.WARDWIRE_NODE_RED;
  if (home === undefined) return void t.pass('skipped', { skip: 'WARDWIRE_NODE_RED names no folder with node-red' });
  if (skipWithoutMosquitto(t)) return;
  const dir = temporaryFolder(t);
  mkdirSync(join(dir, 'out'));
  const file = (name: string): string[] =>
    readFileSync(join(dir, 'out', name), 'utf8')
      .trimEnd()
      .split('\n');
  const b = await broker(t, ['allow_anonymous true']);
  const plain = flow
    .filter((n) => n.type !== 'tls-config')
    .map((n) =>
      n.type === 'mqtt-broker' ? { ...n, broker: '127.0.0.1', port: String(b.port), usetls: false, tls: '' } : n,
    );
  writeFileSync(join(dir, 'flow.json'), JSON.stringify(plain).replaceAll('/data/wardwire', join(dir, 'out')));
  const red = join(home, 'node_modules', 'node-red', 'red.js');
  const daemon = new Running(process.execPath, [
    red,
    '-u',
    dir,
    '-p',
    String(await freePort()),
    join(dir, 'flow.json'),
  ]);
  t.teardown(() => daemon.child.kill('SIGKILL'));
  await daemon.until('the flow', () => daemon.out.includes('Connected to broker'), 60_000);
  const sink = await mqttSink(t, b.port);
  await new Promise((r) => setTimeout(r, 500));
  for (const v of [someVerdict('a'), someVerdict('a'), someVerdict('b', { severity: 'low' })]) await give(sink, v);
  await until(
    'two of the three',
    () => existsSync(join(dir, 'out', 'verdicts.jsonl')) && file('verdicts.jsonl').length === 2,
  );
  await daemon.stop('SIGTERM');
  await give(sink, someVerdict('c'));
  const again = new Running(process.execPath, [red, '-u', dir, '-p', String(await freePort()), join(dir, 'flow.json')]);
  t.teardown(() => again.child.kill('SIGKILL'));
  await until(
    'what came meanwhile',
    () => readdirSync(join(dir, 'out')).includes('verdicts.jsonl') && file('verdicts.jsonl').length === 3,
    60_000,
  ); // prettier-ignore
  t.same(
    file('verdicts.jsonl').map((l) => JSON.parse(l).id),
    ['a', 'b', 'c'],
  );
  t.equal(file('pages.txt').length, 2);
  t.match(file('pages.txt')[0], 'Vent 7|ICU=4 (ventilator): telnet');
  await again.stop('SIGTERM');
});
