import t from 'tap';
import {
  type AppEvent,
  AppProto,
  Counters,
  FlowColumns,
  FlowEnd,
  PacketView,
  PathShape,
  type StreamSlice,
  settingsDefaults,
  Weirds,
} from '../../src/core/index.js';
import { createProtocols, dicomSettings, hl7Settings, protocolsSettings } from '../../src/protocols/index.js';
import { associateAc, associateRq } from '../support/dicom-bytes.js';

function host(port = 4242, odd: (id: string) => void = () => undefined) {
  const weirds = new Weirds();
  weirds.listen((w) => odd(weirds.defs[w].id));
  const events: AppEvent[] = [];
  const columns = new FlowColumns(4);
  columns.port[1] = port;
  const p = createProtocols({
    columns,
    events: { event: (e) => events.push(e) },
    weirds,
    token: () => 'token',
    seed: 1,
    counters: new Counters(),
    settings: {
      protocols: settingsDefaults(protocolsSettings),
      dicom: settingsDefaults(dicomSettings),
      hl7: settingsDefaults(hl7Settings),
    },
  });
  p.flowOpened(0, new PacketView());
  const send = (dir: 0 | 1, data: Buffer | string, gapLen = 0): void => {
    const buf = Buffer.from(data as string, 'latin1');
    const slice: StreamSlice = { dir, buf, from: 0, to: buf.length, streamOff: 0, tsUs: 1e15, gapLen, end: false };
    p.stream(0, slice);
  };
  return { p, send, events, columns };
}
const kinds = (events: readonly AppEvent[]): string[] => events.map((e) => e.kind);

t.test('DICOM on any port, the first bytes cut anywhere', async (t) => {
  const rq = associateRq();
  for (const n of [1, 3, 5, 9, 40, 78]) {
    const h = host(50_104);
    h.send(0, rq.subarray(0, n));
    h.send(0, rq.subarray(n));
    h.send(1, associateAc());
    t.same(kinds(h.events), ['dicom.associate.rq', 'dicom.associate.ac'], `${n} bytes first`);
    t.equal(h.columns.app[0], AppProto.Dicom);
  }
  const h = host();
  for (const byte of rq) h.send(0, Buffer.of(byte));
  t.same(kinds(h.events), ['dicom.associate.rq'], 'byte by byte');
});

t.test('what nobody knows, said to a listener known for DICOM, is bad DICOM', async (t) => {
  const junk = Buffer.concat([Buffer.of(9, 0, 0, 0, 0, 40), Buffer.alloc(40, 65)]);
  const h = host(11_112);
  const flow = (first: Buffer): string[] => {
    h.p.flowClosed(0, FlowEnd.Fin, 1e15);
    h.p.flowOpened(0, new PacketView());
    h.columns.app[0] = 0;
    const before = h.events.length;
    h.send(0, first);
    return kinds(h.events.slice(before));
  };
  t.same(flow(junk), [], 'nothing is known of the listener');
  t.equal(h.columns.app[0], 0);
  for (let i = 0; i < 3; i++) flow(associateRq());
  flow(junk);
  t.equal(h.columns.app[0], AppProto.Dicom);
  h.columns.port[1] = 11_113;
  flow(junk);
  t.equal(h.columns.app[0], 0, 'another port of the same host is another listener');
});

t.test('a few bytes nobody can tell, said to a broker, are bad MQTT once the connection ends', async (t) => {
  const odd: string[] = [];
  const h = host(1883, (id) => odd.push(id));
  const connect = Buffer.from([16, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 30, 0, 1, 65]);
  for (let i = 0; i < 3; i++) {
    h.send(0, connect);
    h.p.flowClosed(0, FlowEnd.Fin, 1e15);
    h.p.flowOpened(0, new PacketView());
  }
  h.send(0, Buffer.of(0xf0, 0));
  t.same(odd, []);
  h.p.flowClosed(0, FlowEnd.Fin, 1e15);
  t.same(odd, ['mqtt.connect.first']);
});

t.test('HL7 behind a lone VT and behind log text', async (t) => {
  const m = 'MSH|^~\\&|A|B|C|D|2024||ADT^A01|1|P|2.3\r\x1c\r';
  for (const parts of [
    ['\x0b', m],
    ['starting up\n\x0b', m],
    ['\x0bM', m.slice(1)],
  ]) {
    const h = host();
    for (const x of parts) h.send(0, x);
    t.same(kinds(h.events), ['hl7.message'], JSON.stringify(parts[0]));
  }
});

const services = (events: readonly AppEvent[]): AppEvent[] => events.filter((e) => e.kind === 'service');

t.test('services are named once, and only counted once both sides have spoken', async (t) => {
  for (const [first, answer, app, port, goesOn] of [
    ['SSH-2.0-OpenSSH_9.2\r\n', 'SSH-2.0-dropbear\r\n', AppProto.Ssh, 2222, false],
    ['\xff\xfb\x01\xff\xfd', '\xff\xfd\x01', AppProto.Telnet, 2323, false],
    ['RFB 003.008\n', 'RFB 003.008\n', AppProto.Vnc, 5900, false],
    ['\x10\x16\x00\x04MQTT\x05\x02\x00\x0a', ' \x02\x00\x00', AppProto.Mqtt, 1883, true],
  ] as [string, string, number, number, boolean][]) {
    const h = host(port);
    h.send(0, first);
    t.equal(services(h.events).length, 1, first);
    t.equal(h.columns.app[0], app);
    h.send(1, answer);
    t.equal(services(h.events).length, 1);
    t.equal(h.p.wants(0), goesOn, 'no more bytes are asked for than are read');
    t.ok(
      h.events.some((e) => e.kind === 'evidence' && e.field === 'role' && e.about === 'responder'),
      'who answers offers it',
    );
  }
});

t.test(
  'HTTP is named once; heads behind the first ones are told by their first line, bodies end the reading',
  async (t) => {
    const h = host(80);
    h.send(0, 'GET /canary/john HTTP/1.1\r\nHost: pacs.example\r\nUser-Agent: curl/8.1\r\n');
    t.equal(services(h.events).length, 1);
    t.equal(h.columns.app[0], AppProto.Http);
    t.equal(h.p.wants(0), true);
    h.send(0, '\r\nGET');
    h.send(1, 'HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nServer: nginx\r\n\r\n{}');
    t.equal(services(h.events).length, 1);
    t.equal(h.p.wants(0), true);
    h.send(0, 'GET /canary/../../john?x=%3Cscript HTTP/1.1\r\nHost: pacs.example\r\n\r\n');
    h.send(1, 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    t.match(
      h.events.filter((e) => e.kind === 'http'),
      [
        { method: 'GET', userAgent: 'curl/8.1', api: '', shape: 0, count: 1 },
        { status: 200, server: 'nginx', api: 'fhir', pathKey: 0 },
        { method: 'GET', userAgent: '', shape: PathShape.Traversal | PathShape.Injection },
        { status: 404, count: 1 },
      ],
    );
    for (let i = 0; i < 40; i++) h.send(0, `GET /${i} HTTP/1.1\r\n\r\n`);
    const told = h.events.filter((e) => e.kind === 'http' && e.method !== '').length;
    t.ok(told > 20 && told < 40, `${told} of 42 within a second are told one by one`);
    for (let i = 0; i < 70; i++) h.send(1, 'x'.repeat(65_536));
    t.equal(h.p.wants(0), false, 'four megabytes of a body');
    t.notMatch(JSON.stringify(h.events), /canary|john/, 'no path leaves');
  },
);

t.test('an FTP login in clear is told, what it was is not', async (t) => {
  const h = host(21);
  h.send(1, '220 files\r\n');
  h.send(0, 'USER nurse\r\n');
  h.send(1, '331 password\r\n');
  h.send(0, 'PASS canary\r\n');
  t.same(
    services(h.events).map((e) => (e as { credentials?: boolean }).credentials),
    [false, true],
  );
  t.notMatch(JSON.stringify(h.events), /nurse|canary/);
});

t.test('nobody knows it: bytes are no longer asked for', async (t) => {
  const h = host();
  h.send(0, Buffer.alloc(600, 0xee));
  t.equal(h.p.wants(0), true, 'the other side has not spoken');
  h.send(1, Buffer.alloc(600, 0xee));
  t.equal(h.p.wants(0), false);
  t.same(h.events, []);
  h.p.flowClosed(0, FlowEnd.Fin, 1e15);
});
