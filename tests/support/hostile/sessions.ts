import * as dicomBytes from '../dicom-bytes.js';
import { ascii, hex } from '../evidence-feed.js';
import * as seed from '../evidence-seeds.js';
import type { Step } from '../stream-feed.js';

/** A conversation over TCP: who says what, to which port. */
export interface Session {
  readonly port: number;
  readonly steps: readonly { readonly dir: 0 | 1; readonly bytes: Buffer }[];
}

const say = (dir: 0 | 1, ...bytes: Buffer[]): { dir: 0 | 1; bytes: Buffer } => ({ dir, bytes: Buffer.concat(bytes) });
const u16 = (n: number): Buffer => Buffer.of(n >> 8, n & 255);
const u24 = (n: number): Buffer => Buffer.of(n >> 16, (n >> 8) & 255, n & 255);

/** Head of an image: strings, sequences of known and unknown length, private elements, a program, pixel data. */
export const DATASET = Buffer.concat([
  dicomBytes.dataElement(8, 5, 'CS', 'ISO_IR 100'),
  dicomBytes.dataElement(8, 0x52, 'CS', 'STUDY '),
  dicomBytes.dataElement(8, 0x60, 'CS', 'CT'),
  dicomBytes.dataElement(8, 0x70, 'LO', 'ACME'),
  dicomBytes.dataElement(8, 0x1090, 'LO', 'Scan 1'),
  hex('0800111153510000ffffffff feff00e0ffffffff'),
  dicomBytes.dataElement(8, 0x1150, 'UI', '1.2.3.'),
  hex('feff0de000000000 feffdde000000000'),
  dicomBytes.dataElement(
    9,
    0x1010,
    'UN',
    Buffer.concat([ascii('MZ'), Buffer.alloc(70), ascii('PE\0\0'), hex('6486'), Buffer.alloc(8)]),
  ),
  dicomBytes.dataElement(0x10, 0x10, 'PN', 'A^B '),
  dicomBytes.dataElement(0x10, 0x20, 'LO', '17'),
  dicomBytes.dataElement(8, 0x20, 'DA', '20240101-20240131 '),
  dicomBytes.dataElement(0x20, 0x0d, 'UI', '1.2.840.99'),
  dicomBytes.dataElement(
    0x40,
    0x100,
    'SQ',
    Buffer.concat([
      hex('feff00e014000000'),
      dicomBytes.dataElement(8, 0x60, 'CS', 'MR'),
      dicomBytes.dataElement(0x40, 2, 'DA', '20'),
    ]),
  ),
  hex('0b001010554e0000ffffffff feff00e008000000 0900101000000000 feffdde000000000'),
  hex('e07f10004f570000ffffffff'),
  Buffer.alloc(300, 7),
]);
/** A query in implicit VR: empty keys, wild cards. */
const QUERY = Buffer.concat(
  [
    ['0800', '5200', 'STUDY '],
    ['0800', '2000', '20240101-'],
    ['1000', '1000', '*'],
    ['1000', '2000', ''],
    ['2000', '0d00', ''],
  ].map(([g, e, v]) => {
    const n = Buffer.alloc(4);
    n.writeUInt32LE(v.length);
    return Buffer.concat([hex(g), hex(e), n, ascii(v)]);
  }),
);

const { abort, associateAc, associateRj, associateRq, command, item, pdata, pdu, pdv, releaseRp, releaseRq } =
  dicomBytes;
const CONTEXTS = [
  { id: 1, abstract: dicomBytes.VERIFICATION },
  { id: 3, abstract: '1.2.840.10008.5.1.4.1.1.2' },
  { id: 5, abstract: '1.2.840.10008.5.1.4.1.2.2.1' },
];
const USER = [
  item(0x53, hex('00010001')),
  item(0x54, hex('0003 312e32 0100')),
  item(0x56, hex('0003312e32ff')),
  item(0x57, hex('0003312e32 0000 0000')),
  item(0x58, hex('02 01 0004 75736572 0002 7077')),
];
const RQ = associateRq({ contexts: CONTEXTS, userItems: USER });
const AC = associateAc({ contexts: CONTEXTS.map((c) => ({ ...c, result: 0 })), userItems: [USER[0], USER[1]] });

const dicom = (port: number, ...steps: { dir: 0 | 1; bytes: Buffer }[]): Session => ({ port, steps });
const DICOM: readonly Session[] = [
  dicom(
    104,
    say(0, RQ),
    say(1, AC),
    say(0, pdata(pdv(1, 3, command(0x30)))),
    say(1, pdata(pdv(1, 3, command(0x8030, { to: 1, status: 0 })))),
    say(0, releaseRq()),
    say(1, releaseRp()),
  ),
  dicom(
    104,
    say(0, RQ),
    say(1, AC),
    say(
      0,
      pdata(
        pdv(3, 3, command(1, { dataset: true, instance: '1.2.3' })),
        pdv(3, 0, DATASET.subarray(0, 200)),
        pdv(3, 2, DATASET.subarray(200)),
      ),
    ),
    say(1, pdata(pdv(3, 3, command(0x8001, { to: 1, status: 0 })))),
    say(1, abort(2, 1)),
  ),
  dicom(
    11112,
    say(0, RQ),
    say(1, AC),
    say(0, pdata(pdv(5, 3, command(0x20, { dataset: true, sop: CONTEXTS[2].abstract }))), pdata(pdv(5, 2, QUERY))),
    say(1, pdata(pdv(5, 3, command(0x8020, { to: 1, status: 0xff00, dataset: true })), pdv(5, 2, QUERY))),
  ),
  dicom(
    104,
    say(0, RQ),
    say(1, AC),
    say(0, pdata(pdv(5, 3, command(0x21, { dataset: true, destination: 'WS1' })), pdv(5, 2, QUERY))),
    say(1, pdata(pdv(5, 3, command(0x8021, { to: 1, status: 0xb000 })))),
  ),
  dicom(104, say(0, RQ), say(1, associateRj(1, 1, 3))),
  dicom(
    104,
    say(0, RQ),
    say(1, AC),
    say(0, pdata(pdv(1, 3, command(0x130, { sop: '1.2.840.10008.1.20.1' })))),
    say(0, pdu(9, Buffer.alloc(40, 1))),
  ),
];

const MESSAGES = [
  'MSH|^~\\&|MON|WARD|ENGINE|HOSP|20240102030405.123+0100||ORU^R01^ORU_R01|C1|P|2.6|||AL|NE|||UNICODE UTF-8|||IHE^1\rPID|1||P7^^^H||A^B\rPV1|1|I|W^1^2\rOBR|1|O1||1234^X\rOBX|1|NM|8867-4^HR^LN||72|/min|60-100|N|||F|||20240102030405||||DEV^1^2\rOBX|2|ST|X||a\\T\\b~c&d||||||F\rPRT|1|UC||EQUIP||||||UDI1||||||D1||||S1\r',
  'MSH|^~\\&|ADT|ADM|ENGINE|HOSP|20240102030406||ADT^A40|C2|P|2.3\nPID|1||P8\nMRG|P9\n',
  'MSH$%~\\&$X$Y$Z$W$2024$$QBP%Q22$C3$P$2.5\rQPD$Q22$1$@PID.3%x\rRCP$I\r',
  'FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A|B|C|D|||DFT^P03|C4|P|2.4\rEVN|P03\rMSH|^~\\&|A|B|C|D|||DFT^P03|C5|P|2.4\rBTS|2\rFTS|1\r',
  'MSH|^~\\&|PUMP|ICU|EHR|H|20240102||RGV^O15|C6|P|2.6\rORC|RE|1\rRXG|1||20240102|D^Morphine|5||mg||||||||2|ml/h\rTQ1|1\r',
  `MSH|^~\\&|IMG|RAD|EHR|H|20240102||ORU^R01|C7|P|2.3\rOBX|1|ED|PDF||^AP^^Base64^${'QUJD'.repeat(200)}\r`,
  'MSH|^~\\&|MON|W|E|H|20240102||ORU^R40^ORU_R40|C8|P|2.6\rPID|||P1\rOBX|1|CWE|196616^MDC_EVT_ALARM||start||||||F\rOBX|2|ST|68481^MDC_ATTR_EVENT_PHASE||start\rOBX|3|ST|68482^MDC_ATTR_ALARM_STATE||inactive\r',
];
const ACK = 'MSH|^~\\&|ENGINE|HOSP|MON|WARD|20240102030405||ACK^R01^ACK|A1|P|2.6\rMSA|AA|C1\rERR||PID^1\r';
const FRAMES = ['\x1c\r', '\x1c', '\x1c\n', '\x1c\0', '\r\x0c'];
const HL7: readonly Session[] = [
  ...MESSAGES.flatMap((m, i) => [
    {
      port: 2575,
      steps: [
        say(0, ascii(`\x0b${m}${FRAMES[i % 5]}`)),
        say(1, ascii(`\x0b${ACK}\x1c\r`)),
        say(0, ascii(`\x0b${m}\x1c\r`)),
      ],
    },
  ]),
  { port: 2575, steps: [say(0, ascii(MESSAGES[0])), say(1, ascii(ACK)), say(0, ascii(MESSAGES[1]))] },
  {
    port: 2575,
    steps: [
      say(0, ascii('\x0b'), hex('fffe'), Buffer.from(MESSAGES[0], 'utf16le'), ascii('\x1c\r')),
      say(1, ascii('\x0b\x06\x1c\r')),
    ],
  },
  {
    port: 2575,
    steps: [say(0, ascii(`log\n\x0b${MESSAGES[0]}\x0b${MESSAGES[1]}\x1c\r`)), say(1, ascii(`\x0b${ACK}`))],
  },
];

const record = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.of(type, 3, 3), u16(body.length), body]);
const handshake = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.of(type), u24(body.length), body]);
const ext = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type), u16(body.length), body]);
const list = (body: Buffer): Buffer => Buffer.concat([u16(body.length), body]);
const CLIENT_HELLO = handshake(
  1,
  Buffer.concat([
    hex('0303'),
    Buffer.alloc(32, 9),
    Buffer.of(4, 1, 2, 3, 4),
    list(hex('0a0a130113021303c02bc02fc030')),
    hex('0100'),
    list(
      Buffer.concat([
        ext(0, list(Buffer.concat([Buffer.of(0), list(ascii('portal.example'))]))),
        ext(16, list(Buffer.concat([Buffer.of(2), ascii('h2'), Buffer.of(8), ascii('http/1.1')]))),
        ext(13, list(hex('040308040401'))),
        ext(43, hex('04 0304 0303')),
        ext(10, list(hex('001d0017'))),
        ext(0x0a0a, Buffer.alloc(0)),
        ext(51, list(Buffer.concat([hex('001d'), list(Buffer.alloc(32, 5))]))),
      ]),
    ),
  ]),
);
const serverHello = (extensions: Buffer): Buffer =>
  handshake(2, Buffer.concat([hex('0303'), Buffer.alloc(32, 8), Buffer.of(0), hex('c02f00'), list(extensions)]));
const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([
    Buffer.of(tag),
    body.length < 128 ? Buffer.of(body.length) : Buffer.concat([Buffer.of(0x82), u16(body.length)]),
    body,
  ]);
};
const rdn = (oid: string, text: string): Buffer => der(0x31, der(0x30, der(6, hex(oid)), der(0x0c, ascii(text))));
/** A name of a certificate with `n` common names. */
export const distinguished = (n: number): Buffer =>
  der(0x30, rdn('55040a', 'ACME'), ...Array.from({ length: n }, (_, i) => rdn('550403', `dev-${i}`)));
/** An unsigned certificate (RFC 5280 4.1) with these names: nobody verifies it here. */
export function certificate(name: Buffer): Buffer {
  const algorithm = der(0x30, der(6, hex('2a864886f70d01010b')), hex('0500'));
  const key = der(
    0x30,
    der(0x30, der(6, hex('2a864886f70d010101')), hex('0500')),
    der(3, Buffer.of(0), der(0x30, der(2, hex('00c3'), Buffer.alloc(31, 7)), der(2, hex('010001')))),
  );
  const time = (text: string): Buffer => der(0x17, ascii(text));
  const tbs = der(
    0x30,
    der(0xa0, der(2, Buffer.of(2))),
    der(2, Buffer.of(5)),
    algorithm,
    name,
    der(0x30, time('240101000000Z'), time('340101000000Z')),
    name,
    key,
  );
  return der(0x30, tbs, algorithm, der(3, Buffer.of(0), Buffer.alloc(32, 3)));
}
const CERTIFICATES = (der: Buffer): Buffer => handshake(11, Buffer.concat([u24(der.length + 3), u24(der.length), der]));
const CERT = certificate(distinguished(1));
const TLS: readonly Session[] = [
  {
    port: 443,
    steps: [
      say(0, record(22, CLIENT_HELLO)),
      say(
        1,
        record(22, Buffer.concat([serverHello(Buffer.alloc(0)), CERTIFICATES(CERT), handshake(14, Buffer.alloc(0))])),
      ),
      say(0, record(20, Buffer.of(1))),
    ],
  },
  {
    port: 2762,
    steps: [
      say(0, record(22, CLIENT_HELLO.subarray(0, 60)), record(22, CLIENT_HELLO.subarray(60))),
      say(1, record(22, serverHello(ext(43, hex('0304')))), record(23, Buffer.alloc(90, 6))),
    ],
  },
  { port: 443, steps: [say(0, record(22, CLIENT_HELLO)), say(1, record(21, hex('0228')))] },
];

const line = (port: number, dir: 0 | 1, ...texts: string[]): Session => ({
  port,
  steps: texts.map((x, i) => say(((dir + i) & 1) as 0 | 1, ascii(x))),
});
const OTHERS: readonly Session[] = [
  line(
    554,
    0,
    'OPTIONS rtsp://10.0.0.9/1 RTSP/1.0\r\nUser-Agent: vlc 3\r\n\r\n',
    'RTSP/1.0 200 OK\r\nServer: Hik 1\r\n\r\n',
  ),
  { port: 23, steps: [say(1, hex('fffd18fffd20')), say(0, ascii('nurse\r\n'))] },
  line(9100, 0, '\x1b%-12345X@PJL INFO ID\r\n', '@PJL INFO ID\r\n"HP"\r\n'),
  line(515, 0, '\x02lp\n', '\0'),
  line(5000, 0, '\x05\x021H|\\^&|||A\r', '\x06'),
  line(5001, 0, '<HEL.R01><HDR></HDR></HEL.R01>', '<ACK.R01>'),
  {
    port: 502,
    steps: [say(0, hex('0001 0000 0006 01 03 0000 000a')), say(1, hex('0001 0000 0017 01 03 14'), Buffer.alloc(20))],
  },
  { port: 389, steps: [say(0, hex('300c0201016007020103040080 00')), say(1, hex('300c02010161070a010004000400'))] },
  line(513, 0, '\0user\0user\0xterm/9600\0', '\0'),
  line(5900, 1, 'RFB 003.008\n', 'RFB 003.008\n'),
  {
    port: 3389,
    steps: [
      say(0, hex('030000130ee000000000000100080003000000')),
      say(1, hex('030000130ed000001234000200080001000000')),
    ],
  },
  {
    port: 445,
    steps: [
      say(0, hex('00000054 ff534d42 72 00000000 18 01c8'), Buffer.alloc(72, 1)),
      say(0, hex('00000040 ff534d42 06 00000000 18 01c8'), Buffer.alloc(52)),
    ],
  },
  line(
    80,
    0,
    'GET /a HTTP/1.1\r\nHost: x\r\n\r\n',
    'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="DCS-930L"\r\nServer: a\r\n\r\n',
    'POST /../x?<script> HTTP/1.1\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
  ),
  {
    port: 80,
    steps: [
      say(0, ascii('GET /f HTTP/1.1\r\n\r\n')),
      say(
        1,
        ascii('HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\nMZ'),
        Buffer.alloc(126),
        ascii('DICM'),
      ),
    ],
  },
  { port: 20, steps: [say(1, ascii('MZ'), Buffer.alloc(126), ascii('DICM'), Buffer.alloc(40))] },
  {
    port: 1883,
    steps: [
      say(0, hex('10 1c 0004'), ascii('MQTT'), hex('05 02 003c 03 210014 000c'), ascii('pump-gw-icu5')),
      say(1, hex('20 03 00 87 00')),
      say(0, hex('82 10 0001 00 000a'), ascii('$share/g/#'), hex('00')),
      say(0, hex('c000 e000')),
      say(1, hex('d000 f000 0000')),
    ],
  },
  {
    port: 445,
    steps: [
      say(
        0,
        seed.smb2(
          9,
          false,
          Buffer.concat([hex('3100 7000 84000000'), Buffer.alloc(40), ascii('MZ'), Buffer.alloc(126), ascii('DICM')]),
        ),
      ),
      say(1, seed.smb2(8, true, Buffer.concat([hex('1100 50 00'), Buffer.alloc(60)]))),
    ],
  },
];

const fromSteps = (port: number, steps: readonly Step[]): Session => ({
  port,
  steps: steps.map((s) => ({ dir: s.dir, bytes: s.bytes as Buffer })),
});

/** Conversations of every protocol over TCP that the sensor knows. */
export const SESSIONS: readonly Session[] = [
  ...DICOM,
  ...HL7,
  ...TLS,
  fromSteps(80, seed.HTTP),
  fromSteps(49152, seed.UPNP),
  fromSteps(1883, seed.MQTT),
  fromSteps(1883, seed.MQTT_WIDE),
  fromSteps(445, seed.SMB),
  fromSteps(445, seed.SMB_CHANGES),
  fromSteps(3333, seed.STRATUM),
  fromSteps(22, seed.SSH),
  fromSteps(21, seed.FTP),
  ...OTHERS,
];

/** Datagrams of every protocol over UDP that the sensor knows, with the port they go to. */
export const DATAGRAMS: readonly (readonly [port: number, bytes: Buffer])[] = [
  ...seed.DATAGRAMS,
  [547, hex('0100000100270009 00075852415930370 010000e00000137000 84d53465420352e30'.replace(/ /g, '').slice(0, 66))],
  [
    547,
    Buffer.concat([
      hex('01 000001 0027 0008 00 06'),
      ascii('XRAY07'),
      hex('0010 000e 00000137 0008'),
      ascii('MSFT 5.0'),
    ]),
  ],
  [547, hex('07 000001')],
  [69, ascii('\0\x01config.bin\0octet\0')],
  [53, seed.answers([], 0x0100, Buffer.concat([seed.name('a.mydlink.com'), hex('00010001')]))],
  [
    53,
    seed.answers(
      [{ name: Buffer.of(0xc0, 12), type: 1, data: Buffer.of(10, 0, 0, 9) }],
      0x8180,
      Buffer.concat([seed.name('www.example.org'), hex('00010001')]),
    ),
  ],
  [161, hex('302602010004067075626c6963a4190606 2b0601040101 40040a000001 020106 020101 430100 3000')],
  [514, ascii('<34>1 2024-01-01T00:00:00Z host app - - - text')],
  [1900, ascii('M-SEARCH * HTTP/1.1\r\nUSER-AGENT: iOS/9\r\nST: ssdp:all\r\n\r\n')],
];
export const ETHER_FRAMES = seed.FRAMES;
