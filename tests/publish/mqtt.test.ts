import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { type SettingsOf, settingsDefaults, type Verdict, WardwireError } from '../../src/core/index.js';
import { createMqttSink, mqttSettings } from '../../src/publish/index.js';
import { broker, freePort, skipWithoutMosquitto } from '../support/mosquitto.js';
import { until } from '../support/until.js';
import { Running, temporaryFolder } from '../support/wardwire.js';

// The MQTT sink against mosquitto itself: what an operator meets when brokers restart, refuse and expire.
t.setTimeout(120_000);

const ANYONE = ['allow_anonymous true'];
const verdict = (n: number, severity: Verdict['severity'] = 'high'): Verdict =>
  ({
    schema: 'wardwire.verdict.v1',
    id: `v${n}`,
    seq: n,
    boot_id: 'b',
    severity,
    device: { id: 'mac-00', type: 'ventilator' },
  }) as unknown as Verdict;

interface Line {
  readonly level: string;
  readonly event: string;
  readonly text: string;
}

async function sinkFor(
  t: { teardown(f: () => Promise<void>): unknown },
  url: string,
  changes: Partial<SettingsOf<typeof mqttSettings>> = {},
) {
  const lines: Line[] = [];
  const sink = await createMqttSink({
    name: 'mqtt',
    settings: settingsDefaults(mqttSettings, { url, reconnect_min_ms: 20, reconnect_max_ms: 200, ...changes }),
    sensor: { site: 'St. Mary', name: 's1', version: '1' },
    bootId: 'b',
    logger: { log: (level, event, text) => lines.push({ level, event, text }) },
    seed: 1,
    info: () => ({ version: '1' }),
    wallUs: () => Date.now() * 1000,
  });
  t.teardown(() => sink.stop(500));
  return { sink, lines };
}

function subscriber(t: { teardown(f: () => void): unknown }, port: number, ...more: string[]): Running {
  const format = '%t|%r|%C|%P|%p';
  const sub = new Running('mosquitto_sub', ['-V', '5', '-p', String(port), '-F', format, '-t', 'wardwire/#', ...more]);
  t.teardown(() => sub.child.kill('SIGKILL'));
  return sub;
}

t.test('birth, verdict with its properties, goodbye', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const b = await broker(t, ANYONE);
  const { sink } = await sinkFor(t, `mqtt://127.0.0.1:${b.port}`);
  await sink.start();
  await until('the connection', () => sink.ready());
  const sub = subscriber(t, b.port);
  await sub.until('the retained birth', () => sub.out.includes('"online"') && sub.out.includes('/info|1'));
  const ages = new Running('mosquitto_sub', [
    '-V',
    '5',
    '-p',
    String(b.port),
    '-F',
    '%E|%t',
    '-t',
    'wardwire/+/+/+/verdict/#',
    '-R',
  ]); // prettier-ignore
  t.teardown(() => ages.child.kill('SIGKILL'));
  await new Promise((r) => setTimeout(r, 300));
  let handed = 0;
  await sink.send(verdict(1), () => handed++);
  await sink.send(verdict(2, 'critical'), () => handed++);
  t.equal(handed, 2);
  await sub.until('the verdicts', () => sub.out.includes('"v2"'));
  await ages.until('both', () => ages.out.includes('/critical/'));
  t.match(ages.out, /^\d{6}\|.*\/high\//m, 'a verdict expires at the broker');
  t.match(ages.out, /^\|.*\/critical\//m, 'a critical one never');
  const lines = sub.out.split('\n');
  const one = lines.find((l) => l.includes('"v1"')) ?? '';
  t.match(one, /^wardwire\/v1\/st.-mary\/s1\/verdict\/high\/ventilator\/mac-00\|0\|application\/json\|/);
  for (const p of ['severity:high', 'seq:1', 'boot_id:b', 'schema:wardwire.verdict.v1']) t.match(one, p);
  t.match(sink.state(), { connected: true, inFlight: 0, published: 2, failures: 0 });
  await sink.stop(2000);
  await sub.until('the goodbye', () => sub.out.includes('"stopping"'));
  t.notMatch(sub.out, '"offline"', 'who says goodbye is not lost');
});

t.test('who is killed is said to be offline by the broker', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const b = await broker(t, ANYONE);
  // a cut cable: the sink speaks through a relay that goes away
  const sockets: Socket[] = [];
  const relay = createServer((s) => {
    const out = connect(b.port, '127.0.0.1');
    sockets.push(s, out);
    for (const [x, y] of [
      [s, out],
      [out, s],
    ]) {
      x.on('error', () => y.destroy());
      x.on('close', () => y.destroy());
      x.pipe(y);
    }
  });
  const port = await freePort();
  await new Promise<void>((done) => relay.listen(port, '127.0.0.1', done));
  const { sink } = await sinkFor(t, `mqtt://127.0.0.1:${port}`, { reconnect_min_ms: 5000, reconnect_max_ms: 5000 });
  await sink.start();
  await until('the connection', () => sink.ready());
  const sub = subscriber(t, b.port);
  await sub.until('the birth', () => sub.out.includes('"online"'));
  const waiting = sink.send(verdict(1), () => relay.close());
  for (const s of sockets) s.destroy();
  const lost = await waiting.then(
    () => null,
    (e: { retry?: boolean }) => e,
  );
  t.equal(lost?.retry, true, 'what was under way may be sent again');
  await sub.until('the will', () => sub.out.includes('"offline"'));
  t.match(sub.out, /status\|0\|.*"offline"/);
  t.equal(sink.state().connected, false);
});

t.test('a broker that is killed and comes back is found again', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const b = await broker(t, ANYONE);
  const { sink, lines } = await sinkFor(t, `mqtt://127.0.0.1:${b.port}`);
  await sink.start();
  await until('the connection', () => sink.ready());
  for (let round = 0; round < 3; round++) {
    await b.stop('SIGKILL');
    await until('the loss', () => !sink.ready());
    await until('a named reason', () => lines.some((l) => /connection refused/.test(l.text)));
    await b.start();
    await until('the return', () => sink.ready());
    await sink.send(verdict(round), () => undefined);
  }
  t.equal(sink.state().published, 3);
  t.equal(lines.filter((l) => l.event === 'mqtt.connected').length, 4);
});

t.test('an access list that forbids writing is named, verdict by verdict', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const dir = temporaryFolder(t);
  const acl = join(dir, 'acl');
  writeFileSync(acl, 'topic read wardwire/#\ntopic write wardwire/v1/+/+/status\ntopic write wardwire/v1/+/+/info\n');
  const b = await broker(t, [...ANYONE, `acl_file ${acl}`]);
  const { sink, lines } = await sinkFor(t, `mqtt://127.0.0.1:${b.port}`);
  await sink.start();
  await until('the connection', () => sink.ready());
  await t.rejects(
    sink.send(verdict(1), () => undefined),
    /not authorised/,
  );
  t.match(sink.state(), { connected: true, inFlight: 0, published: 0, failures: 1, lastError: /not authorised/ });
  t.match(
    lines.find((l) => l.event === 'mqtt.access_list'),
    { level: 'error', text: /access list/ },
  );
});

t.test('a wrong password is named', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const dir = temporaryFolder(t);
  const users = join(dir, 'users');
  const secret = join(dir, 'password');
  writeFileSync(users, '');
  if (spawnSync('mosquitto_passwd', ['-b', users, 'sensor', 'right']).status !== 0)
    return void t.pass('skipped', { skip: 'mosquitto_passwd does not run' });
  writeFileSync(secret, 'wrong\n');
  const b = await broker(t, ['allow_anonymous false', `password_file ${users}`]);
  const { sink, lines } = await sinkFor(t, `mqtt://127.0.0.1:${b.port}`, { username: 'sensor', password_file: secret });
  await sink.start();
  await until('the refusal', () => lines.some((l) => l.event === 'mqtt.credentials'));
  t.match(lines[0].text, /user name or password is wrong|not authorised/);
  t.notMatch(JSON.stringify(lines), 'wrong\\n');
  writeFileSync(secret, 'right\n');
  const again = await sinkFor(t, `mqtt://127.0.0.1:${b.port}`, { username: 'sensor', password_file: secret });
  await again.sink.start();
  await until('the connection', () => again.sink.ready());
  const absent = await sinkFor(t, 'mqtt://127.0.0.1:1', { password_file: join(dir, 'absent') });
  const error = await absent.sink.start().then(
    () => null,
    (e: unknown) => e,
  );
  t.ok(error instanceof WardwireError && error.code === 'config' && /mqtt\.password_file/.test(error.message));
});

t.test('never more under way than the window, nor than the broker takes', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const plain = await broker(t, ANYONE);
  const tight = await broker(t, [...ANYONE, 'max_inflight_messages 3']);
  for (const [b, most] of [
    [plain, 16],
    [tight, 3],
  ] as const) {
    const { sink } = await sinkFor(t, `mqtt://127.0.0.1:${b.port}`);
    await sink.start();
    await until('the connection', () => sink.ready());
    let top = 0;
    const sent: Promise<void>[] = [];
    for (let n = 0; n < 200; ) {
      while (n < 200 && sink.ready()) {
        sent.push(sink.send(verdict(n++), () => undefined));
        top = Math.max(top, sink.state().inFlight);
      }
      await new Promise((r) => setImmediate(r));
    }
    await Promise.all(sent);
    t.equal(top, most);
    t.match(sink.state(), { published: 200, failures: 0, inFlight: 0 });
  }
});

t.test('MQTT 3.1.1 works too', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const b = await broker(t, ANYONE);
  const { sink } = await sinkFor(t, `mqtt://127.0.0.1:${b.port}`, { protocol_version: '3.1.1' });
  await sink.start();
  await until('the connection', () => sink.ready());
  const sub = subscriber(t, b.port);
  await sub.until('the birth', () => sub.out.includes('"online"'));
  await sink.send(verdict(7), () => undefined);
  await sub.until('the verdict', () => sub.out.includes('"v7"'));
  t.pass('delivered');
});
