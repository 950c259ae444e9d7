import { associateAc, associateRq, command, item, pdata, pdu, pdv } from '../dicom-bytes.js';
import { hex } from '../evidence-feed.js';
import * as seed from '../evidence-seeds.js';
import { certificate, DATASET, distinguished } from './sessions.js';

/** An input made to cost its reader more than it costs its sender. `bytes(n)` is about `n` octets of one direction. */
export interface StreamCase {
  readonly name: string;
  readonly port: number;
  /** What is said first, by the initiator and then the responder. */
  readonly opening?: readonly Buffer[];
  readonly bytes: (n: number) => Buffer;
  /** Who says it: 1 the responder. */
  readonly dir?: 0 | 1;
  /** Octets a segment; 1460 without. */
  readonly segment?: number;
}

const text = (s: string): Buffer => Buffer.from(s, 'latin1');
const u16 = (n: number): Buffer => Buffer.of((n >> 8) & 255, n & 255);
const u32le = (n: number): Buffer => Buffer.of(n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255);
/** One part again and again. */
const times = (part: Buffer | string, n: number): Buffer => {
  const b = Buffer.from(part as string, 'latin1');
  return Buffer.alloc(Math.max(b.length, Math.floor(n / b.length) * b.length), b);
};

const OPENING = [associateRq(), associateAc()];
const CONTEXT = 1;
/** A data set in one P-DATA PDU behind its command. */
const dataset = (body: Buffer): Buffer =>
  Buffer.concat([pdata(pdv(CONTEXT, 3, command(1, { dataset: true }))), pdata(pdv(CONTEXT, 2, body))]);
/** As many data sets of 60 kB as fit. */
const datasets = (part: Buffer) => (n: number) => times(dataset(times(part, Math.min(n, 60_000))), n);
const pdus = (one: Buffer) => (n: number) => times(one, n);
const associate = (part: Buffer) => (n: number) =>
  times(pdu(1, Buffer.concat([associateRq().subarray(6, 74), times(part, Math.min(n, 900_000))])), n);

const DICOM: readonly StreamCase[] = [
  {
    name: 'dicom: ordinary storage',
    port: 104,
    opening: OPENING,
    bytes: (n) =>
      times(
        Buffer.concat([
          pdata(pdv(CONTEXT, 3, command(1, { dataset: true }))),
          pdata(pdv(CONTEXT, 0, Buffer.concat([DATASET, Buffer.alloc(15_000)]))),
          pdata(pdv(CONTEXT, 2, Buffer.alloc(16_000))),
        ]),
        n,
      ),
  },
  {
    name: 'dicom: data in PDVs of one octet',
    port: 104,
    opening: OPENING,
    bytes: (n) => times(pdata(...Array.from({ length: 2000 }, () => pdv(CONTEXT, 0, Buffer.of(7)))), n),
  },
  {
    name: 'dicom: empty PDVs',
    port: 104,
    opening: OPENING,
    bytes: (n) => times(pdata(...Array.from({ length: 2000 }, () => pdv(CONTEXT, 0, Buffer.alloc(0)))), n),
  },
  {
    name: 'dicom: PDUs of one empty PDV',
    port: 104,
    opening: OPENING,
    bytes: pdus(pdata(pdv(CONTEXT, 0, Buffer.alloc(0)))),
  },
  {
    name: 'dicom: command sets of one octet a fragment',
    port: 104,
    opening: OPENING,
    bytes: (n) => times(pdata(...Array.from({ length: 2000 }, () => pdv(CONTEXT, 1, Buffer.of(0)))), n),
  },
  { name: 'dicom: small commands', port: 104, opening: OPENING, bytes: pdus(pdata(pdv(CONTEXT, 3, command(0x30)))) },
  { name: 'dicom: sequences 7,000 deep', port: 104, opening: OPENING, bytes: datasets(hex('08001111ffffffff')) },
  { name: 'dicom: items without end', port: 104, opening: OPENING, bytes: datasets(hex('feff00e0ffffffff')) },
  { name: 'dicom: empty elements', port: 104, opening: OPENING, bytes: datasets(hex('0800600000000000')) },
  {
    name: 'dicom: private values that could be programs',
    port: 104,
    opening: OPENING,
    bytes: datasets(Buffer.concat([hex('09001010'), u32le(64), Buffer.alloc(64, 'PE\0')])),
  },
  {
    name: 'dicom: query keys',
    port: 104,
    opening: OPENING,
    bytes: datasets(Buffer.concat([hex('10002000'), u32le(64), Buffer.alloc(64, '*')])),
  },
  {
    name: 'dicom: presentation contexts',
    port: 104,
    bytes: associate(item(0x20, Buffer.concat([hex('01000000'), item(0x30, '1.2'), item(0x40, '1.2')]))),
  },
  {
    name: 'dicom: transfer syntaxes',
    port: 104,
    bytes: associate(item(0x20, Buffer.concat([hex('01000000'), times(item(0x40, '1'), 60_000)]))),
  },
  { name: 'dicom: empty items', port: 104, bytes: associate(item(0x10, '')) },
  { name: 'dicom: empty user items', port: 104, bytes: associate(item(0x50, times(item(0x54, ''), 60_000))) },
  { name: 'dicom: associations one after the other', port: 104, bytes: pdus(associateRq()) },
  {
    name: 'dicom: headers that lie, found again each time',
    port: 104,
    opening: OPENING,
    bytes: pdus(Buffer.concat([hex('0400 7ffffff1'), pdata(pdv(CONTEXT, 3, command(0x30)))])),
  },
  {
    name: 'dicom: almost headers',
    port: 104,
    opening: [...OPENING, hex('0400ffffffff')],
    bytes: pdus(hex('04000000')),
  },
];

const MSH = 'MSH|^~\\&|A|B|C|D|2024||ORU^R01|1|P|2.3\r';
const block = (body: Buffer): Buffer => Buffer.concat([text(`\x0b${MSH}`), body, text('\x1c\r')]);
/** As many blocks of 250 kB as fit. */
const blocks =
  (part: string, of = 250_000) =>
  (n: number) =>
    times(block(times(part, Math.min(n, of))), n);
const REPORT = `\x0b${MSH}PID|1||P7\rOBR|1|O\r${Array.from({ length: 8 }, (_, i) => `OBX|${i}|NM|8867-${i}^HR||7${i}|/min|60-100|N|||F\r`).join('')}\x1c\r`;
const hl7 = (name: string, bytes: (n: number) => Buffer, more: Partial<StreamCase> = {}): StreamCase => ({
  name: `hl7: ${name}`,
  port: 2575,
  bytes,
  ...more,
});
const HL7: readonly StreamCase[] = [
  hl7('ordinary reports', (n) => times(REPORT, n)),
  hl7('segments', blocks('A\r')),
  hl7('fields', blocks('|')),
  hl7('repeats', blocks('~')),
  hl7('components', blocks('^')),
  hl7('subcomponents', blocks('&')),
  hl7('escapes', blocks('\\T\\')),
  hl7('fields of a patient', (n) => times(block(Buffer.concat([text('PID|'), times('|', Math.min(n, 250_000))])), n)),
  hl7('observations', blocks('OBX|1|NM|1||5\r')),
  hl7('observations of many parts', blocks(`OBX|1|NM|${'1^'.repeat(60)}||5|${'a&b~'.repeat(40)}\r`)),
  hl7('headers in one block', blocks(MSH)),
  hl7('headers of eight octets in one block', blocks('MSH|^~\\&\r')),
  hl7('acknowledgements nobody asked for', (n) => times(`\x0b${MSH.replace('ORU', 'ACK')}MSA|AA|9\r\x1c\r`, n)),
  hl7('smallest blocks', (n) => times('\x0bMSH|^~\\&|\x1c\r', n)),
  hl7('starts without end', (n) => times(`\x0b${MSH}`, n)),
  hl7('starts alone', (n) => Buffer.concat([text(REPORT), times('\x0b', n)])),
  hl7('ends alone', (n) => Buffer.concat([text(REPORT), times('\x1c', n)])),
  hl7('ends inside', (n) => Buffer.concat([text(`\x0b${MSH}`), times('\x1cX', n)])),
  hl7('lines that could be headers', (n) => Buffer.concat([text(REPORT), times('\rMS', n)])),
  hl7('messages without blocks', (n) => times(MSH, n)),
  hl7('wide characters', (n) =>
    times(Buffer.concat([text('\x0b'), hex('fffe'), Buffer.from(MSH, 'utf16le'), text('\x1c\r')]), n),
  ),
  hl7('ends and starts alone, one octet a segment', (n) => Buffer.concat([text('\x0bMSH|'), times('\x1c\x0b', n)]), {
    segment: 1,
  }),
  hl7('an endless block, one octet a segment', (n) => Buffer.concat([text(`\x0b${MSH}`), Buffer.alloc(n, '|')]), {
    segment: 1,
  }),
];

const record = (body: Buffer): Buffer => Buffer.concat([hex('160303'), u16(body.length), body]);
const hello = (body: Buffer): Buffer => Buffer.concat([Buffer.of(1), hex('003fff'), body]);
const server = Buffer.concat([hex('02000026 0303'), Buffer.alloc(32), hex('00c02f00')]);
const chain = (der: Buffer): Buffer => {
  const list = Buffer.concat([Buffer.of(0), u16(der.length), der]);
  return Buffer.concat([Buffer.of(11, 0), u16(list.length + 3), Buffer.of(0), u16(list.length), list]);
};
const TLS: readonly StreamCase[] = [
  {
    name: 'tls: a hello in records of one octet',
    port: 443,
    bytes: (n) => Buffer.concat([record(hello(Buffer.alloc(40))), times(record(Buffer.of(0)), n)]),
  },
  {
    name: 'tls: empty records',
    port: 443,
    bytes: (n) => Buffer.concat([record(hello(Buffer.alloc(40))), times(record(Buffer.alloc(0)), n)]),
  },
  {
    name: 'tls: handshake messages of no length',
    port: 443,
    dir: 1,
    bytes: (n) => times(Buffer.concat([record(server), record(times(hex('04000000'), 16_000))]), n),
  },
  {
    name: 'tls: certificates with a name of many parts',
    port: 443,
    dir: 1,
    bytes: (n) => times(Buffer.concat([record(server), record(chain(certificate(distinguished(220))))]), n),
  },
  {
    name: 'tls: a hello, one octet a segment',
    port: 443,
    bytes: (n) => Buffer.concat([record(hello(Buffer.alloc(40))), record(Buffer.alloc(Math.min(16_000, n)))]),
    segment: 1,
  },
];

const mqtt = (type: number, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.of(type),
    body.length < 128 ? Buffer.of(body.length) : Buffer.of((body.length & 127) | 128, body.length >> 7),
    body,
  ]);
const CONNECT = [seed.MQTT[0].bytes as Buffer, hex('20020000')];
const topic = (s: string): Buffer => Buffer.concat([u16(s.length), text(s)]);
const OTHERS: readonly StreamCase[] = [
  {
    name: 'http: heads without end',
    port: 80,
    bytes: (n) => Buffer.concat([text('GET / HTTP/1.1\r\n'), times('a: b\r\n', n)]),
  },
  {
    name: 'http: a head without end, one octet a segment',
    port: 80,
    bytes: (n) => Buffer.concat([text('GET / HTTP/1.1\r\n'), times('a:', n)]),
    segment: 1,
  },
  { name: 'http: requests', port: 80, bytes: (n) => times(text('GET / HTTP/1.1\r\n\r\n'.padEnd(1460)), n) },
  {
    name: 'http: a type that almost is one',
    port: 80,
    bytes: (n) => Buffer.concat([text('GET / HTTP/1.1\r\nContent-Type: '), times('type=application/octet-stream ', n)]),
  },
  { name: 'http: a target of paths', port: 80, bytes: (n) => Buffer.concat([text('GET '), times('/..;%2e', n)]) },
  {
    name: 'http: a description of almost elements',
    port: 80,
    dir: 1,
    bytes: (n) =>
      Buffer.concat([text('HTTP/1.1 200 OK\r\n\r\n<urn:schemas-upnp-org:device-1-0>'), times('<a:manufacturer ', n)]),
  },
  { name: 'mqtt: packets of two octets', port: 1883, opening: CONNECT, bytes: (n) => times(hex('c000'), n) },
  { name: 'mqtt: packets of reserved type', port: 1883, opening: CONNECT, bytes: (n) => times(hex('0000'), n) },
  { name: 'mqtt: packets from the wrong side', port: 1883, opening: CONNECT, bytes: (n) => times(hex('d000'), n) },
  {
    name: 'mqtt: connects',
    port: 1883,
    opening: CONNECT,
    bytes: (n) => times(mqtt(0x10, hex('0004 4d515454 04 02 003c 0001 61')), n),
  },
  {
    name: 'mqtt: one subscription of many filters',
    port: 1883,
    opening: CONNECT,
    bytes: (n) =>
      times(mqtt(0x82, Buffer.concat([hex('0001'), times(Buffer.concat([topic('#'), Buffer.of(0)]), 8000)])), n),
  },
  {
    name: 'mqtt: small subscriptions',
    port: 1883,
    opening: CONNECT,
    bytes: (n) => times(mqtt(0x82, Buffer.concat([hex('0001'), topic('#'), Buffer.of(0)])), n),
  },
  {
    name: 'mqtt: topics of many levels',
    port: 1883,
    opening: CONNECT,
    bytes: (n) => times(Buffer.concat([mqtt(0x30, topic('/'.repeat(900))), mqtt(0x30, topic('/'.repeat(901)))]), n),
  },
  {
    name: 'smb: empty messages',
    port: 445,
    opening: [seed.SMB[0].bytes as Buffer, seed.SMB[1].bytes as Buffer],
    bytes: (n) => times(hex('00000000'), n),
  },
  {
    name: 'smb: log-ons without a name',
    port: 445,
    opening: [seed.SMB[0].bytes as Buffer, seed.SMB[1].bytes as Buffer],
    bytes: (n) => times(seed.smb2(1, false, Buffer.alloc(12)), n),
  },
  {
    name: 'smb: writes',
    port: 445,
    opening: [seed.SMB[0].bytes as Buffer, seed.SMB[1].bytes as Buffer],
    bytes: (n) => times(seed.smb2(9, false, Buffer.concat([hex('31004000 00010000'), Buffer.alloc(300, 5)])), n),
  },
  {
    name: 'ftp: a greeting that almost names a program',
    port: 21,
    dir: 1,
    bytes: (n) => Buffer.concat([text('220 '), times('aFTPaFTP_', n)]),
  },
  {
    name: 'json: almost a mining client',
    port: 3333,
    bytes: (n) => Buffer.concat([text('{'), times('"method":"login"', n)]),
    segment: 1,
  },
  { name: 'bytes nobody knows, one octet a segment', port: 7777, bytes: (n) => Buffer.alloc(n, 0x2e), segment: 1 },
];

export const STREAM_CASES: readonly StreamCase[] = [...DICOM, ...HL7, ...TLS, ...OTHERS];
