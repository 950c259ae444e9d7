import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { windows } from '../../src/runtime/doctor-machine.js';
import type { Check } from '../../src/runtime/index.js';
import { BASE, type Stage, stage } from '../support/live-stage.js';
import { Mosquitto } from '../support/mosquitto.js';
import { MAIN } from '../support/wardwire.js';

// The doctor at a running sensor and at one that is not well: real broker, real access list, real interface.
t.setTimeout(180_000);

const diagnose = (s: Stage, ...more: string[]): { ok: boolean; code: number | null; checks: Check[] } => {
  const config = join(s.dir, 'wardwire.yaml');
  const r = s.net.run(s.net.b, [process.execPath, MAIN, 'doctor', '--json', '--config', config, '-i', 'eth0', ...more]);
  if (r.stdout === '') throw new Error(r.stderr);
  return { ...(JSON.parse(r.stdout) as { ok: boolean; checks: Check[] }), code: r.status };
};
const by = (checks: readonly Check[], name: string, result?: Check['result']): Check[] =>
  checks.filter((c) => c.name === name && (result === undefined || c.result === result));
const failed = (t: Test, d: { checks: Check[] }, name: string, text: RegExp, fix: RegExp): void => {
  const c = by(d.checks, name, 'fail').find((x) => text.test(x.text));
  t.ok(c !== undefined && fix.test(c.fix), `${name}: ${JSON.stringify(by(d.checks, name))}`);
};

t.test('a sensor that is well, then one thing after the other goes wrong', async (t) => {
  const s = await stage(t);
  if (s === null) return;
  const well = diagnose(s);
  t.same(
    well.checks.filter((c) => c.result === 'fail').map((c) => `${c.name}: ${c.text}`),
    [],
  );
  t.equal(well.code, 0);
  for (const name of [
    'settings',
    'daemon',
    'interface',
    'privileges',
    'mqtt',
    'disk',
    'windows',
    'models',
    'secrets',
    'clock',
    'journal',
    'ports',
    'unit',
  ])
    t.ok(by(well.checks, name).length > 0, `${name} was looked at`);
  for (const name of ['settings', 'daemon', 'mqtt', 'disk', 'windows', 'models', 'ports'])
    t.ok(by(well.checks, name, 'ok').length > 0, `${name}: ${JSON.stringify(by(well.checks, name))}`);
  t.ok(
    well.checks.every((c) => c.result === 'ok' || c.result === 'skip' || c.fix !== '' || c.name === 'interface'),
    'what is not well has a remedy',
  );
  const text = s.net.run(s.net.b, [
    process.execPath,
    MAIN,
    'doctor',
    '--config',
    join(s.dir, 'wardwire.yaml'),
    '-i',
    'eth0',
  ]);
  t.match(text.stdout, /^ok {4}daemon +captures from eth0: \d+ packets, process \d+$/m);
  t.match(text.stdout, /\d+ ok, \d+ to look at, 0 failed\n$/);

  // settings that wait, then settings with errors
  s.settings(`${BASE}flow:\n  max_flows: 1024\n`);
  await s.reload();
  t.match(by(diagnose(s).checks, 'daemon', 'warn'), [{}], 'a restart is due');
  s.settings(`${BASE}mqtt:\n  url: mqtt://127.0.0.1:1999\n  nonsense: 1\n`);
  await s.reload();
  const wrong = diagnose(s, '-i', 'nowhere0');
  t.equal(wrong.code, 1);
  failed(t, wrong, 'settings', /mqtt\.nonsense/, /known:/);
  failed(t, wrong, 'daemon', /settings read last have errors/, /check-config/);
  failed(t, wrong, 'interface', /nowhere0: There is no interface/, /wardwire interfaces/);
  t.ok(by(wrong.checks, 'mqtt').some((c) => /not reached from here: nothing listens there/.test(c.text)));

  // nobody runs: what would hinder a start
  t.equal(await s.daemon.stop('SIGTERM'), 0);
  const secret = join(s.dir, 'password');
  writeFileSync(secret, 'word\n');
  chmodSync(secret, 0o644);
  s.settings(`${BASE}mqtt:\n  username: ww\n  password_file: password\nmetrics:\n  port: 1883\n`);
  mkdirSync(join(s.dir, 'data', 'models'), { recursive: true });
  writeFileSync(join(s.dir, 'data', 'models', 'ventilator.model'), 'no model');
  const away = diagnose(s);
  failed(t, away, 'daemon', /no running wardwire answers/, /systemctl status/);
  failed(t, away, 'ports', /127\.0\.0\.1:1883 is taken/, /metrics\.port/);
  failed(t, away, 'models', /ventilator/, /./);
  t.match(by(away.checks, 'secrets', 'warn'), [{ text: /password \(mqtt\.password_file\)/, fix: /^chmod go= / }]);
});

t.test('an access list that does not let the sensor write or hear is told', async (t) => {
  const s = await stage(t);
  if (s === null) return;
  const acl = join(s.dir, 'acl');
  writeFileSync(acl, 'topic read other/#\n');
  const strict = new Mosquitto(1885, [`acl_file ${acl}`, 'allow_anonymous true']);
  t.teardown(() => strict.close());
  const run = s.run(['mosquitto', '-c', join(strict.dir, 'mosquitto.conf')]);
  await new Promise((r) => setTimeout(r, 500));
  t.equal(run.child.exitCode, null);
  s.settings(`${BASE}mqtt:\n  url: mqtt://127.0.0.1:1885\ncommands:\n  enabled: [ack]\n`);
  await s.reload();
  await s.daemon.until('the refusal', () => s.daemon.err.includes('mqtt.access_list'), 20_000);
  const d = diagnose(s);
  t.equal(d.code, 1);
  failed(t, d, 'mqtt', /access_list \d+×/, /wardwire\.acl/);
  t.ok(by(d.checks, 'mqtt', 'warn').some((c) => /writing is refused: not authorised/.test(c.text)));
  t.equal(await s.daemon.stop('SIGTERM'), 0);
});

t.test('rules that remember fewer sources than there may be devices are named with what to set', async (t) => {
  t.equal(windows(4096, 4096).result, 'ok');
  t.match(windows(20_000, 4096), { result: 'warn', text: /4096 .* 20000 /, fix: 'detect.window_keys: 20000' });
});
