import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type SettingsOf, settingsDefaults, type Verdict } from '../../../src/core/index.js';
import {
  brokersOf,
  createMqttSink,
  createPublisher,
  mqttSettings,
  publishSettings,
} from '../../../src/publish/index.js';
import { Authority, skipWithoutOpenssl } from '../../support/certificates.js';
import { broker, freePort, type Mosquitto, skipWithoutMosquitto } from '../../support/mosquitto.js';
import { someVerdict } from '../../support/some-verdict.js';
import { until } from '../../support/until.js';
import { Running, temporaryFolder } from '../../support/wardwire.js';

// Each thing that an operator gets wrong with a broker has a line and a count of its own.
t.setTimeout(120_000);

interface Line {
  readonly event: string;
  readonly text: string;
}

async function sinkFor(
  t: { teardown(f: () => Promise<void>): unknown },
  changes: Partial<SettingsOf<typeof mqttSettings>>,
  name = 'mqtt',
) {
  const lines: Line[] = [];
  const sink = await createMqttSink({
    name,
    settings: settingsDefaults(mqttSettings, { reconnect_min_ms: 20, reconnect_max_ms: 200, ...changes }),
    sensor: { site: 'ward', name: 's1', version: '1' },
    bootId: 'b',
    logger: { log: (_level, event, text) => lines.push({ event, text }) },
    seed: 1,
    info: () => ({ version: '1' }),
    wallUs: () => Date.now() * 1000,
  });
  t.teardown(() => sink.stop(500));
  return { sink, lines };
}

t.test('TLS: each mistake has its own line and count', async (t) => {
  if (skipWithoutMosquitto(t) || skipWithoutOpenssl(t)) return;
  const own = new Authority(temporaryFolder(t));
  const other = new Authority(temporaryFolder(t));
  const mine = own.issue('sensor');
  const listener = (name: string, days = 2): string[] => {
    const pair = own.issue(name, days);
    return ['allow_anonymous true', `cafile ${own.ca}`, `certfile ${pair.cert}`, `keyfile ${pair.key}`];
  };
  const plain = await broker(t, listener('plain'));
  const strict = await broker(t, [...listener('strict'), 'require_certificate true']);
  const late = await broker(t, listener('late', -1));
  const files = (p: { cert: string; key: string }) => ({ cert_file: p.cert, key_file: p.key });
  const cases: [string, Mosquitto, object][] = [
    ['certificate_untrusted', plain, { ca_file: other.ca }],
    ['certificate_untrusted', plain, {}],
    ['certificate_expired', late, { ca_file: own.ca }],
    ['own_certificate_refused', strict, { ca_file: own.ca }],
    ['own_certificate_refused', strict, { ca_file: own.ca, ...files(other.issue('stranger')) }],
    ['own_certificate_expired', strict, { ca_file: own.ca, ...files(own.issue('old', -1)) }],
  ];
  const said = new Set<string>();
  for (const [fault, b, changes] of cases) {
    const { sink, lines } = await sinkFor(t, { url: `mqtts://127.0.0.1:${b.port}`, ...changes });
    await sink.start();
    await until(`${fault}: ${JSON.stringify(lines)}`, () => lines.some((l) => l.event === `mqtt.${fault}`));
    t.ok((sink.state().faults?.[fault] ?? 0) > 0, `${fault} is counted`);
    t.equal(sink.ready(), false);
    said.add(lines.find((l) => l.event === `mqtt.${fault}`)?.text.replace(/^.*:\d+: /, '') ?? '');
    await sink.stop(100);
  }
  t.equal(said.size, 5, [...said].join('\n'));
  const right = await sinkFor(t, { url: `mqtts://127.0.0.1:${strict.port}`, ca_file: own.ca, ...files(mine) });
  await right.sink.start();
  await until('the connection by certificate', () => right.sink.ready());
  await right.sink.send(someVerdict(), () => undefined);
  t.match(right.sink.state(), { failures: 0, published: 1 });
});

t.test('an access list that forbids retained messages and the birth is named too', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const acl = join(temporaryFolder(t), 'acl');
  writeFileSync(acl, 'topic write wardwire/v1/+/+/verdict/#\n');
  const b = await broker(t, ['allow_anonymous true', `acl_file ${acl}`]);
  const { sink, lines } = await sinkFor(t, { url: `mqtt://127.0.0.1:${b.port}` });
  sink.device('mac-1', { id: 'mac-1' });
  await sink.start();
  await until('three refusals', () => sink.state().faults?.access_list === 3);
  t.equal(lines.filter((l) => l.event === 'mqtt.access_list').length, 1, 'said once');
  await sink.send(someVerdict(), () => undefined);
});

t.test('a small receive maximum holds for births and devices too', async (t) => {
  if (skipWithoutMosquitto(t)) return;
  const b = await broker(t, [
    'allow_anonymous true',
    'max_inflight_messages 1',
    'log_type all',
    'log_dest file /dev/null',
  ]);
  const { sink, lines } = await sinkFor(t, { url: `mqtt://127.0.0.1:${b.port}` });
  for (let n = 0; n < 20; n++) sink.device(`mac-${n}`, { id: `mac-${n}` });
  await sink.start();
  for (let n = 0; n < 20; n++) {
    await until('room', () => sink.ready());
    await sink.send(someVerdict(`v${n}`), () => undefined);
  }
  const sub = new Running('mosquitto_sub', ['-p', String(b.port), '-t', 'wardwire/v1/+/+/device/+', '-F', '%t']);
  t.teardown(() => sub.child.kill('SIGKILL'));
  const got = (): number => new Set(sub.out.split('\n')).size - 1;
  await until('every device', () => got() === 20);
  t.match(sink.state(), { failures: 0, published: 20 });
  t.same(
    lines.map((l) => l.event),
    ['mqtt.connected'],
  );
});

t.test(
  'several brokers: credentials of their own, one dead never delays the other, each gets what it is owed',
  async (t) => {
    if (skipWithoutMosquitto(t)) return;
    const settings = settingsDefaults(mqttSettings, {
      url: 'mqtt://127.0.0.1:1',
      username: 'first',
      password_file: '/first',
      window: 7,
      brokers: [
        {
          ...settingsDefaults({ name: '', text: '', reload: 'live', settings: mqttSettings.settings.brokers.fields }),
          name: 'siem',
          url: 'mqtt://127.0.0.1:2',
        },
      ], // prettier-ignore
    });
    const [first, second] = brokersOf(settings);
    t.same([first.name, second.name], ['mqtt', 'mqtt-siem']);
    t.match(second.settings, { url: 'mqtt://127.0.0.1:2', username: '', password_file: '', window: 7 });
    t.same(
      brokersOf({ ...settings, url: '' }).map((b) => b.name),
      ['mqtt-siem'],
    );

    const alive = await broker(t, ['allow_anonymous true']);
    const port = await freePort();
    const one = await sinkFor(t, { url: `mqtt://127.0.0.1:${alive.port}` });
    const two = await sinkFor(t, { url: `mqtt://127.0.0.1:${port}` }, 'mqtt-siem');
    const acked: Record<string, string[]> = { mqtt: [], 'mqtt-siem': [] };
    const log: Verdict[] = [];
    const publisher = createPublisher({
      sinks: [one.sink, two.sink],
      log: {
        begin: () => undefined,
        end: () => undefined,
        append: (v) => void log.push(v),
        acked: (sink, id) => void acked[sink].push(id),
        pending: async (sink, limit) => log.filter((v) => !acked[sink].includes(v.id)).slice(0, limit),
      },
      settings: settingsDefaults(publishSettings, { queue_max: 16 }),
      bootId: 'b',
      wallUs: () => Date.now() * 1000,
      nowUs: () => performance.now() * 1000,
      logger: { log: () => undefined },
      onHandedOver: () => undefined,
    });
    await publisher.start();
    await until('the first', () => one.sink.ready());
    for (let n = 0; n < 100; n++) {
      const verdict = someVerdict(`v${String(n).padStart(3, '0')}`);
      publisher.submit({
        verdict,
        observedUs: Date.now() * 1000,
        live: true,
        timing: { ageUs: 0, builtUs: 0, stages: { capture: 0, decode: 0, score: 0 } },
      });
      await new Promise((r) => setImmediate(r));
    }
    await until('the first has all', () => acked.mqtt.length === 100);
    t.equal(acked['mqtt-siem'].length, 0);
    t.match(publisher.state().sinks, [
      { name: 'mqtt', connected: true },
      { name: 'mqtt-siem', connected: false },
    ]);
    const late = await broker(t, ['allow_anonymous true'], port);
    await until('the second has all', () => new Set(acked['mqtt-siem']).size === 100);
    const retained = spawnSync(
      'mosquitto_sub',
      ['-p', String(late.port), '-t', 'wardwire/v1/ward/s1/status', '-C', '1', '-W', '5'],
      { encoding: 'utf8' },
    ); // prettier-ignore
    t.match(retained.stdout, /"online"/, 'birth at each');
    await publisher.stop(500);
  },
);
