import { PacketView, type ShareSpec } from '../../src/core/index.js';
import { assembleSpec, defaultConfig } from '../../src/runtime/index.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { eachPacket } from '../support/capture-bytes.js';
import { ethernet, ip4, tcp } from '../support/frames.js';

// One point of the scale bench in a process of its own: says one line of JSON.

/** What a point measures. */
export interface PointOptions {
  readonly devices: number;
  readonly flows: number;
  /** Data packets once every flow is open. */
  readonly packets: number;
  /** Lets the compiler see everything first: for times, not for memory. */
  readonly warm: boolean;
  /** Rows of the tables. */
  readonly maxDevices: number;
  readonly maxFlows: number;
  /** A capture in place of generated flows, and of which responders' ports streams and datagrams are decoded (null all). */
  readonly file?: string;
  readonly ports?: readonly number[] | null;
  /** The part of one of several processes. */
  readonly share?: ShareSpec;
}

export interface Point extends PointOptions {
  /** CPU time for the first eight packets of a flow, and for each further packet, µs, less what making the packet costs. */
  readonly openUs: number;
  readonly packetUs: number;
  readonly rssMib: number;
  readonly heapMib: number;
  readonly buffersMib: number;
  /** Resident before the pipeline was made. */
  readonly baseMib: number;
  /** Resident with an empty pipeline. */
  readonly emptyMib: number;
  readonly devicesSeen: number;
  readonly flowsSeen: number;
  readonly verdicts: number;
}

const PAYLOAD = 200;
const SERVERS = 16;
/** Source ports of a device on one server. */
const PORTS = 50_000;
const FRAME = 14 + 20 + 20;
/** Packets of a flow until what it speaks is decided, and flows that begin together. */
const FIRST = 8;
const BLOCK = 500;

/** A frame that becomes any packet of any flow: addresses, ports, numbers and flags are written over it. */
class Maker {
  readonly view = new PacketView();
  readonly #b: Buffer;
  #tsUs = 1.8e15;

  constructor(
    private readonly devices: number,
    private readonly stepUs: number,
  ) {
    // octets that no protocol begins with: nothing is kept to look again
    const text = Buffer.alloc(PAYLOAD, 'e1f2d3c4b5a69788', 'hex');
    const frame = ethernet(0x0800, ip4(6, tcp(1, 2, text, {}), {}));
    this.#b = Buffer.from(frame);
    const v = this.view;
    v.buf = this.#b;
    v.off = 0;
    v.linkType = 1;
  }

  /** Step `n` of flow `f`: SYN, SYN ACK, then data in both directions. */
  make(f: number, n: number): PacketView {
    const b = this.#b;
    const device = f % this.devices;
    const nth = Math.floor(f / this.devices);
    const server = (device + Math.floor(nth / PORTS)) % SERVERS;
    const port = 1024 + (nth % PORTS);
    const back = n === 1 || (n > 1 && n % 2 === 1);
    const at = back ? 30 : 26;
    const to = back ? 26 : 30;
    b.writeUInt32BE(0x0a000000 | ((device >> 8) << 10) | (device & 0xff) | 0x100, at);
    b.writeUInt32BE(0x0a640001 + server, to);
    // MACs: the last four octets are the address
    b.writeUInt32BE(b.readUInt32BE(26), 8);
    b.writeUInt32BE(b.readUInt32BE(30), 2);
    b.writeUInt16BE(back ? 9100 : port, 34);
    b.writeUInt16BE(back ? port : 9100, 36);
    const sent = PAYLOAD * Math.max(0, Math.floor((n - 2) / 2));
    b.writeUInt32BE(n === 0 ? 1000 : 1001 + sent, 38);
    b.writeUInt32BE(n === 0 ? 0 : 1001 + sent, 42);
    b[47] = n === 0 ? 0x02 : n === 1 ? 0x12 : 0x18;
    const size = n < 2 ? FRAME : FRAME + PAYLOAD;
    b.writeUInt16BE(size - 14, 16);
    const v = this.view;
    v.end = size;
    v.capLen = v.wireLen = size;
    v.tsUs = this.#tsUs;
    this.#tsUs += this.stepUs;
    return v;
  }
}

const mib = (bytes: number): number => Math.round((bytes / 1048576) * 10) / 10;

async function main(o: PointOptions): Promise<void> {
  const gc = (globalThis as { gc?: () => void }).gc;
  const base = process.memoryUsage().rss;
  const { settings } = defaultConfig();
  const config = {
    ...defaultConfig(),
    settings: {
      ...settings,
      inventory: { ...settings.inventory, max_devices: o.maxDevices },
      flow: { ...settings.flow, max_flows: o.maxFlows },
    },
  };
  const whole = assembleSpec(config, { kind: 'files', files: [], speed: 'max' }, { modelDir: null });
  const spec = { ...whole, share: o.share ?? null };
  let verdicts = 0;
  const make = (): Pipeline => new Pipeline(spec, { verdict: () => verdicts++, train: () => undefined });
  if (o.warm) {
    const first = make();
    const maker = new Maker(50, 5);
    for (let n = 0; n < 60; n++) for (let f = 0; f < 5000; f++) first.packet(maker.make(f, n));
    gc?.();
  }
  const pipeline = make();
  const empty = process.memoryUsage().rss;
  const cpu = (since: NodeJS.CpuUsage): number => {
    const { user, system } = process.cpuUsage(since);
    return user + system;
  };
  let openUs = Number.NaN;
  let packetUs = Number.NaN;
  if (o.file !== undefined) {
    if (o.ports) only(pipeline, o.ports);
    const begin = process.cpuUsage();
    let n = 0;
    await eachPacket(o.file, (v) => {
      n++;
      pipeline.packet(v);
    });
    packetUs = cpu(begin) / n;
  } else {
    // 200,000 packets/s of event time: no flow ends while the next ones begin
    const run = (sink: (v: PacketView) => void): [number, number] => {
      const maker = new Maker(o.devices, 5);
      let begin = process.cpuUsage();
      // not all at the same time, so that flows are at different points of their lives
      for (let from = 0; from < o.flows; from += BLOCK) {
        const to = Math.min(o.flows, from + BLOCK);
        for (let n = 0; n < FIRST; n++) for (let f = from; f < to; f++) sink(maker.make(f, n));
      }
      const open = cpu(begin) / (FIRST * o.flows);
      begin = process.cpuUsage();
      let left = o.packets;
      for (let n = FIRST; left > 0; n++) for (let f = 0; f < o.flows && left > 0; f++, left--) sink(maker.make(f, n));
      return [open, cpu(begin) / o.packets];
    };
    let sum = 0;
    const bare = run((v) => {
      sum += v.buf[30];
    });
    if (sum < 0) throw new Error('unreachable');
    const all = run((v) => pipeline.packet(v));
    openUs = FIRST * (all[0] - bare[0]);
    packetUs = all[1] - bare[1];
  }
  gc?.();
  gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const point: Point = {
    ...o,
    openUs,
    packetUs,
    rssMib: mib(rss),
    heapMib: mib(heapUsed),
    buffersMib: mib(arrayBuffers),
    baseMib: mib(base),
    emptyMib: mib(empty),
    devicesSeen: pipeline.inventory.directory.size,
    flowsSeen: pipeline.flow.columns.state.reduce((n, s) => n + Number(s !== 0), 0),
    verdicts,
  };
  process.stdout.write(`${JSON.stringify(point)}\n`);
}

/** Decodes only flows whose responder has one of these ports; what is left is counted, as after the end of a protocol. */
function only(p: Pipeline, ports: readonly number[]): void {
  const { columns } = p.flow;
  const asked = new Set(ports);
  const off = (slot: number): boolean => !asked.has(columns.port[2 * slot + 1]);
  const { protocols } = p;
  const { stream, datagram, wants } = protocols;
  protocols.stream = (slot, slice) => {
    if (!off(slot)) stream.call(protocols, slot, slice);
  };
  protocols.datagram = (slot, view) => {
    if (!off(slot)) datagram.call(protocols, slot, view);
  };
  protocols.wants = (slot) => !off(slot) && wants.call(protocols, slot);
}
await main(JSON.parse(process.argv[2]) as PointOptions);
