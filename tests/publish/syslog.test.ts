import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults } from '../../src/core/index.js';
import { SyslogSink, syslogSettings } from '../../src/publish/index.js';
import { haveProgram } from '../support/namespace.js';
import { someVerdict } from '../support/some-verdict.js';
import { Running, temporaryFolder } from '../support/wardwire.js';

t.setTimeout(90_000);

function sink(url: string, settings: object = {}): SyslogSink {
  return new SyslogSink({
    settings: settingsDefaults(syslogSettings, { url, ...settings }),
    host: 'icu-1',
    logger: { log: () => undefined },
    seed: 1,
  });
}
async function until(what: () => boolean, ms = 10_000): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end && !what(); )
    await new Promise((r) => setTimeout(r, 10));
  return what();
}

/** Messages of an octet-counted stream (RFC 6587 3.4.1). */
function messages(stream: Buffer): string[] {
  const out: string[] = [];
  for (let at = 0; at < stream.length; ) {
    const space = stream.indexOf(0x20, at);
    const n = Number(stream.toString('latin1', at, space));
    out.push(stream.toString('utf8', space + 1, space + 1 + n));
    at = space + 1 + n;
  }
  return out;
}

t.test('UDP', async (t) => {
  const server = createSocket('udp4');
  const got: string[] = [];
  server.on('message', (m) => got.push(m.toString('utf8')));
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', () => resolve()));
  const s = sink(`udp://127.0.0.1:${server.address().port}`);
  await s.start();
  await s.send(someVerdict(), () => undefined);
  t.ok(await until(() => got.length === 1));
  t.match(
    got[0],
    /^<106>1 2026-03-01T10:00:00\.004750Z icu-1 wardwire \d+ net\.cleartext \[wardwire@32473 id="01M7.*\] CEF:0\|Wardwire/,
  );
  await s.stop(100);
  server.close();
});

t.test('TCP: octets counted, a receiver that goes and comes back', async (t) => {
  let received = Buffer.alloc(0);
  let peer: Socket | null = null;
  const listen = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        peer = socket;
        socket.on('error', () => undefined);
        socket.on('data', (d) => {
          received = Buffer.concat([received, d]);
        });
      });
      server.listen(port, '127.0.0.1', () => resolve(server));
    });
  const first = await listen(0);
  const { port } = first.address() as AddressInfo;
  const s = sink(`tcp://127.0.0.1:${port}`, { format: 'native' });
  await s.start();
  t.equal(s.ready(), false);
  t.ok(await until(() => s.ready()));
  const name = someVerdict().device;
  await s.send(someVerdict('a', { device: { ...name, name: 'Bett Zwölf €' } }), () => undefined);
  await s.send(someVerdict('b'), () => undefined);
  t.ok(await until(() => messages(received).length >= 2));
  t.match(messages(received).at(-2), /Zwölf €/, 'octets are counted, not characters');
  (peer as Socket | null)?.destroy();
  first.close();
  t.ok(await until(() => !s.ready()));
  received = Buffer.alloc(0);
  const second = await listen(port);
  t.ok(await until(() => s.ready()), 'connected again');
  await s.send(someVerdict('c'), () => undefined);
  t.ok(await until(() => messages(received).length === 1));
  await s.stop(500);
  (peer as Socket | null)?.destroy();
  second.close();
});

t.test('rsyslog takes it as it is meant', async (t) => {
  if (!haveProgram('rsyslogd')) {
    t.comment('SKIPPED LOUDLY: rsyslogd is not installed');
    return;
  }
  const dir = temporaryFolder(t);
  const out = join(dir, 'out.log');
  const config = join(dir, 'rsyslog.conf');
  const port = 20_000 + (process.pid % 20_000);
  writeFileSync(
    config,
    `global(workDirectory="${dir}")
module(load="imtcp")
template(name="parts" type="string" string="%pri%\\t%timestamp:::date-rfc3339%\\t%hostname%\\t%app-name%\\t%msgid%\\t%structured-data%\\t%msg%\\n")
ruleset(name="in") { action(type="omfile" file="${out}" template="parts" flushOnTXEnd="on") }
input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="in")
`,
  );
  const daemon = new Running('rsyslogd', ['-n', '-f', config, '-i', join(dir, 'pid')]);
  t.teardown(() => daemon.child.kill('SIGKILL'));
  const s = sink(`tcp://127.0.0.1:${port}`);
  await s.start();
  t.ok(await until(() => s.ready(), 20_000), daemon.err);
  const odd = 'a "quote", a ] bracket, a \\ backslash, a | pipe, an = equals';
  await s.send(someVerdict('odd"]\\id', { reasons: [{ ...someVerdict().reasons[0], text: odd }] }), () => undefined);
  const text = (): string => {
    try {
      return readFileSync(out, 'utf8');
    } catch {
      return '';
    }
  };
  t.ok(await until(() => text().includes('\n'), 20_000), `${daemon.out}${daemon.err}`);
  const [pri, time, host, app, msgid, data, msg] = text().trimEnd().split('\t');
  t.same([pri, host, app, msgid], ['106', 'icu-1', 'wardwire', 'net.cleartext']);
  t.match(time, /^2026-03-01T10:00:00\.004750/);
  t.ok(data.includes('id="odd\\"\\]\\\\id"'), data);
  t.match(
    msg.trimStart(),
    /^CEF:0\|Wardwire\|Wardwire\|0\.1\.0\|net\.cleartext\|net\.cleartext\|10\|/,
    'CEF stands at the very start',
  );
  t.ok(msg.includes('a | pipe, an \\= equals'), msg);
  await s.stop(500);
});
