import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type SettingsOf, settingsDefaults } from '../../../src/core/index.js';
import { InfluxSink, influxSettings } from '../../../src/publish/index.js';
import { receiver } from '../../support/http-receiver.js';
import { influxd, skipWithoutInfluxd } from '../../support/influxd.js';
import { parsePoint } from '../../support/line-protocol.js';
import { someVerdict } from '../../support/some-verdict.js';
import { until } from '../../support/until.js';
import { temporaryFolder } from '../../support/wardwire.js';

t.setTimeout(120_000);

interface Line {
  readonly level: string;
  readonly event: string;
  readonly text: string;
}

async function sinkFor(
  t: { teardown(f: () => Promise<void>): unknown },
  changes: Partial<SettingsOf<typeof influxSettings>>,
) {
  const lines: Line[] = [];
  const sink = new InfluxSink({
    settings: settingsDefaults(influxSettings, { retry_min_ms: 20, retry_max_ms: 200, ...changes }),
    logger: { log: (level, event, text) => lines.push({ level, event, text }) },
    seed: 1,
    wallUs: () => Date.now() * 1000,
  });
  t.teardown(() => sink.stop(500));
  await sink.start();
  return { sink, lines };
}
const noted = () => undefined;
const numbered = (n: number, more = {}) => someVerdict(`v${n}`, { seq: n, ...more });

t.test('InfluxDB 1.x itself: points as they were meant, each once', async (t) => {
  if (skipWithoutInfluxd(t)) return;
  const db = await influxd(t, 'admin:top secret');
  await db.query('CREATE DATABASE wardwire');
  const dir = temporaryFolder(t);
  const password_file = join(dir, 'password');
  writeFileSync(password_file, 'top secret\n');
  const { sink, lines } = await sinkFor(t, { url: db.url, username: 'admin', password_file });
  await until('the connection', () => sink.ready());
  // all of them of the same device and microsecond
  await Promise.all(Array.from({ length: 150 }, (_, n) => sink.send(numbered(n + 1), noted)));
  await sink.send(numbered(1), noted);
  t.match(
    await db.query('SELECT count(id) FROM wardwire_verdict', 'wardwire'),
    [{ count: 150 }],
    'a redelivery is no point',
  );
  const [row] = await db.query("SELECT * FROM wardwire_verdict WHERE id = 'v7'", 'wardwire');
  t.match(row, {
    severity: 'critical',
    device_type: 'ventilator',
    device: 'mac-0030e6000001',
    device_name: 'Vent 7|ICU=4',
    message: 'telnet to port 23; 19 peers, "4" are usual.',
    within_budget: true,
    seq: 7,
    score: 0.97,
    peer_port: 40123,
  });
  const tags = await db.query('SHOW TAG KEYS FROM wardwire_verdict', 'wardwire');
  t.same(tags.map((r) => r.tagKey).sort(), ['device_type', 'scenario', 'sensor', 'severity', 'site']);
  t.equal((await db.query('SHOW SERIES FROM wardwire_verdict', 'wardwire')).length, 1, 'no series by id');
  t.match(sink.state(), { connected: true, inFlight: 0, failures: 0 });
  t.same(
    lines.map((l) => l.event),
    ['influx.connected'],
  );
});

t.test('a database that dies and comes back; one that refuses a point', async (t) => {
  if (skipWithoutInfluxd(t)) return;
  const db = await influxd(t);
  await db.query('CREATE DATABASE wardwire');
  const { sink, lines } = await sinkFor(t, { url: db.url });
  await until('the connection', () => sink.ready());
  await sink.send(numbered(1), noted);
  await db.stop('SIGKILL');
  t.match(await sink.send(numbered(2), noted).catch((e) => e), { retry: true });
  t.equal(sink.ready(), false);
  await until('a named reason', () => lines.some((l) => l.event === 'influx.connection_refused'));
  await db.start();
  await until('the return', () => sink.ready());
  await sink.send(numbered(2), noted);
  t.ok(lines.some((l) => l.event === 'influx.recovered'));

  // another program has made a field of another type: the rest of the request is taken, that one is refused and said
  await db.query('DROP MEASUREMENT wardwire_verdict', 'wardwire');
  const other = await fetch(`${db.url}/write?db=wardwire`, {
    method: 'POST',
    body: 'wardwire_verdict vlan="x" 1772359200000000000',
  });
  t.equal(other.status, 204);
  const untagged = { ...someVerdict(), flow: null, peer: null };
  const sent = Array.from({ length: 40 }, (_, n) =>
    sink.send(numbered(n, n === 17 ? {} : { flow: untagged.flow, peer: untagged.peer }), noted).then(
      () => 'delivered',
      (e: Error & { retry?: boolean }) => (e.retry === true ? 'again' : e.message),
    ),
  );
  const answers = await Promise.all(sent);
  t.match(answers[17], /the database refused it \(400\).*type/);
  t.same([...new Set(answers.filter((_, n) => n !== 17))], ['delivered']);
  t.match(await db.query('SELECT count(id) FROM wardwire_verdict', 'wardwire'), [{ count: 39 }]);
  t.match(sink.state().faults, { verdict_refused: 1 });
});

t.test('no such database, wrong credentials: owed, and named', async (t) => {
  if (skipWithoutInfluxd(t)) return;
  const db = await influxd(t, 'admin:right');
  const absent = await sinkFor(t, { url: db.url, database: 'absent' });
  await until('the connection', () => absent.sink.ready());
  t.match(await absent.sink.send(numbered(1), noted).catch((e) => e), { retry: true });
  t.ok(
    absent.lines.some((l) => l.event === 'influx.credentials'),
    JSON.stringify(absent.lines),
  );
  const password_file = join(temporaryFolder(t), 'password');
  writeFileSync(password_file, 'right\n');
  const found = await sinkFor(t, { url: db.url, database: 'absent', username: 'admin', password_file });
  await until('the connection', () => found.sink.ready());
  t.match(await found.sink.send(numbered(1), noted).catch((e) => e), { retry: true });
  t.match(found.lines.find((l) => l.event === 'influx.address')?.text, /database not found/);
});

t.test('v2: path, token, precision, gzip; a strict reader takes every line', async (t) => {
  const r = await receiver(t);
  const token_file = join(temporaryFolder(t), 'token');
  writeFileSync(token_file, 'abc==\n');
  const { sink } = await sinkFor(t, {
    url: `${r.url}/influx/`,
    api: 'v2',
    org: 'St. Mary & Co',
    token_file,
    batch_max: 10,
    tags: ['device', 'severity'],
  });
  await until('the connection', () => sink.ready());
  await Promise.all(Array.from({ length: 25 }, (_, n) => sink.send(numbered(n), noted)));
  t.same(
    new Set(r.got.map((x) => x.path)),
    new Set(['/influx/api/v2/write?org=St.+Mary+%26+Co&bucket=wardwire&precision=ns']),
  );
  t.match(r.got[0].headers, { authorization: 'Token abc==', 'content-encoding': 'gzip' });
  const points = r.got.flatMap((x) => x.body.toString('utf8').split('\n').map(parsePoint));
  t.equal(points.length, 25);
  t.ok(r.got.length >= 3, 'ten of a request at most');
  t.equal(new Set(points.map((p) => p.time)).size, 25);
  t.same(points[3].tags, { device: 'mac-0030e6000001', severity: 'critical' });
  t.equal(points[3].time, '1772359200000250003');
});

t.test('Retry-After is kept, other answers are what they are', async (t) => {
  const r = await receiver(t);
  const { sink, lines } = await sinkFor(t, { url: r.url });
  const once = async (status: number, headers = {}) => {
    await until('the connection', () => sink.ready());
    r.answer = () => ({ status, headers, body: '{"error":"so"}' });
    const from = performance.now();
    const answer = await sink.send(numbered(1), noted).then(
      () => 'delivered',
      (e: Error & { retry?: boolean }) => (e.retry === true ? 'again' : 'refused'),
    );
    if (answer === 'again') await until('the next try', () => sink.ready());
    return { answer, ms: performance.now() - from };
  };
  t.equal((await once(204)).answer, 'delivered');
  const busy = await once(429, { 'retry-after': '1' });
  t.equal(busy.answer, 'again');
  t.ok(busy.ms >= 990, `${busy.ms} ms`);
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
  const dated = await once(503, { 'retry-after': at.toUTCString() });
  t.equal(dated.answer, 'again');
  t.ok(Date.now() >= at.getTime() - 5);
  for (const status of [200, 301, 401, 403, 404, 408, 500])
    t.equal((await once(status)).answer, 'again', String(status));
  for (const status of [400, 413, 422]) t.equal((await once(status)).answer, 'refused', String(status));
  t.match(lines.find((l) => l.text.includes('200'))?.text, /is this an InfluxDB/);
  t.match(lines.find((l) => l.text.includes('301'))?.text, /not followed/);
});
