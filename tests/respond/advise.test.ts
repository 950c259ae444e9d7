import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import { parseProfile } from '../../src/baseline/index.js';
import {
  type Conversation,
  isolatingSentences,
  type Profile,
  planOf,
  RESPONSE_LEVELS,
  SEVERITIES,
} from '../../src/core/index.js';
import { catalogue } from '../../src/detect/index.js';
import { type AclRule, advise, type Case, dryRunText, Ends } from '../../src/respond/index.js';
import { conversation, listedDevice } from '../support/ward-devices.js';
import { projectRoot } from '../support/wardwire.js';

const dir = join(projectRoot(), 'profiles');
const profiles: Profile[] = readdirSync(dir)
  .filter((n) => n.endsWith('.yaml'))
  .map((f) => parseProfile(parse(readFileSync(join(dir, f), 'utf8')), f, f.replace('.yaml', '')).profile as Profile);
const typed = (type: string): Profile => profiles.find((p) => p.type === type) as Profile;

const DAY15 = Date.UTC(2026, 0, 15) * 1000;
const devices = [
  listedDevice('vent', 'ventilator', ['10.1.0.5', 'fe80::5', 'fd00::5']),
  listedDevice('mon', 'patient-monitor', ['10.1.0.6']),
  listedDevice('engine', 'hl7-engine', ['10.1.0.9', 'fd00::9']),
  listedDevice('pacs', 'pacs', ['10.2.0.20']),
  listedDevice('ct', 'ct-scanner', ['10.2.0.30']),
  listedDevice('pc', 'workstation', ['10.3.0.40']),
];
const ends = new Ends(devices);
const seen: Conversation[] = [
  conversation('vent', 'engine', 2575, 12_000),
  conversation('mon', 'engine', 2575, 9000),
  conversation('ct', 'pacs', 104, 300),
  conversation('pc', 'pacs', 104, 80),
  conversation('pc', 'external', 443, 70),
  conversation('pc', 'multicast', 5353, 9, { transport: 'udp' }),
  conversation('pc', 'vent', 23, 1, { day: 15 }),
  conversation('pc', 'pacs', 22, 4, { day: 15 }),
];
const someCase = (more: Partial<Case>): Case => ({
  device: 'vent',
  profile: typed('ventilator'),
  patientConnected: false,
  severity: 'critical',
  role: 'victim',
  peer: { end: 'pc', guarded: false },
  sinceUs: DAY15 - 1e6,
  ...more,
});

t.test('a ventilator attacked: the peer is kept away, and the dry run says what it costs', async (t) => {
  const a = advise(someCase({}), ends, seen);
  t.match(a, { level: 'emergency', isolate: false, doNotIsolate: true, withheld: [] });
  t.equal(a.notify[0], 'clinical-engineering');
  t.equal(a.proposals.length, 1);
  t.equal(a.proposals[0].what, 'peer');
  t.equal(
    dryRunText(a.proposals[0].dryRun),
    'would have dropped 0 of 12,000 flows of 14 days, and 1 of 1 that began with the incident',
  );
  t.same(
    a.proposals[0].rules.map((r) => [r.from, r.to, r.action]),
    [['10.3.0.40', '10.1.0.5', 'drop']],
  ); // prettier-ignore
});

t.test('between devices that somebody depends on nothing is proposed that would cut learned traffic', async (t) => {
  const a = advise(someCase({ peer: { end: 'engine', guarded: false } }), ends, seen);
  t.same(a.proposals, []);
  t.match(a.withheld[0], /would have cut 12000 flows of learned traffic/);
  const b = advise(
    someCase({ device: 'engine', profile: typed('hl7-engine'), peer: { end: 'mon', guarded: true } }),
    ends,
    seen,
  );
  t.same(
    b.proposals.map((p) => p.what),
    ['learned'],
  ); // prettier-ignore
  t.match(b.withheld[0], /9000 flows/);
});

t.test(
  'learned traffic and an attack between the same two: only what began with the incident, or what it costs is said',
  async (t) => {
    const pacs = { device: 'pacs', profile: typed('pacs') };
    const narrow = advise(someCase(pacs), ends, seen).proposals[0];
    t.same(
      narrow.rules.map((r) => [r.transport, r.port]),
      [['tcp', 22]],
    ); // prettier-ignore
    t.match(narrow.dryRun, { flows: 380, dropped: 0, incidentFlows: 4, incidentDropped: 4 });
    const abused = advise(someCase(pacs), ends, seen.slice(0, -1)).proposals[0];
    t.match(abused.text, /learned traffic between them is cut/);
    t.match(abused.dryRun, { dropped: 80, cut: [{ src: 'pc', dst: 'pacs', port: 104, flows: 80 }] });
  },
);

t.test('what was learned passes an allow-list; all else of the device does not', async (t) => {
  const c = someCase({ device: 'pc', profile: typed('workstation'), role: 'actor', peer: null });
  const a = advise(c, ends, seen);
  t.same(
    a.proposals.map((p) => p.what),
    ['learned', 'isolate'],
  ); // prettier-ignore
  const [learned, isolate] = a.proposals;
  t.match(learned.dryRun, { flows: 159, dropped: 0, unknown: 0, incidentFlows: 5, incidentDropped: 5 });
  t.match(isolate.dryRun, { flows: 159, dropped: 159 });
  t.match(a.withheld, [/names no single peer/]);
  t.equal(advise({ ...c, severity: 'high' }, ends, seen).proposals.length, 1, 'isolation only in an emergency');
  t.same(advise({ ...c, severity: 'medium' }, ends, seen).proposals, []);
  t.same(advise({ ...c, severity: 'low' }, ends, seen), {
    ...advise({ ...c, severity: 'info' }, ends, seen),
    level: 'monitor',
  });
});

t.test('a patient is connected to it: no isolation, whatever it is', async (t) => {
  const c = someCase({
    device: 'pc',
    profile: typed('workstation'),
    role: 'actor',
    peer: null,
    patientConnected: true,
  });
  const a = advise(c, ends, seen);
  t.match(a, { isolate: false, doNotIsolate: true, proposals: [] });
  t.same(a.steps.flatMap(isolatingSentences), []);
});

t.test('an address outside the site may be one that was talked to: that cannot be judged, and is said', async (t) => {
  const c = someCase({
    device: 'pc',
    profile: typed('workstation'),
    role: 'actor',
    peer: { end: '198.51.100.7', guarded: false },
  });
  const [peer] = advise(c, ends, seen).proposals;
  t.match(peer.dryRun, { dropped: 0, unknown: 70 });
  t.match(dryRunText(peer.dryRun), /70 of them cannot be judged/);
});

/** Cuts a device off: a rule that drops all of it, or all but what is listed. */
const cutsOff = (rules: readonly AclRule[], own: readonly string[]): boolean =>
  rules.some(
    (r) => r.action === 'drop' && ((r.from === '' && own.includes(r.to)) || (r.to === '' && own.includes(r.from))),
  );

t.test('patient safety over all scenarios, types, severities and the worst of profiles', async (t) => {
  let cases = 0;
  const guarded = ['LC', 'PM'];
  for (const real of profiles) {
    const worst: Profile = {
      ...real,
      isolate: true,
      safeStep: 'Unplug it at once. Isolate the device.',
      response: {
        ...planOf(real),
        levels: { info: 'emergency', low: 'emergency', medium: 'emergency', high: 'emergency', critical: 'emergency' },
        restrict: 'isolate',
        steps: {
          notify: 'Disconnect it.',
          'restrict-recommended': 'Take it off the network.',
          emergency: 'Power it off.',
        },
      },
    };
    for (const profile of [real, worst]) {
      for (const s of catalogue) {
        for (const severity of new Set([...Object.values(s.severity), ...SEVERITIES])) {
          for (const patientConnected of [false, true]) {
            for (const role of ['actor', 'victim'] as const) {
              const a = advise(someCase({ profile, severity, patientConnected, role }), ends, seen);
              cases++;
              if (!guarded.includes(profile.deviceClass) && !patientConnected) continue;
              const off = a.proposals.some(
                (p) => p.what !== 'peer' || cutsOff(p.rules, ['10.1.0.5', 'fd00::5']) || p.dryRun.dropped > 0,
              );
              if (a.isolate || !a.doNotIsolate || off || a.steps.some((x) => isolatingSentences(x).length > 0))
                t.fail(`${s.scenario} ${profile.type} ${severity}: ${JSON.stringify(a)}`);
            }
          }
        }
      }
    }
  }
  t.ok(cases > 50_000, `${catalogue.length} scenarios × ${profiles.length} types: ${cases} cases`);
});

t.test(
  'whatever was talked: the allow-list drops nothing learned, a peer rule nothing of a guarded device',
  async (t) => {
    const end = fc.constantFrom('vent', 'mon', 'engine', 'pacs', 'pc', '10.9.9.9', 'external', 'multicast');
    const talk = fc
      .record({
        src: end,
        dst: end,
        port: fc.constantFrom(22, 104, 2575, 53),
        flows: fc.integer({ min: 1, max: 50 }),
        transport: fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const, 'other' as const),
        day: fc.integer({ min: 1, max: 20 }),
      })
      .filter((x) => x.src !== x.dst && x.src !== 'multicast' && (x.src !== 'external' || x.dst !== 'multicast'));
    fc.assert(
      fc.property(
        fc.array(talk, { maxLength: 30 }),
        fc.constantFrom('vent', 'pc', 'pacs'),
        end,
        fc.boolean(),
        (talks, device, peer, actor) => {
          const list = talks.map(({ src, dst, port, flows, transport, day }) =>
            conversation(src, dst, port, flows, { transport, day }),
          );
          const type = device === 'vent' ? 'ventilator' : device === 'pc' ? 'workstation' : 'pacs';
          const a = advise(
            someCase({
              device,
              profile: typed(type),
              role: actor ? 'actor' : 'victim',
              peer: { end: peer, guarded: peer === 'mon' || peer === 'vent' },
            }),
            ends,
            list,
          );
          for (const p of a.proposals) {
            if (p.what === 'learned' && p.dryRun.dropped > 0) return false;
            if (p.what === 'peer' && (device === 'vent' || peer === 'mon' || peer === 'vent') && p.dryRun.dropped > 0)
              return false;
          }
          return true;
        },
      ),
      { numRuns: 2000 },
    );
    t.pass('2000 sites');
  },
);

t.test('levels of every type grow with severity', async (t) => {
  for (const p of profiles) {
    t.ok(p.response, p.type);
    const ranks = SEVERITIES.map((s) => RESPONSE_LEVELS.indexOf(planOf(p).levels[s]));
    t.same(
      ranks,
      [...ranks].sort((a, b) => a - b),
    );
    t.equal(planOf(p).levels.critical, 'emergency');
  }
});
