import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import t from 'tap';
import type { AppEvent, TlsHello } from '../../../src/core/index.js';
import { isGrease } from '../../../src/protocols/tls/hello.js';
import { createTls } from '../../../src/protocols/tls/index.js';
import { haveProgram } from '../../support/namespace.js';
import { cut, feed, gaps, type Step, timeless, twoWayCuts } from '../../support/stream-feed.js';
import { temporaryFolder } from '../../support/wardwire.js';

const u16 = (...n: number[]): Buffer => Buffer.from(n.flatMap((v) => [v >> 8, v & 255]));
const sized = (b: Buffer): Buffer => Buffer.concat([u16(b.length), b]);
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type), sized(body)]);
const record = (type: number, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([0x16, 3, 1]),
    sized(Buffer.concat([Buffer.from([type, 0, body.length >> 8, body.length & 255]), body])),
  ]);

const CIPHERS = [
  0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d,
  0x002f, 0x0035,
];
const SIGNATURES = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
const HOST = Buffer.from('pacs.example');

function clientHello(): Buffer {
  const plain = [0x0005, 0x000a, 0x000b, 0x0012, 0x0015, 0x0017, 0x001b, 0x0023, 0x002d, 0x0033, 0x4469, 0xff01].map(
    (e) => extension(e, Buffer.alloc(2)),
  );
  const extensions = Buffer.concat([
    extension(0x1a1a, Buffer.alloc(0)),
    extension(0, sized(Buffer.concat([Buffer.from([0]), sized(HOST)]))),
    ...plain,
    extension(13, sized(u16(...SIGNATURES))),
    extension(16, sized(Buffer.from('\x02h2\x08http/1.1', 'latin1'))),
    extension(43, Buffer.concat([Buffer.from([6]), u16(0x2a2a, 0x0304, 0x0303)])),
  ]);
  return record(
    1,
    Buffer.concat([
      u16(0x0303),
      Buffer.alloc(32, 7),
      Buffer.from([0]),
      sized(u16(...CIPHERS)),
      Buffer.from([1, 0]),
      sized(extensions),
    ]),
  );
}
const SERVER = record(
  2,
  Buffer.concat([
    u16(0x0303),
    Buffer.alloc(32, 9),
    Buffer.from([0]),
    u16(0x1301),
    Buffer.from([0]),
    sized(extension(43, u16(0x0304))),
  ]),
);
const run = (steps: readonly Step[]) => feed((ctx) => createTls(ctx), steps);
const hellos = (events: readonly AppEvent[]): TlsHello[] => events.filter((e): e is TlsHello => e.kind === 'tls.hello');

t.test('both hellos: version, cipher, name, and the published JA4 of this client', async (t) => {
  const steps: Step[] = [
    { dir: 0, bytes: clientHello() },
    { dir: 1, bytes: SERVER },
  ];
  const { events } = run(steps);
  t.match(events, [
    { kind: 'service', version: 'TLS 1.3' },
    {
      kind: 'tls.hello',
      answered: true,
      version: 'TLS 1.3',
      cipher: '1301',
      serverName: 'pacs.example',
      alpn: 'h2',
      ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
    },
  ]);
  const want = JSON.stringify(timeless(events));
  for (const size of [1, 2, 5, 100])
    t.equal(JSON.stringify(timeless(run(cut(steps, size)).events)), want, `${size} bytes at a time`);
  let bad = 0;
  for (const s of twoWayCuts(steps)) if (JSON.stringify(timeless(run(s).events)) !== want) bad++;
  t.equal(bad, 0, 'every two-way cut');
  for (const s of gaps(steps, 5, 3)) t.ok(run(s).events.length <= 2);
});

t.test('the client alone, and values that mean nothing', async (t) => {
  t.match(hellos(run([{ dir: 0, bytes: clientHello() }]).events), [
    { answered: false, version: 'TLS 1.3', cipher: '' },
  ]);
  t.same([0x0a0a, 0xfafa, 0x0a1a, 0x1301].map(isGrease), [true, true, false, false]);
});

t.test('what OpenSSL agrees on is what is told, version by version', async (t) => {
  if (!haveProgram('openssl')) return void t.pass('skipped', { skip: 'openssl is not installed' });
  const dir = temporaryFolder(t);
  const key = join(dir, 'key.pem');
  const cert = join(dir, 'cert.pem');
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=pacs'];
  if (spawnSync('openssl', ['req', '-x509', ...ec, '-keyout', key, '-out', cert, '-days', '2']).status !== 0)
    return void t.pass('skipped', { skip: 'openssl makes no certificate' });
  writeFileSync(join(dir, 'x'), execFileSync('openssl', ['version']));
  const { readFileSync } = await import('node:fs');
  const { createServer, connect } = await import('node:net');
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const steps: Step[] = [];
    const server = tls.createServer(
      { key: readFileSync(key), cert: readFileSync(cert), minVersion: version, maxVersion: version },
      (s) => s.end(),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    // a relay that keeps what passes
    const relay = createServer((s) => {
      const out = connect(port, '127.0.0.1');
      s.on('data', (d) => {
        steps.push({ dir: 0, bytes: Buffer.from(d) });
        out.write(d);
      });
      out.on('data', (d) => {
        steps.push({ dir: 1, bytes: Buffer.from(d) });
        s.write(d);
      });
      out.on('close', () => s.destroy()).on('error', () => s.destroy());
      s.on('close', () => out.destroy()).on('error', () => out.destroy());
    });
    await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done));
    const cipher = await new Promise<string>((done, fail) => {
      const c = tls.connect(
        {
          port: (relay.address() as { port: number }).port,
          host: '127.0.0.1',
          servername: 'pacs.example',
          rejectUnauthorized: false,
        },
        () => {
          const { standardName } = c.getCipher();
          c.end();
          done(standardName);
        },
      );
      c.on('error', fail);
    });
    relay.close();
    server.close();
    const [h] = hellos(run(steps).events);
    t.match(h, { answered: true, version: version.replace('v', ' '), serverName: 'pacs.example' });
    t.match(h.ja4, /^t1[23]d\d{4}00_[0-9a-f]{12}_[0-9a-f]{12}$/);
    t.ok(h.cipher.length === 4 && cipher.startsWith('TLS_'), `${h.cipher} for ${cipher}`);
  }
});
