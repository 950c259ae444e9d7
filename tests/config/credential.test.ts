import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { credentialFile, namesCredential } from '../../src/config/index.js';
import { MAIN, temporaryFolder } from '../support/wardwire.js';

t.test('a credential is a file of the folder the service manager names', async (t) => {
  const dir = temporaryFolder(t);
  const env = { CREDENTIALS_DIRECTORY: dir };
  writeFileSync(join(dir, 'token'), 'a');
  writeFileSync(join(dir, 'wardwire_mqtt-password'), 'b');
  t.ok(namesCredential('credential:x'));
  t.notOk(namesCredential('/etc/x'));
  t.same(credentialFile('s', 'credential:token', env), { path: join(dir, 'token'), problem: null });
  t.equal(credentialFile('s', 'credential:mqtt-password', env).path, join(dir, 'wardwire_mqtt-password'));
  t.match(credentialFile('influx.token_file', 'credential:other', env), {
    path: null,
    problem: { path: 'influx.token_file', text: /no such credential in/, hint: /credentials\/other .*restart/ },
  });
  for (const none of [{}, { CREDENTIALS_DIRECTORY: '' }])
    t.match(credentialFile('s', 'credential:token', none).problem, { text: /\$CREDENTIALS_DIRECTORY is not set/ });
  for (const bad of ['credential:', 'credential:..', 'credential:../token', 'credential:a/b', 'credential:a b'])
    t.match(credentialFile('s', bad, env).problem, { text: /names no credential/ }, bad);
});

t.test('settings of every kind take credentials; each that is missing is named at once', async (t) => {
  const dir = temporaryFolder(t);
  const folder = join(dir, 'run');
  mkdirSync(folder);
  writeFileSync(join(folder, 'wardwire_mqtt-password'), 'word\n');
  writeFileSync(join(folder, 'site-key'), `${'ab'.repeat(32)}\n`);
  const config = join(dir, 'wardwire.yaml');
  const check = (lines: string, credentials?: string) => {
    writeFileSync(config, lines);
    const env = { ...process.env, ...(credentials === undefined ? {} : { CREDENTIALS_DIRECTORY: credentials }) };
    if (credentials === undefined) delete env.CREDENTIALS_DIRECTORY;
    const r = spawnSync(process.execPath, [MAIN, 'check-config', '--json', config], { encoding: 'utf8', env });
    return JSON.parse(r.stdout) as { valid: boolean; problems: { path: string; text: string }[] };
  };
  const good =
    'sensor:\n  site_key_file: credential:site-key\nmqtt:\n  username: ww\n  password_file: credential:mqtt-password\n';
  t.same(check(good, folder), { file: config, valid: true, problems: [] });
  t.match(check(good), { valid: false, problems: [{ path: 'mqtt.password_file', text: /is not set/ }] });
  const bad = `mqtt:
  url: mqtts://127.0.0.1
  username: ww
  password_file: credential:one
  brokers:
    - name: siem
      url: mqtts://127.0.0.2
      key_file: credential:two
      cert_file: /nowhere.pem
influx:
  url: http://127.0.0.1
  api: v2
  org: o
  token_file: credential:three
webhook:
  url: http://127.0.0.1
  secret_file: credential:four
metrics:
  web_config_file: credential:five
`;
  const { problems } = check(bad, folder);
  const missing = problems.filter((p) => p.text.includes('no such credential'));
  t.same(
    missing.map((p) => p.path),
    [
      'mqtt.password_file',
      "mqtt.brokers 'siem'.key_file",
      'influx.token_file',
      'webhook.secret_file',
      'metrics.web_config_file',
    ],
  );
  t.same(
    problems.filter((p) => !missing.includes(p)).map((p) => p.path),
    ["mqtt.brokers 'siem'.cert_file"],
  );
});
