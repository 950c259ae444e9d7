// runs alone: measures how long a stop takes
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BASE, contact, SCANNER, STRANGER, type Stage, stage } from '../support/live-stage.js';
import { MAIN, Running, wardwire } from '../support/wardwire.js';

// What an operator does with a running sensor: status, tail, reload, SIGUSR1, and stopping it in bad moments.
t.setTimeout(180_000);

const STOP_S = 10;

const sensorOf = (s: Stage): number =>
  Number(
    execFileSync('pgrep', ['-P', String(s.daemon.child.pid), '-f', '__sensor'], { encoding: 'utf8' }).split('\n')[0],
  );

t.test('status, tail and the state on a running sensor', async (t) => {
  const s = await stage(t);
  if (s === null) return;
  const config = ['--config', join(s.dir, 'wardwire.yaml')];
  const socket = join(s.dir, 'data', 'control.sock');
  t.equal(statSync(socket).mode & 0o777, 0o600);

  const tail = (...more: string[]): Running => {
    const r = new Running(process.execPath, [MAIN, 'tail', ...config, ...more]);
    t.teardown(() => r.child.kill('SIGKILL'));
    return r;
  };
  const all = tail('--json');
  const other = tail('--device', '10.77.1.99');
  const grave = tail('--severity', 'critical');
  const one = tail('--type', 'ultrasound', '--count', '1');
  const status = () => JSON.parse(wardwire(['status', '--json', ...config]).out);
  for (let i = 0; i < 100 && (await s.metric('wardwire_tail_readers')) < 4; i++);
  s.send(contact(SCANNER, '198.51.100.1'), 'one');
  await all.until('the verdict', () => all.out.includes('\n'));
  const verdict = JSON.parse(all.out.split('\n')[0]);
  t.match(verdict, { schema: 'wardwire.verdict.v1', scenario: 'net.peer.external', device: { type: 'ultrasound' } });
  t.equal(await one.exited, 0, 'ends after as many as were asked for');
  t.match(one.out, /net\.peer\.external: US-1 \(ultrasound/);
  t.equal(other.out, '');
  t.equal(grave.out, '');

  // what is muted is told to nobody but those who look on here
  const incident = verdict.incident.id;
  const mute = ['incidents', 'mute', incident, '--for', '1h', '--by', 'ops', '--reason', 'x', '--up-to', 'critical'];
  const muted = wardwire([...mute, ...config]);
  t.equal(muted.code, 0, muted.err);
  await s.daemon.until('the mute', () => /incidents\.operator msg="0 acknowledged, 1 muted/.test(s.daemon.err));
  const text = tail('--count', '1');
  for (let i = 0; i < 100 && (await s.metric('wardwire_tail_readers')) < 4; i++);
  s.send([...contact(SCANNER, '198.51.100.1'), ...contact(SCANNER, '198.51.100.1')], 'again');
  t.equal(await text.exited, 0);
  t.match(text.out, /update.* \(muted\)\n$/);

  await new Promise((r) => setTimeout(r, 1500));
  const now = status();
  t.match(now, {
    ok: true,
    schema: 'wardwire.daemon-status.v1',
    interface: 'eth0',
    capture: { up: true, restarts: 0, packets: 3, dropped_kernel: 0, dropped_interface: 0 },
    incidents: { open: 1, mutes: 1 },
    overload: { rung: 0 },
    sinks: [{ name: 'mqtt', connected: true, queued: 0 }],
    reload: { ok: true },
  });
  t.equal(now.devices.by_type.ultrasound, 1);
  const shown = wardwire(['status', ...config]);
  t.equal(shown.code, 0);
  t.match(shown.out, /^capture +eth0 captures, [\d,]+ packets\/s/m);
  t.match(shown.out, /^incidents +1 open, 0 acknowledged, 1 mute$/m);
  t.match(shown.out, /^sinks +mqtt connected, 0 waiting/m);
  t.notOk(shown.out.includes('\u001b'), 'no colour off a terminal');
  const watch = new Running(process.execPath, [MAIN, 'status', '--json', '--watch', '0.3', ...config]);
  await watch.until('three of them', () => watch.out.split('\n').length > 3);
  t.equal(await watch.stop('SIGINT'), 0);

  // settings by request: the same as SIGHUP, and answered
  writeFileSync(join(s.dir, 'site.csv'), `ip,type,name\n${STRANGER},ultrasound,US-2\n`);
  const reload = wardwire(['reload', ...config]);
  t.equal(reload.code, 0, reload.err);
  t.match(reload.out, /in force now: inventory\.site_file \(content\)/);
  s.settings(`${BASE}nonsense: 1\n`);
  const refused = wardwire(['reload', ...config]);
  t.equal(refused.code, 78);
  t.match(refused.err, /nonsense .*line \d+.*is not a section/);
  t.match(wardwire(['status', ...config]).out, /WITH ERRORS/, 'a file with errors does not hide the sensor');
  t.same(JSON.parse(wardwire(['reload', '--json', ...config]).out).ok, false);
  s.settings(BASE);

  s.daemon.child.kill('SIGUSR1');
  const file = join(s.dir, 'data', 'state.json');
  await s.daemon.until('the state', () => s.daemon.err.includes('state.written'));
  t.match(s.daemon.err, new RegExp(`state\\.written.*${file}`));
  t.equal(statSync(file).mode & 0o777, 0o600);
  const state = JSON.parse(readFileSync(file, 'utf8'));
  t.match(state, { schema: 'wardwire.state.v1', status: { ok: true }, settings: { capture: { buffer_mib: 64 } } });
  t.ok(
    state.counters.some(
      (c: { name: string; value: number }) => c.name === 'wardwire_flows_created_total' && c.value > 0,
    ),
  );
  t.ok(state.devices.length > 0);
  t.notMatch(JSON.stringify(state), /US-1|US-2|site_key_file|10\.77\.1\./, 'no names, no addresses, no secrets');
  for (const pid of [s.daemon.child.pid as number, sensorOf(s)]) process.kill(pid, 'SIGUSR1');
  await new Promise((r) => setTimeout(r, 500));
  const ports = readFileSync(`/proc/${s.daemon.child.pid}/net/tcp`, 'utf8');
  t.notMatch(ports, /:2405 /, 'no debugger listens on 9229');

  t.equal(await s.daemon.stop('SIGTERM'), 0);
  await all.exited;
  t.match(all.err, /the sensor has gone away/);
  t.equal(all.child.exitCode, 1);
  t.notOk(existsSync(socket));
  const gone = wardwire(['status', ...config]);
  t.equal(gone.code, 1);
  t.match(gone.err, /no running wardwire answers at .*control\.sock/);
});

t.test('SIGTERM is over within ten seconds, whatever else is wrong', async (t) => {
  const s = await stage(t);
  if (s === null) return;
  const seconds = async (daemon: Running): Promise<number> => {
    const from = Date.now();
    daemon.child.kill('SIGTERM');
    t.equal(await daemon.exited, 0);
    return (Date.now() - from) / 1000;
  };
  const start = async (settings: string): Promise<Running> => {
    s.settings(settings);
    const d = s.run([process.execPath, MAIN, 'run', '--config', join(s.dir, 'wardwire.yaml'), '--interface', 'eth0']);
    await d.until('the capture', () => d.err.includes('source.running'));
    await new Promise((r) => setTimeout(r, 1500));
    return d;
  };
  const times: Record<string, number> = { 'in order': await seconds(s.daemon) };

  // nobody listens there; addresses of documentation never answer
  const away = await start(`${BASE}mqtt:\n  url: mqtt://192.0.2.1\nsyslog:\n  url: tcp://127.0.0.1:9\n`);
  s.send(contact(SCANNER, '198.51.100.1'), 'away');
  await new Promise((r) => setTimeout(r, 1000));
  times['brokers away'] = await seconds(away);

  const hung = await start(BASE);
  const pid = Number(
    execFileSync('pgrep', ['-P', String(hung.child.pid), '-f', '__sensor'], { encoding: 'utf8' }).split('\n')[0],
  );
  process.kill(pid, 'SIGSTOP');
  times['sensor hung'] = await seconds(hung);

  // a broker that accepts and never answers
  const deaf = s.run([
    'python3',
    '-c',
    'import socket,time\nl=socket.socket()\nl.bind(("127.0.0.1",1999))\nl.listen()\nk=[]\nwhile True: k.append(l.accept())',
  ]);
  await new Promise((r) => setTimeout(r, 500));
  const unheard = await start(`${BASE}mqtt:\n  url: mqtt://127.0.0.1:1999\n`);
  times['broker deaf'] = await seconds(unheard);
  deaf.child.kill('SIGKILL');
  for (const [what, took] of Object.entries(times)) t.ok(took < STOP_S, `${what}: ${took.toFixed(1)} s`);
  t.comment(`stopped within ${JSON.stringify(times)} s`);
});
