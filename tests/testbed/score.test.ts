import t from 'tap';
import { LABEL_HEADER, parseLabels, type Told } from '../../src/detect/index.js';
import { report, score } from './score.js';

const told = (second: number, scenario: string, device: string, more: Partial<Told> = {}): Told => ({
  observed_at: new Date(second * 1000).toISOString().replace('Z', '000Z'),
  scenario,
  severity: 'high',
  within_budget: true,
  device: { ip: device },
  peer: null,
  incident: { id: 'I', state: 'open' },
  reasons: [{ text: 'why' }],
  ...more,
});
const labels = (...lines: string[]) => parseLabels([LABEL_HEADER, ...lines].join('\n'), 'labels.csv');

t.test('found by host and time, named by scenario, the rest is stray, and all of it is listed', async (t) => {
  const s = score(
    labels(
      '100,110,10.0.0.9,10.0.0.1,net.scan.ports,port scan',
      '200,201,10.0.0.9,10.0.0.2,net.flood,flood',
      '300,301,10.0.0.9,10.0.0.3,net.beacon,beacon',
      '400,401,10.0.0.9,10.0.0.4,,novel thing',
    ),
    [
      told(105, 'net.scan.ports', '10.0.0.9'),
      told(106, 'anomaly.profile', '10.0.0.77'),
      told(205, 'anomaly.profile', '10.0.0.2', { within_budget: false }),
      told(330, 'net.beacon', '10.0.0.9'),
      told(402, 'anomaly.profile', '10.0.0.5', { peer: { ip: '10.0.0.4' } }),
      told(420, 'device.silent', '10.0.0.4', { incident: { id: 'J', state: 'closed' } }),
    ],
  );
  t.same([s.found, s.named, s.nameable, s.late], [3, 1, 3, 0]);
  t.same(
    s.strays.map((v) => v.device.ip),
    ['10.0.0.77'],
    'an alert half a minute after an episode of its hosts is its aftermath',
  );
  t.match(report(s).join('\n'), /misnamed {2}flood[\s\S]*missed {4}beacon[\s\S]*stray .*10\.0\.0\.77 why/);
});

t.test('the first verdict of the right name must be in time', async (t) => {
  const s = score(labels('100,110,10.0.0.9,10.0.0.1,net.flood,flood'), [
    told(101, 'net.flood', '10.0.0.1', { within_budget: false }),
  ]);
  t.equal(s.late, 1);
});
