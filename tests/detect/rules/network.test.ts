import t from 'tap';
import { AppProto, FlowMark, type IdentityEvent, IpProto, PacketView } from '../../../src/core/index.js';
import { ev, LEARNED, Stage, T0 } from '../../support/detect-stage.js';

const VENT = '10.0.0.10';
const PC = '10.0.0.30';

function stage(changes = {}): Stage {
  const s = new Stage(changes);
  s.device('ventilator', VENT);
  s.device('workstation', PC);
  return s;
}

t.test('N01: twenty refused ports are a scan, nineteen are not', async (t) => {
  const s = stage();
  for (let i = 0; i < 19; i++) s.refuse(s.open(PC, VENT, 1000 + i, LEARNED + i * 1e4), LEARNED + i * 1e4 + 100);
  t.same(s.names(), []);
  s.refuse(s.open(PC, VENT, 2000, LEARNED + 1e6), LEARNED + 1e6);
  t.match(s.findings, [
    {
      scenario: 'net.scan.ports',
      scenarioId: 'N01',
      device: 1,
      role: 'actor',
      severity: 'critical',
      peer: { ip: VENT },
    },
  ]);
  t.match(s.findings[0].reasons, [{ observed: 20 }, { observed: 1 }]);
});

t.test('N01: many ports that all carry data are no scan', async (t) => {
  const s = stage();
  for (let i = 0; i < 40; i++) s.answer(s.open(PC, VENT, 1000 + i, LEARNED + i * 1e5));
  s.rules.tick(LEARNED + 10e6);
  t.same(s.names(), []);
});

t.test('N01: twenty ports over a quarter of an hour are below the window', async (t) => {
  const s = stage();
  for (let i = 0; i < 40; i++) s.refuse(s.open(PC, VENT, 1000 + i, LEARNED + i * 30e6), LEARNED + i * 30e6);
  t.same(s.names(), []);
});

t.test('N01: filtered ports say nothing at all; the clock decides', async (t) => {
  const s = stage();
  for (let i = 0; i < 20; i++) s.open(PC, VENT, 1000 + i, LEARNED + i);
  t.same(s.names(), [], 'answers may still come');
  s.rules.tick(LEARNED + 1e6);
  t.same(s.names(), ['net.scan.ports']);
});

t.test('N01: ten unanswered hosts are a sweep, by TCP and by ping', async (t) => {
  const tcp = stage();
  for (let i = 0; i < 10; i++) tcp.open(PC, `10.0.1.${i + 1}`, 445, LEARNED + i);
  tcp.rules.tick(LEARNED + 2e6);
  t.match(tcp.findings, [{ scenario: 'net.scan.hosts', device: 1, peer: null }]);
  const icmp = stage();
  for (let i = 0; i < 9; i++) icmp.open(PC, `10.0.1.${i + 1}`, 0, LEARNED + i, IpProto.Icmp);
  t.same(icmp.names(), []);
  icmp.open(PC, '10.0.1.10', 0, LEARNED + 9, IpProto.Icmp);
  t.same(icmp.names(), ['net.scan.hosts']);
});

/** Ten attempts of the workstation that nobody is seen to answer. */
function unanswered(s: Stage, marks = 0): void {
  for (let i = 0; i < 10; i++) {
    const slot = s.open(PC, `10.0.1.${i + 1}`, 443, LEARNED + i);
    s.columns.marks[slot] |= marks;
  }
  s.rules.tick(LEARNED + 2e6);
}

t.test(
  'N01: answers that were acknowledged and not seen were given: a span of one direction makes no scanner',
  async (t) => {
    const [half, whole] = [stage(), stage()];
    unanswered(half, FlowMark.UnseenBack);
    t.same(half.names(), []);
    unanswered(whole);
    t.same(whole.names(), ['net.scan.hosts']);
    const refused = stage();
    for (let i = 0; i < 10; i++) {
      const slot = refused.open(PC, `10.0.1.${i + 1}`, 443, LEARNED + i);
      refused.columns.marks[slot] |= FlowMark.UnseenBack;
      refused.refuse(slot, LEARNED + i);
    }
    t.same(refused.names(), ['net.scan.hosts'], 'acknowledging into the blue does not hide a refusal');
  },
);

const NTP = 123;
/** So many hosts ask the workstation for the time, from the server's own port, a millisecond apart; it answers. */
function askTheTime(s: Stage, hosts: number, fromUs: number): void {
  for (let i = 0; i < hosts; i++) {
    const slot = s.open(`10.0.2.${i + 1}`, PC, NTP, fromUs + i * 1000, IpProto.Udp, NTP);
    s.answer(slot);
  }
}
/** The workstation speaks to so many others unasked. */
function speak(s: Stage, hosts: number, fromUs: number, fromPort = NTP): void {
  for (let i = 0; i < hosts; i++) s.open(PC, `10.0.1.${i + 1}`, NTP, fromUs + i * 1000, IpProto.Udp, fromPort);
  s.rules.tick(fromUs + 2e6);
}

t.test('N01: answers of a time server whose questions the span lost are no attempts', async (t) => {
  const s = stage();
  askTheTime(s, 60, LEARNED);
  speak(s, 15, LEARNED + 1e6);
  t.same(s.names(), []);
});

t.test('N01: a sweep from a port that is being asked is still found', async (t) => {
  const more = stage();
  askTheTime(more, 60, LEARNED);
  speak(more, 40, LEARNED + 1e6);
  t.ok(more.names().includes('net.scan.hosts'), 'more than are lost');
  const few = stage();
  askTheTime(few, 3, LEARNED);
  speak(few, 12, LEARNED + 1e6);
  t.ok(few.names().includes('net.scan.hosts'), 'hardly anybody asks');
  const before = stage();
  askTheTime(before, 60, LEARNED);
  speak(before, 12, LEARNED + 120e6);
  t.ok(before.names().includes('net.scan.hosts'), 'asked before the window');
  const other = stage();
  askTheTime(other, 60, LEARNED);
  speak(other, 10, LEARNED + 1e6, 50_000);
  t.same(other.names(), ['net.scan.hosts'], 'from another port');
});

t.test('N01: who-has for a range nobody holds', async (t) => {
  const s = stage();
  const v = new PacketView();
  const ask = (n: number): void => {
    v.arpOp = 1;
    v.arpSpa = 0x0a00001e;
    v.srcDev = 1;
    for (let i = 0; i < n; i++) {
      v.tsUs = LEARNED + i * 1e4;
      v.arpTpa = 0x0a000100 + i;
      s.rules.packet(v);
    }
  };
  ask(9);
  t.same(s.names(), []);
  ask(10);
  t.match(s.findings, [{ scenario: 'net.scan.hosts', device: 1, key: 'arp' }]);
});

t.test('N03: two hosts claim one address by ARP; a takeover from a dead one is not spoofing', async (t) => {
  const moved = (more: object): IdentityEvent => ({
    kind: 'ip.moved',
    device: 0,
    tsUs: LEARNED,
    ip: VENT,
    mac: '02:00:00:00:00:99',
    oldMac: '02:00:00:00:00:00',
    oldAlive: true,
    byArp: true,
    claimant: 1,
    ...more,
  });
  const s = stage();
  s.rules.identity(moved({ oldAlive: false }));
  t.same(s.names(), []);
  s.rules.identity(moved({}));
  t.match(s.findings, [
    { scenario: 'net.arp.spoof', severity: 'critical', device: 0, peer: { mac: '02:00:00:00:00:99', device: 1 } },
  ]);
  s.rules.identity(moved({ byArp: false }));
  t.match(s.findings[1], { scenario: 'net.identity.moved' });
  s.rules.identity(moved({ byArp: false, passedOn: true }));
  t.match(s.findings[2], { scenario: 'net.arp.spoof', reasons: [{ text: /pass twice/ }] });
});

t.test('N07: a ventilator that talks outside; a workstation may', async (t) => {
  const s = stage();
  s.open(VENT, '203.0.113.1', 443, T0);
  s.open(VENT, '203.0.113.1', 443, LEARNED);
  s.open(VENT, '10.0.7.7', 443, LEARNED);
  s.open(VENT, '224.0.0.251', 5353, LEARNED, IpProto.Udp);
  s.open(PC, '203.0.113.9', 443, LEARNED);
  t.same(s.names(), []);
  s.open(VENT, '203.0.113.9', 443, LEARNED);
  t.match(s.findings, [
    {
      scenario: 'net.peer.external',
      severity: 'high',
      device: 0,
      role: 'actor',
      peer: { ip: '203.0.113.9', port: 443 },
    },
  ]);
});

t.test('N09: telnet on a ventilator needs no learning, and is said once a pair', async (t) => {
  const s = stage();
  const flow = s.open(PC, VENT, 23, T0);
  s.event(ev.service(flow, T0, AppProto.Telnet));
  s.event(ev.service(flow, T0, AppProto.Telnet));
  s.event(ev.service(flow, T0, AppProto.Http));
  t.match(
    s.findings,
    [{ scenario: 'net.cleartext', severity: 'high', device: 0 }],
    'critical, one lower while learning',
  );
  t.equal(s.findings.length, 1);
  s.event(ev.service(flow, LEARNED, AppProto.Ftp, { credentials: true }));
  t.match(s.findings[1], { severity: 'critical', key: 'ftp' });
  t.match(s.findings[1].reasons[0].text, /password/);
});

t.test('N10: a pair that was learned stays known when only one end has finished learning', async (t) => {
  const s = stage();
  const late = LEARNED + 50e6;
  s.device('patient-monitor', '10.0.0.20', T0 + 60e6);
  const smb = (from: string, to: string, tsUs: number): void =>
    s.event(ev.service(s.open(from, to, 445, tsUs), tsUs, AppProto.Smb));
  smb('10.0.0.20', PC, T0 + 61e6);
  smb('10.0.0.20', PC, LEARNED);
  smb('10.0.0.20', PC, LEARNED + 80e6);
  t.same(s.names(), [], 'workstation done first, monitor later: both had learned it');
  s.device('patient-monitor', '10.0.0.21', late);
  smb('10.0.0.21', PC, late);
  smb('10.0.0.21', PC, late + 1e6);
  t.match(s.findings, [
    { scenario: 'net.smb.lateral', device: 1 },
    { scenario: 'net.smb.lateral', device: 1 },
  ]);
});

t.test('N01: a DHCP server that answers every client is no sweep', async (t) => {
  const s = stage();
  const offer = (port: number): void => {
    for (let i = 1; i <= 12; i++) s.open(PC, `10.0.1.${i}`, port, LEARNED + i, IpProto.Udp, 67);
    s.rules.tick(LEARNED + 2e6);
  };
  offer(68);
  t.same(s.names(), []);
  offer(69);
  t.same(s.names(), ['net.scan.hosts']);
});

t.test('windows are bounded: more sources than keys are forgotten, the newest scan is still found', async (t) => {
  const s = stage({ window_keys: 64 });
  for (let i = 0; i < 500; i++) s.open(`10.9.${i >> 8}.${i & 255}`, VENT, 80, LEARNED + i);
  for (let i = 0; i < 20; i++) s.refuse(s.open(PC, VENT, 1000 + i, LEARNED + 1000 + i), LEARNED + 1000 + i);
  t.ok(s.names().includes('net.scan.ports'));
  t.ok(T0 < LEARNED);
});
