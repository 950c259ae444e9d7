import {
  FlowColumns,
  FlowMark,
  FlowState,
  IpProto,
  PacketView,
  type Profile,
  parseIp,
  parseMac,
  TcpFlag,
} from '../../src/core/index.js';

/** One packet in words a test can be read by. Times in seconds after T0. */
export interface Hand {
  at: number;
  from: string;
  to: string;
  mac?: string;
  toMac?: string;
  sport?: number;
  dport?: number;
  proto?: number;
  len?: number;
  flags?: number;
  ttl?: number;
  vlan?: number;
  payload?: Buffer;
}

/** 2024-01-01T00:00:00Z, a Monday, µs. */
export const T0 = 1_704_067_200_000_000;

export const us = (s: number): number => T0 + s * 1e6;

export function profiles(): Profile[] {
  const p = (type: string, criticality: Profile['criticality'] = 'medium'): Profile => ({
    type,
    title: type,
    deviceClass: criticality === 'life-critical' ? (type === 'patient-monitor' ? 'PM' : 'LC') : 'WS',
    criticality,
    budgetMs: 50,
    protocols: [],
    peers: [],
    external: false,
    isolate: false,
    safeStep: '',
    expect: {},
    silenceS: 0,
  });
  return [
    p('unknown'),
    p('ventilator', 'life-critical'),
    p('infusion-pump', 'life-critical'),
    p('patient-monitor', 'life-critical'),
    p('imaging-modality', 'high'),
    p('pacs', 'high'),
    p('hl7-engine', 'high'),
    p('workstation', 'low'),
    p('lab-analyser', 'medium'),
    p('ris', 'high'),
    p('network-gear', 'medium'),
  ];
}

/** Fills a view as `capture`, `layers` and `flow` would; keeps a minimal flow table. */
export class HandFlows {
  readonly columns: FlowColumns;
  readonly view = new PacketView();
  readonly #slots = new Map<string, number>();
  #next = 0;

  constructor(capacity = 4096) {
    this.columns = new FlowColumns(capacity);
  }

  packet(h: Hand): PacketView {
    const v = this.view;
    v.reset();
    v.tsUs = us(h.at);
    if (h.mac !== undefined) {
      v.hasMac = true;
      [v.srcMacHi, v.srcMacLo] = parseMac(h.mac)!;
      [v.dstMacHi, v.dstMacLo] = parseMac(h.toMac ?? '02:ff:00:00:00:01')!;
    }
    v.vlan = h.vlan ?? -1;
    const src = parseIp(h.from)!;
    const dst = parseIp(h.to)!;
    [v.src0, v.src1, v.src2, v.src3] = src;
    [v.dst0, v.dst1, v.dst2, v.dst3] = dst;
    v.ipVersion = h.from.includes(':') ? 6 : 4;
    v.ipProto = h.proto ?? IpProto.Udp;
    v.srcPort = h.sport ?? 40000;
    v.dstPort = h.dport ?? 9000;
    v.tcpFlags = h.flags ?? (v.ipProto === IpProto.Tcp ? TcpFlag.Ack : 0);
    v.ttl = h.ttl ?? 64;
    v.ipLen = h.len ?? 100;
    v.wireLen = v.ipLen + 14;
    v.capLen = v.wireLen;
    if (h.payload !== undefined) {
      v.payBuf = h.payload;
      v.payOff = 0;
      v.payLen = h.payload.length;
      v.payWireLen = h.payload.length;
    }
    this.#flow(v, h);
    return v;
  }

  /** An ARP packet; `target` and `ip` are IPv4 texts. */
  arp(at: number, op: number, mac: string, ip: string, target: string): PacketView {
    const v = this.view;
    v.reset();
    v.tsUs = us(at);
    v.hasMac = true;
    v.etherType = 0x0806;
    [v.srcMacHi, v.srcMacLo] = parseMac(mac)!;
    [v.dstMacHi, v.dstMacLo] = [0xffffff, 0xffffff];
    [v.arpShaHi, v.arpShaLo] = [v.srcMacHi, v.srcMacLo];
    v.arpOp = op;
    v.arpSpa = parseIp(ip)![3];
    v.arpTpa = parseIp(target)![3];
    return v;
  }

  slotOf(h: Hand): number {
    return this.#slots.get(this.#key(h)) ?? this.#slots.get(this.#key(h, true)) ?? -1;
  }

  /** Ends a flow; as in the tracker its row stays for late segments until something opens it anew. */
  close(h: Hand): number {
    const slot = this.slotOf(h);
    this.columns.state[slot] = FlowState.Closed;
    return slot;
  }

  #key(h: Hand, back = false): string {
    const a = `${h.from}/${h.sport ?? 40000}`;
    const b = `${h.to}/${h.dport ?? 9000}`;
    return `${back ? `${b}>${a}` : `${a}>${b}`}/${h.proto ?? IpProto.Udp}/${h.vlan ?? -1}`;
  }

  #flow(v: PacketView, h: Hand): void {
    const c = this.columns;
    let slot = this.#slots.get(this.#key(h));
    if (slot !== undefined) v.dir = 0;
    else {
      slot = this.#slots.get(this.#key(h, true));
      if (slot !== undefined) v.dir = 1;
    }
    const opens = v.ipProto !== IpProto.Tcp || (v.tcpFlags & TcpFlag.Syn) !== 0;
    if (slot !== undefined && c.state[slot] === FlowState.Closed && opens) {
      this.#slots.delete(this.#key(h));
      this.#slots.delete(this.#key(h, true));
      slot = undefined;
    }
    if (slot === undefined) {
      slot = this.#next++ % c.capacity;
      this.#slots.set(this.#key(h), slot);
      v.newFlow = true;
      v.dir = 0;
      c.gen[slot]++;
      c.state[slot] = FlowState.New;
      c.marks[slot] = 0;
      c.app[slot] = 0;
      c.proto[slot] = v.ipProto;
      c.addr.set([v.src0, v.src1, v.src2, v.src3, v.dst0, v.dst1, v.dst2, v.dst3], slot * 8);
      c.port.set([v.srcPort, v.dstPort], slot * 2);
      for (const col of [c.packets, c.octets, c.payload, c.retransmitted, c.outOfOrder, c.gapOctets]) {
        col.fill(0, slot * 2, slot * 2 + 2);
      }
    }
    v.slot = slot;
    c.packets[2 * slot + v.dir]++;
    if ((v.tcpFlags & TcpFlag.Syn) !== 0) {
      c.marks[slot] |= (v.tcpFlags & TcpFlag.Ack) !== 0 ? FlowMark.SynAckSeen : FlowMark.SynSeen;
    }
  }
}
