import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { executableBlocks } from '../../support/document.js';
import { haveProgram } from '../../support/namespace.js';
import { projectRoot } from '../../support/wardwire.js';

// docs/install.md from nothing, as a new user would: a clean Debian, booted, with an interface eth1 on which the bundled capture comes in.
// Every command below "As a service" is copied out of the document and executed there. Minutes long: WARDWIRE_CLEAN_DEBIAN=1.
t.setTimeout(900_000);
const root = projectRoot();
const blocks = executableBlocks(join(root, 'docs', 'install.md'));

/** Programs the document installs beside the package, and what plays the part of the hospital. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'libpcap0.8', 'iproute2', 'procps', 'ethtool', 'tcpreplay'],
  ...['mosquitto', 'mosquitto-clients', 'prometheus', 'prometheus-alertmanager'],
];

function run(program: string, args: readonly string[], cwd = root): { code: number | null; text: string } {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const r = spawnSync(program, [...args], { encoding: 'utf8', maxBuffer: 1 << 28, env, cwd });
  return { code: r.status, text: `${r.stdout ?? ''}${r.stderr ?? ''}${r.error?.message ?? ''}` };
}

/** What the commands of the document do not do: the cable, and the hospital at its other end. */
const HOSPITAL = `#!/bin/bash
exec > /root/result 2>&1
ip link add eth1 type veth peer name hospital
ip link set hospital up
ip link set eth1 up
cd /root
(while true; do tcpreplay -q --multiplier=10 -i hospital /usr/lib/wardwire/pcaps/ward-demo/capture.pcap; sleep 1; done) > /dev/null 2>&1 &
step() {
  # no udev in a container: it would never tell systemd of the interface
  unit=wardwire-nic@.service
  if [ -f /usr/lib/systemd/system/$unit ]; then
    sed '/sys-subsystem-net-devices/d' /usr/lib/systemd/system/$unit > /etc/systemd/system/$unit
    systemctl daemon-reload
  fi
  echo "== step $1"
  timeout 400 bash -e "/root/step-$1"
  echo "== rc $?"
}
`;

t.test('a clean Debian, the document, an alert in Alertmanager', async (t) => {
  if (process.env.WARDWIRE_CLEAN_DEBIAN !== '1')
    return void t.comment('SKIPPED LOUDLY: minutes long, WARDWIRE_CLEAN_DEBIAN=1 runs it');
  const missing = ['debootstrap', 'systemd-nspawn', 'dpkg-deb'].filter((p) => !haveProgram(p));
  if (process.getuid?.() !== 0 || missing.length > 0)
    return void t.comment(`SKIPPED LOUDLY: needs root, ${missing.join(', ')}`);
  const steps = blocks.filter((b) => b.how === 'run as root on the sensor');
  t.equal(steps.length, 6);
  t.equal(
    blocks
      .filter((b) => b.how === 'run while building')
      .map((b) => b.text)
      .join(),
    'npm run package',
  ); // prettier-ignore
  const clean = mkdtempSync('/var/tmp/wardwire-install.');
  // services of other users have to reach what is below
  chmodSync(clean, 0o755);
  t.teardown(() => rmSync(clean, { recursive: true, force: true }));
  const out = join(clean, 'root');
  const made = run('debootstrap', ['--variant=minbase', `--include=${PACKAGES.join(',')}`, 'bookworm', clean]);
  t.equal(made.code, 0, made.text.slice(-2000));
  const built = run('npm', ['run', '-s', 'package', '--', out]);
  t.equal(built.code, 0, built.text);

  for (const [i, b] of steps.entries()) writeFileSync(join(out, `step-${i}`), b.text);
  const script = `${HOSPITAL}${steps.map((_, i) => `step ${i}`).join('\n')}\npoweroff\n`;
  writeFileSync(join(out, 'hospital.sh'), script);
  const unit =
    '[Unit]\nAfter=multi-user.target\n[Service]\nType=idle\nEnvironment=HOME=/root\nExecStart=/bin/bash /root/hospital.sh\n';
  writeFileSync(join(clean, 'etc/systemd/system/hospital.service'), `${unit}[Install]\nWantedBy=multi-user.target\n`);
  run('chroot', [clean, 'systemctl', 'enable', 'hospital.service']);
  run('chroot', [clean, 'systemctl', 'mask', 'systemd-firstboot.service']);
  run('chroot', [clean, 'systemd-machine-id-setup']);
  const nspawn = ['systemd-nspawn', '-q', '-D', clean, '--private-network', '-b', '--register=no', '--keep-unit'];
  const boot = run('timeout', ['-k', '5', '500', ...nspawn]);
  const path = join(out, 'result');
  if (!existsSync(path))
    return void t.comment(`SKIPPED LOUDLY: this machine cannot boot a container: ${boot.text.slice(-300)}`);
  const said = readFileSync(path, 'utf8')
    .split(/^== step \d+\n/m)
    .slice(1); // prettier-ignore
  if (process.env.WARDWIRE_KEEP !== undefined) cpSync(path, process.env.WARDWIRE_KEEP);
  t.equal(said.length, steps.length, said.join('\n'));
  for (const [i, b] of steps.entries()) {
    t.match(said[i], /^== rc 0$/m, `${b.text}\n${said[i]?.slice(-3000)}`);
    if (b.expect !== null) t.match(said[i], b.expect, b.text);
  }
});
