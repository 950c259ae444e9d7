import { join } from 'node:path';
import t from 'tap';
import {
  type AppEvent,
  FlowColumns,
  FlowEnd,
  type Hl7Ack,
  type Hl7Message,
  type Hl7Odd,
  type PlausibilityLimits,
  settingsDefaults,
  Weirds,
} from '../../../src/core/index.js';
import { createHl7, hl7Settings } from '../../../src/protocols/hl7/index.js';
import { numberOf, type Range, rangeOf } from '../../../src/protocols/hl7/numbers.js';
import { readLimits } from '../../../src/runtime/limits.js';
import { unfinished } from '../../support/stream-feed.js';
import { projectRoot } from '../../support/wardwire.js';

const SHIPPED = readLimits(join(projectRoot(), 'profiles', 'limits', 'adult.yaml')).limits as PlausibilityLimits;

/** Connections of one sensor: each `link` is a flow between two hosts, `say` sends a block at a time in seconds. */
class Links {
  readonly events: AppEvent[] = [];
  readonly weirds = new Weirds();
  readonly #columns = new FlowColumns(64);
  readonly #protocol;
  #slot = 0;

  constructor(settings: object = {}, limits: PlausibilityLimits | null = SHIPPED) {
    this.#protocol = createHl7(
      {
        columns: this.#columns,
        events: { event: (e) => this.events.push(e) },
        weirds: this.weirds,
        token: (tag, value) => `${tag}:${value.length}`,
        unfinished: unfinished(this.#columns.capacity),
        seed: 5,
      },
      settingsDefaults(hl7Settings, settings),
      limits,
    );
  }

  link(from: number, to: number, midstream = false): (text: string, atS: number, dir?: 0 | 1) => void {
    const slot = this.#slot++;
    this.#columns.addr[slot * 8 + 3] = from;
    this.#columns.addr[slot * 8 + 7] = to;
    const session = this.#protocol.open(slot, midstream);
    const off = [0, 0];
    return (text, atS, dir = 0) => {
      const buf = Buffer.from(text === '' ? '' : `\x0b${text}\x1c\r`, 'latin1');
      const tsUs = 1e15 + atS * 1e6;
      session.stream({ dir, buf, from: 0, to: buf.length, streamOff: off[dir], tsUs, gapLen: 0, end: false });
      off[dir] += buf.length;
      if (text === '') session.close(FlowEnd.Fin, tsUs);
    };
  }

  get odd(): string[] {
    return this.events.filter((e): e is Hl7Odd => e.kind === 'hl7.odd').map((e) => `${e.what} ${e.index} ${e.code}`);
  }

  get messages(): Hl7Message[] {
    return this.events.filter((e): e is Hl7Message => e.kind === 'hl7.message');
  }

  get pairings(): (string | undefined)[] {
    return this.events.filter((e): e is Hl7Ack => e.kind === 'hl7.ack').map((e) => e.pairing);
  }
}

interface Parts {
  readonly id?: string;
  readonly value?: string;
  readonly unit?: string;
  readonly range?: string;
  readonly flag?: string;
  readonly code?: string;
  readonly type?: string;
  readonly patient?: string;
  readonly order?: string;
  readonly time?: string;
  readonly app?: string;
  readonly to?: string;
  readonly msh7?: string;
}
let count = 0;
const oru = (p: Parts = {}): string =>
  [
    `MSH|^~\\&|${p.app ?? 'MON'}|ICU|${p.to ?? 'ENGINE'}|HOSP|${p.msh7 ?? ''}||ORU^R01|${p.id ?? `C${count++}`}|P|2.6`,
    `PID|1||${p.patient ?? 'P1'}`,
    `OBR|1|${p.order ?? ''}||||${''}|${p.time ?? ''}`,
    `OBX|1|ST|NOTE^Remark^L||calm`,
    `OBX|2|${p.type ?? 'NM'}|${p.code ?? '8867-4^Heart rate^LN'}|1|${p.value ?? '72'}|${p.unit ?? '/min'}|${p.range ?? ''}|${p.flag ?? ''}|||F`,
  ].join('\r');
const ack = (id: string, code = 'AA'): string => `MSH|^~\\&|ENGINE|HOSP|MON|ICU|||ACK|A1|P|2.6\rMSA|${code}|${id}`;

t.test('numbers and reference ranges', async (t) => {
  const number = (s: string): number => numberOf(Buffer.from(s), 0, s.length);
  for (const [text, value] of [
    ['72', 72],
    ['-1.5', -1.5],
    ['+.5', 0.5],
    [' 7.0 ', 7],
    ['0', 0],
    ['12.', 12],
  ] as const) {
    t.equal(number(text), value, text);
  } // prettier-ignore
  for (const text of ['', ' ', '-', '.', '1e5', '72 bpm', '1-2', '>5', '1.2.3']) t.ok(Number.isNaN(number(text)), text);
  const range = (s: string): [number, number] | null => {
    const into: Range = { low: 0, high: 0 };
    return rangeOf(Buffer.from(s), 0, s.length, into) ? [into.low, into.high] : null;
  };
  t.same(range('70-110'), [70, 110]);
  t.same(range('3.5 - 5.1'), [3.5, 5.1]);
  t.same(range('-2--1'), [-2, -1]);
  t.same(range('< 120'), [Number.NEGATIVE_INFINITY, 120]);
  t.same(range('>=60'), [60, Number.POSITIVE_INFINITY]);
  for (const text of ['', 'negative', '5', '5-', '-', '<', '9-5', '70-110 mg']) t.equal(range(text), null, text);
});

t.test('values against their range and flag are counted, none is told', async (t) => {
  const cases: readonly [Parts, readonly [number, number, number]][] = [
    [{ value: '72', range: '60-100', flag: 'N' }, [1, 0, 0]],
    [{ value: '172', range: '60-100', flag: 'H' }, [1, 1, 0]],
    [{ value: '172', range: '60-100', flag: '' }, [1, 1, 1]],
    [{ value: '172', range: '60-100', flag: 'N' }, [1, 1, 1]],
    [{ value: '72', range: '60-100', flag: 'HH' }, [1, 0, 1]],
    [{ value: '72', range: '60-100', flag: 'A' }, [1, 0, 0]],
    [{ value: '60', range: '60-100', flag: 'L' }, [1, 0, 1]],
  ];
  for (const [parts, [numeric, outside, mismatch]] of cases) {
    const w = new Links();
    w.link(1, 2)(oru(parts), 0);
    t.match(w.messages[0], { obxCount: 2, obxNumeric: numeric, obxOutOfRange: outside, obxFlagMismatch: mismatch });
  }
  const w = new Links();
  w.link(1, 2)(oru({ value: '172' }), 0);
  t.equal(w.messages[0].obxNumeric, undefined, 'without a range nothing is judged');
});

t.test('H07: hard limits hold for their unit only, and say whether they are signed', async (t) => {
  const w = new Links();
  const say = w.link(1, 2);
  say(oru({ value: '350' }), 0);
  say(oru({ value: '351' }), 1);
  say(oru({ value: '351', unit: 'mV' }), 2);
  say(oru({ value: '351', type: 'ST' }), 3);
  t.same(w.odd, ['value.impossible 2 8867-4']);
  const odd = w.events.find((e): e is Hl7Odd => e.kind === 'hl7.odd');
  t.match(odd, { signed: false, detail: 'heart rate, limits 0 to 350', sendingApp: 'MON' });
  t.notMatch(JSON.stringify(odd), /351/, 'the value is not told');
  const signed = new Links({}, { ...SHIPPED, signedBy: 'Dr. Demo' });
  signed.link(1, 2)(oru({ value: '351' }), 0);
  t.match(
    signed.events.find((e) => e.kind === 'hl7.odd'),
    { signed: true },
  );
  const off = new Links({ values: false });
  off.link(1, 2)(oru({ value: '351' }), 0);
  t.same(off.odd, []);
});

t.test('H08: another unit or code after a habit, and not before', async (t) => {
  const w = new Links();
  const say = w.link(1, 2);
  const sugar = { code: '2345-7^Glucose^LN', value: '90', unit: 'mg/dL' };
  for (let i = 0; i < 4; i++) say(oru(sugar), i);
  say(oru({ ...sugar, value: '5', unit: 'mmol/L' }), 5);
  t.same(w.odd, [], 'four times are no habit');
  for (let i = 0; i < 12; i++) say(oru(sugar), 10 + i);
  say(oru({ ...sugar, value: '5', unit: 'mmol/L' }), 30);
  t.same(w.odd, ['unit.changed 2 2345-7']);
  for (let i = 0; i < 12; i++) say(oru(sugar), 40 + i);
  say(oru({ ...sugar, code: '1234-5^Glucose^LN' }), 60);
  t.same(w.odd.slice(1), ['code.changed 2 1234-5']);
});

t.test('H07: a lively value that stands still is told once, one that never moved is not', async (t) => {
  const w = new Links({ frozen_s: 60, frozen_times: 5 });
  const say = w.link(1, 2);
  for (let i = 0; i < 20; i++) say(oru({ value: String(70 + (i % 3)), patient: 'A' }), i);
  for (let i = 0; i < 20; i++) say(oru({ value: '72', patient: 'A' }), 20 + 10 * i);
  for (let i = 0; i < 40; i++) say(oru({ value: '37', patient: 'B' }), 300 + 10 * i);
  t.same(w.odd, ['value.frozen 2 8867-4']);
});

t.test('H06: two legs of an engine say the same, written differently; a correction is no forgery', async (t) => {
  const w = new Links();
  const first = w.link(1, 2);
  const second = w.link(2, 3);
  const one = { order: 'F1', time: '20260102030405', value: '72' };
  const onward = { app: 'ENGINE', to: 'EHR' };
  first(oru(one), 0);
  second(oru({ ...one, ...onward, value: ' 72.0', time: '20260102030405.000+0100' }), 1);
  t.same(w.odd, []);
  first(oru({ ...one, value: '74' }), 2);
  second(oru({ ...one, ...onward, value: '72' }), 3);
  second(oru({ ...one, ...onward, value: '74' }), 4);
  t.same(w.odd, [], 'corrected on both legs, one after the other');
  first(oru({ ...one, order: 'F2', value: '80' }), 6);
  second(oru({ ...one, ...onward, order: 'F2', value: '180' }), 7);
  t.same(w.odd, ['value.altered 2 8867-4']);
  second(oru({ ...one, ...onward, order: 'F3', value: '80', unit: 'mmHg' }), 8);
  first(oru({ ...one, order: 'F3', value: '80' }), 9);
  t.equal(w.odd.length, 2, 'the unit belongs to it');
});

t.test('acknowledgements: same and other connection, again, of nothing, of what was not seen', async (t) => {
  const w = new Links();
  const sender = w.link(1, 2);
  const back = w.link(2, 1);
  sender(oru({ id: 'X1' }), 0);
  sender(ack('X1'), 0.5, 1);
  sender(ack('X1'), 0.6, 1);
  sender(oru({ id: 'X2' }), 1);
  sender(ack('X2', 'CA'), 1.1, 1);
  sender(ack('X2', 'AA'), 1.2, 1);
  sender(oru({ id: 'X3' }), 2);
  back(ack('X3'), 2.25);
  back(ack('X4'), 3);
  w.link(5, 6, true)(ack('X5'), 4);
  t.same(w.pairings, ['same', 'duplicate', 'same', 'same', 'other', 'unknown', 'unseen']);
  const other = w.events.find((e): e is Hl7Ack => e.kind === 'hl7.ack' && e.pairing === 'other');
  t.equal(other?.latencyUs, 250_000);
  t.equal(w.weirds.count('hl7.ack.duplicate'), 1);
  t.equal(w.weirds.count('hl7.ack.unknown'), 1);
  sender(oru({ id: 'X6' }), 10);
  sender(ack('X6'), 50, 1);
  t.equal(w.weirds.count('hl7.ack.late'), 1);
});

t.test('H03: habits of a connection are broken by form, counting and clock', async (t) => {
  const w = new Links();
  const say = w.link(1, 2);
  const at = (s: number): string => `202601020304${String(s % 60).padStart(2, '0')}`;
  for (let i = 0; i < 25; i++) say(oru({ id: `AB${100 + i}`, msh7: at(i) }), i);
  say(oru({ id: 'AB125', msh7: at(25) }), 25);
  t.ok(w.messages.every((m) => m.breaks === 0));
  say(oru({ id: 'AB999', msh7: at(26) }), 26);
  say(oru({ id: '77-x', msh7: at(27) }), 27);
  for (let i = 0; i < 25; i++) say(oru({ id: `AB${200 + i}`, msh7: at(28 + i) }), 28 + i);
  say(oru({ id: 'AB225', msh7: '20260102020405' }), 53);
  t.same(
    w.messages.map((m) => m.breaks).filter((b) => b !== 0),
    [2, 1, 4],
  );
  const random = new Links();
  const uuid = random.link(1, 2);
  for (let i = 0; i < 60; i++) uuid(oru({ id: `${(i * 2654435761).toString(16)}-${(i * 40503).toString(16)}` }), i);
  t.ok(
    random.messages.every((m) => m.breaks === 0),
    'ids drawn at random have no form to break',
  );
});

t.test('what a device says of itself, queries, merges, errors and terms', async (t) => {
  const w = new Links();
  const say = w.link(1, 2);
  say(
    [
      'MSH|^~\\&|MON|ICU|ENGINE|HOSP|||ORU^R01|D1|P|2.8|||NE|AL||UNICODE UTF-8|||PCD^1',
      'OBX|1|NM|8867-4||72|/min|||||F|||||||SER0001^VENDOR',
      'PRT|1|UC||EQUIP||||||||||||00812345678906||||SN42',
    ].join('\r'),
    0,
  );
  const m = w.messages[0];
  t.match(m, { acceptAck: 'NE', applicationAck: 'AL', charset: 'UNICODE UTF-8', profile: 'PCD' });
  t.match(m, { deviceIdentifier: '00812345678906', equipmentToken: 'OBX-18:7', serialToken: 'PRT-20:4' });
  say('MSH|^~\\&|ADT|H|E|H|||ADT^A40|D2|P|2.5\rPID|1||P1\rMRG|P2\rERR|x\rERR|y', 1);
  say('MSH|^~\\&|EHR|H|E|H|||QBP^Q22|D3|P|2.5\rQPD|Q22^Find^L|T1|@PID.3^7||x', 2);
  t.match(w.messages.slice(1), [{ merges: true, errors: 2, queryParameters: -1 }, { queryParameters: 2 }]);
});

t.test('a file of limits says what is wrong in it', async (t) => {
  const file = join(
    t.testdir({ 'l.yaml': 'signed_by: A\nanalyte: []\nanalytes:\n  - {name: x, codes: [1], low: 5, high: 1}\n' }),
    'l.yaml',
  );
  const { limits, problems } = readLimits(file);
  t.equal(limits, null);
  t.same(
    problems.map((p) => p.path.replace(file, '').trim()),
    ['analyte', 'signed_on', 'analytes[0].codes', 'analytes[0].units', 'analytes[0].low'],
  );
  t.match(readLimits('/nowhere.yaml').problems, [{ path: 'hl7.limits_file', text: /does not exist/ }]);
  t.ok(SHIPPED.analytes.length > 10);
  t.equal(SHIPPED.signedBy, '', 'the shipped limits are nobody’s');
});
