import { join } from 'node:path';
import t from 'tap';
import { createServiceManager } from '../../src/ops/index.js';
import { temporaryFolder } from '../support/wardwire.js';

const SILENT = { log: () => undefined };

t.test('without a service manager nothing is said and nothing fails', async (t) => {
  const m = await createServiceManager(SILENT, () => 42_000_000.5, {});
  t.equal(m.watchdogMs, null);
  for (const say of [m.reloading, m.stopping, m.close]) say();
  m.ready('x');
  m.alive('x');
});

t.test('readiness, progress and the end are told as sd_notify(3) says', async (t) => {
  const dgram = await import('unix-dgram').catch(() => null);
  if (dgram === null) {
    t.comment('SKIPPED LOUDLY: the optional package unix-dgram is not built');
    return;
  }
  const path = join(temporaryFolder(t), 'notify');
  const heard: string[] = [];
  const server = dgram.createSocket('unix_dgram', (data) => heard.push(data.toString()));
  server.bind(path);
  t.teardown(() => server.close());
  const env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: path, WATCHDOG_USEC: '20000000', WATCHDOG_PID: String(process.pid) };
  const m = await createServiceManager(SILENT, () => 42_000_000.5, env);
  t.equal(m.watchdogMs, 20_000);
  t.same(env, {}, 'a child does not inherit the right to speak');
  m.ready('capturing');
  m.alive('42 packets');
  m.reloading();
  m.stopping();
  for (let i = 0; i < 100 && heard.length < 4; i++) await new Promise((r) => setTimeout(r, 10));
  t.match(heard, [
    'READY=1\nSTATUS=capturing',
    'WATCHDOG=1\nSTATUS=42 packets',
    'RELOADING=1\nMONOTONIC_USEC=42000000\nSTATUS=reading the settings again',
    'STOPPING=1\nSTATUS=stopping',
  ]);
  m.close();

  const other = await createServiceManager(SILENT, () => 42_000_000.5, {
    NOTIFY_SOCKET: path,
    WATCHDOG_USEC: '1000',
    WATCHDOG_PID: '1',
  });
  t.equal(other.watchdogMs, null, 'the watchdog is meant for somebody else');
  other.close();
});
