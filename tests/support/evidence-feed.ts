import { createHash } from 'node:crypto';
import {
  type AppEvent,
  Counters,
  FlowColumns,
  FlowEnd,
  IpProto,
  PacketView,
  type StreamSlice,
  settingsDefaults,
  Weirds,
} from '../../src/core/index.js';
import { createProtocols, dicomSettings, hl7Settings, protocolsSettings } from '../../src/protocols/index.js';
import type { Step } from './stream-feed.js';

/** All protocols with one flow, fed by hand; times 1 ms apart. */
export class EvidenceFeed {
  readonly events: AppEvent[] = [];
  readonly weirds = new Weirds();
  readonly columns = new FlowColumns(2);
  readonly protocols;
  #tsUs = 1e15;

  constructor(readonly port: number) {
    this.columns.port[0] = 40_000;
    this.columns.port[1] = port;
    this.protocols = createProtocols({
      columns: this.columns,
      events: { event: (e) => this.events.push(e) },
      weirds: this.weirds,
      token: (tag, value) => createHash('sha256').update(`${tag} ${value}`).digest('hex').slice(0, 16),
      seed: 1,
      counters: new Counters(),
      settings: {
        protocols: settingsDefaults(protocolsSettings),
        dicom: settingsDefaults(dicomSettings),
        hl7: settingsDefaults(hl7Settings),
      },
    });
    this.protocols.flowOpened(0, new PacketView());
  }

  datagram(payload: Buffer, dir: 0 | 1 = 0): this {
    const v = new PacketView();
    v.ipProto = IpProto.Udp;
    v.tsUs = this.#tsUs += 1000;
    v.srcPort = dir === 0 ? 40_000 : this.port;
    v.dstPort = dir === 0 ? this.port : 40_000;
    v.dir = dir;
    v.payBuf = payload;
    v.payLen = payload.length;
    v.payWireLen = payload.length;
    this.protocols.datagram(0, v);
    return this;
  }

  /** A frame without IP of device 3. */
  frame(etherType: number, payload: Buffer): this {
    const v = new PacketView();
    v.buf = payload;
    v.end = payload.length;
    v.etherType = etherType;
    v.srcDev = 3;
    v.tsUs = this.#tsUs += 2_000_000;
    this.protocols.frame(v);
    return this;
  }

  stream(steps: readonly Step[]): this {
    for (const s of steps) {
      const buf = s.bytes ?? Buffer.alloc(0);
      const slice: StreamSlice = {
        dir: s.dir,
        buf,
        from: 0,
        to: buf.length,
        streamOff: 0,
        tsUs: (this.#tsUs += 1000),
        gapLen: s.gap ?? 0,
        end: false,
      };
      if (this.protocols.wants(0)) this.protocols.stream(0, slice);
    }
    this.protocols.flowClosed(0, FlowEnd.Fin, this.#tsUs);
    return this;
  }

  /** `source.field: value`, with `>` before what is about the responder, in order. */
  get evidence(): string[] {
    return this.events
      .filter((e) => e.kind === 'evidence')
      .map((e) => `${e.about === 'responder' ? '>' : ''}${e.source}.${e.field}: ${e.value}`);
  }
}

export const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
export const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ''), 'hex');
