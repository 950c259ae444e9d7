import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { begun, Connection, ENDLESS, type Endless } from '../support/hostile/endless.js';
import { Stage } from '../support/hostile/run.js';

t.setTimeout(240_000);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const MIB = 1048576;
/** Memory for unfinished messages, MiB: the least that can be set. */
const LIMIT = 16;
/** Free pages kept for the next messages, and what else a sensor's tables grow by, MiB. */
const BESIDE = 8;
/** What a page costs besides its bytes. */
const PAGE_COST = 256;
const MESSAGE = 'MSH|^~\\&|A|B|C|D|2024||ORU^R01|9|P|2.3\r';
const DECENT = Buffer.from(`\x0b${MESSAGE}${'OBX|1|ST|X||abc\r'.repeat(300)}\x1c\r`, 'latin1');

const given = (s: Stage, protocol: string): number =>
  s.pipeline.counters.get('wardwire_parser_unfinished_given_up_total', { protocol });
const held = (s: Stage): number => s.pipeline.counters.get('wardwire_parser_unfinished_bytes');
const heard = (s: Stage): number => s.pipeline.counters.get('wardwire_hl7_messages_total', { message_code: 'ORU' });
const buffers = (): number => {
  collect();
  collect();
  return process.memoryUsage().arrayBuffers / MIB;
};

/** Bytes of the page a message of an endless kind has come to. */
function pageOf(e: Endless): number {
  const s = new Stage(1024, LIMIT);
  const c = new Connection(0, e.port);
  for (const f of [...begun(c, e), ...c.say(0, e.bytes)]) s.packet(f);
  return held(s);
}

/** `n` connections of a kind, each left waiting for more. @returns them, what buffers grew by, MiB, and the longest step, ms */
function flood(s: Stage, e: Endless, n: number, server?: string): { all: Connection[]; grown: number; ms: number } {
  let ms = 0;
  const all = Array.from({ length: n }, (_, i) => new Connection(i, e.port, server));
  for (const c of all) for (const f of begun(c, e)) s.packet(f);
  const before = buffers();
  for (const c of all) {
    for (const f of c.say(0, e.bytes)) {
      ms = Math.max(ms, s.packet(f));
      if (held(s) > LIMIT * MIB) throw new Error(`${held(s)} octets held`);
    }
  }
  return { all, grown: buffers() - before, ms };
}

for (const e of ENDLESS) {
  t.test(`${e.name}: what is held ends, every one given up is counted, who means well is read`, async (t) => {
    const page = pageOf(e);
    t.ok(page > PAGE_COST, `${page} octets a connection`);
    const s = new Stage(65_536, LIMIT);
    // as many as need half as much again as there is; smaller ones as many as are decoded at once
    const n = Math.min(12_000, Math.ceil((1.5 * LIMIT * MIB) / page));
    const { all, grown, ms } = flood(s, e, n);
    t.equal(given(s, e.protocol) + held(s) / page, n, `${n} connections, ${given(s, e.protocol)} given up`);
    t.equal(given(s, e.protocol) > 0, n * page > LIMIT * MIB, 'nobody is given up without need');
    t.ok(grown < LIMIT + BESIDE, `${grown.toFixed(1)} MiB of buffers`);
    const decent = new Connection(40_000, 2575);
    for (const f of [...decent.open(), ...decent.say(0, DECENT)]) s.packet(f);
    t.equal(heard(s), 1, 'a message in several packets is whole within moments: older ones go');
    for (const c of all) for (const f of c.reset()) s.packet(f);
    t.equal(held(s), 0, 'the connections are over: all is given back');
    for (const f of decent.say(0, DECENT)) s.packet(f);
    t.equal(heard(s), 2);
    t.equal(s.errors, 0);
    t.same(s.uncounted(), []);
    t.comment(`longest step ${ms.toFixed(2)} ms`);
  });
}

t.test('blocks that end after all: those given up and those read are all there were', async (t) => {
  const [e] = ENDLESS;
  const s = new Stage(65_536, LIMIT);
  const { all } = flood(s, e, 1500);
  const lost = given(s, 'hl7');
  t.ok(lost > 100, `${lost} given up`);
  for (const c of all) for (const f of c.say(0, Buffer.from('\r\x1c\r', 'latin1'))) s.packet(f);
  t.equal(heard(s) + lost, 1500);
  for (const c of all) for (const f of c.say(0, DECENT)) s.packet(f);
  t.equal(heard(s) + lost, 3000, 'every one of the connections is read again');
  t.equal(held(s), 0);
});

const VENTILATOR = '10.3.0.9';
/** Two messages begun, a flood at one of their servers, then both go on. @returns whether the ventilator's was read, and the other */
function between(at: string): boolean[] {
  const s = new Stage(65_536, LIMIT, `ip,type,criticality\n${VENTILATOR},ventilator,life-critical\n`);
  s.pipeline.advance((s.tsUs += 2e6));
  const both = [VENTILATOR, '10.3.0.1'].map((server, i) => new Connection(50_000 + i, 2575, server));
  for (const c of both) for (const f of [...c.open(), ...c.say(0, DECENT.subarray(0, 3000))]) s.packet(f);
  flood(s, ENDLESS[0], 1500, at);
  if (given(s, 'hl7') < 100) throw new Error('nobody was given up');
  return both.map((c) => {
    const before = heard(s);
    for (const f of c.say(0, DECENT.subarray(3000))) s.packet(f);
    return heard(s) > before;
  });
}

t.test('a flood at others or at a life-critical device takes half of the memory at most from the other', async (t) => {
  t.same(between('10.3.0.1'), [true, false]);
  t.same(between(VENTILATOR), [false, true]);
});
