import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import t from 'tap';
import { Authority, skipWithoutOpenssl } from '../../support/certificates.js';
import { liveSensor } from '../../support/live-sensor.js';
import { Prometheus, skipWithout } from '../../support/prometheus.js';
import { temporaryFolder } from '../../support/wardwire.js';

// The commented part of the example: Prometheus itself scrapes a sensor by TLS with a password, and none without.
t.setTimeout(120_000);

/** `up` of the job once Prometheus has an opinion. */
async function upAt(prometheus: Prometheus, wanted: string): Promise<string> {
  let value = '';
  for (const end = performance.now() + 30_000; value !== wanted && performance.now() < end; ) {
    value = (await prometheus.query('up{job="wardwire"}'))[0]?.value?.[1] ?? '';
    await new Promise((r) => setTimeout(r, 200));
  }
  return value;
}

t.test('TLS and a password', async (t) => {
  if (skipWithout(t, 'prometheus') || skipWithoutOpenssl(t)) return;
  if (process.getuid?.() !== 0) return void t.pass('skipped', { skip: 'not root' });
  const dir = temporaryFolder(t);
  const authority = new Authority(dir);
  const { cert, key } = authority.issue('sensor');
  const web = join(dir, 'web.yml');
  const password = join(dir, 'password');
  const wrong = join(dir, 'wrong');
  writeFileSync(password, 'a long word');
  writeFileSync(wrong, 'another word');
  writeFileSync(
    web,
    `tls_server_config:\n  cert_file: ${cert}\n  key_file: ${key}\nbasic_auth_users:\n  prometheus: ${bcrypt.hashSync('a long word', 4)}\n`,
  );
  const { address, running } = await liveSensor(t, [`web_config_file: ${web}`]);
  const { ca } = authority;
  const good = await Prometheus.start(t, [address], null, { ca, password });
  t.equal(await upAt(good, '1'), '1', running.err);
  t.ok((await good.query('wardwire_build_info{job="wardwire"}')).length === 1, 'and has its metrics');
  const stranger = await Prometheus.start(t, [address], null, { ca, password: wrong });
  t.equal(await upAt(stranger, '0'), '0', 'refused with another password');
  const plain = await Prometheus.start(t, [address], null);
  t.equal(await upAt(plain, '0'), '0', 'refused without TLS');
});
