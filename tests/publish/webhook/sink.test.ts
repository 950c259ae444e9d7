import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { type SettingsOf, settingsDefaults } from '../../../src/core/index.js';
import { readSecrets, signature, WebhookSink, webhookSettings } from '../../../src/publish/index.js';
import { Authority, skipWithoutOpenssl } from '../../support/certificates.js';
import { type Received, receiver } from '../../support/http-receiver.js';
import { someVerdict } from '../../support/some-verdict.js';
import { until } from '../../support/until.js';
import { projectRoot, temporaryFolder } from '../../support/wardwire.js';

t.setTimeout(60_000);

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BEFORE = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';
const noted = () => undefined;

interface Line {
  readonly event: string;
  readonly text: string;
}

async function sinkFor(
  t: { teardown(f: () => Promise<void> | void): unknown },
  changes: Partial<SettingsOf<typeof webhookSettings>>,
  secrets = SECRET,
) {
  const secret_file = join(temporaryFolder(t as never), 'secret');
  writeFileSync(secret_file, `${secrets}\n`);
  const lines: Line[] = [];
  const sink = new WebhookSink({
    settings: settingsDefaults(webhookSettings, { secret_file, retry_min_ms: 20, retry_max_ms: 200, ...changes }),
    logger: { log: (_level, event, text) => lines.push({ event, text }) },
    seed: 1,
    wallUs: () => Date.now() * 1000,
  });
  t.teardown(() => sink.stop(500));
  await sink.start();
  return { sink, lines };
}

const header = (r: Received, name: string): string => String(r.headers[name]);

type Verify = (secret: string, headers: Received['headers'], body: Buffer, nowSeconds?: number) => boolean;

/** The example of docs/siem.md, as it stands there. */
async function exampleOf(t: { teardown(f: () => void): void }): Promise<Verify> {
  const page = readFileSync(join(projectRoot(), 'docs', 'siem.md'), 'utf8');
  const code = /```js\n(import [\s\S]*?)```/.exec(page)?.[1];
  if (code === undefined) throw new Error('docs/siem.md shows no example');
  const file = join(temporaryFolder(t), 'verify.mjs');
  writeFileSync(file, code);
  return ((await import(pathToFileURL(file).href)) as { verify: Verify }).verify;
}

t.test('the signature is that of Standard Webhooks', async (t) => {
  const body = Buffer.from('{"test": 2432232314}');
  const file = join(temporaryFolder(t), 'secret');
  writeFileSync(file, `${SECRET}\n`);
  const [secret] = readSecrets('webhook.secret_file', file);
  t.equal(
    signature([secret], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, body),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    "the specification's own example",
  );
});

t.test('one request a verdict, signed; a copy, a change and an old one are told', async (t) => {
  const r = await receiver(t);
  const { sink } = await sinkFor(t, { url: `${r.url}/hook?room=4` }, `${SECRET}\n${BEFORE}`);
  await until('the connection', () => sink.ready());
  const sent = someVerdict('01M7Y4VFKJTFFB0KXCGAQF4Y1M');
  await sink.send(sent, noted);
  const [one] = r.got;
  const example = await exampleOf(t);
  const verify = (secret: string, x: Received, nowMs: number) => example(secret, x.headers, x.body, nowMs / 1000);
  t.equal(one.path, '/hook?room=4');
  t.match(one.headers, { 'content-type': 'application/json', 'webhook-id': sent.id });
  t.same(JSON.parse(one.body.toString('utf8')), JSON.parse(JSON.stringify(sent)));
  t.ok(verify(SECRET, one, Date.now()));
  t.ok(verify(BEFORE, one, Date.now()), 'the secret before still holds');
  t.notOk(verify('whsec_BBECAwQFBgcICQoLDA0ODxAREhMUFRYX', one, Date.now()), 'another secret');
  t.notOk(verify(SECRET, one, Date.now() + 3_600_000), 'a copy of an hour ago');
  t.notOk(
    verify(
      SECRET,
      { ...one, headers: { ...one.headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1000) + 9) } },
      Date.now(),
    ),
    'another time',
  ); // prettier-ignore
  t.notOk(verify(SECRET, { ...one, headers: { ...one.headers, 'webhook-id': 'x' } }, Date.now()), 'another id');
  t.notOk(verify(SECRET, { ...one, body: Buffer.from('{}') }, Date.now()), 'another body');
  const cef = await sinkFor(t, { url: r.url, format: 'cef' });
  await until('the connection', () => cef.sink.ready());
  await cef.sink.send(sent, noted);
  t.match(r.got[1].headers['content-type'], /^text\/plain/);
  t.match(r.got[1].body.toString(), /^CEF:0\|/);
});

t.test('a bad moment passes, a refusal is final, the id stays', async (t) => {
  const r = await receiver(t);
  const { sink, lines } = await sinkFor(t, { url: r.url });
  const once = async (id: string) => {
    await until('the connection', () => sink.ready());
    return sink.send(someVerdict(id), noted).then(
      () => 'delivered',
      (e: Error & { retry?: boolean }) => (e.retry === true ? 'again' : e.message),
    );
  };
  for (const status of [301, 401, 404, 408, 425, 429, 500, 502, 503]) {
    r.answer = () => ({ status, headers: { location: `${r.url}/elsewhere` } });
    t.equal(await once('a'), 'again', String(status));
  }
  r.answer = () => ({ status: 0, cut: true });
  t.equal(await once('a'), 'again', 'a broken connection');
  t.notOk(
    r.got.some((x) => x.path === '/elsewhere'),
    'redirects are not followed',
  );
  for (const status of [400, 403, 409, 413, 422]) {
    r.answer = () => ({ status, body: 'not like that' });
    t.equal(await once('b'), `the receiver refused it (${status}): not like that`);
  }
  r.answer = () => ({ status: 202 });
  t.equal(await once('a'), 'delivered');
  t.same(new Set(r.got.map((x) => header(x, 'webhook-id'))), new Set(['a', 'b']));
  t.match(sink.state(), { published: 1, faults: { busy: 6, credentials: 1, address: 2, verdict_refused: 5 } });
  t.match(lines.find((l) => l.event === 'webhook.address')?.text, /301, a redirect/);
  t.notMatch(JSON.stringify(lines), 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
});

t.test('no answer in time; what waits is given back and not sent meanwhile', async (t) => {
  const r = await receiver(t);
  const { sink, lines } = await sinkFor(t, { url: r.url, timeout_ms: 200, parallel: 1 });
  await until('the connection', () => sink.ready());
  r.answer = () => ({ status: 200, afterMs: 2000 });
  const answers = await Promise.all([1, 2, 3].map((n) => sink.send(someVerdict(`v${n}`), noted).catch((e) => e.retry)));
  t.same(answers, [true, true, true]);
  t.equal(r.got.length, 1);
  t.ok(lines.some((l) => l.event === 'webhook.no_answer'));
});

t.test('of one device in order, of several at once', async (t) => {
  const r = await receiver(t);
  const { sink } = await sinkFor(t, { url: r.url, parallel: 4 });
  await until('the connection', () => sink.ready());
  let n = 0;
  r.answer = () => ({ status: 200, afterMs: n++ % 3 === 0 ? 30 : 1 });
  const device = someVerdict().device;
  const sent: Promise<void>[] = [];
  for (let i = 0; i < 60; i++) {
    await until('room', () => sink.ready());
    sent.push(sink.send(someVerdict(`v${i}`, { seq: i, device: { ...device, id: `d${i % 5}` } }), noted));
  }
  await Promise.all(sent);
  t.equal(r.most, 4);
  for (let d = 0; d < 5; d++) {
    const seqs = r.got.map((x) => JSON.parse(x.body.toString())).filter((v) => v.device.id === `d${d}`);
    t.same(
      seqs.map((v) => v.seq),
      Array.from({ length: 12 }, (_, i) => i * 5 + d),
      `d${d}`,
    ); // prettier-ignore
  }
});

t.test('TLS: authority, client certificate, an expired one', async (t) => {
  if (skipWithoutOpenssl(t)) return;
  const own = new Authority(temporaryFolder(t));
  const other = new Authority(temporaryFolder(t));
  const client = own.issue('sensor');
  const strict = await receiver(t, { ...own.issue('hook'), clientCa: own.ca });
  const tls = { cert_file: client.cert, key_file: client.key };
  const right = await sinkFor(t, { url: strict.url, ca_file: own.ca, ...tls });
  await until('the connection', () => right.sink.ready());
  await right.sink.send(someVerdict(), noted);
  t.equal(strict.got.length, 1);
  const fault = async (what: string, url: string, changes: object) => {
    const { sink, lines } = await sinkFor(t, { url, ...changes });
    const end = performance.now() + 10_000;
    // under TLS 1.3 the other side judges our certificate after the handshake
    while (!lines.some((l) => l.event === `webhook.${what}`) && performance.now() < end) {
      if (sink.ready()) await sink.send(someVerdict(), noted).catch(() => undefined);
      await new Promise((done) => setTimeout(done, 10));
    }
    t.ok(
      lines.some((l) => l.event === `webhook.${what}`),
      `${what}: ${JSON.stringify(lines)}`,
    ); // prettier-ignore
    t.ok((sink.state().faults?.[what] ?? 0) > 0);
    await sink.stop(100);
  };
  await fault('certificate_untrusted', strict.url, { ca_file: other.ca, ...tls });
  await fault('own_certificate_refused', strict.url, { ca_file: own.ca });
  const late = await receiver(t, own.issue('late', -1));
  await fault('certificate_expired', late.url, { ca_file: own.ca });
});

t.test('a secret that is none is a mistake of the configuration', async (t) => {
  for (const secrets of ['', 'hunter2', 'whsec_AAAA', `${SECRET}\n${SECRET}\n${SECRET}`])
    await t.rejects(sinkFor(t, { url: 'http://127.0.0.1:1' }, secrets), { code: 'config' }, secrets);
});
