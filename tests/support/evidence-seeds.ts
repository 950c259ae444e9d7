import { ascii, hex } from './evidence-feed.js';
import type { Step } from './stream-feed.js';

const u16 = (n: number): Buffer => Buffer.of(n >> 8, n & 255);
const u16le = (n: number): Buffer => Buffer.of(n & 255, n >> 8);
const option = (code: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(code, value.length), value]);

/** A DHCP message (RFC 2131). */
export function dhcp(op: number, options: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(240);
  head[0] = op;
  head[1] = 1;
  head[2] = 6;
  head.writeUInt32BE(0x63825363, 236);
  return Buffer.concat([head, ...options, Buffer.of(255)]);
}

export const DHCP_DISCOVER = dhcp(1, [
  option(53, Buffer.of(1)),
  option(12, ascii('HAMILTON-C6')),
  Buffer.of(0, 0),
  option(60, ascii('udhcp 1.36.1')),
  option(55, Buffer.of(1, 3, 6, 12, 15)),
  option(61, hex('01 001b44113ab7')),
  option(50, Buffer.of(10, 0, 0, 5)),
]);
export const DHCP_ACK = dhcp(2, [
  option(53, Buffer.of(5)),
  option(54, Buffer.of(10, 0, 0, 1)),
  option(3, Buffer.of(10, 0, 0, 1)),
  option(6, Buffer.of(10, 0, 0, 53)),
]);

/** A name of RFC 1035. */
export function name(text: string): Buffer {
  const labels = text === '' ? [] : text.split('.');
  return Buffer.concat([...labels.map((l) => Buffer.concat([Buffer.of(l.length), ascii(l)])), Buffer.of(0)]);
}

/** A message of RFC 1035 with answers. */
export function answers(
  records: readonly { name: Buffer; type: number; data: Buffer }[],
  flags = 0x8400,
  question: Buffer = Buffer.alloc(0),
  section: 0 | 1 | 2 = 0,
): Buffer {
  const counts = [0, 0, 0];
  counts[section] = records.length;
  return Buffer.concat([
    u16(0),
    u16(flags),
    u16(question.length > 0 ? 1 : 0),
    ...counts.map(u16),
    question,
    ...records.map((r) => Buffer.concat([r.name, u16(r.type), u16(1), Buffer.alloc(4), u16(r.data.length), r.data])),
  ]);
}

export const MDNS = answers([
  { name: name('_ipp._tcp.local'), type: 12, data: name("Anna's printer._ipp._tcp.local") },
  { name: name('lj400._ipp._tcp.local'), type: 33, data: Buffer.concat([hex('0000 0000 0277'), name('lj400.local')]) },
  {
    name: name('lj400._ipp._tcp.local'),
    type: 16,
    data: Buffer.concat(
      ['ty=HP LaserJet 400', 'usb_MFG=HP', 'note=Room of Anna'].map((x) =>
        Buffer.concat([Buffer.of(x.length), ascii(x)]),
      ),
    ),
  },
]);
export const LLMNR = answers([{ name: name('XRAY-07'), type: 1, data: Buffer.of(10, 0, 0, 7) }]);

/** First-level encoding (RFC 1001 14.1). */
export function netbios(text: string, suffix: number): Buffer {
  const raw = Buffer.from(`${text.padEnd(15)}${String.fromCharCode(suffix)}`, 'latin1');
  const letters = [...raw].map((c) => String.fromCharCode(65 + (c >> 4), 65 + (c & 15))).join('');
  return name(letters);
}
export const NBNS = answers(
  [{ name: Buffer.of(0xc0, 12), type: 32, data: hex('0000 0a000007') }],
  0x2910,
  Buffer.concat([netbios('ICU-WS-4', 0x20), u16(32), u16(1)]),
  2,
);
export const NBDGM = Buffer.concat([
  hex('11 02 8000 0a000007 008a 00bb 0000'),
  netbios('ICU-WS-4', 0),
  netbios('WARD', 0x1d),
  ascii('\xffSMB'),
]);

export const SSDP = ascii(
  'NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nSERVER: Linux UPnP/1.0 IpBridge/1.26\r\nNT: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: http://10.0.0.3/john.xml\r\n\r\n',
);
export const WSD = ascii(
  '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"><s:Header><a:Action>http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/Hello</a:Action></s:Header><s:Body><d:Hello><d:Types>dpws:Device mdpws:MedicalDevice</d:Types><d:Scopes>sdc.mds.pkp:1.2.840.10004.20701.1.1 sdc.ctxt.loc:/x?bed=3</d:Scopes></d:Hello></s:Body></s:Envelope>',
);
export const NTP = Buffer.concat([Buffer.of(0x24, 2, 6, 0xec), Buffer.alloc(44)]);

const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag, body.length), body]);
};
export const SNMP = tlv(
  0x30,
  tlv(2, Buffer.of(1)),
  tlv(4, ascii('s3cret-community')),
  tlv(
    0xa2,
    tlv(2, Buffer.of(7)),
    tlv(2, Buffer.of(0)),
    tlv(2, Buffer.of(0)),
    tlv(
      0x30,
      tlv(0x30, tlv(6, hex('2b 06 01 02 01 01 01 00')), tlv(4, ascii('Cisco IOS Software, C2960'))),
      tlv(0x30, tlv(6, hex('2b 06 01 02 01 01 02 00')), tlv(6, hex('2b 06 01 04 01 09 01 05'))),
      tlv(0x30, tlv(6, hex('2b 06 01 02 01 01 05 00')), tlv(4, ascii('SWITCH-3'))),
    ),
  ),
);
/** Session header AC, then the data export of a poll result, as the guide lays them out. */
export const VITALS_ACCEPT = Buffer.concat([hex('0e 04'), Buffer.alloc(4)]);
export const VITALS_RESULT = hex('e100 0002 0002 0006 0001 0007 0000');
export const VITALS_CONNECT = hex('00000100 0001 0012 0000 0000 000c 0021 0000 0000 00000000 0d17 0000');
/** A poll result with the monitor's running clock, and a connect indication with its system id. */
export const VITALS_POLLED = hex('e100 0002 0002 001a 0001 0007 0014 0021 0000 0000 0c16 000a 0007 00012345 00000000');
export const VITALS_SYSTEM = hex(
  '00000100 0001 0024 0000 0000 001e 0021 0000 0000 00001388 0d17 0010 0001 000c 0984 0008 0006 0009fb112233',
);
export const BACNET_I_AM = hex('81 0b 0014 01 00 10 00 c4 02 00 00 01 22 05 c4 91 00 21 05');
export const LLDP = Buffer.concat(
  [
    [5, ascii('switch-3.hospital.example')],
    [6, ascii('Aruba AOS-CX 10.10')],
    [7, hex('0014 0014')],
    [127, Buffer.concat([hex('0012bb 08'), ascii('SN1234')])],
    [127, Buffer.concat([hex('0012bb 0a'), ascii('6300M')])],
    [0, Buffer.alloc(0)],
  ].map(([type, value]) => Buffer.concat([u16(((type as number) << 9) | (value as Buffer).length), value as Buffer])),
);
export const CDP = Buffer.concat([
  hex('02 b4 0000'),
  ...(
    [
      [1, ascii('core-1')],
      [4, hex('00000029')],
      [5, ascii('Cisco IOS Software 15.2')],
      [6, ascii('cisco WS-C2960')],
    ] as const
  ).map(([type, value]) => Buffer.concat([u16(type), u16(value.length + 4), value])),
]);

const step = (dir: 0 | 1, bytes: Buffer): Step => ({ dir, bytes });

export const HTTP: readonly Step[] = [
  step(
    0,
    ascii(
      'GET /fhir/Patient/4711?name=john HTTP/1.1\r\nHost: CANARYHOST.example\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0)\r\nAccept: application/fhir+json\r\n\r\n',
    ),
  ),
  step(
    1,
    ascii(
      'HTTP/1.1 200 OK\r\nServer: Hikvision-Webs\r\nContent-Type: application/fhir+json; charset=utf-8\r\n\r\n{"resourceType":"Patient"}',
    ),
  ),
];
export const UPNP: readonly Step[] = [
  step(0, ascii('GET /desc.xml HTTP/1.1\r\nHost: 10.0.0.9\r\n\r\n')),
  step(
    1,
    ascii(
      'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceType>urn:schemas-upnp-org:device:Printer:1</deviceType><friendlyName>Johns printer</friendlyName><manufacturer>Brother</manufacturer><modelName>MFC-9000</modelName></device></root>',
    ),
  ),
];
/** CONNECT, CONNACK, SUBSCRIBE, PUBLISH (MQTT 3.1.1 section 3). */
export const MQTT: readonly Step[] = [
  step(0, Buffer.concat([hex('10 17 0004'), ascii('MQTT'), hex('04 02 003c 000b'), ascii('pump-gw-icu')])),
  step(1, hex('20 02 00 00')),
  step(0, Buffer.concat([hex('82 0b 0001 0006'), ascii('ward/#'), hex('00')])),
  step(0, Buffer.concat([hex('30 12 000b'), ascii('ward/canary'), ascii('12345')])),
];
export const smb2 = (command: number, answer: boolean, body: Buffer): Buffer => {
  const head = Buffer.alloc(64);
  ascii('\xfeSMB').copy(head);
  head.writeUInt16LE(64, 4);
  head.writeUInt16LE(command, 12);
  head[16] = answer ? 1 : 0;
  const message = Buffer.concat([head, body]);
  return Buffer.concat([hex('00 00'), u16(message.length), message]);
};
export const utf16 = (t: string): Buffer => Buffer.from(t, 'utf16le');
const avs = Buffer.concat([u16le(1), u16le(16), utf16('FILE-SRV'), u16le(0), u16le(0)]);
const CHALLENGE = Buffer.concat([
  ascii('NTLMSSP\0'),
  hex('02000000 0000 0000 38000000 00000000'),
  Buffer.alloc(16),
  u16le(avs.length),
  u16le(avs.length),
  hex('38000000 0a 00 6345 0000000f'),
  avs,
]);
export const SMB: readonly Step[] = [
  step(0, smb2(0, false, Buffer.alloc(36))),
  step(1, smb2(0, true, Buffer.concat([hex('4100 0100 1103 0000'), Buffer.alloc(56)]))),
  step(1, smb2(1, true, Buffer.concat([hex('0900 0000 4800 0000'), CHALLENGE]))),
  step(0, smb2(3, false, Buffer.concat([hex('0900 0000 4800 1800'), utf16('\\\\SRV\\ADMIN$')]))),
  step(0, smb2(3, false, Buffer.concat([hex('0900 0000 4800 1800'), utf16('\\\\SRV\\canary')]))),
]; // prettier-ignore
/** WRITE of 300 octets at the beginning of a file, then SET_INFO with a rename and one with a deletion ([MS-SMB2] 2.2.21, 2.2.39). */
export const SMB_CHANGES: readonly Step[] = [
  step(0, smb2(0, false, Buffer.alloc(36))),
  step(0, smb2(5, false, Buffer.alloc(56))),
  step(
    0,
    smb2(
      9,
      false,
      Buffer.concat([
        hex('3100 7000 2c010000'),
        Buffer.alloc(40),
        Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 167) & 255)),
      ]),
    ),
  ),
  step(0, smb2(17, false, Buffer.concat([hex('2100 01 0a'), Buffer.alloc(60)]))),
  step(0, smb2(17, false, Buffer.concat([hex('2100 01 0d'), Buffer.alloc(60)]))),
];
/** SUBSCRIBE to one topic, and to everything behind it (MQTT 3.1.1 3.8). */
export const MQTT_WIDE: readonly Step[] = [
  MQTT[0],
  step(0, Buffer.concat([hex('82 0f 0001 0006'), ascii('ward/1'), hex('00 0001'), ascii('#'), hex('00')])),
];
export const STRATUM: readonly Step[] = [
  step(0, ascii('{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"x","pass":"y","agent":"miner/6"}}\n')),
  step(1, ascii('{"id":1,"jsonrpc":"2.0","result":{"status":"OK"}}\n')),
];
export const SSH: readonly Step[] = [
  step(1, ascii('SSH-2.0-Cisco-1.25\r\n')),
  step(0, ascii('SSH-2.0-OpenSSH_9.2p1 Debian\r\n')),
];
export const FTP: readonly Step[] = [
  step(1, ascii('220 Room of Dr. Canary, ProFTPD 1.3.5\r\n')),
  step(0, ascii('USER nurse\r\n')),
];

/** Every datagram above with the port it goes to. */
export const DATAGRAMS: readonly (readonly [port: number, whole: Buffer])[] = [
  [67, DHCP_DISCOVER],
  [67, DHCP_ACK],
  [5353, MDNS],
  [5355, LLMNR],
  [137, NBNS],
  [138, NBDGM],
  [1900, SSDP],
  [3702, WSD],
  [123, NTP],
  [161, SNMP],
  [24105, VITALS_RESULT],
  [24105, VITALS_ACCEPT],
  [24005, VITALS_CONNECT],
  [24105, VITALS_POLLED],
  [24005, VITALS_SYSTEM],
  [47808, BACNET_I_AM],
];
/** Every frame without IP with its type. */
export const FRAMES: readonly (readonly [etherType: number, whole: Buffer])[] = [
  [0x88cc, LLDP],
  [0x2000, CDP],
];
