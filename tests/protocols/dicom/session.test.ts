import t from 'tap';
import {
  type AppEvent,
  type DicomAssociateRq,
  type DicomCommand,
  FlowColumns,
  FlowMark,
  Probe,
  settingsDefaults,
  Weirds,
} from '../../../src/core/index.js';
import { createDicom, dicomSettings } from '../../../src/protocols/dicom/index.js';
import { probeDicom } from '../../../src/protocols/dicom/probe.js';
import { associateAc, associateRq, command, pdata, pdu, pdv, releaseRp, releaseRq } from '../../support/dicom-bytes.js';
import { feed, gaps, type Step, unfinished } from '../../support/stream-feed.js';

// What the transcripts do not tell: identity, lies, holes, the probe. The conformance cases are in dicom.transcript.md.

const run = (steps: readonly Step[], midstream = false) =>
  feed((ctx) => createDicom(ctx, settingsDefaults(dicomSettings)), steps, midstream);
const kinds = (events: readonly AppEvent[]): string[] =>
  events.map((e) => (e.kind === 'dicom.command' ? e.name : e.kind.replace('dicom.', '')));

const q = (bytes: Buffer): Step => ({ dir: 0, bytes });
const a = (bytes: Buffer): Step => ({ dir: 1, bytes });
const ECHO_RQ = pdata(pdv(1, 3, command(0x0030)));
const ECHO_RSP = pdata(pdv(1, 3, command(0x8030, { to: 1, status: 0 })));
const ECHO = [q(associateRq()), a(associateAc()), q(ECHO_RQ), a(ECHO_RSP), q(releaseRq()), a(releaseRp())];

t.test('identity comes from the request, not from the reserved bytes of the answer', async (t) => {
  const { events } = run([
    q(associateRq({ called: ' PACS', calling: 'CT1' })),
    a(associateAc({ called: 'EVIL', calling: 'MALLORY' })),
  ]);
  const rq = events[0] as Extract<AppEvent, { kind: 'dicom.associate.rq' }>;
  t.equal(rq.calledAe, 'PACS');
  t.equal(rq.callingAe, 'CT1');
  t.notMatch(JSON.stringify(events[1]), /EVIL|MALLORY/);
});

t.test('lengths that lie never swallow what follows for ever', async (t) => {
  for (const lie of [0x7fffffff, 0xffffffff]) {
    const steps = [...ECHO.slice(0, 2), q(pdu(4, Buffer.alloc(20), lie)), ...ECHO.slice(2)];
    const { events } = run(steps);
    if (lie === 0xffffffff) t.ok(kinds(events).includes('C-ECHO-RSP'), 'the other direction goes on');
    t.ok(kinds(events).length >= 3);
  }
});

t.test('a gap inside a fragment costs that fragment only', async (t) => {
  const store = [
    q(associateRq()),
    a(associateAc()),
    q(pdata(pdv(1, 3, command(0x0001, { dataset: true })))),
    q(pdata(pdv(1, 2, Buffer.alloc(4000, 7)))),
    q(ECHO_RQ),
    a(ECHO_RSP),
    q(releaseRq()),
    a(releaseRp()),
  ];
  const whole = kinds(run(store).events);
  const holed = [
    ...store.slice(0, 3),
    q(Buffer.from(store[3].bytes!.subarray(0, 500))),
    { dir: 0 as const, gap: 1000 },
    q(Buffer.from(store[3].bytes!.subarray(1500))),
    ...store.slice(4),
  ];
  t.same(kinds(run(holed).events), whole, 'PDUs are still counted');
});

t.test('with every range missing nothing is thrown and decoding finds its way', async (t) => {
  let n = 0;
  let found = 0;
  let blamed = 0;
  for (const steps of gaps([...ECHO, ...ECHO], 10, 3)) {
    n++;
    const { events, weirds } = run(steps);
    if (kinds(events).length >= 8) found++;
    for (const [i, d] of weirds.defs.entries()) if (d.id.startsWith('dicom.state.')) blamed += weirds.counts[i];
  }
  t.ok(n > 100);
  t.equal(blamed, 0, 'what the gap swallowed is held against nobody');
  t.ok(found > n * 0.9, `${found} of ${n} go on`);
});

t.test('bytes that are acknowledged and not seen: an answer before its request is none out of place', async (t) => {
  const columns = new FlowColumns(4);
  const weirds = new Weirds();
  const events: AppEvent[] = [];
  const sink = { event: (e: AppEvent) => events.push(e) };
  const session = createDicom(
    { columns, events: sink, weirds, token: () => '', unfinished: unfinished(), seed: 1 },
    settingsDefaults(dicomSettings),
  ).open(0, false);
  let tsUs = 1e15;
  const say = (dir: 0 | 1, bytes: Buffer): void => {
    tsUs += 1000;
    const rest = { streamOff: 0, tsUs, gapLen: 0, end: false };
    session.stream({ dir, buf: bytes, from: 0, to: bytes.length, ...rest });
  };
  const blamed = (): string[] =>
    weirds.defs.filter((d, i) => /^dicom\.(state|context)/.test(d.id) && weirds.counts[i] > 0).map((d) => d.id);
  columns.marks[0] |= FlowMark.UnseenOut;
  say(1, associateAc());
  say(0, associateRq({ called: 'PACS', calling: 'CT1' }));
  columns.marks[0] &= ~FlowMark.UnseenOut;
  for (const s of ECHO.slice(2)) say(s.dir, s.bytes as Buffer);
  t.same(blamed(), []);
  const command = events.find((e) => e.kind === 'dicom.command') as DicomCommand;
  t.match(command, { callingAe: 'CT1', calledAe: 'PACS', name: 'C-ECHO-RQ' }, 'the late request is taken in');
  say(1, associateAc());
  t.same(blamed(), ['dicom.state.answer_unasked'], 'and an answer nobody asked for is one again');
});

t.test('associations that another one asked for are known as such', async (t) => {
  const events: AppEvent[] = [];
  const columns = new FlowColumns(8);
  const protocol = createDicom(
    {
      columns,
      events: { event: (e) => events.push(e) },
      weirds: new Weirds(),
      token: () => '',
      unfinished: unfinished(),
      seed: 1,
    },
    settingsDefaults(dicomSettings),
  );
  const address = (slot: number, side: 0 | 1, last: number): void => {
    columns.addr.set([0, 0, 0xffff, last], slot * 8 + side * 4);
  };
  const play = (slot: number, from: number, to: number, steps: readonly Step[]): void => {
    address(slot, 0, from);
    address(slot, 1, to);
    const session = protocol.open(slot, false);
    for (const s of steps) {
      const buf = s.bytes as Buffer;
      session.stream({
        dir: s.dir,
        buf,
        from: 0,
        to: buf.length,
        streamOff: 0,
        tsUs: 1e15 + slot,
        gapLen: 0,
        end: false,
      });
    }
  };
  const follows = (): string[] =>
    events.filter((e) => e.kind === 'dicom.associate.rq').map((e) => (e as DicomAssociateRq).follows ?? 'missing');
  const COMMITMENT = '1.2.840.10008.1.20.1';
  const [VIEWER, ARCHIVE, OTHER] = [1, 2, 3];
  play(0, VIEWER, ARCHIVE, [
    ...ECHO.slice(0, 2),
    q(pdata(pdv(1, 3, command(0x0021, { destination: 'DISPLAY', dataset: true })))),
    q(pdata(pdv(1, 3, command(0x0130, { sop: COMMITMENT, dataset: true })))),
  ]);
  play(1, ARCHIVE, OTHER, [q(associateRq({ called: 'DISPLAY' }))]);
  play(2, ARCHIVE, VIEWER, [q(associateRq({ called: 'ANY', contexts: [{ id: 1, abstract: COMMITMENT }] }))]);
  play(3, ARCHIVE, VIEWER, [q(associateRq({ called: 'ANY' }))]);
  play(4, OTHER, VIEWER, [q(associateRq({ called: 'DISPLAY' }))]);
  t.same(follows(), ['', 'C-MOVE', 'storage commitment', '', '']);
});

t.test('ARTIM: an answer or a close that does not come is named once', async (t) => {
  const weirds = new Weirds();
  const protocol = createDicom(
    {
      columns: new FlowColumns(2),
      events: { event: () => undefined },
      weirds,
      token: () => '',
      unfinished: unfinished(),
      seed: 1,
    },
    settingsDefaults(dicomSettings),
  );
  const session = protocol.open(0, false);
  const send = (dir: 0 | 1, buf: Buffer, s: number): void =>
    void session.stream({ dir, buf, from: 0, to: buf.length, streamOff: 0, tsUs: s * 1e6, gapLen: 0, end: false });
  send(0, associateRq(), 100);
  session.tick?.(129e6);
  t.equal(weirds.count('dicom.artim'), 0);
  session.tick?.(131e6);
  session.tick?.(200e6);
  t.equal(weirds.count('dicom.artim'), 1, 'no answer');
  send(1, associateAc(), 201);
  session.tick?.(900e6);
  t.equal(weirds.count('dicom.artim'), 1, 'an association may be silent');
  send(0, releaseRq(), 901);
  send(1, releaseRp(), 902);
  session.tick?.(940e6);
  t.equal(weirds.count('dicom.artim'), 2, 'no close');
});

t.test('the probe: whole, cut, and what is none', async (t) => {
  const rq = associateRq();
  t.equal(probeDicom(rq, 0, rq.length, false), Probe.Yes);
  for (let n = 1; n < 79; n++) t.equal(probeDicom(rq, 0, n, false), Probe.More, `${n} bytes`);
  t.equal(probeDicom(associateRq({ version: 2 }), 0, 100, false), Probe.No, 'version bit 0 clear');
  for (const text of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', '\x0bMSH|^~\\&|']) {
    t.equal(probeDicom(Buffer.from(text, 'latin1'), 0, text.length, false), Probe.No, JSON.stringify(text));
  }
});

t.test('no identifier leaves in clear', async (t) => {
  const dataset = Buffer.concat([
    Buffer.from('0800520008000000', 'hex'),
    Buffer.from('PATIENT '),
    Buffer.from('100010000a000000', 'hex'),
    Buffer.from('CANARY^ANN'),
  ]); // prettier-ignore
  const { events } = run([
    q(associateRq()),
    a(associateAc()),
    q(pdata(pdv(1, 3, command(0x0020, { dataset: true })))),
    q(pdata(pdv(1, 2, dataset))),
  ]);
  t.notMatch(JSON.stringify(events), /CANARY/);
  const head = events.find((e) => e.kind === 'dicom.dataset') as Extract<AppEvent, { kind: 'dicom.dataset' }>;
  t.equal(head.queryLevel, 'PATIENT');
  t.equal(head.wildcard, false, 'a name is a selective key');
});
