import t from 'tap';
import { alerts, LABEL_HEADER, parseLabels, promised, report, score, secondsOf, type Told } from './score.js';

const told = (second: number, scenario: string, device: string, more: Partial<Told> = {}): Told => ({
  observed_at: new Date(second * 1000).toISOString().replace('Z', '000Z'),
  scenario,
  severity: 'high',
  within_budget: true,
  latency_ms: 1,
  device: { ip: device, name: null },
  peer: null,
  incident: { id: 'I', state: 'open' },
  reasons: [{ text: 'why' }],
  ...more,
});

t.test('labels are read, and a bad line is named', async (t) => {
  const [e] = parseLabels(`${LABEL_HEADER}\n100.000001,101.5,10.0.0.1,,net.scan.hosts,arp sweep\n`);
  t.same(e, {
    from: 100.000001,
    until: 101.5,
    actorIp: '10.0.0.1',
    victimIp: '',
    scenario: 'net.scan.hosts',
    attack: 'arp sweep',
  });
  t.throws(() => parseLabels(`${LABEL_HEADER}\n5,4,a,b,c,d`), /line 2/);
  t.throws(() => parseLabels('begin,end\n'), /line 1/);
});

t.test('times keep their microseconds', async (t) => {
  t.equal(secondsOf('1970-01-01T00:01:00.000250Z'), 60.00025);
});

t.test('found by host and time, named by scenario, the rest is stray', async (t) => {
  const labels = parseLabels(
    [
      LABEL_HEADER,
      '100,110,10.0.0.9,10.0.0.1,net.scan.ports,port scan',
      '200,201,10.0.0.9,10.0.0.2,net.flood,flood',
      '300,301,10.0.0.9,10.0.0.3,net.beacon,beacon',
      '400,401,10.0.0.9,10.0.0.4,,novel thing',
    ].join('\n'),
  );
  const s = score(labels, [
    told(105, 'net.scan.ports', '10.0.0.9'),
    told(106, 'anomaly.profile', '10.0.0.77'),
    told(205, 'anomaly.profile', '10.0.0.2', { within_budget: false }),
    told(330, 'net.beacon', '10.0.0.9'),
    told(402, 'anomaly.profile', '10.0.0.5', { peer: { ip: '10.0.0.4' } }),
    told(420, 'device.silent', '10.0.0.4', { incident: { id: 'J', state: 'closed' } }),
  ]);
  t.same([s.found, s.named, s.nameable, s.late], [3, 1, 3, 0]);
  t.same(
    s.stray.map((v) => v.device.ip),
    ['10.0.0.77'],
    'an alert half a minute after an episode of its hosts is its aftermath',
  );
  t.match(report(s).join('\n'), /misnamed {2}flood[\s\S]*missed {4}beacon/);
});

t.test('the first verdict of the right name must be in time', async (t) => {
  const labels = parseLabels(`${LABEL_HEADER}\n100,110,10.0.0.9,10.0.0.1,net.flood,flood\n`);
  const s = score(labels, [told(101, 'net.flood', '10.0.0.1', { within_budget: false })]);
  t.equal(s.late, 1);
});

t.test('notes and the sensor’s own words are no alerts', async (t) => {
  t.notOk(alerts(told(1, 'hl7.link.fault', 'a', { severity: 'info' })));
  t.notOk(alerts(told(1, 'sensor.blind', 'a')));
  t.ok(alerts(told(1, 'net.flood', 'a')));
  t.equal(promised(1, 28, 3600), 28 / 168);
});
