import t from 'tap';
import { AppProto, IpProto, PacketView, TcpFlag } from '../../../src/core/index.js';
import { ev, LEARNED, Stage, T0 } from '../../support/detect-stage.js';

const PACS = '10.0.0.10';
const CT = '10.0.0.20';
const VENT = '10.0.0.30';
const PC = '10.0.0.40';

function stage(changes = {}): Stage {
  const s = new Stage(changes);
  s.device('pacs', PACS);
  s.device('imaging-modality', CT);
  s.device('ventilator', VENT);
  s.device('workstation', PC);
  s.device('hl7-engine', '10.0.0.50');
  return s;
}
const ECHO = { abstractSyntaxes: ['1.2.840.10008.1.1'] };

t.test('D04: verification asked of three servers; of two it is a check', async (t) => {
  const s = stage();
  for (const to of [PACS, CT]) s.event(ev.associate(s.open(PC, to, 104, LEARNED), LEARNED, 'E', 'A', ECHO));
  t.same(s.of('dicom.echo.sweep'), []);
  s.event(ev.associate(s.open(PC, '10.0.0.99', 104, LEARNED), LEARNED, 'E', 'A', ECHO));
  t.match(s.of('dicom.echo.sweep'), [{ scenarioId: 'D04', device: 3, role: 'actor' }]);
});

t.test('D07: running totals of C-GET are counted once; the limit is the edge', async (t) => {
  const s = stage({ get_instances: 100 });
  const flow = s.open(PC, PACS, 104, LEARNED);
  for (let i = 1; i <= 99; i++) s.event(ev.command(flow, LEARNED, 'C-GET-RSP', { completed: i }));
  t.same(s.names(), []);
  s.event(ev.command(flow, LEARNED, 'C-GET-RSP', { completed: 100 }));
  t.match(s.findings, [{ scenario: 'dicom.get.bulk', severity: 'critical', reasons: [{ observed: 100 }] }]);
  for (let i = 101; i < 200; i++) s.event(ev.command(flow, LEARNED, 'C-GET-RSP', { completed: i }));
  t.equal(s.findings.length, 1, 'next at twice as many');
});

t.test(
  'D07: while an archive is learned another one that fetches from it is told of at ten times the limit',
  async (t) => {
    const s = stage({ get_instances: 100 });
    const flow = s.open(PC, PACS, 104, T0);
    s.event(ev.command(flow, T0, 'C-GET-RSP', { completed: 999 }));
    t.same(s.names(), []);
    s.event(ev.command(flow, T0, 'C-GET-RSP', { completed: 1000 }));
    t.same(s.names(), ['dicom.get.bulk']);
  },
);

t.test('D08, D09: clear data sets across the border once a day; executable code', async (t) => {
  const s = stage();
  const out = s.open(CT, '203.0.113.5', 104, LEARNED);
  s.findings.length = 0;
  s.event(ev.dataset(out, LEARNED, { command: 'C-STORE-RQ' }));
  s.event(ev.dataset(out, LEARNED + 1e6, { command: 'C-STORE-RQ' }));
  t.match(s.findings, [{ scenario: 'dicom.cleartext.external', device: 1 }]);
  t.equal(s.findings.length, 1);
  const flow = s.open(CT, PACS, 104, LEARNED);
  s.event(ev.dataset(flow, LEARNED, { command: 'C-STORE-RQ' }));
  t.equal(s.findings.length, 1, 'inside, ordinary');
  s.event(ev.dataset(flow, LEARNED, { command: 'C-STORE-RQ', executable: true }));
  t.match(s.findings[1], { scenario: 'dicom.dataset.executable', device: 0, severity: 'high' });
});

t.test('D11, D17, D21, D23: what an opening gives away, against what was habit', async (t) => {
  const s = stage();
  const open = (tsUs: number, port: number, more: object): void =>
    s.event(ev.associate(s.open(CT, PACS, port, tsUs), tsUs, 'CT1', 'PACS', more));
  open(T0, 104, { maxPdu: 16384 });
  open(LEARNED, 104, {});
  t.same(s.names(), []);
  open(LEARNED, 104, { maxPdu: 0 });
  open(LEARNED, 104, { maxPdu: 4096 });
  t.same(s.names(), [], 'unlimited and least are fine');
  open(LEARNED, 104, { maxPdu: 4095 });
  open(LEARNED, 104, { noncanonical: true });
  open(LEARNED, 4242, {});
  open(LEARNED, 104, { abstractSyntaxes: ['1.2.840.10008.5.1.4.1.1.2', '1.3.46.670589.2.5.1.1'] });
  t.same(s.names(), ['dicom.pdu.max_length', 'dicom.opening.evasive', 'dicom.port.unusual', 'dicom.sop.unexpected']);
  t.match(s.findings[3], { device: 1, role: 'actor' });
});

t.test('D15, D16: a device that always ends badly does not count', async (t) => {
  const s = stage({ aborts: 5 });
  const abort = (tsUs: number): void =>
    s.event({ kind: 'dicom.abort', dir: 0, tsUs, flow: s.open(CT, PACS, 104, tsUs), source: 0, reason: 0 });
  for (let i = 0; i < 4; i++) abort(LEARNED + i);
  t.same(s.names(), []);
  abort(LEARNED + 5);
  t.match(s.findings, [{ scenario: 'dicom.abort.storm', severity: 'high', device: 0 }]);
  const habit = stage({ abandoned: 4 });
  const leave = (tsUs: number): void =>
    habit.event({ kind: 'dicom.unclean_close', dir: 0, tsUs, flow: habit.open(CT, PACS, 104, tsUs), state: 'Sta6' });
  for (let i = 0; i < 6; i++) leave(T0 + i);
  habit.findings.length = 0;
  for (let i = 0; i < 6; i++) leave(LEARNED + i);
  t.same(habit.names(), []);
});

t.test('D18: the same object again, longer and from another host', async (t) => {
  const s = stage();
  const store = (from: string, octets: number, token = 'aa'): void => {
    const flow = s.open(from, PACS, 104, LEARNED);
    s.event(ev.command(flow, LEARNED, 'C-STORE-RQ', { instanceToken: token }));
    s.event(ev.dataset(flow, LEARNED, { command: 'C-STORE-RQ', octets }));
  };
  store(CT, 100_000);
  store(CT, 200_000);
  store(PC, 200_500);
  store(PC, 5, 'bb');
  t.same(s.names(), [], 'own correction, rewritten header, other object');
  store(CT, 90_000);
  t.match(s.findings, [{ scenario: 'dicom.store.overwrite', severity: 'critical', device: 0, peer: { ip: CT } }]);
});

t.test('D19, D20: worklist at another server; deletion', async (t) => {
  const s = stage();
  const mwl = (to: string, tsUs: number): void =>
    s.event(ev.command(s.open(CT, to, 104, tsUs), tsUs, 'C-FIND-RQ', { sopClass: '1.2.840.10008.5.1.4.31' }));
  mwl(PACS, T0);
  mwl(PACS, LEARNED);
  t.same(s.names(), []);
  mwl(PC, LEARNED);
  t.match(s.findings, [{ scenario: 'dicom.worklist.rogue', device: 1, severity: 'high' }]);
  const flow = s.open(PC, PACS, 104, LEARNED);
  s.event(ev.command(flow, LEARNED, 'N-DELETE-RQ', { sopClass: '1.2.840.10008.5.1.1.1' }));
  t.equal(s.findings.length, 1, 'film session');
  s.event(ev.command(flow, LEARNED, 'N-DELETE-RQ'));
  t.match(s.findings[1], { scenario: 'dicom.delete', device: 0, severity: 'high' });
});

t.test('H05, H11: merges from a link that never sent any, many queries', async (t) => {
  const s = stage({ hl7_queries_per_min: 10 });
  const send = (tsUs: number, messageType: string, i = 0): void =>
    s.event(
      ev.hl7(s.open(PC, '10.0.0.50', 2575, tsUs), tsUs, { messageType, controlToken: `${messageType}${tsUs}${i}` }),
    );
  send(T0, 'ADT_A01');
  send(T0, 'QBP_Q22');
  send(LEARNED, 'ADT_A01');
  t.same(s.names(), []);
  send(LEARNED, 'ADT_A40');
  t.match(s.of('hl7.adt.merge'), [{ severity: 'critical', scenarioId: 'H05' }]);
  s.findings.length = 0;
  for (let i = 0; i < 9; i++) send(LEARNED + 1e6, 'QBP_Q22', i);
  t.same(s.names(), []);
  send(LEARNED + 1e6, 'QBP_Q22', 10);
  t.same(s.names(), ['hl7.query.enumeration']);
});

t.test('H12, H13, H14, H15, H16', async (t) => {
  const s = stage({ hl7_messages_per_10s: 50, hl7_negative_acks: 5 });
  const flow = s.open(PC, '10.0.0.50', 2575, T0);
  s.event(ev.hl7(flow, T0, { controlToken: 'first' }));
  for (let i = 0; i < 49; i++) s.event(ev.hl7(flow, LEARNED, { controlToken: `n${i}` }));
  t.same(s.names(), []);
  s.event(ev.hl7(flow, LEARNED, { controlToken: 'edge' }));
  t.same(s.names(), ['hl7.flood']);
  s.findings.length = 0;
  s.event(ev.hl7(flow, LEARNED + 60e6, { controlToken: 'big', octets: 20e6 }));
  s.event(ev.hl7(flow, LEARNED + 61e6, { controlToken: 'odd', framing: 'embedded_vt' }));
  t.same(s.names(), ['hl7.message.oversize', 'hl7.framing.smuggling']);
  s.findings.length = 0;
  for (let i = 0; i < 4; i++) s.event(ev.ack(flow, LEARNED + 62e6, { code: 'AE' }));
  t.same(s.names(), []);
  s.event(ev.ack(flow, LEARNED + 62e6, { code: 'AE' }));
  t.match(s.findings, [{ scenario: 'hl7.ack.forged', device: 3 }]);
  s.findings.length = 0;
  const out = s.open(PC, '203.0.113.5', 2575, LEARNED + 63e6);
  s.event(ev.hl7(out, LEARNED + 63e6, { controlToken: 'out' }));
  t.match(s.of('hl7.external'), [{ role: 'actor', device: 3 }]);
});

t.test('H12: while the rate is learned only a jump is a flood', async (t) => {
  const s = stage({ hl7_messages_per_10s: 50 });
  const flow = s.open(VENT, '10.0.0.50', 2575, T0);
  let n = 0;
  const send = (afterS: number): void => s.event(ev.hl7(flow, T0 + afterS * 1e6, { controlToken: `r${n++}` }));
  for (let i = 0; i < 800; i++) send(i / 10);
  t.same(s.of('hl7.flood'), [], 'ten a second from the first second on is this listener');
  for (let i = 0; i < 500; i++) send(80 + i / 1000);
  t.same(s.of('hl7.flood'), [], 'six times as many are not yet a jump');
  for (let i = 0; i < 800; i++) send(81 + i / 1000);
  t.equal(s.of('hl7.flood').length, 1);
});

t.test('N05: even calls outside are a beacon, uneven ones are not, nor what was heard while learning', async (t) => {
  const call = (s: Stage, i: number, at: number): number => s.open(VENT, '203.0.113.7', 443, LEARNED + at * 1e6 + i);
  const even = stage();
  for (let i = 0; i < 7; i++) call(even, i, i * 30);
  t.same(even.of('net.beacon'), []);
  call(even, 7, 7 * 30);
  t.match(even.of('net.beacon'), [{ severity: 'critical', device: 2 }]);
  const uneven = stage();
  for (let i = 0; i < 40; i++) call(uneven, i, i * 30 + (i % 3) * 12);
  t.same(uneven.of('net.beacon'), []);
  const known = new Stage();
  known.device('ventilator', VENT);
  for (let i = 0; i < 40; i++) known.open(VENT, '203.0.113.7', 443, T0 + i * 5e6);
  t.same(known.of('net.beacon'), []);
});

t.test('N06: volume to an outside peer, seen while the flow is still open', async (t) => {
  const s = stage({ exfil_octets: 4e6 });
  const flow = s.open(VENT, '203.0.113.7', 443, LEARNED);
  s.findings.length = 0;
  s.columns.payload[2 * flow] = 199_999;
  s.rules.tick(LEARNED + 1e6);
  t.same(s.names(), []);
  s.columns.payload[2 * flow] = 200_000;
  s.rules.tick(LEARNED + 12e6);
  t.match(s.findings, [{ scenario: 'net.exfiltration', severity: 'critical', peer: { ip: '203.0.113.7' } }]);
  const inside = s.open(PACS, PC, 104, LEARNED);
  s.columns.payload[2 * inside] = 30e6;
  s.rules.flowClosed(inside, 3, LEARNED + 20e6);
  t.equal(s.findings.length, 1, 'an archive sends images');
});

t.test('N06: to an outside peer that was learned five times as much is unremarkable', async (t) => {
  const s = stage({ exfil_octets: 4e6 });
  s.rules.flowClosed(s.open(VENT, '203.0.113.7', 443, T0), 3, T0);
  const flow = s.open(VENT, '203.0.113.7', 443, LEARNED);
  s.columns.payload[2 * flow] = 999_999;
  s.rules.tick(LEARNED + 1e6);
  t.same(s.of('net.exfiltration'), []);
  s.columns.payload[2 * flow] = 1_000_000;
  s.rules.tick(LEARNED + 12e6);
  t.equal(s.of('net.exfiltration').length, 1);
});

t.test('N18: while rates are learned a jump is told and not learned, what goes on is learned', async (t) => {
  const flood = (s: Stage, fromS: number, seconds: number, perSecond: number): void => {
    const v = new PacketView();
    v.ipVersion = 4;
    v.ipProto = IpProto.Udp;
    v.dstDev = 2;
    for (let i = 0; i < seconds * perSecond; i++) {
      v.tsUs = T0 + fromS * 1e6 + (i * 1e6) / perSecond;
      s.rules.packet(v);
    }
  };
  const attacked = stage({ udp_per_s: 50 });
  flood(attacked, 0, 20, 2);
  flood(attacked, 90, 4, 400);
  t.equal(attacked.of('net.flood').length, 1, 'told while learning');
  flood(attacked, 250, 4, 400);
  t.equal(attacked.of('net.flood').length, 2, 'and again later: it was not learned');
  const busy = stage({ udp_per_s: 50 });
  flood(busy, 0, 95, 90);
  flood(busy, 250, 10, 100);
  t.same(busy.names(), []);
});

t.test('N08, N10, N11', async (t) => {
  const s = stage();
  s.open(VENT, '202.114.4.119', 515, T0);
  t.match(s.of('net.call_home.known'), [{ device: 2, scenarioId: 'N08' }]);
  s.findings.length = 0;
  const smb = (tsUs: number, to: string): void => s.event(ev.service(s.open(PC, to, 445, tsUs), tsUs, AppProto.Smb));
  smb(T0, PACS);
  smb(LEARNED, PACS);
  t.same(s.names(), []);
  smb(LEARNED, CT);
  t.match(s.findings, [{ scenario: 'net.smb.lateral', device: 1, severity: 'high' }]);
  s.event(ev.service(s.open(PC, VENT, 5900, LEARNED), LEARNED, AppProto.Vnc));
  t.match(s.findings[1], { scenario: 'net.remote_access', device: 2, severity: 'critical' });
});

t.test('N14: silent while others talk; a hole in the capture is not the device', async (t) => {
  const run = (others: boolean): Stage => {
    const s = stage();
    const v = new PacketView();
    s.touch(2, LEARNED);
    for (let i = 0; i <= 40; i++) {
      if (others || i === 0) s.rules.packet(v);
      s.rules.tick(LEARNED + i * 1e6);
    }
    return s;
  };
  t.match(run(true).findings, [
    { scenario: 'device.silent', device: 2, severity: 'critical', reasons: [{ observed: 31 }] },
  ]);
  t.equal(run(true).findings.length, 1, 'said once');
  t.same(run(false).names(), [], 'nobody was heard');
  const hole = stage();
  hole.touch(2, LEARNED);
  hole.rules.tick(LEARNED);
  hole.rules.packet(new PacketView());
  hole.rules.tick(LEARNED + 3600e6);
  t.same(hole.names(), []);
});

t.test('N14: a device that paused for a minute while learning may do so again', async (t) => {
  const s = stage();
  const v = new PacketView();
  for (let i = 0; i <= 90; i++) {
    if (i % 60 === 0) s.touch(2, T0 + i * 1e6);
    s.rules.packet(v);
    s.rules.tick(T0 + i * 1e6);
  }
  for (let i = 91; i <= 200; i++) {
    s.rules.packet(v);
    s.rules.tick(T0 + i * 1e6);
  }
  t.same(s.names(), [], '110 s after a gap of 60 s');
  for (let i = 201; i <= 300; i++) {
    s.rules.packet(v);
    s.rules.tick(T0 + i * 1e6);
  }
  t.same(s.names(), ['device.silent']);
});

t.test('N16: long random names under one domain; ordinary names are not', async (t) => {
  const s = stage();
  const flow = s.open(PC, PACS, 53, LEARNED, IpProto.Udp);
  const ask = (tsUs: number, longestLabel: number): void =>
    s.event({
      kind: 'dns',
      dir: 0,
      tsUs,
      flow,
      response: false,
      rcode: 0,
      domainHash: 5,
      longestLabel,
      labelEntropy: 4.2,
      queryType: 16,
    });
  for (let i = 0; i < 100; i++) ask(LEARNED + i, 12);
  for (let i = 0; i < 19; i++) ask(LEARNED + i, 50);
  t.same(s.names(), []);
  ask(LEARNED + 20, 50);
  t.match(s.findings, [{ scenario: 'net.dns.tunnel', device: 3 }]);
});

t.test('N18: two seconds above the limit are a flood, one burst is not', async (t) => {
  const s = stage({ syn_per_s: 50 });
  const v = new PacketView();
  v.ipVersion = 4;
  v.ipProto = IpProto.Tcp;
  v.tcpFlags = TcpFlag.Syn;
  v.dstDev = 2;
  const second = (n: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      v.tsUs = LEARNED + n * 1e6 + i;
      s.rules.packet(v);
    }
  };
  second(0, 499);
  second(2, 499);
  second(4, 49);
  second(5, 49);
  t.same(s.names(), []);
  second(10, 50);
  second(11, 50);
  t.match(s.findings, [{ scenario: 'net.flood', severity: 'critical', device: 2, key: 'syn' }]);
  second(20, 499);
  t.equal(s.findings.length, 1);
  second(30, 500);
  t.equal(s.findings.length, 2, 'ten times the limit needs no second second');
});

t.test('D22, N12: clear text after TLS, and an older version than ever', async (t) => {
  const hello = (s: Stage, flow: number, tsUs: number, versionNumber: number, version: string): void =>
    s.event({
      kind: 'tls.hello',
      dir: 0,
      tsUs,
      flow,
      answered: true,
      version,
      versionNumber,
      cipher: '1301',
      serverName: '',
      alpn: '',
      ja4: '',
    });
  const s = stage();
  hello(s, s.open(CT, PACS, 2762, T0), T0, 0x0303, 'TLS 1.2');
  s.event(ev.associate(s.open(PC, PACS, 104, T0), T0, 'PC', 'PACS', ECHO));
  s.findings.length = 0;
  hello(s, s.open(CT, PACS, 2762, LEARNED), LEARNED, 0x0304, 'TLS 1.3');
  s.event(ev.associate(s.open(PC, PACS, 104, LEARNED), LEARNED, 'PC', 'PACS', ECHO));
  t.same(
    [...s.of('dicom.tls.downgrade'), ...s.of('net.tls.downgrade')],
    [],
    'newer is no downgrade; who was clear may stay so',
  );
  s.event(ev.associate(s.open(CT, PACS, 104, LEARNED), LEARNED, 'CT', 'PACS', ECHO));
  t.match(s.of('dicom.tls.downgrade'), [{ scenarioId: 'D22', device: 0, severity: 'high' }]);
  hello(s, s.open(CT, PACS, 2762, LEARNED), LEARNED, 0x0301, 'TLS 1.0');
  t.match(s.of('net.tls.downgrade'), [{ scenarioId: 'N12', device: 0, reasons: [{ observed: 'TLS 1.0' }] }]);
  hello(s, s.open(PC, PACS, 443, LEARNED), LEARNED, 0x0301, 'TLS 1.0');
  t.equal(s.of('net.tls.downgrade').length, 1, 'of a pair never seen nothing is known');
});
