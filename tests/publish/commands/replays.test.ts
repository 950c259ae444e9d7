import t from 'tap';
import { settingsDefaults, type Verdict } from '../../../src/core/index.js';
import { holes } from '../../../src/publish/commands/index.js';
import { Commands, commandSettings } from '../../../src/publish/index.js';
import { until } from '../../support/until.js';

const verdict = (seq: number): Verdict => ({ id: `v${seq}`, seq }) as Verdict;

function room(changes: Partial<Record<string, unknown>> = {}, have = (n: number): boolean => n % 10 !== 0) {
  const counted: string[] = [];
  const lines: string[] = [];
  let ms = 0;
  const commands = new Commands({
    settings: {
      ...settingsDefaults(commandSettings, { enabled: ['replay', 'ack'], replay_per_s: 10_000 }),
      ...changes,
    },
    bootId: 'aa',
    lastSeq: () => 100,
    range: async (_boot, from, to, limit) => {
      const out: Verdict[] = [];
      for (let n = from; n <= Math.min(to, 100) && out.length < limit; n++) if (have(n)) out.push(verdict(n));
      return out;
    },
    logger: { log: (_l, _e, text) => lines.push(text) },
    nowMs: () => ms,
    execute: async (c) => ({ code: 'done', text: c.cmd }),
    counted: (command, code) => counted.push(`${command} ${code}`),
  });
  const sent: number[] = [];
  const broker = {
    name: 'mqtt',
    connected: true,
    room: true,
    again(v: Verdict) {
      if (!this.room) return null;
      sent.push(v.seq);
      return Promise.resolve();
    },
  };
  t.teardown(() => commands.replays.stop());
  const ask = (body: unknown, name: 'replay' | 'ack' | 'mute' = 'replay', retained = false) =>
    commands.take(name, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), retained, broker);
  return { commands, counted, lines, sent, broker, ask, later: (n: number) => (ms += n) };
}

t.test('holes are named', async (t) => {
  const some = (...n: number[]) => n.map((seq) => ({ seq }));
  t.same(holes(some(3, 4, 7), 2, 9), {
    ranges: [
      [2, 2],
      [5, 6],
      [8, 9],
    ],
    count: 5,
  }); // prettier-ignore
  t.same(holes([], 1, 2 ** 50), { ranges: [[1, 2 ** 50]], count: 2 ** 50 });
  t.same(holes(some(1, 2), 1, 2), { ranges: [], count: 0 });
  t.equal(holes(some(...Array.from({ length: 500 }, (_, i) => 2 * i)), 0, 1000).ranges.length, 64, 'bounded');
});

t.test('what the log has is sent again, what it has not is said, the end is said', async (t) => {
  const r = room({ replay_max: 20 });
  const a = await r.ask({ boot_id: 'aa', from_seq: 15, to_seq: 1000, request_id: 'q' });
  t.match(a, {
    schema: 'wardwire.command-result.v1',
    ok: true,
    request_id: 'q',
    data: {
      sending: 20,
      missing: [
        [20, 20],
        [30, 30],
      ],
      missing_count: 2,
      to_seq: 36,
      next_seq: 37,
      last_seq: 100,
    },
  }); // prettier-ignore
  await until('the verdicts', () => r.sent.length === 20);
  t.equal(r.sent[0], 15);
  t.match(await r.ask({ boot_id: 'aa', from_seq: 101, to_seq: 102 }), { code: 'refused', data: { last_seq: 100 } });
  t.match(await r.ask({ boot_id: 'aa', from_seq: 40, to_seq: 40 }), {
    code: 'not_found',
    data: { missing: [[40, 40]] },
  });
});

t.test('live verdicts come first, a lost connection ends it, queues are bounded', async (t) => {
  const r = room({ replays_waiting: 2 });
  r.broker.room = false;
  await r.ask({ boot_id: 'aa', from_seq: 1, to_seq: 5 });
  await r.ask({ boot_id: 'aa', from_seq: 1, to_seq: 5 });
  t.match(await r.ask({ boot_id: 'aa', from_seq: 1, to_seq: 5 }), { code: 'too_many' });
  await new Promise((done) => setTimeout(done, 100));
  t.same(r.sent, []);
  r.broker.room = true;
  await until('both', () => r.sent.length === 10);
  r.broker.room = false;
  await r.ask({ boot_id: 'aa', from_seq: 1, to_seq: 5 });
  r.broker.connected = false;
  await until('the end', () => r.lines.some((l) => /connection was lost/.test(l)));
});

t.test('every refusal is answered, counted and logged, and a flood of them is not answered with a flood', async (t) => {
  const r = room({ per_minute: 5, max_bytes: 256 });
  t.match(await r.ask({ boot_id: 'aa' }, 'mute'), { code: 'not_enabled', ok: false });
  t.match(await r.ask({ boot_id: 'aa' }, 'replay', true), { code: 'retained' });
  t.match(await r.ask('x'.repeat(257)), { code: 'too_large' });
  t.match(await r.ask('{'), { code: 'malformed' });
  for (let i = 0; i < 3; i++) await r.ask('{');
  let silent = 0;
  for (let i = 0; i < 100; i++) if ((await r.ask('{')) === null) silent++;
  t.equal(silent, 95);
  t.equal(r.counted.filter((c) => c === 'replay too_many').length, 100, 'all are counted');
  t.equal(r.lines.filter((l) => /more than 5/.test(l)).length, 5);
  r.later(60_000);
  const ack = { incident: '01M7Y4VFKJTFFB0KXCGAQF4Y1M', by: 'nurse', note: 'CANARYMARK' };
  t.match(await r.ask(ack, 'ack'), { code: 'done', text: 'ack' });
  t.notOk(
    r.lines.some((l) => l.includes('CANARYMARK')),
    'remarks are not logged',
  );
});
