import {
  APP_PROTO_NAMES,
  type AppEvent,
  AppProto,
  type Conversation,
  conversationKey,
  type FlowColumns,
  FlowState,
  IpProto,
} from '../core/index.js';
import type { SiteNetworks } from './networks.js';
import type { DeviceTable } from './table.js';

const TRANSPORT: Readonly<Record<number, Conversation['transport']>> = {
  [IpProto.Tcp]: 'tcp',
  [IpProto.Udp]: 'udp',
  [IpProto.Sctp]: 'sctp',
  [IpProto.Icmp]: 'icmp',
  [IpProto.Icmp6]: 'icmp',
};

/**
 * The matrix of who talks to whom, in rows that are handed out and begun anew. Rows are touched when flows end and when
 * clear-text clinical messages pass, never per packet. A scan, a flood or a forger opens flows that nobody answers: they are
 * not counted, because they are no conversation.
 */
export class Conversations {
  readonly #rows = new Map<string, Conversation>();
  /** Octets of open flows told already, by flow side, and whether the flow was counted. */
  readonly #told: Float64Array;
  readonly #counted: Uint8Array;
  /** Row a flow was last counted in, null none since the rows were handed out or its ends changed. */
  readonly #rowOf: (Conversation | null)[];
  /** Rows to be handed out. */
  #waiting: Conversation[] = [];
  readonly #max: number;
  /** Rows that found no room. */
  lost = 0;

  constructor(
    private readonly columns: FlowColumns,
    private readonly table: DeviceTable,
    private readonly networks: SiteNetworks,
    max: number,
  ) {
    this.#told = new Float64Array(columns.capacity * 2);
    this.#counted = new Uint8Array(columns.capacity);
    this.#max = max;
    this.#rowOf = new Array<Conversation | null>(columns.capacity).fill(null);
  }

  flowOpened(slot: number): void {
    this.#told[2 * slot] = this.#told[2 * slot + 1] = 0;
    this.#counted[slot] = 0;
    this.#rowOf[slot] = null;
  }

  flowClosed(slot: number): void {
    this.#settle(slot);
  }

  /** Clear-text clinical messages. */
  event(ev: AppEvent): void {
    if (ev.flow < 0) return;
    let octets = 0;
    if (ev.kind === 'hl7.message' && !ev.acknowledges) octets = ev.octets;
    else if (ev.kind === 'dicom.dataset') octets = ev.octets;
    else return;
    const row = this.#row(ev.flow);
    if (row === null) return;
    row.ephiMessages++;
    row.ephiOctets += octets;
    if (ev.tsUs > row.lastUs) row.lastUs = ev.tsUs;
  }

  /**
   * At most `max` rows since the last call, the rest comes next time; once all were taken, open flows are counted as far as they got.
   */
  take(max: number): Conversation[] {
    if (this.#waiting.length === 0) this.#waiting = this.#all();
    return this.#waiting.splice(0, max);
  }

  #all(): Conversation[] {
    const { state, capacity } = this.columns;
    for (let slot = 0; slot < capacity; slot++) if (state[slot] !== FlowState.Free) this.#settle(slot);
    const out = [...this.#rows.values()];
    this.#rows.clear();
    this.#rowOf.fill(null);
    return out;
  }

  #settle(slot: number): void {
    const c = this.columns;
    const answered = c.packets[2 * slot] > 0 && c.packets[2 * slot + 1] > 0;
    if (!answered && !(c.packets[2 * slot] > 0 && this.#toMany(slot))) return;
    const out = c.octets[2 * slot] - this.#told[2 * slot];
    const back = c.octets[2 * slot + 1] - this.#told[2 * slot + 1];
    if (this.#counted[slot] === 1 && out <= 0 && back <= 0) return;
    const row = this.#row(slot);
    if (row === null) return;
    this.#told[2 * slot] += out;
    this.#told[2 * slot + 1] += back;
    if (this.#counted[slot] === 0) row.flows++;
    this.#counted[slot] = 1;
    row.octetsOut += out;
    row.octetsIn += back;
    if (c.app[slot] !== AppProto.Unknown) row.app = APP_PROTO_NAMES[c.app[slot]];
    if (c.lastUs[slot] > row.lastUs) row.lastUs = c.lastUs[slot];
  }

  #row(slot: number): Conversation | null {
    const known = this.#rowOf[slot];
    if (known !== null) return known;
    const c = this.columns;
    const src = this.#end(slot, 0);
    const dst = this.#end(slot, 1);
    const transport = TRANSPORT[c.proto[slot]] ?? 'other';
    const port = transport === 'tcp' || transport === 'udp' || transport === 'sctp' ? c.port[2 * slot + 1] : 0;
    const key = conversationKey({ src, dst, transport, port });
    let row = this.#rows.get(key);
    if (row === undefined) {
      if (this.#rows.size >= this.#max) {
        this.lost++;
        return null;
      }
      row = {
        src,
        dst,
        transport,
        port,
        app: APP_PROTO_NAMES[c.app[slot]],
        flows: 0,
        octetsOut: 0,
        octetsIn: 0,
        ephiMessages: 0,
        ephiOctets: 0,
        firstUs: c.firstUs[slot],
        lastUs: c.lastUs[slot],
      };
      this.#rows.set(key, row);
    }
    this.#rowOf[slot] = row;
    return row;
  }

  #end(slot: number, side: 0 | 1): string {
    const c = this.columns;
    const d = c.device[2 * slot + side];
    const r = d < 0 ? undefined : this.table.records[d];
    if (r !== undefined) return r.id;
    if (side === 1 && this.#toMany(slot)) return 'multicast';
    const i = slot * 8 + side * 4;
    const a = c.addr;
    return this.networks.has(a[i], a[i + 1], a[i + 2], a[i + 3]) ? c.ip(slot, side) : 'external';
  }

  /** The responder's address is multicast or broadcast: nobody answers for it. */
  #toMany(slot: number): boolean {
    const a = this.columns.addr;
    const i = slot * 8 + 4;
    if (this.columns.ipVersion[slot] === 6) return a[i] >>> 24 === 0xff;
    const w = a[i + 3] >>> 0;
    return w >>> 28 === 0xe || w === 0xffffffff || (w & 0xff) === 0xff;
  }
}
