import { chmodSync, existsSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults } from '../../src/core/index.js';
import {
  askControl,
  type ControlHandlers,
  controlSettings,
  followControl,
  type Listener,
  startControl,
} from '../../src/ops/index.js';
import { temporaryFolder } from '../support/wardwire.js';

const said: string[] = [];
const logger = { log: (_level: string, event: string, text: string) => void said.push(`${event} ${text}`) };
const pause = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms));

async function server(path: string, handlers: ControlHandlers, settings: object = {}) {
  const s = await startControl({ path, handlers, logger, settings: settingsDefaults(controlSettings, settings) });
  if (s === null) throw new Error(said.join('\n'));
  return s;
}

t.test('questions and answers; what is not understood is answered too', async (t) => {
  const path = join(temporaryFolder(t), 'c.sock');
  const s = await server(path, {
    status: () => ({ ok: true, n: 1 }),
    slow: async () => {
      await pause(20);
      return { ok: true };
    },
    broken: () => {
      throw new Error('it is broken');
    },
  });
  t.equal(statSync(path).mode & 0o777, 0o600, 'for its owner only');
  t.same(await askControl(path, { cmd: 'status' }), { ok: true, n: 1 });
  t.same(await askControl(path, { cmd: 'slow' }), { ok: true });
  await t.rejects(askControl(path, { cmd: 'broken' }), /it is broken/);
  await t.rejects(askControl(path, { cmd: 'nothing' }), /no command 'nothing'/);
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const c = connect(path, () => c.write(text));
      let out = '';
      c.on('data', (d) => {
        out += d;
      });
      c.on('error', () => undefined);
      c.on('close', () => resolve(out));
    });
  t.match(await raw('no json\n'), /"ok":false/);
  t.equal(await raw('x'.repeat(10_000)), '', 'a request without end is cut off');
  await s.close();
  t.notOk(existsSync(path));
  await t.rejects(askControl(path, { cmd: 'status' }), { code: 'outside' });
});

t.test('a socket left by a crash is replaced, one that is answered is not taken away', async (t) => {
  const dir = temporaryFolder(t);
  const path = join(dir, 'c.sock');
  const first = await server(path, { status: () => ({ who: 1 }) });
  t.equal(await startControl({ path, handlers: {}, logger, settings: settingsDefaults(controlSettings) }), null);
  t.match(said.at(-1), /another wardwire answers there/);
  t.same(await askControl(path, { cmd: 'status' }), { who: 1 });
  await first.close();
  // the file of a process that was killed
  const stale = createServer();
  await new Promise<void>((r) => stale.listen(path, r));
  chmodSync(path, 0o600);
  stale.close();
  const again = await server(path, { status: () => ({ who: 2 }) });
  t.same(await askControl(path, { cmd: 'status' }), { who: 2 });
  await again.close();
  const long = join(dir, 'x'.repeat(120));
  t.equal(await startControl({ path: long, handlers: {}, logger, settings: settingsDefaults(controlSettings) }), null);
  t.match(said.at(-1), /longer than 107 bytes/);
});

t.test('a slow reader is told what it missed and holds nobody back; too many are refused', async (t) => {
  const path = join(temporaryFolder(t), 'c.sock');
  const listeners: Listener[] = [];
  const s = await server(
    path,
    {
      tail: (_r, listen) => {
        listeners.push(listen());
        return { ok: true };
      },
    },
    { tail_kib: 16, max_clients: 2 },
  );
  const lines: Record<string, unknown>[] = [];
  const fast: Record<string, unknown>[] = [];
  let end: () => void = () => undefined;
  const slow = connect(path, () => slow.write('{"cmd":"tail"}\n'));
  slow.pause();
  const following = followControl(
    path,
    { cmd: 'tail' },
    (l) => fast.push(l),
    (stop) => {
      end = stop;
    },
  );
  while (listeners.length < 2) await pause(5);
  await t.rejects(askControl(path, { cmd: 'tail' }), /2 connections already/);
  t.equal(s.refused, 1);
  const text = 'x'.repeat(1000);
  const N = 2000;
  for (let i = 0; i < N; i++) {
    for (const l of listeners) l.tell(JSON.stringify({ i, text }));
    if (i % 10 === 0) await new Promise((r) => setImmediate(r));
  }
  t.ok(s.missed > 1000, `${s.missed} lines were left out`);
  let rest = '';
  slow.on('data', (d) => {
    rest += d;
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      lines.push(JSON.parse(rest.slice(0, at)));
      rest = rest.slice(at + 1);
    }
  });
  slow.resume();
  for (let i = 0; i < 200 && !lines.some((l) => 'missed' in l); i++) await pause(10);
  const got = lines.filter((l) => 'i' in l).length;
  const missed = lines.reduce((a, l) => a + ((l.missed as number) ?? 0), 0);
  t.equal(got + missed, N, `${got} came, ${missed} were told as missed`);
  t.ok(fast.filter((l) => 'i' in l).length > got, 'the other reader has more');
  for (const l of listeners) l.tell('{"i":-1}');
  for (let i = 0; i < 200 && lines.at(-1)?.i !== -1; i++) await pause(10);
  t.equal(lines.at(-1)?.i, -1, 'and it goes on');
  end();
  slow.destroy();
  await following;
  await s.close();
});
