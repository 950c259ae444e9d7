import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults, type VerdictSinkClient } from '../../../src/core/index.js';
import { createMqttSink, mqttSettings } from '../../../src/publish/index.js';
import { Authority, type Pair, skipWithoutOpenssl } from '../../support/certificates.js';
import { freePort, Mosquitto, skipWithoutMosquitto } from '../../support/mosquitto.js';
import { someVerdict } from '../../support/some-verdict.js';
import { until } from '../../support/until.js';
import { projectRoot, Running, temporaryFolder } from '../../support/wardwire.js';

// The files that are shipped for mosquitto, with its own paths and port put in place of those of /etc.
t.setTimeout(600_000);

const shipped = join(projectRoot(), 'config', 'mosquitto');
const V5 = ['-V', '5', '-q', '1'];
/** The long form: WARDWIRE_VERDICTS=5000 WARDWIRE_KILLS=50. */
const COUNT = Number(process.env.WARDWIRE_VERDICTS ?? 1200);
const KILLS = Number(process.env.WARDWIRE_KILLS ?? 4);

/** A broker by the shipped configuration, and whom its access list knows. */
class Site {
  readonly authority: Authority;
  readonly broker: Mosquitto;
  readonly port: number;
  readonly #people = new Map<string, Pair>();

  constructor(dir: string, port: number) {
    this.port = port;
    this.authority = new Authority(dir);
    const broker = this.authority.issue('broker');
    const state = join(dir, 'state');
    mkdirSync(state);
    writeFileSync(join(dir, 'wardwire.acl'), readFileSync(join(shipped, 'wardwire.acl')));
    const text = readFileSync(join(shipped, 'wardwire.conf'), 'utf8')
      .replace('/var/lib/mosquitto/', `${state}/`)
      .replace('/etc/mosquitto/wardwire/broker.pem', broker.cert)
      .replace('/etc/mosquitto/wardwire/broker.key', broker.key)
      .replaceAll('/etc/mosquitto/wardwire', dir)
      .replace('listener 8883', `listener ${port} 127.0.0.1`);
    this.broker = new Mosquitto(port, text.split('\n'));
  }

  pair(name: string): Pair {
    const p = this.#people.get(name) ?? this.authority.issue(name);
    this.#people.set(name, p);
    return p;
  }

  /** Options of mosquitto_sub and mosquitto_pub for a user. */
  as(name: string): string[] {
    const { cert, key } = this.pair(name);
    return ['-h', '127.0.0.1', '-p', String(this.port), '--cafile', this.authority.ca, '--cert', cert, '--key', key];
  }

  async sensor(t: { teardown(f: () => Promise<void>): unknown }, name: string, certificate = name) {
    const { cert, key } = this.pair(certificate);
    const faults: string[] = [];
    const sink = await createMqttSink({
      name: 'mqtt',
      settings: settingsDefaults(mqttSettings, {
        url: `mqtts://127.0.0.1:${this.port}`,
        ca_file: this.authority.ca,
        cert_file: cert,
        key_file: key,
        reconnect_min_ms: 20,
        reconnect_max_ms: 200,
      }),
      sensor: { site: 'ward', name, version: '1' },
      bootId: 'b',
      logger: { log: (_level, event) => void (event === 'mqtt.connected' || faults.push(event)) },
      seed: 1,
      info: () => ({ version: '1' }),
      wallUs: () => Date.now() * 1000,
    });
    t.teardown(() => sink.stop(500));
    await sink.start();
    await until(`${name}'s connection`, () => sink.ready());
    return { sink, faults };
  }
}

async function site(t: { teardown(f: () => Promise<void> | void): void }): Promise<Site> {
  const s = new Site(temporaryFolder(t), await freePort());
  t.teardown(() => s.broker.close());
  await s.broker.start();
  return s;
}

/** Sends until it is acknowledged, as the publisher does. */
async function deliver(sink: VerdictSinkClient, n: number): Promise<void> {
  for (;;) {
    await until('room', () => sink.ready());
    const again = await sink
      .send(someVerdict(`v${n}`, { seq: n }), () => undefined)
      .then(
        () => false,
        (e: { retry?: boolean }) => e.retry === true,
      );
    if (!again) return;
  }
}

t.test('a subscriber away, a broker killed: nothing that was acknowledged is lost', async (t) => {
  if (skipWithoutMosquitto(t) || skipWithoutOpenssl(t)) return;
  const s = await site(t);
  const session = ['-V', '5', '-c', '-x', '86400', '-i', 'siem-1', '-q', '1', '-t', 'wardwire/v1/+/+/verdict/#'];
  const first = new Running('mosquitto_sub', [...s.as('siem'), ...session, '-E']);
  t.equal(await first.exited, 0, first.err);
  const { sink } = await s.sensor(t, 'icu-1');
  sink.device('mac-1', { id: 'mac-1' });
  const from = performance.now();
  let kills = 0;
  const sent: Promise<void>[] = [];
  for (let n = 1; n <= COUNT; n++) {
    await until('room', () => sink.ready());
    sent.push(deliver(sink, n));
    if (n % Math.ceil(COUNT / KILLS) !== 0) continue;
    await Promise.all(sent.splice(0));
    await s.broker.stop('SIGKILL');
    kills++;
    await s.broker.start();
  }
  await Promise.all(sent);
  const ms = performance.now() - from;
  const again = new Running('mosquitto_sub', [...s.as('siem'), ...session, '-F', '%p']);
  t.teardown(() => again.child.kill('SIGKILL'));
  const got = (): Set<string> => new Set([...again.out.matchAll(/"id":"(v\d+)"/g)].map((m) => m[1]));
  await until('all of them', () => got().size === COUNT, 60_000).catch(() => undefined);
  t.equal(got().size, COUNT);
  t.comment(`${COUNT} verdicts, ${kills} kills, ${(ms / COUNT).toFixed(2)} ms each, ${COUNT - got().size} lost`);
  const retained = new Running('mosquitto_sub', [
    ...s.as('siem'),
    '-t',
    'wardwire/v1/+/+/device/+',
    '-C',
    '1',
    '-W',
    '5',
    '-F',
    '%t',
  ]);
  await retained.exited;
  t.match(retained.out, 'wardwire/v1/ward/icu-1/device/mac-1');
});

t.test('the access list: who may say and hear what', async (t) => {
  if (skipWithoutMosquitto(t) || skipWithoutOpenssl(t)) return;
  const s = await site(t);
  /** What users hear while one speaks: sorted topics by user. */
  const round = async (listeners: readonly string[], speak: () => Promise<void>, last: string) => {
    const subs = listeners.map(
      (who) => new Running('stdbuf', ['-oL', 'mosquitto_sub', ...s.as(who), ...V5, '-t', '#', '-F', '%t', '-d']),
    );
    for (const sub of subs) await sub.until('the subscription', () => sub.out.includes('received SUBACK'));
    await speak();
    const heard = (sub: Running): string[] =>
      [...new Set(sub.out.split('\n').filter((l) => /^(wardwire|elsewhere)/.test(l)))].sort();
    await until(last, () => heard(subs[0]).includes(last));
    for (const sub of subs) sub.child.kill('SIGKILL');
    return Object.fromEntries(subs.map((sub, k) => [listeners[k], heard(sub)]));
  };
  const says = async (who: string, topic: string): Promise<boolean> => {
    const pub = new Running('mosquitto_pub', [...s.as(who), ...V5, '-t', topic, '-m', 'x', '-d']);
    await pub.exited;
    return !/Not authorized|RC:135/i.test(pub.out + pub.err);
  };
  const own = 'wardwire/v1/ward/icu-1';
  const device = 'ventilator/mac-1';
  const may: [string, string, boolean][] = [
    ['icu-1', `${own}/verdict/critical/${device}`, true],
    ['icu-1', `${own}/verdict/low/${device}`, true],
    ['icu-1', `${own}/status`, true],
    ['icu-1', `${own}/cmd/result/7`, true],
    ['icu-1', `${own}/cmd/mute`, false],
    ['icu-1', `wardwire/v1/ward/icu-2/verdict/low/${device}`, false],
    ['icu-1', 'elsewhere', false],
    ['siem', `${own}/verdict/low/${device}`, false],
    ['siem', `${own}/cmd/replay`, false],
    ['pager', `${own}/cmd/mute`, false],
    ['operator', `${own}/cmd/mute`, true],
    ['operator', `${own}/cmd/replay`, true],
    ['operator', `${own}/cmd/result/7`, false],
    ['operator', `${own}/verdict/low/${device}`, false],
    ['stranger', `${own}/cmd/mute`, false],
    ['stranger', `wardwire/v1/ward/stranger/cmd/mute`, false],
  ];
  const speak = (who: string) => async (): Promise<void> => {
    for (const [, topic, yes] of may.filter((m) => m[0] === who))
      t.equal(await says(who, topic), yes, `${who} → ${topic}`);
  };
  const allowed = (who: string) =>
    may
      .filter((m) => m[0] === who && m[2])
      .map((m) => m[1])
      .sort(); // prettier-ignore
  const others = { 'icu-2': [], stranger: [] };
  const data = await round(['siem', 'operator', 'pager', 'icu-2', 'stranger'], speak('icu-1'), `${own}/cmd/result/7`);
  const all = allowed('icu-1');
  t.same(data, { siem: all, operator: all, pager: [`${own}/status`, `${own}/verdict/critical/${device}`], ...others });
  const commands = await round(['icu-1', 'siem', 'pager', 'icu-2', 'stranger'], speak('operator'), `${own}/cmd/replay`);
  t.same(commands, { 'icu-1': allowed('operator'), siem: allowed('operator'), pager: [], ...others });
  for (const who of ['siem', 'pager', 'stranger']) await speak(who)();
  const { faults } = await s.sensor(t, 'icu-1');
  await new Promise((r) => setTimeout(r, 200));
  t.same(faults, [], 'a sensor may all that it does');
  const { sink, faults: other } = await s.sensor(t, 'icu-1', 'icu-2');
  // mosquitto 2.0 answers 135 and hangs up under TLS
  t.not(
    await sink.send(someVerdict(), () => undefined).catch((e: Error) => e.message),
    undefined,
    "another's certificate",
  );
  await until('the refusal', () => other.length > 0);
  t.equal(other[0], 'mqtt.access_list');
  t.equal(sink.state().published, 0);
  const nobody = new Running('mosquitto_sub', [
    '-h',
    '127.0.0.1',
    '-p',
    String(s.port),
    '--cafile',
    s.authority.ca,
    '-t',
    '#',
    '-W',
    '5',
  ]);
  t.not(await nobody.exited, 0, 'no certificate, no session');
});
