// Debian packages: which are missing, and how to get them.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** To compile the capture addon and the database binding. */
export const BUILD_PACKAGES = ['build-essential', 'python3', 'libpcap-dev'];

/** What tests run against; each test that lacks its program skips and says so. */
export const TEST_PACKAGES = [
  'age',
  'argus-client',
  'argus-server',
  'arping',
  'bind9-dnsutils',
  'binutils',
  'curl',
  'dcmtk',
  'debootstrap',
  'dnsmasq-base',
  'docker-compose',
  'dsniff',
  'ethtool',
  'hping3',
  'hydra',
  'influxdb',
  'iproute2',
  'libndpi-bin',
  'lintian',
  'mosquitto',
  'mosquitto-clients',
  'netcat-openbsd',
  'nfdump',
  'nftables',
  'nmap',
  'openssl',
  'procps',
  'prometheus',
  'prometheus-alertmanager',
  'python3-hl7',
  'python3-sklearn',
  'rsyslog',
  'rsyslog-gnutls',
  'samba',
  'smbclient',
  'softflowd',
  'systemd-container',
  'tcpdump',
  'tcpreplay',
  'time',
  'tshark',
  'udhcpc',
  'xz-utils',
  'zsh',
];

const POLICY = '/usr/sbin/policy-rc.d';

/** Those of `names` that are not installed; null when this is no Debian-like system. */
export function missingPackages(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
  const r = spawnSync('dpkg-query', ['-W', '-f', '${binary:Package} ${db:Status-Status}\\n', ...names], {
    encoding: 'utf8',
  });
  if (r.error) return null;
  const installed = new Set();
  for (const line of r.stdout.split('\n')) {
    const [name, status] = line.split(' ');
    if (status === 'installed') installed.add(name.split(':')[0]);
  }
  return names.filter((n) => !installed.has(n));
}

/** Words before a command that makes it run as root without asking; null when there are none. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null;
}

/** The one command a person would type. */
export function installCommand(names) {
  return `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

function run(prefix, args) {
  const [program, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...args];
  const r = spawnSync(program, rest, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return { ok: r.status === 0, output: `${r.stdout ?? ''}${r.stderr ?? ''}` };
}

/**
 * Installs packages when that needs no password. Services that come with them (a broker, a metrics server) are kept
 * from starting. Returns null, or a sentence with the command to run by hand.
 */
export function installPackages(names, say) {
  const prefix = rootPrefix();
  if (prefix === null) return `please run:  ${installCommand(names)}`;
  say(`installing Debian packages: ${names.join(' ')}`);
  const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...names];
  const ownPolicy = prefix.length === 0 && !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    let r = run(prefix, install);
    if (!r.ok) {
      run(prefix, ['apt-get', 'update', '-q']);
      r = run(prefix, install);
    }
    if (r.ok) return null;
    const errors = r.output.split('\n').filter((l) => l.startsWith('E:'));
    return `installing failed (${errors[0] ?? 'apt-get'}); please run:  ${installCommand(names)}`;
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
}
