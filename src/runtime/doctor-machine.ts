import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Check } from './doctor.js';
import type { Settings } from './manifest.js';

/** CAP_NET_RAW (capability.h), the one capability a sensor needs. */
const CAP_NET_RAW = 1n << 13n;
/** Free space below which a disk is as good as full, bytes. */
const LEAST_FREE = 64 * 1048576;
const COMMAND_MS = 5000;

/** What a program prints, null when it is not there, fails or takes too long. */
export function said(program: string, ...args: string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS);
    const done = (text: string | null): void => {
      clearTimeout(timer);
      resolve(text);
    };
    let out = '';
    child.stdout.on('data', (d: Buffer) => {
      out += d;
    });
    child.once('error', () => done(null));
    child.once('close', (code) => done(code === 0 ? out : null));
  });
}

/** Effective capabilities of a process, null when it cannot be seen. */
function capabilities(pid: number | 'self'): bigint | null {
  try {
    const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return hex === undefined ? null : BigInt(`0x${hex}`);
  } catch {
    return null;
  }
}

/** Whether packets may be captured: asked of the running sensor process, else of this one. */
export function privileges(sensorPid: number | null): Check {
  const name = 'privileges';
  const caps = capabilities(sensorPid ?? 'self');
  if (caps === null) return { name, result: 'warn', text: 'cannot be seen from here', fix: 'run as root' };
  const who = sensorPid === null ? 'this user' : `the sensor process ${sensorPid}`;
  if ((caps & CAP_NET_RAW) === 0n) {
    return {
      name,
      result: sensorPid === null ? 'warn' : 'fail',
      text: `${who} may not capture (no CAP_NET_RAW)`,
      fix: 'the shipped unit grants it; by hand: run as root, or setcap cap_net_raw+ep "$(command -v node)"',
    };
  }
  const more = sensorPid !== null && caps !== CAP_NET_RAW;
  return more
    ? {
        name,
        result: 'warn',
        text: `${who} may capture and holds more than it needs (${caps.toString(16)})`,
        fix: 'run it by the shipped unit, which leaves it CAP_NET_RAW alone',
      }
    : { name, result: 'ok', text: `${who} may capture`, fix: '' };
}

/** Whether the data folder takes what will be written, and how much more the settings allow than there is room for. */
export function disk(dir: string, settings: Settings): Check[] {
  const name = 'disk';
  if (!existsSync(dir)) {
    return [{ name, result: 'warn', text: `${dir} is not there yet`, fix: 'it is made at the first start' }];
  }
  try {
    const probe = join(dir, `.doctor-${process.pid}`);
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM';
    return [
      {
        name,
        result: denied ? 'warn' : 'fail',
        text: `${dir} cannot be written: ${(error as Error).message}`,
        fix: denied ? 'run as root or as the user of the service' : 'make room on the disk, or mend it',
      },
    ];
  }
  const fs = statfsSync(dir);
  const free = fs.bavail * fs.bsize;
  const used = existsSync(join(dir, 'verdicts.sqlite')) ? statSync(join(dir, 'verdicts.sqlite')).size : 0;
  const wanted =
    settings.store.log_max_mib * 1048576 -
    used +
    (settings.evidence.enabled ? settings.evidence.quota_mib * 1048576 : 0);
  const mib = (n: number): string => `${Math.round(n / 1048576).toLocaleString('en')} MiB`;
  if (free < LEAST_FREE)
    return [
      { name, result: 'fail', text: `${dir}: ${mib(free)} free`, fix: 'make room: verdicts are lost when it is full' },
    ];
  if (free < wanted)
    return [
      {
        name,
        result: 'warn',
        text: `${dir}: ${mib(free)} free, the settings allow ${mib(wanted)} more`,
        fix: 'make room, or lower store.log_max_mib and evidence.quota_mib',
      },
    ];
  return [{ name, result: 'ok', text: `${dir} can be written, ${mib(free)} free`, fix: '' }];
}

/** Whether something keeps the clock in step: verdicts are laid beside other systems' records by time. */
export async function clock(): Promise<Check> {
  const name = 'clock';
  const fix = 'systemctl enable --now systemd-timesyncd (or chrony), with a time server of the site';
  const synchronised = (await said('timedatectl', 'show', '--property=NTPSynchronized', '--value'))?.trim();
  if (synchronised === 'yes') return { name, result: 'ok', text: 'in step with a time server', fix: '' };
  const chrony = await said('chronyc', '-n', 'tracking');
  const leap = /^Leap status\s*:\s*(.+)$/m.exec(chrony ?? '')?.[1];
  if (leap === 'Normal') {
    const offset = /^System time\s*:\s*([\d.]+) seconds/m.exec(chrony ?? '')?.[1];
    return { name, result: 'ok', text: `in step with a time server, off by ${offset ?? '?'} s`, fix: '' };
  }
  if (synchronised === 'no' || leap !== undefined)
    return { name, result: 'warn', text: 'not in step with a time server', fix };
  return { name, result: 'warn', text: 'nobody here can say whether it is in step (no timedatectl, no chronyc)', fix };
}

/** Whether the log outlives a reboot. */
export function journal(): Check {
  const name = 'journal';
  if (!existsSync('/run/systemd/journal/socket'))
    return { name, result: 'skip', text: 'no journald on this machine: the log goes to standard error', fix: '' };
  if (existsSync('/var/log/journal')) return { name, result: 'ok', text: 'the log is kept over a reboot', fix: '' };
  const fix = 'mkdir /var/log/journal && systemctl restart systemd-journald';
  return { name, result: 'warn', text: 'the log is lost at a reboot', fix };
}

/** Whether rules remember as many sources as there may be devices; else they forget the one quiet longest and begin anew with it. */
export function windows(devices: number, keys: number): Check {
  const name = 'windows';
  if (keys >= devices) return { name, result: 'ok', text: `rules remember ${keys} sources`, fix: '' };
  const text = `rules remember ${keys} sources each (detect.window_keys), of up to ${devices} devices (inventory.max_devices)`;
  return { name, result: 'warn', text, fix: `detect.window_keys: ${devices}` };
}

/** The unit that runs this sensor. */
export async function unit(name: string): Promise<Check> {
  const properties = ['LoadState', 'ActiveState', 'UnitFileState', 'NRestarts', 'Result'];
  const shown = existsSync('/run/systemd/system')
    ? await said('systemctl', 'show', name, ...properties.map((p) => `--property=${p}`))
    : null;
  if (shown === null) return { name: 'unit', result: 'skip', text: 'no systemd on this machine', fix: '' };
  const value = (p: string): string => new RegExp(`^${p}=(.*)$`, 'm').exec(shown)?.[1] ?? '';
  const check = (result: Check['result'], text: string, fix = ''): Check => ({ name: 'unit', result, text, fix });
  if (value('LoadState') !== 'loaded') return check('warn', `${name} is not installed`, 'install the package');
  if (value('ActiveState') !== 'active')
    return check(
      'fail',
      `${name} is ${value('ActiveState')} (${value('Result')})`,
      `systemctl start ${name}; journalctl -u ${name}`,
    );
  if (value('UnitFileState') !== 'enabled')
    return check('warn', `${name} runs and is not enabled`, `systemctl enable ${name}`);
  const restarts = Number(value('NRestarts'));
  return restarts > 0
    ? check('warn', `${name} is active and was restarted ${restarts} times`, `journalctl -u ${name} -p err`)
    : check('ok', `${name} is active and enabled`);
}

/** Files with secrets that others may read. */
export function secrets(files: readonly (readonly [setting: string, path: string])[]): Check {
  const name = 'secrets';
  const open = files.filter(([, path]) => {
    try {
      return (statSync(path).mode & 0o077) !== 0;
    } catch {
      return false;
    }
  });
  if (open.length === 0) return { name, result: 'ok', text: 'no file with a secret is open to others', fix: '' };
  return {
    name,
    result: 'warn',
    text: `others may read ${open.map(([setting, path]) => `${path} (${setting})`).join(', ')}`,
    fix: `chmod go= ${open.map(([, path]) => path).join(' ')}`,
  };
}

/** The port of the metrics endpoint: served by the running sensor, else free. */
export function port(s: Settings['metrics'], running: boolean): Promise<Check> {
  const name = 'ports';
  const at = `${s.address}:${s.port}`;
  const check = (result: Check['result'], text: string, fix = ''): Check => ({ name, result, text, fix });
  if (!s.enabled || s.port === 0)
    return Promise.resolve(check('skip', s.enabled ? 'metrics take any free port' : 'metrics are switched off'));
  return new Promise((resolve) => {
    if (running) {
      const host = s.address === '0.0.0.0' ? '127.0.0.1' : s.address === '::' ? '::1' : s.address;
      const c = connect(s.port, host, () => {
        c.destroy();
        resolve(check('ok', `metrics are served on ${at}`));
      });
      c.setTimeout(COMMAND_MS, () => c.destroy(new Error('no answer')));
      c.once('error', (e) =>
        resolve(check('fail', `metrics are not served on ${at}: ${e.message}`, 'wardwire reload')),
      );
      return;
    }
    const server = createServer();
    server.once('error', (e: NodeJS.ErrnoException) =>
      resolve(
        e.code === 'EADDRINUSE'
          ? check('fail', `${at} is taken by another program`, `ss -ltnp 'sport = :${s.port}', or set metrics.port`)
          : check(
              'fail',
              `nobody can listen on ${at}: ${e.message}`,
              'set metrics.address to an address of this machine',
            ),
      ),
    );
    server.listen(s.port, s.address, () => server.close(() => resolve(check('ok', `${at} is free for metrics`))));
  });
}

/** Whether a folder may be looked into, or the nearest one above it that is there. */
export function readable(path: string): boolean {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    accessSync(at, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
