// runs alone: the embedded broker has one port
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingsDefaults, type Verdict } from '../../src/core/index.js';
import {
  FileSink,
  FORMATS,
  type Format,
  fileSettings,
  InfluxSink,
  influxSettings,
  SyslogSink,
  syslogSettings,
  WebhookSink,
  webhookSettings,
} from '../../src/publish/index.js';
import { pcapBytes, type TestPacket } from '../support/capture-bytes.js';
import { associateAc, associateRq, command, pdata, pdv, releaseRp, releaseRq } from '../support/dicom-bytes.js';
import { answers, dhcp, name } from '../support/evidence-seeds.js';
import { ethernet, ip4, tcp, udp } from '../support/frames.js';
import { HttpReceiver } from '../support/http-receiver.js';
import { haveProgram } from '../support/namespace.js';
import { until } from '../support/until.js';
import { MAIN, Running, temporaryFolder, wardwire } from '../support/wardwire.js';

// Marked names, identifiers and values go through the whole sensor: daemon, broker, metrics, verdict log, models, decode. No mark may
// come out anywhere. The marks stand wherever a patient could: a sensor that leaks one field leaks a mark.
t.setTimeout(240_000);

const wallUs = (): number => Date.now() * 1000;
const WORD = 'CANARYMARK';
const NUMBER = '998877665544';

type Step = readonly [dir: 0 | 1, bytes: Buffer];

/** One TCP connection as frames, 2 ms apart. */
function connection(host: number, port: number, startS: number, steps: readonly Step[]): TestPacket[] {
  const seq = [1000, 5000];
  const out: TestPacket[] = [];
  let id = host * 1000;
  const frame = (dir: 0 | 1, flags: number, payload: Buffer = Buffer.alloc(0)): void => {
    const ports: [number, number] = dir === 0 ? [40_000 + host, port] : [port, 40_000 + host];
    const segment = tcp(...ports, payload, { seq: seq[dir], ack: seq[1 - dir], flags });
    const ends = [`10.9.0.${host}`, '10.9.0.200'];
    const macs = [`0200000000${host.toString(16).padStart(2, '0')}`, '0200000000c8'];
    const packet = ip4(6, segment, { id: id++ & 0xffff, src: ends[dir], dst: ends[1 - dir] });
    const us = Math.round(startS * 1e6) + out.length * 2000;
    out.push({
      s: 1_767_000_000 + Math.floor(us / 1e6),
      f: us % 1e6,
      data: ethernet(0x0800, packet, macs[dir], macs[1 - dir]),
    });
    seq[dir] += payload.length + (flags & 3 ? 1 : 0);
  };
  frame(0, 2);
  frame(1, 0x12);
  frame(0, 0x10);
  for (const [dir, bytes] of steps) {
    for (let at = 0; at < bytes.length; at += 1400) frame(dir, 0x18, bytes.subarray(at, at + 1400));
  }
  frame(0, 0x11);
  frame(1, 0x11);
  return out;
}

/** One datagram as a frame. */
function datagram(host: number, to: string, port: number, atS: number, payload: Buffer): TestPacket {
  const packet = ip4(17, udp(40_000 + host, port, payload), { id: host, src: `10.9.0.${host}`, dst: to });
  const mac = `0200000000${host.toString(16).padStart(2, '0')}`;
  return { s: 1_767_000_000 + atS, f: 0, data: ethernet(0x0800, packet, mac, '0200000000c8') };
}

/** Host names, instance names and texts with marks, as phones and private computers announce them. */
function announcements(): TestPacket[] {
  const option = (code: number, text: string): Buffer =>
    Buffer.concat([Buffer.of(code, text.length), Buffer.from(text)]);
  const txt = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
  const srv = Buffer.concat([Buffer.from('000000000277', 'hex'), name(`${WORD}-phone.local`)]);
  return [
    datagram(
      20,
      '10.9.0.200',
      67,
      8,
      dhcp(1, [option(53, '\x01'), option(12, `${WORD}-iPhone`), option(60, 'android-dhcp-13')]),
    ),
    datagram(
      21,
      '224.0.0.251',
      5353,
      8,
      answers([
        { name: name('_airplay._tcp.local'), type: 12, data: name(`${WORD} phone._airplay._tcp.local`) },
        { name: name(`${WORD} phone._airplay._tcp.local`), type: 33, data: srv },
        {
          name: name(`${WORD} phone._airplay._tcp.local`),
          type: 16,
          data: Buffer.concat([txt(`note=${WORD}`), txt(`id=${NUMBER}`)]),
        },
        { name: name(`${WORD}-phone.local`), type: 1, data: Buffer.of(10, 9, 0, 21) },
      ]),
    ),
    datagram(
      22,
      '10.9.0.200',
      53,
      8,
      Buffer.concat([
        Buffer.from('0001010000010000000000 00'.replace(' ', ''), 'hex'),
        name(`${WORD}.example.com`),
        Buffer.from('00010001', 'hex'),
      ]),
    ),
    datagram(23, '224.0.0.252', 5355, 8, answers([{ name: name(WORD), type: 1, data: Buffer.of(10, 9, 0, 23) }])),
    datagram(
      24,
      '239.255.255.250',
      1900,
      8,
      Buffer.from(
        `NOTIFY * HTTP/1.1\r\nSERVER: Linux UPnP/1.0\r\nUSN: uuid:${NUMBER}\r\nNT: upnp:rootdevice\r\nLOCATION: http://x/${WORD}\r\n\r\n`,
      ),
    ),
  ]; // prettier-ignore
}

/** MQTT with marks in client identifier, user, topics and payload. */
function mqtt(): Step[] {
  const field = (text: string): Buffer =>
    Buffer.concat([Buffer.of(text.length >> 8, text.length & 255), Buffer.from(text)]);
  const packet = (first: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Buffer.of(first, body.length), body]);
  };
  const connect = [field('MQTT'), Buffer.from('04c2003c', 'hex'), field(`${WORD}-monitor`), field(WORD), field(NUMBER)];
  return [
    [0, packet(0x10, ...connect)],
    [1, Buffer.from('20020000', 'hex')],
    [0, packet(0x82, Buffer.of(0, 1), field(`ward/${WORD}/#`), Buffer.of(0))],
    [0, packet(0x30, field(`ward/${WORD}/${NUMBER}`), Buffer.from(`${WORD} ${NUMBER}`))],
  ];
}

/** A message with a mark in every field a patient, an order, a value or free text may stand in. */
function hl7(type: string, n: number): Buffer {
  const w = `${WORD}${n}`;
  const text = [
    `MSH|^~\\&|MON|ICU|ENGINE|HOSP|20260102030405||${type}|${NUMBER}${n}|P|2.6`,
    `PID|1|${w}|${NUMBER}^^^HOSP^PI|${w}|${w}^ANN||19${w}|F|${w}||${w}^^${w}|||||||${NUMBER}|${NUMBER}`,
    `NK1|1|${w}^BOB|SPO|${w}`,
    `PV1||I|${w}^1||||${NUMBER}^${w}`,
    `MRG|${NUMBER}|${w}`,
    `ORC|RE|${w}|${w}`,
    `OBR|1|${w}|${w}^MON|V^Vitals|||20260102030405|||||||||${w}`,
    `OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1|${NUMBER}|264864^MDC_DIM_BEAT_PER_MIN^MDC|60-100|N|||F`,
    `OBX|2|ST|X^Text^L||${w}|${''}|||||F|||||${w}^NURSE||${w}^V`,
    `OBX|3|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1|9${n % 10}|262688^MDC_DIM_PERCENT^MDC|90-100||||F`,
    `NTE|1||${w} ${NUMBER}`,
    `ZXX|${w}|${NUMBER}`,
  ].join('\r');
  return Buffer.from(`\x0b${text}\r\x1c\r`, 'latin1');
}
const ack = (n: number): Buffer =>
  Buffer.from(
    `\x0bMSH|^~\\&|ENGINE|HOSP|MON|ICU|||ACK|A${n}|P|2.6\rMSA|AE|${NUMBER}${n}|${WORD}\rERR|||${WORD}\r\x1c\r`,
  );

function element(group: number, number: number, value: string): Buffer {
  const b = Buffer.alloc(8);
  b.writeUInt16LE(group, 0);
  b.writeUInt16LE(number, 2);
  const v = Buffer.from(value.length % 2 ? `${value} ` : value, 'latin1');
  b.writeUInt32LE(v.length, 4);
  return Buffer.concat([b, v]);
}

/** A data set with marks in the patient's and study's elements and in a private one. */
function dataset(level: string): Buffer {
  return Buffer.concat([
    element(0x0008, 0x0050, NUMBER),
    element(0x0008, 0x0052, level),
    element(0x0008, 0x0060, 'CT'),
    element(0x0008, 0x0080, WORD),
    element(0x0008, 0x0090, `${WORD}^DOC`),
    element(0x0008, 0x1030, `${WORD} head`),
    element(0x0009, 0x0010, WORD),
    element(0x0010, 0x0010, `${WORD}^ANN`),
    element(0x0010, 0x0020, NUMBER),
    element(0x0010, 0x0030, '19700101'),
    element(0x0010, 0x4000, `${WORD} ${NUMBER}`),
    element(0x0020, 0x000d, `1.2.3.${NUMBER}`),
    element(0x0020, 0x0010, NUMBER),
  ]);
}

function dicom(name: 'C-STORE-RQ' | 'C-FIND-RQ', level: string): Step[] {
  const sop = name === 'C-STORE-RQ' ? '1.2.840.10008.5.1.4.1.1.2' : '1.2.840.10008.5.1.4.1.2.2.1';
  const field = name === 'C-STORE-RQ' ? 0x0001 : 0x0020;
  const contexts = [{ id: 1, abstract: sop }];
  const steps: Step[] = [
    [0, associateRq({ contexts })],
    [1, associateAc({ contexts })],
  ];
  for (let id = 1; id <= 3; id++) {
    steps.push(
      [0, pdata(pdv(1, 3, command(field, { sop, id, instance: `1.2.3.${NUMBER}.${id}`, dataset: true })))],
      [0, pdata(pdv(1, 2, dataset(level)))],
      [1, pdata(pdv(1, 3, command(field | 0x8000, { sop, to: id, status: 0xa700 })))],
    );
  } // prettier-ignore
  return [...steps, [0, releaseRq()], [1, releaseRp()]];
}

function marks(text: string): string | null {
  const at = [WORD, NUMBER].map((m) => text.indexOf(m)).find((i) => i >= 0);
  return at === undefined ? null : text.slice(Math.max(0, at - 120), at + 60);
}

/** What the file, syslog, webhook and InfluxDB sinks put out for these verdicts, in one form. */
async function throughSinks(dir: string, verdicts: readonly Verdict[], format: Format): Promise<string> {
  const path = join(dir, `canary.${format}`);
  const receiver = createSocket('udp4');
  let said = '';
  let messages = 0;
  receiver.on('message', (m) => {
    messages++;
    said += m.toString('latin1');
  });
  await new Promise<void>((bound) => receiver.bind(0, '127.0.0.1', bound));
  const url = `udp://127.0.0.1:${receiver.address().port}`;
  const web = new HttpReceiver();
  await web.listen();
  const secret_file = join(dir, 'webhook.secret');
  writeFileSync(secret_file, `whsec_${Buffer.alloc(24, 7).toString('base64')}\n`);
  const logger = { log: (_l: string, _e: string, text: string) => void (said += text) };
  const sinks = [
    new FileSink({ path, settings: settingsDefaults(fileSettings, { format }), logger }),
    new SyslogSink({ settings: settingsDefaults(syslogSettings, { url, format }), host: 'icu-1', logger, seed: 1 }),
    new WebhookSink({
      settings: settingsDefaults(webhookSettings, { url: web.url, format, secret_file }),
      logger,
      seed: 1,
      wallUs,
    }),
    new InfluxSink({ settings: settingsDefaults(influxSettings, { url: web.url }), logger, seed: 1, wallUs }),
  ];
  for (const sink of sinks) {
    await sink.start();
    await until('the sink', () => sink.ready());
    // no more at a time than a sink takes, as the publisher does
    for (const v of verdicts) {
      await until('room', () => sink.ready());
      await sink.send(v, () => undefined);
    }
  }
  await until('the messages', () => messages === verdicts.length);
  for (const sink of sinks) await sink.stop(1000);
  receiver.close();
  await web.close();
  for (const r of web.got) said += `${r.path} ${JSON.stringify(r.headers)} ${r.body.toString('latin1')}\n`;
  return said + readFileSync(path, 'latin1');
}

t.test('no mark comes out', async (t) => {
  const dir = temporaryFolder(t);
  const talk: Step[] = [];
  const types = ['ORU^R01^ORU_R01', 'ADT^A40^ADT_A39', 'QBP^Q22', 'RGV^O15', 'ORU^R40^ORU_R40', WORD.slice(0, 3)];
  for (let n = 0; n < 60; n++) talk.push([0, hl7(types[n % types.length], n % 50)], [1, ack(n % 50)]);
  const packets = [
    ...connection(1, 2575, 0, talk),
    ...connection(2, 6661, 1, talk.slice(0, 40)),
    ...connection(3, 104, 2, dicom('C-STORE-RQ', '')),
    ...connection(4, 11112, 3, dicom('C-FIND-RQ', 'STUDY')),
    ...connection(5, 80, 4, [
      [
        0,
        Buffer.from(
          `GET /patients/${WORD}?id=${NUMBER} HTTP/1.1\r\nHost: ${WORD}.hospital.example\r\nCookie: ${NUMBER}\r\n\r\n`,
        ),
      ],
      [
        1,
        Buffer.from(
          `HTTP/1.1 401 No\r\nServer: nginx\r\nWWW-Authenticate: Basic realm="Office of ${WORD}"\r\n\r\n<html>${WORD}</html>`,
        ),
      ],
    ]),
    ...connection(8, 1883, 7, mqtt()),
    // text on the ports of tunnels, which could be taken for headers
    ...[4789, 6081, 2152, 1701, 5247, 4754].map((port, i) => datagram(30 + i, '10.9.0.200', port, 8, hl7(types[0], i))),
    ...announcements(),
    ...connection(6, 21, 5, [
      [1, Buffer.from('220 ftp\r\n')],
      [0, Buffer.from(`USER ${WORD}\r\nPASS ${NUMBER}\r\n`)],
    ]),
    ...connection(7, 2575, 6, [
      [0, Buffer.from(`\x0bMSH|^~\\&|${'x'.repeat(80)}\x1c${WORD}\rPID|${NUMBER}\x0b${WORD}`)],
    ]),
  ].sort((a, b) => a.s - b.s || a.f - b.f); // prettier-ignore
  const capture = join(dir, 'canary.pcap');
  writeFileSync(capture, pcapBytes(packets));

  for (const args of [
    ['decode', '--deep', capture],
    ['decode', '--summary', '--json', capture],
    ['replay', '--json', capture],
    ['replay', capture],
  ]) {
    const r = wardwire(args);
    t.equal(r.code, 0, r.err);
    t.ok(r.out.length > 0);
    t.equal(marks(r.out + r.err), null, args.slice(0, -1).join(' '));
  }
  const lines = wardwire(['replay', '--json', capture]).out.split('\n');
  const verdicts = lines.filter((l) => l.includes('wardwire.verdict.v1')).map((l) => JSON.parse(l) as Verdict);
  t.ok(verdicts.length > 10, `${verdicts.length} verdicts go through the sinks`);
  for (const format of FORMATS) {
    const said = await throughSinks(dir, verdicts, format);
    t.ok(said.length > 200 * verdicts.length);
    t.match(said, /verdict,.*severity=/, 'points of the InfluxDB sink are among it');
    t.equal(marks(said), null, `file, syslog, webhook and InfluxDB as ${format}`);
  }
  const summary = JSON.parse(wardwire(['decode', '--summary', '--json', capture]).out);
  t.ok(summary.hl7_messages > 150, 'the messages were read');
  t.match(summary.dimse, { 'C-STORE-RQ': 3, 'C-FIND-RQ': 3 });

  const data = join(dir, 'data');
  const daemon = new Running(process.execPath, [
    MAIN,
    'run',
    '--embedded',
    '--replay',
    capture,
    '--speed',
    '4',
    '--data',
    data,
  ]); // prettier-ignore
  t.teardown(() => daemon.child.kill('SIGKILL'));
  await daemon.until('the places to look', () => /metrics\s+http/.test(daemon.out));
  const url = /http:\/\/[\d.]+:\d+\/metrics/.exec(daemon.out)?.[0] as string;
  const sub = haveProgram('mosquitto_sub') ? new Running('mosquitto_sub', ['-p', '18830', '-t', '#', '-v']) : null;
  if (sub === null) t.comment('SKIPPED LOUDLY: mosquitto_sub is not installed');
  if (sub) t.teardown(() => sub.child.kill('SIGKILL'));
  await daemon.until('the end of the capture', () => daemon.out.includes('the capture has ended'), 60_000);
  const metrics = await (await fetch(url)).text();
  t.equal(await daemon.stop('SIGINT'), 0, daemon.err);
  t.match(daemon.out, /hl7\./, 'verdicts were given');
  t.equal(marks(daemon.out), null, 'what the daemon prints');
  t.equal(marks(daemon.err), null, 'its log');
  t.equal(marks(metrics), null, 'metrics');
  if (sub) {
    await sub.until('the goodbye', () => sub.out.includes('"state":"stopping"'));
    t.match(sub.out, /verdict/);
    t.equal(marks(sub.out), null, 'messages of the broker');
  }
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  t.ok(files.length >= 3, `${files.length} files`);
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${data}\n`);
  const captures = files.filter((f) => f.name.endsWith('.pcapng'));
  t.ok(captures.length >= 2, `${captures.length} captures of verdicts`);
  for (const args of [
    ['evidence', 'list', '--config', config],
    ['evidence', 'show', captures[0].name.replace('.pcapng', ''), '--json', '--config', config],
    ['devices', 'list', '--json', '--config', config],
    ['devices', 'export', '--format', 'cyclonedx', '--config', config],
    ['segmentation', 'export', '--format', 'nftables', '--config', config],
    ['incidents', 'list', '--json', '--config', config],
    ['ephi', '--config', config],
  ]) {
    const r = wardwire(args);
    t.equal(r.code, 0, r.err);
    t.ok(r.out.length > 100, args.join(' '));
    t.equal(marks(r.out + r.err), null, args.slice(0, 2).join(' '));
  }
  const listed = wardwire(['incidents', 'list', '--json', '--config', config]).out.trim().split('\n');
  for (const line of listed.slice(0, 4)) {
    const { incident } = JSON.parse(line) as { incident: string };
    const r = wardwire(['explain', incident, '--json', '--config', config]);
    t.equal(r.code, 0, r.err);
    t.equal(marks(r.out + r.err), null, 'explain');
  }
  for (const f of files) t.equal(marks(readFileSync(join(f.parentPath, f.name), 'latin1')), null, f.name);
});
