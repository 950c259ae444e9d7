import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { broker, skipWithoutMosquitto } from '../../support/mosquitto.js';
import { skipWithout } from '../../support/prometheus.js';
import { projectRoot, wardwire } from '../../support/wardwire.js';

// compose.yaml and the Containerfile, as far as they can be judged without pulling an image.
const root = projectRoot();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly cap_add?: string[];
  readonly cap_drop: string[];
  readonly read_only: boolean;
  readonly network_mode: string;
  readonly security_opt: string[];
  readonly volumes: string[];
}
const { services, volumes } = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};

t.test('docker-compose takes the file', async (t) => {
  if (skipWithout(t, 'docker-compose')) return;
  const r = spawnSync('docker-compose', ['-f', 'compose.yaml', 'config'], { cwd: root, encoding: 'utf8' });
  t.equal(r.status, 0, r.stderr);
  t.match(r.stdout, /--interface\n\s+- eth1/, 'an interface is named');
});

t.test('every service: pinned, read-only, without capabilities; the sensor with the one for capture', async (t) => {
  t.same(
    Object.keys(services).sort(),
    ['alertmanager', 'broker', 'grafana', 'influxdb', 'prometheus', 'sensor', 'telegraf'], // prettier-ignore
  );
  for (const [name, s] of Object.entries(services)) {
    t.match(s.image, /:v?\d+\.\d+\.\d+$/, `${name}: a version`);
    t.same(s.cap_drop, ['ALL'], name);
    t.same(s.cap_add ?? [], name === 'sensor' ? ['NET_RAW'] : [], name);
    t.ok(s.read_only && s.security_opt.includes('no-new-privileges:true'), name);
    t.equal(s.network_mode, 'host');
    for (const v of s.volumes) {
      const [from, , mode] = v.split(':');
      if (from.startsWith('./')) t.ok(existsSync(join(root, from)) && mode === 'ro', `${name}: ${from}`);
      else t.ok(from in volumes, `${name}: ${from}`);
    }
  }
  t.match(services.sensor.image, new RegExp(`:${(JSON.parse(read('package.json')) as { version: string }).version}$`));
});

t.test('what the services read is taken by the programs themselves', async (t) => {
  t.equal(wardwire(['check-config', join(root, 'config/compose/wardwire.yaml')]).code, 0);
  const inputs = (path: string): string =>
    read(path).slice(read(path).indexOf('data_format'), read(path).indexOf('[[outputs'));
  t.equal(
    inputs('config/compose/telegraf.conf'),
    inputs('config/subscribers/telegraf.conf'),
    'the same fields and tags',
  );
  if (skipWithoutMosquitto(t)) return;
  const lines = read('config/compose/mosquitto.conf').split('\n');
  await broker(
    t,
    lines.filter((l) => !/^(#|listener|persistence_location|log_dest|$)/.test(l)),
  );
});

t.test('the image is built by npm run package from what the package needs', async (t) => {
  const text = read('Containerfile');
  for (const [, image] of text.matchAll(/^FROM (\S+)/gm)) t.match(image, /:\d+\.\d+(\.\d+)?-[a-z]+$/, image);
  t.match(text, /^RUN npm run package/m);
  const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((m) => m[1].split(' '));
  for (const path of copied) t.ok(existsSync(join(root, path)), `COPY ${path}`);
  const packaging = read('src/setup/package.mjs');
  for (const folder of ['profiles', 'pcaps', 'docs', 'config', 'systemd']) {
    t.match(packaging, new RegExp(`'${folder}[/']`), `the package takes ${folder}`);
    t.ok(copied.includes(folder), `COPY ${folder}`);
  }
  for (const file of ['CHANGELOG.md', 'README.md', 'SECURITY.md', 'package-lock.json', '.npmrc'])
    t.ok(copied.includes(file), file); // prettier-ignore
  t.notMatch(read('.dockerignore'), /^(src|config|docs|tests)/m);
});
