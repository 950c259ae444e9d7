import t from 'tap';
import { ascii, EvidenceFeed, hex } from '../support/evidence-feed.js';
import * as seed from '../support/evidence-seeds.js';

const udp = (port: number, payload: Buffer, dir: 0 | 1 = 0): string[] =>
  new EvidenceFeed(port).datagram(payload, dir).evidence;

t.test('DHCP: a client names itself, a server its part', async (t) => {
  t.same(udp(67, seed.DHCP_DISCOVER).slice(0, 2), ['dhcp.name: HAMILTON-C6', 'dhcp.class: udhcp 1.36.1']);
  t.match(udp(67, seed.DHCP_DISCOVER)[2], /^dhcp\.fingerprint: [0-9a-f]+$/);
  t.same(udp(67, seed.DHCP_ACK, 1), ['>dhcp.role: dhcp-server', '>dhcp.role: gateway']);
  const other = seed.dhcp(1, [hex('35 01 01'), hex('37 05 01 03 06 0f 0c')]);
  t.not(udp(67, other)[0], udp(67, seed.DHCP_DISCOVER)[2], 'the order of options counts');
  t.match(new EvidenceFeed(67).datagram(seed.DHCP_DISCOVER).events[0], {
    kind: 'dhcp',
    message: 'DISCOVER',
    requested: '10.0.0.5',
    clientToken: /^[0-9a-f]{16}$/,
  });
  t.match(new EvidenceFeed(67).datagram(seed.DHCP_ACK, 1).events[0], {
    message: 'ACK',
    server: '10.0.0.1',
    router: '10.0.0.1',
  });
  const person = seed.dhcp(1, [Buffer.concat([hex('0c 0f'), ascii('Johannas-iPhone')])]);
  t.match(udp(67, person), [/^dhcp\.name: x[0-9a-f]{4}-iPhone$/], 'nobody is named');
});

t.test('DHCPv6: name and class', async (t) => {
  const fqdn = Buffer.concat([hex('0027 0009 00 07'), ascii('XRAY-07')]);
  const cls = Buffer.concat([hex('0010 000e 00000137 0008'), ascii('MSFT 5.0')]);
  t.same(udp(547, Buffer.concat([hex('01 000001'), fqdn, cls])), ['dhcp6.name: XRAY-07', 'dhcp6.class: MSFT 5.0']);
  t.same(udp(547, hex('02 000001'), 1), ['>dhcp6.role: dhcp-server']);
});

t.test('mDNS: services, product and host name of the responder; no instance names, no notes', async (t) => {
  const said = udp(5353, seed.MDNS);
  t.same(said, [
    'mdns.service: _ipp._tcp',
    'mdns.service: _ipp._tcp',
    'mdns.name: lj400',
    'mdns.model: HP LaserJet 400',
    'mdns.vendor: HP',
  ]);
  t.notMatch(said.join(), /Anna/);
  const question = seed.answers([], 0, Buffer.concat([seed.name('_ipp._tcp.local'), hex('000c 0001')]));
  t.same(udp(5353, question), [], 'who asks offers nothing');
});

t.test('names that point at themselves, forward or beyond end', async (t) => {
  for (const bad of ['c00c', 'c0ff', 'c0', '3f', '05 61 62']) {
    const m = seed.answers([{ name: hex(bad), type: 1, data: Buffer.alloc(4) }]);
    t.same(udp(5353, m), [], bad);
  }
});

t.test('LLMNR, NetBIOS', async (t) => {
  t.same(udp(5355, seed.LLMNR, 1), ['>llmnr.name: XRAY-07']);
  const question = seed.answers([], 0, Buffer.concat([seed.name('canary'), hex('0001 0001')]));
  t.same(udp(5355, question), ['llmnr.role: llmnr-client'], 'the name asked for is not told');
  t.same(udp(137, seed.NBNS), ['netbios.name: ICU-WS-4', 'netbios.role: file-server-service']);
  t.same(udp(138, seed.NBDGM), ['netbios.name: ICU-WS-4']);
});

t.test('SSDP and WS-Discovery', async (t) => {
  t.same(udp(1900, seed.SSDP), [
    'ssdp.server: Linux UPnP/1.0 IpBridge/1.26',
    'ssdp.service: schemas-upnp-org InternetGatewayDevice',
  ]);
  t.same(udp(1900, ascii('M-SEARCH * HTTP/1.1\r\nUSER-AGENT: Google Chrome/1\r\nST: upnp:rootdevice\r\n\r\n')), [
    'ssdp.agent: Google Chrome/1',
  ]);
  t.same(udp(3702, seed.WSD), ['wsd.service: Device', 'wsd.service: MedicalDevice', 'wsd.service: MedicalDevice']);
  t.same(udp(3702, ascii(seed.WSD.toString('latin1').replace(/Hello/g, 'Probe'))), ['wsd.role: wsd-client']);
});

t.test('NTP, SNMP, BACnet', async (t) => {
  t.same(udp(123, seed.NTP, 1), ['>ntp.role: ntp-server']);
  t.same(udp(123, Buffer.concat([Buffer.of(0x23), Buffer.alloc(47)])), [], 'a client is none');
  const snmp = udp(161, seed.SNMP, 1);
  t.same(snmp, [
    '>snmp.role: snmp-agent',
    '>snmp.model: Cisco IOS Software_ C2960',
    '>snmp.vendor: Cisco',
    '>snmp.name: SWITCH-3',
  ]);
  t.notMatch(snmp.join(), /s3cret/);
  t.same(udp(47808, seed.BACNET_I_AM), ['bacnet.role: bacnet-device']);
});

t.test('IntelliVue data export: who has the vital signs', async (t) => {
  const kinds = (port: number, payload: Buffer): unknown[] =>
    new EvidenceFeed(port).datagram(payload, 1).events.map((e) => (e.kind === 'vitals' ? e.what : e.kind));
  t.same(kinds(24105, seed.VITALS_ACCEPT), ['association.accept', 'evidence']);
  t.same(kinds(24105, seed.VITALS_RESULT), ['poll.result', 'evidence']);
  t.same(kinds(24005, seed.VITALS_CONNECT), ['connect.indication', 'evidence']);
  t.same(kinds(24105, hex('0d 04 00000000')), ['association.request'], 'a client is no monitor');
  t.same(kinds(24105, hex('e100 0002 0001 0006 0001 0007 0000')), ['poll']);
  t.same(kinds(24105, hex('19 01 00')), ['association.abort']);
  t.same(kinds(24105, ascii('something else')), []);
});

t.test('IntelliVue data export: what is counted carries its number', async (t) => {
  // session 4; result: type 2, length; invoke id 2, command 7, length; managed object 6, action, length; poll number, …
  const result = (action: string, rest: string): Buffer =>
    hex(`e100 0002 0002 0018 0001 0007 0012 0021 0000 0000 ${action} 000c ${rest} 00000000 00000000`);
  const numbers = (payload: Buffer): unknown =>
    new EvidenceFeed(24105)
      .datagram(payload, 1)
      .events.flatMap((e) => (e.kind === 'vitals' ? [e.stream, e.sequence] : []));
  t.same(numbers(result('0c16', '0007 0009')), [0, 7], 'a single poll: the number of its question');
  t.same(numbers(result('f13b', '0007 0009')), [8, 9], 'an extended poll counts its replies');
  t.same(numbers(result('0c17', '0007 0009')), [-1, -1]);
  t.same(numbers(seed.VITALS_RESULT), [-1, -1], 'too short to have one');
});

t.test('LLDP and CDP tell of the device that sent the frame', async (t) => {
  const l = new EvidenceFeed(1).frame(0x88cc, seed.LLDP);
  t.match(l.evidence, [
    'lldp.name: switch-3',
    'lldp.software: Aruba AOS-CX 10.10',
    'lldp.role: network-gear',
    /^lldp\.serial: [0-9a-f]{16}$/,
    'lldp.model: 6300M',
  ]);
  t.ok(l.events.every((e) => e.kind === 'evidence' && e.device === 3 && e.flow === -1));
  const host = Buffer.from(seed.LLDP.toString('latin1').replace('Aruba AOS-CX 10.10', 'Ubuntu 22.04 Linux'), 'latin1');
  t.ok(new EvidenceFeed(1).frame(0x88cc, host).evidence.includes('lldp.role: forwarding-host'), 'a host with a bridge');
  t.same(new EvidenceFeed(1).frame(0x2000, seed.CDP).evidence, [
    'cdp.name: core-1',
    'cdp.role: network-gear',
    'cdp.software: Cisco IOS Software 15.2',
    'cdp.model: cisco WS-C2960',
  ]);
});

t.test('cut short anywhere, nothing is thrown and nothing is made up', async (t) => {
  for (const [port, whole] of seed.DATAGRAMS) {
    const full = new Set(udp(port, whole));
    for (let n = 0; n < whole.length; n++) {
      const extra = udp(port, Buffer.from(whole.subarray(0, n))).filter(
        // text that was cut is the beginning of what it was
        (e) => ![...full].some((f) => f.startsWith(e)),
      );
      t.same(extra, [], `port ${port}, ${n} octets`);
    }
  }
  for (const [type, whole] of seed.FRAMES) {
    for (let n = 0; n < whole.length; n++) new EvidenceFeed(1).frame(type, Buffer.from(whole.subarray(0, n)));
  }
});

t.test('a flood of announcements costs one reading a second', async (t) => {
  const f = new EvidenceFeed(5353);
  for (let i = 0; i < 10_000; i++) f.datagram(seed.MDNS);
  t.equal(
    f.evidence.filter((e) => e.startsWith('mdns.model')).length,
    32 + 9,
    '32 at once, then one a second for ten seconds',
  );
});

t.test(
  'vital signs: the running clock and who it is, read from the guide’s layouts; DHCP: the name server',
  async (t) => {
    const vitals = (port: number, b: Buffer) =>
      new EvidenceFeed(port).datagram(b).events.flatMap((e) => (e.kind === 'vitals' ? [e] : []));
    t.match(vitals(24105, seed.VITALS_POLLED), [{ what: 'poll.result', clock: 0x12345, stream: 0, sequence: 7 }]);
    const [system] = vitals(24005, seed.VITALS_SYSTEM);
    t.match(system, { what: 'connect.indication', clock: -1 });
    t.not(system.systemKey, 0);
    const other = Buffer.from(seed.VITALS_SYSTEM);
    other[other.length - 1] ^= 1;
    t.not(vitals(24005, other)[0].systemKey, system.systemKey);
    t.match(vitals(24005, seed.VITALS_CONNECT), [{ what: 'connect.indication', systemKey: 0 }]);
    t.match(
      new EvidenceFeed(67).datagram(seed.DHCP_ACK, 1).events.filter((e) => e.kind === 'dhcp'),
      [{ message: 'ACK', server: '10.0.0.1', router: '10.0.0.1', nameServer: '10.0.0.53' }],
    );
  },
);

t.test('associations and aborts are read beside a stream of data', async (t) => {
  const f = new EvidenceFeed(24105);
  for (let i = 0; i < 200; i++) f.datagram(seed.VITALS_POLLED, 1);
  f.datagram(Buffer.from('190400000000', 'hex'));
  const kinds = f.events.flatMap((e) => (e.kind === 'vitals' ? [e.what] : []));
  t.ok(kinds.includes('association.abort'));
  t.ok(kinds.length < 60, `${kinds.length} of 201 datagrams within 0.2 s`);
});

t.test('WS-Discovery: action, endpoint as a hash, medical or not', async (t) => {
  const hello = (address: string, types: string): Buffer =>
    Buffer.from(
      seed.WSD.toString('latin1')
        .replace('<d:Hello>', `<d:Hello><a:EndpointReference><a:Address>${address}</a:Address></a:EndpointReference>`)
        .replace('dpws:Device mdpws:MedicalDevice', types)
        .replace(/<d:Scopes>.*<\/d:Scopes>/, ''),
    );
  const seen = (b: Buffer) =>
    new EvidenceFeed(3702).datagram(b).events.flatMap((e) => (e.kind === 'discovery' ? [e] : []));
  const [a] = seen(hello('urn:uuid:1', 'mdpws:MedicalDevice'));
  t.match(a, { action: 'Hello', medical: true });
  t.equal(seen(hello('urn:uuid:1', 'x'))[0].endpointKey, a.endpointKey);
  t.not(seen(hello('urn:uuid:2', 'x'))[0].endpointKey, a.endpointKey);
  t.match(seen(hello('urn:uuid:2', 'wsdp:Device'))[0], { medical: false });
  t.match(seen(seed.WSD)[0], { endpointKey: 0 });
  t.notMatch(JSON.stringify(seen(hello('urn:uuid:patient-7', 'x'))), /patient/);
});
