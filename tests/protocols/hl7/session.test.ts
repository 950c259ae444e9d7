import Hl7 from 'hl7-standard';
import t from 'tap';
import { type AppEvent, settingsDefaults } from '../../../src/core/index.js';
import { timeOf as timeOfBytes } from '../../../src/protocols/hl7/fields.js';
import { createHl7, hl7Settings } from '../../../src/protocols/hl7/index.js';
import { feed, gaps, type Step } from '../../support/stream-feed.js';

const timeOf = (text: string): number => timeOfBytes(Buffer.from(`|${text}|`), 1, text.length + 1);
const run = (steps: readonly Step[]) => feed((ctx) => createHl7(ctx, settingsDefaults(hl7Settings)), steps);
const says = (events: readonly AppEvent[]): string[] =>
  events.map((e) => (e.kind === 'hl7.message' ? e.messageType : e.kind === 'hl7.ack' ? `${e.code}` : e.kind));

const s = (text: string, dir: 0 | 1 = 0): Step => ({ dir, bytes: Buffer.from(text, 'latin1') });
const ORU =
  'MSH|^~\\&|MON|WARD|ENGINE|HOSP|20240102030405||ORU^R01^ORU_R01|CTRL1|P|2.6\rPID|1||PAT7^^^H||CANARY^ANN\rOBX|1|NM|8867-4||72|/min|60-100|N|||F\r';
const ADT = 'MSH|^~\\&|ADT|ADM|ENGINE|HOSP|20240102030406||ADT^A01|CTRL2|P|2.3\rPID|1||PAT8\r';
const ACK = 'MSH|^~\\&|ENGINE|HOSP|MON|WARD|20240102030405||ACK^R01^ACK|A1|P|2.6\rMSA|AA|CTRL1\r';
const block = (m: string, end = '\x1c\r'): string => `\x0b${m}${end}`;

t.test('raw HL7 without a block ends at the next message or the end', async (t) => {
  const { events, weirds } = run([s(ORU), s(ADT), { dir: 0, end: true }]);
  t.same(says(events), ['ORU_R01', 'ADT_A01']);
  t.ok(weirds.count('hl7.framing.raw') > 0);
});

t.test('fields are numbered right and nothing identifying leaves', async (t) => {
  const { events } = run([s(block(ORU)), s(block(ACK), 1)]);
  const m = events[0] as Extract<AppEvent, { kind: 'hl7.message' }>;
  t.match(m, {
    sendingApp: 'MON',
    sendingFacility: 'WARD',
    receivingApp: 'ENGINE',
    receivingFacility: 'HOSP',
    messageType: 'ORU_R01',
    structure: 'ORU_R01',
    version: '2.6',
    processingId: 'P',
    segments: 3,
    obxCount: 1,
    controlToken: 'MSH-10:5',
    patientToken: 'PID-3:4',
    framing: 'canonical',
    truncated: false,
  }); // prettier-ignore
  t.equal(m.octets, ORU.length);
  t.equal(m.messageTimeUs, Date.UTC(2024, 0, 2, 3, 4, 5) * 1000);
  t.notMatch(JSON.stringify(events), /CANARY|PAT7|CTRL1|\b72\b/);
  const ack = events[2] as Extract<AppEvent, { kind: 'hl7.ack' }>;
  t.equal(ack.latencyUs, 1000, 'from the end of the message to the end of its acknowledgement');
  t.equal(ack.controlToken, m.controlToken, 'the token of what it answers');
});

t.test('the same body under another control id and time has the same hash, another body has not', async (t) => {
  const hash = (text: string): number =>
    (run([s(block(text))]).events[0] as Extract<AppEvent, { kind: 'hl7.message' }>).bodyHash;
  t.equal(hash(ORU.replace('CTRL1', 'OTHER').replace('20240102030405', '20240102030499')), hash(ORU));
  t.not(hash(ORU.replace('|72|', '|73|')), hash(ORU));
});

t.test('messages of a builder library', async (t) => {
  const m = new Hl7('', {} as never);
  m.createSegment('MSH');
  // the library writes fields without gaps, so every one is given
  m.set('MSH', {
    'MSH.2': '^~\\&',
    'MSH.3': 'LAB',
    'MSH.4': 'H',
    'MSH.5': 'EHR',
    'MSH.6': 'H',
    'MSH.7': '20240102',
    'MSH.8': 'x',
    'MSH.9': { 'MSH.9.1': 'ORU', 'MSH.9.2': 'R01' },
    'MSH.10': 'X1',
    'MSH.11': 'P',
    'MSH.12': '2.3',
  }); // prettier-ignore
  m.createSegment('OBX');
  m.set('OBX', { 'OBX.1': '1', 'OBX.5': 'long text' });
  const { events } = run([s(block(String(m.build())))]);
  t.same(says(events), ['ORU_R01']);
});

t.test('a gap costs the message it falls in, not the next one', async (t) => {
  const steps = [s(block(ORU)), s(block(ADT)), s(block(ORU)), s(block(ADT))];
  let n = 0;
  let good = 0;
  for (const holed of gaps(steps, 5, 7)) {
    n++;
    const { events } = run(holed);
    if (says(events).length >= 3) good++;
  }
  t.ok(n > 50);
  t.ok(good > n * 0.95, `${good} of ${n}`);
});

t.test('a block without an end is bounded', async (t) => {
  const { events, weirds } = feed(
    (ctx) => createHl7(ctx, settingsDefaults(hl7Settings, { message_max_mib: 1 })),
    [s(`\x0b${ORU}`), ...Array.from({ length: 20 }, () => s('A'.repeat(100_000))), s(`\x1c\r${block(ADT)}`)],
  );
  t.same(says(events), ['ADT_A01']);
  t.equal(weirds.count('hl7.framing.large'), 1);
});

t.test('hostile input is linear', async (t) => {
  const cost = (text: string): number => {
    const started = process.hrtime.bigint();
    run([s(block(`MSH|^~\\&|A|B|C|D|20240101||ORU^R01|1|P|2.3\r${text}`))]);
    return Number(process.hrtime.bigint() - started);
  };
  for (const unit of ['^', '|', '~', 'A\r', 'OBX|1|', '\x0bMSH', '\n']) {
    cost(unit.repeat(1000));
    const small = Math.min(cost(unit.repeat(20_000)), cost(unit.repeat(20_000)));
    const large = Math.min(cost(unit.repeat(160_000)), cost(unit.repeat(160_000)));
    t.ok(
      large < Math.max(small, 1e6) * 40,
      `${JSON.stringify(unit)}: eight times the bytes cost ${(large / small).toFixed(1)} times`,
    );
  }
});

t.test('time stamps', async (t) => {
  t.equal(timeOf('20240102030405.25+0100'), Date.UTC(2024, 0, 2, 2, 4, 5) * 1000 + 250_000);
  t.equal(timeOf('202401020304'), Date.UTC(2024, 0, 2, 3, 4) * 1000);
  for (const bad of ['', '2024', 'yesterday', '2024-01-02']) t.ok(Number.isNaN(timeOf(bad)), bad);
});
