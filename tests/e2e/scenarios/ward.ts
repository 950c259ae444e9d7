import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../../../src/core/index.js';
import { assembleSpec, Replay, readConfig, type SensorSpec, type Settings } from '../../../src/runtime/index.js';
import { BROADCAST, type Host, Net, Tcp } from '../../support/gen/net.js';
import { Connection, type Script } from '../../support/gen/tcp.js';
import { PcapWriter } from '../../support/gen/writer.js';

/** Capture time of a ward's first packet, µs since 1970: 2030-01-07T08:00:00Z, a Monday. */
const START_US = Date.UTC(2030, 0, 7, 8) * 1000;
/** Devices learn for so long after their first packet, s; habits are shown before it, what is judged comes after it. */
export const LEARNING_S = 60;

/** Everybody asks for the time so often, µs. */
const BEAT_US = 15e6;
const NTP = Buffer.concat([Buffer.of(0x23), Buffer.alloc(47)]);

/** Who lives in the ward: address, device type of the site file ('' none: nobody told the sensor), name. */
const PEOPLE = {
  router: ['10.7.0.1', 'network-gear', 'Router'],
  dhcp: ['10.7.0.2', 'server', 'Address server'],
  vent: ['10.7.1.11', 'ventilator', 'Ventilator bed 1'],
  pump: ['10.7.1.12', 'infusion-pump', 'Pump bed 1'],
  mon: ['10.7.1.21', 'patient-monitor', 'Monitor bed 1'],
  mon2: ['10.7.1.22', 'patient-monitor', 'Monitor bed 2'],
  central: ['10.7.1.40', 'central-station', 'Central station'],
  ct: ['10.7.2.11', 'imaging-modality', 'CT 1'],
  us: ['10.7.2.12', 'imaging-modality', 'Ultrasound 1'],
  pacs: ['10.7.2.20', 'pacs', 'Archive'],
  ris: ['10.7.2.21', 'ris', 'Worklist server'],
  viewer: ['10.7.2.30', 'workstation', 'Reading room 1'],
  engine: ['10.7.3.10', 'hl7-engine', 'Interface engine'],
  lab: ['10.7.3.21', 'lab-analyser', 'Chemistry analyser'],
  ehr: ['10.7.3.30', 'ehr', 'Patient records'],
  broker: ['10.7.3.40', 'hl7-engine', 'Message broker'],
  files: ['10.7.3.50', 'server', 'File server'],
  pc: ['10.7.4.10', 'workstation', 'Office computer'],
  laptop: ['10.7.9.66', '', ''],
} as const;
export type Who = keyof typeof PEOPLE;

const number = (ip: string): number => ip.split('.').reduce((n, part) => n * 256 + Number(part), 0) >>> 0;
const mac = (n: number): Buffer => Buffer.from([2, 0x77, 0, 0, n >> 8, n & 255]);

/** A host of the ward, or one made for a case: `10.7.5.1` inside, anything else behind the router. */
function host(ip: string, n: number, via?: Buffer): Host {
  return { mac: mac(n), ip: number(ip), via, nextPort: 33_000 + n * 16, nextId: n * 64 };
}

/** One TCP connection of a case. */
export class Talk {
  constructor(
    private readonly ward: Ward,
    readonly connection: Connection,
  ) {}

  /** Bytes of one side (0 who opened it); `gapS` later the next may come. */
  say(dir: 0 | 1, bytes: Buffer | string, gapS = 0.001): this {
    this.ward.run(this.connection.send(dir, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes));
    this.ward.wait(gapS);
    return this;
  }

  /** Question and answer. */
  ask(question: Buffer | string, answer: Buffer | string): this {
    return this.say(0, question).say(1, answer);
  }

  close(): void {
    this.ward.run(this.connection.close());
  }

  /** Ends without FIN: a reset of one side. */
  reset(dir: 0 | 1 = 0): void {
    this.connection.segment(dir, Tcp.RST | Tcp.ACK);
    this.ward.wait(0.001);
  }
}

/** Writes the capture of one case, packet after packet in event time, as a mirror port would give it. */
export class Ward {
  readonly net: Net;
  readonly #writer: PcapWriter;
  readonly #hosts = new Map<string, Host>();
  /** Who is not heard between what a case says. */
  readonly mute = new Set<Who>();
  #connections = 1;
  #beatUs = START_US;

  constructor(path: string) {
    this.#writer = new PcapWriter(path, null, 1);
    this.net = new Net(this.#writer);
    this.net.nowUs = START_US;
    for (const [who, [ip]] of Object.entries(PEOPLE)) this.#hosts.set(who, host(ip, this.#hosts.size + 1));
    // everybody but the stranger is heard, and begins to learn
    this.wait(0.001);
  }

  /** A host by name or address. */
  host(who: Who | string): Host {
    const known = this.#hosts.get(who);
    if (known !== undefined) return known;
    const router = this.#hosts.get('router') as Host;
    const made = host(who, this.#hosts.size + 1, who.startsWith('10.7.') ? undefined : router.mac);
    this.#hosts.set(who, made);
    return made;
  }

  ip(who: Who): string {
    return PEOPLE[who][0];
  }

  /** Seconds since the start. */
  get now(): number {
    return (this.net.nowUs - START_US) / 1e6;
  }

  /** Goes on at a second after the start, at least where it is. */
  at(second: number): this {
    return this.wait(Math.max(0, second - this.now));
  }

  /** Time passes; everybody is heard now and then meanwhile. */
  wait(seconds: number): this {
    const until = this.net.nowUs + seconds * 1e6;
    for (; this.#beatUs <= until; this.#beatUs += BEAT_US) {
      this.net.nowUs = Math.max(this.net.nowUs, this.#beatUs);
      this.#beat();
    }
    this.net.nowUs = Math.max(this.net.nowUs, until);
    return this;
  }

  #beat(): void {
    const router = this.#hosts.get('router') as Host;
    for (const [who, [, type]] of Object.entries(PEOPLE)) {
      if (type === '' || who === 'router' || this.mute.has(who as Who)) continue;
      this.net.udp(this.#hosts.get(who) as Host, 123, router.ip, router.mac, 123, NTP);
    }
  }

  /** Learning is over: what comes now is judged. */
  learned(): this {
    return this.at(LEARNING_S + 20);
  }

  run(script: Script): void {
    for (const us of script) this.net.nowUs += us;
  }

  tcp(from: Who | string, to: Who | string, port: number): Talk {
    const c = new Connection(this.net, this.host(from), this.host(to), port, this.#connections++);
    this.run(c.open());
    return new Talk(this, c);
  }

  /** Conversations of one question and one answer. */
  exchange(
    from: Who | string,
    to: Who | string,
    port: number,
    question: Buffer | string,
    answer: Buffer | string,
  ): void {
    this.tcp(from, to, port).ask(question, answer).close();
  }

  udp(from: Who | string, to: Who | string, port: number, payload: Buffer, sport = 40_000): void {
    const h = this.host(from);
    const d = this.host(to);
    this.net.udp(h, sport, d.ip, d.via ?? d.mac, port, payload);
    this.wait(0.001);
  }

  /** A datagram to a group or to everybody. */
  multicast(from: Who | string, group: string, port: number, payload: Buffer, sport = port): void {
    this.net.udp(this.host(from), sport, number(group), BROADCAST, port, payload);
    this.wait(0.001);
  }

  /** One TCP segment of no connection. */
  segment(from: Who | string, to: Who | string, sport: number, port: number, flags: number, seq = 1): void {
    this.net.tcp(this.host(from), sport, this.host(to), port, seq, 0, flags, Buffer.alloc(0));
    this.wait(0.0005);
  }

  arp(from: Who | string, to: Who | string, reply: boolean): void {
    this.net.arp(this.host(from), this.host(to), reply);
    this.wait(0.001);
  }

  /** A second network card under a host's address: MAC of `card`, IP of `who`. */
  impostor(who: Who | string, card: Who | string): string {
    const name = `${who} from ${card}`;
    const h = this.host(who);
    this.#hosts.set(name, { mac: this.host(card).mac, ip: h.ip, nextPort: 50_000, nextId: 9000 });
    return name;
  }

  close(): void {
    this.#writer.close();
  }
}

let base: SensorSpec | null = null;

/** Settings of every case: short learning, no model; in `dir`. */
function specOf(dir: string): SensorSpec {
  if (base !== null) return base;
  mkdirSync(dir, { recursive: true });
  const rows = Object.entries(PEOPLE)
    .filter(([, [, type]]) => type !== '')
    .map(
      ([, [ip, type, name]], i) =>
        `${mac(i + 1)
          .toString('hex')
          .replace(/../g, '$&:')
          .slice(0, -1)},${ip},${type},${name}`,
    );
  writeFileSync(join(dir, 'site.csv'), ['mac,ip,type,name', ...rows].join('\n'));
  writeFileSync(
    join(dir, 'wardwire.yaml'),
    [
      'inventory: { site_file: site.csv, max_devices: 256 }',
      `baseline: { learning_s: ${LEARNING_S}, min_rows: 1000000 }`,
      'sensor: { site_key_file: "", site: demo, name: ward }',
      'flow: { max_flows: 16384 }',
    ].join('\n'),
  );
  base = assembleSpec(
    readConfig(join(dir, 'wardwire.yaml')),
    { kind: 'files', files: [], speed: 'max' },
    { modelDir: null },
  );
  return base;
}

export interface CaseSettings {
  readonly detect?: Partial<Settings['detect']>;
  readonly hl7?: Partial<Settings['hl7']>;
}

/** Builds a case's capture in `dir` and plays it through the whole sensor: what was said, in order. */
export async function play(
  dir: string,
  name: string,
  script: (w: Ward) => void,
  more: CaseSettings = {},
): Promise<Verdict[]> {
  const spec = specOf(dir);
  const path = join(dir, `${name}.pcap`);
  const ward = new Ward(path);
  script(ward);
  ward.close();
  const settings = {
    ...spec.settings,
    detect: { ...spec.settings.detect, ...more.detect },
    hl7: { ...spec.settings.hl7, ...more.hl7 },
  };
  const verdicts: Verdict[] = [];
  const source = { kind: 'files' as const, files: [path], speed: 'max' as const };
  const replay = new Replay({ ...spec, settings, source }, { verdict: (v) => verdicts.push(v) });
  const summary = await replay.run();
  if (summary.internalErrors > 0) throw new Error(`${name}: ${summary.internalErrors} internal errors`);
  return verdicts;
}
