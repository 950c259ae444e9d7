import t from 'tap';
import { CONTESTANTS, type Contestant } from '../../../src/detect/evaluate/contest.js';
import {
  episodeOf,
  LABEL_HEADER,
  learnedResults,
  parseLabels,
  type Told,
  timeUs,
  verdictResult,
} from '../../../src/detect/evaluate/episodes.js';

const labels = (...lines: string[]): string => `${LABEL_HEADER}\n${lines.join('\n')}\n`;
const EPISODES = parseLabels(
  labels('200,210,10.0.0.1,10.0.0.2,net.scan.ports,scan', '100.5,110,10.0.0.3,,,odd thing'),
  'labels.csv',
);

t.test('times: seconds with a fraction, RFC 3339, nothing else', async (t) => {
  t.equal(timeUs('1894003200.025053'), 1894003200025053);
  t.equal(timeUs('2030-01-07T08:00:00.5Z'), 1894003200500000);
  t.equal(timeUs('2030-01-07T09:00:00+01:00'), 1894003200000000);
  for (const bad of ['', 'x', '2030-01-07', '2030-01-07T08:00:00', '-5']) t.ok(Number.isNaN(timeUs(bad)), bad);
});

t.test('labels are read in order of time; every problem has its place', async (t) => {
  t.same(
    EPISODES.map((e) => e.attack),
    ['odd thing', 'scan'],
  );
  t.equal(EPISODES[0].fromUs, 100.5e6);
  t.throws(() => parseLabels('a,b\n', 'l'), { code: 'file', problems: [{ path: 'l, line 1' }] });
  t.throws(() => parseLabels(labels('x,1,a,,,k', '5,1,a,,,k', '1,2,,,,k', '1,2,a,,,', '1,2'), 'l'), {
    code: 'file',
    problems: [
      { path: 'l, line 2, column from' },
      { path: 'l, line 3, column until' },
      { path: 'l, line 4, column actor_ip' },
      { path: 'l, line 5, column attack' },
      { path: 'l, line 6', text: '2 fields' },
    ],
  });
  t.throws(() => parseLabels(labels(), 'l'), { message: /no episode/ });
});

t.test(
  'windows of both ends belong to an episode for a minute and are unclear for ten; others while all were attacked',
  async (t) => {
    const at = (s: number, ip: string): number => episodeOf(EPISODES, { tsUs: s * 1e6, addresses: [ip, 'fd00::9'] });
    t.same([at(205, '10.0.0.1'), at(269, '10.0.0.2'), at(271, '10.0.0.2'), at(811, '10.0.0.2')], [1, 1, -2, -1]);
    t.same([at(105, '10.0.0.3'), at(105, '10.0.0.9'), at(90, '10.0.0.9')], [0, -2, -1]);
  },
);

t.test('learned detectors: windows and episodes found above a share of benign windows', async (t) => {
  const windows = [
    ...Array.from({ length: 100 }, (_, i) => ({ tsUs: (1000 + i) * 1e6, addresses: ['10.0.0.9'] })),
    { tsUs: 205e6, addresses: ['10.0.0.1'] },
    { tsUs: 206e6, addresses: ['10.0.0.1'] },
  ];
  const one = Float64Array.from(windows, (_, i) => (i < 100 ? i : i === 100 ? 98.5 : 50));
  const scores = Object.fromEntries(CONTESTANTS.map((name) => [name, one])) as Record<Contestant, Float64Array>;
  const r = learnedResults(EPISODES, windows, scores);
  t.equal(r.length, CONTESTANTS.length);
  t.match(r[0].at, [
    { alarms: 0.01, windows: 0.5, episodes: 0.5 },
    { alarms: 0.001, windows: 0, episodes: 0 },
    { alarms: 0, windows: 0, episodes: 0 },
  ]);
});

const told = (s: number, scenario: string, ip: string, more: Partial<Told> = {}): Told => ({
  observed_at: new Date(s * 1000).toISOString(),
  scenario,
  severity: 'high',
  within_budget: true,
  incident: { id: 'i', state: 'open' },
  device: { ip },
  reasons: [{ text: 'why' }],
  peer: null,
  ...more,
});

t.test('verdicts: found, under the right name, how soon, and what was false', async (t) => {
  const r = verdictResult(
    EPISODES,
    [
      told(202, 'net.flood.syn', '10.0.0.2'),
      told(204.5, 'net.scan.ports', '10.0.0.7', { peer: { ip: '10.0.0.1' } }),
      told(205, 'net.scan.ports', '10.0.0.1', { severity: 'info' }),
      told(230, 'net.arp.spoof', '10.0.0.2'),
      told(500, 'anomaly.profile', '10.0.0.2'),
      told(501, 'sensor.blind', '10.0.0.2'),
      told(10, 'anomaly.profile', '10.0.0.2'),
    ],
    { fromUs: 50e6, untilUs: 50e6 + 604_800e6, devices: 4, perWeek: 0.5 },
  );
  t.match(r.episodes[1], { found: true, named: true, firstS: 2, told: ['net.flood.syn', 'net.scan.ports'] });
  t.match(r.episodes[0], { found: false, named: false, told: [] });
  t.match(r, {
    found: 1,
    named: 1,
    nameable: 1,
    falseAlerts: 1,
    falseByScenario: { 'anomaly.profile': 1 },
    promised: 2,
  });
  t.same(r.confusion, { 'odd thing': { nothing: 1 }, 'net.scan.ports': { 'net.flood.syn': 1, 'net.scan.ports': 1 } });
});
