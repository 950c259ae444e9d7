import t from 'tap';
import { type AppEvent, Probe, settingsDefaults } from '../../../src/core/index.js';
import { createDicom, dicomSettings } from '../../../src/protocols/dicom/index.js';
import { probeDicom } from '../../../src/protocols/dicom/probe.js';
import {
  abort,
  associateAc,
  associateRj,
  associateRq,
  command,
  pdata,
  pdu,
  pdv,
  releaseRp,
  releaseRq,
} from '../../support/dicom-bytes.js';
import { cut, feed, gaps, type Step, timeless, twoWayCuts } from '../../support/stream-feed.js';

// The conformance cases of a passive DICOM decoder: each whole, byte by byte, at every cut; then with bytes missing.

const run = (steps: readonly Step[], midstream = false) =>
  feed((ctx) => createDicom(ctx, settingsDefaults(dicomSettings)), steps, midstream);
const kinds = (events: readonly AppEvent[]): string[] =>
  events.map((e) => (e.kind === 'dicom.command' ? e.name : e.kind.replace('dicom.', '')));

const q = (bytes: Buffer): Step => ({ dir: 0, bytes });
const a = (bytes: Buffer): Step => ({ dir: 1, bytes });
const ECHO_RQ = pdata(pdv(1, 3, command(0x0030)));
const ECHO_RSP = pdata(pdv(1, 3, command(0x8030, { to: 1, status: 0 })));
const ECHO = [q(associateRq()), a(associateAc()), q(ECHO_RQ), a(ECHO_RSP), q(releaseRq()), a(releaseRp())];
const ECHO_SAYS = [
  'associate.rq',
  'associate.ac',
  'C-ECHO-RQ',
  'pdata',
  'C-ECHO-RSP',
  'pdata',
  'release.rq',
  'release.rp',
];

interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly says: readonly string[];
  /** Weirds expected by id; nothing else may be counted. */
  readonly weirds?: readonly string[];
  readonly midstream?: boolean;
}

const fragment = command(0x0030);
const CASES: readonly Case[] = [
  { name: 'echo', steps: ECHO, says: ECHO_SAYS },
  {
    name: 'reserved bytes set',
    steps: [q(associateRq({ reserved: 1 })), ...ECHO.slice(1)],
    says: ECHO_SAYS,
    weirds: ['dicom.noncanonical'],
  },
  {
    name: 'protocol version 3: bit 0 is set',
    steps: [q(associateRq({ version: 3 })), ...ECHO.slice(1)],
    says: ECHO_SAYS,
    weirds: ['dicom.noncanonical'],
  },
  {
    name: 'request and data pipelined',
    steps: [q(Buffer.concat([associateRq(), ECHO_RQ])), a(associateAc()), a(ECHO_RSP), q(releaseRq()), a(releaseRp())],
    says: ['associate.rq', 'C-ECHO-RQ', 'pdata', 'associate.ac', 'C-ECHO-RSP', 'pdata', 'release.rq', 'release.rp'],
    weirds: ['dicom.noncanonical'],
  },
  { name: 'rejected', steps: [q(associateRq()), a(associateRj(1, 1, 7))], says: ['associate.rq', 'associate.rj'] },
  {
    name: 'aborted',
    steps: [...ECHO.slice(0, 3), a(abort(2, 1))],
    says: ['associate.rq', 'associate.ac', 'C-ECHO-RQ', 'pdata', 'abort'],
  },
  {
    name: 'a command in fragments over PDUs',
    steps: [
      ...ECHO.slice(0, 2),
      q(pdata(pdv(1, 1, fragment.subarray(0, 20)), pdv(1, 1, fragment.subarray(20, 40)))),
      q(pdata(pdv(1, 3, fragment.subarray(40)))),
      ...ECHO.slice(3),
    ],
    says: [
      'associate.rq',
      'associate.ac',
      'pdata',
      'C-ECHO-RQ',
      'pdata',
      'C-ECHO-RSP',
      'pdata',
      'release.rq',
      'release.rp',
    ],
  },
  { name: 'two associations on one connection', steps: [...ECHO, ...ECHO], says: [...ECHO_SAYS, ...ECHO_SAYS] },
  {
    name: 'release collision',
    steps: [...ECHO.slice(0, 4), q(releaseRq()), a(releaseRq()), q(releaseRp()), a(releaseRp())],
    says: [...ECHO_SAYS.slice(0, 6), 'release.rq', 'release.rq', 'release.rp', 'release.rp'],
  },
  {
    name: 'data before the request',
    steps: [q(ECHO_RQ), q(associateRq())],
    says: ['C-ECHO-RQ', 'pdata', 'associate.rq'],
    weirds: ['dicom.state.pdata_early', 'dicom.unclean_close'],
  },
  {
    name: 'second request',
    steps: [...ECHO.slice(0, 2), q(associateRq()), ...ECHO.slice(4)],
    says: ['associate.rq', 'associate.ac', 'associate.rq', 'release.rq', 'release.rp'],
    weirds: ['dicom.state.second_request'],
  },
  {
    name: 'data after the release',
    steps: [...ECHO, q(ECHO_RQ)],
    says: [...ECHO_SAYS, 'C-ECHO-RQ', 'pdata'],
    weirds: ['dicom.state.pdata_late'],
  },
  {
    name: 'context nobody proposed',
    steps: [...ECHO.slice(0, 2), q(pdata(pdv(99, 3, command(0x0030)))), ...ECHO.slice(4)],
    says: ['associate.rq', 'associate.ac', 'C-ECHO-RQ', 'pdata', 'release.rq', 'release.rp'],
    weirds: ['dicom.context.unknown'],
  },
  {
    name: 'context that was rejected',
    steps: [
      q(associateRq()),
      a(associateAc({ contexts: [{ id: 1, abstract: '', result: 3 }] })),
      q(ECHO_RQ),
      ...ECHO.slice(4),
    ],
    says: ['associate.rq', 'associate.ac', 'C-ECHO-RQ', 'pdata', 'release.rq', 'release.rp'],
    weirds: ['dicom.context.rejected'],
  },
  {
    name: 'larger than the receiver takes',
    steps: [q(associateRq()), a(associateAc({ maxPdu: 64 })), q(ECHO_RQ), ...ECHO.slice(4)],
    says: ['associate.rq', 'associate.ac', 'C-ECHO-RQ', 'pdata', 'release.rq', 'release.rp'],
    weirds: ['dicom.pdu.over_maximum'],
  },
  {
    name: 'a type the standard does not know',
    steps: [...ECHO.slice(0, 2), q(pdu(8, Buffer.alloc(10))), ...ECHO.slice(2)],
    says: ECHO_SAYS,
    weirds: ['dicom.pdu.type'],
  },
  {
    name: 'a PDV larger than its PDU',
    steps: [...ECHO.slice(0, 2), q(pdata(pdv(1, 3, command(0x0030), 9999))), ...ECHO.slice(4)],
    says: ['associate.rq', 'associate.ac', 'pdata', 'release.rq', 'release.rp'],
    weirds: ['dicom.pdv.length'],
  },
  {
    name: 'closed inside an association',
    steps: ECHO.slice(0, 4),
    says: ECHO_SAYS.slice(0, 6),
    weirds: ['dicom.unclean_close'],
  },
  { name: 'picked up inside', steps: ECHO.slice(2), says: ECHO_SAYS.slice(2), midstream: true },
];

for (const c of CASES) {
  t.test(c.name, async (t) => {
    const whole = run(c.steps, c.midstream);
    t.same(
      kinds(whole.events).filter((k) => k !== 'unclean_close'),
      c.says,
    );
    const seen = whole.weirds.defs.filter((_, i) => whole.weirds.counts[i] > 0).map((d) => d.id);
    t.same(seen.sort(), [...(c.weirds ?? [])].sort(), 'weirds');
    const want = timeless(whole.events);
    for (const size of [1, 2, 3, 5, 7, 9, 40])
      t.same(timeless(run(cut(c.steps, size), c.midstream).events), want, `${size} bytes at a time`);
    let bad = 0;
    for (const steps of twoWayCuts(c.steps))
      if (JSON.stringify(timeless(run(steps, c.midstream).events)) !== JSON.stringify(want)) bad++;
    t.equal(bad, 0, 'every two-way cut');
  });
}

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
  for (const steps of gaps([...ECHO, ...ECHO], 10, 3)) {
    n++;
    if (kinds(run(steps).events).length >= 8) found++;
  }
  t.ok(n > 100);
  t.ok(found > n * 0.9, `${found} of ${n} go on`);
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
