import {
  type Counters,
  IpProto,
  type PacketView,
  registerWeirds,
  type SettingsOf,
  Stop,
  transportSumOk,
  type Weirds,
} from '../core/index.js';
import { arp } from './arp.js';
import { Cursor, Kind } from './cursor.js';
import { etag, ethernet, fabricPath, pbb, trill, vlan, vntag } from './ethernet.js';
import { Fragments } from './fragments.js';
import { ip4, ipInIp } from './ip4.js';
import { ip6 } from './ip6.js';
import type { Layer } from './layer.js';
import { stop, u16 } from './layer.js';
import { chdlc, fddi, frameRelay, ipOverIb, loop, nflog, ppp, radiotap, rawIp, sll, sll2, wlan } from './links.js';
import type { layersSettings } from './settings.js';
import { icmp, otherIp, sctp, tcp, udp } from './transport.js';
import { ah, etherIp, gre, l2tpv3, mpls, pppoe } from './tunnels.js';

export { layersSettings } from './settings.js';

export interface LayersOptions {
  readonly settings: SettingsOf<typeof layersSettings>;
  readonly weirds: Weirds;
  readonly counters: Counters;
  /** Of the table of waiting fragments, so that outsiders cannot aim at a place in it. */
  readonly seed?: number;
}

/** Link types by LINKTYPE_* number. */
const LINKS: readonly (readonly [number, Layer])[] = [
  [0, loop],
  [1, ethernet],
  [9, ppp],
  [10, fddi],
  [12, rawIp],
  [14, rawIp],
  [50, ppp],
  [51, pppoe],
  [101, rawIp],
  [104, chdlc],
  [105, wlan],
  [107, frameRelay],
  [108, loop],
  [113, sll],
  [127, radiotap],
  [228, rawIp],
  [229, rawIp],
  [239, nflog],
  [242, ipOverIb],
  [276, sll2],
]; // prettier-ignore

const ETHER_TYPES: readonly (readonly [number, Layer])[] = [
  [0x0806, arp],
  [0x8100, vlan],
  [0x88a8, vlan],
  [0x9100, vlan],
  [0x9200, vlan],
  [0x9300, vlan],
  [0x8847, mpls],
  [0x8848, mpls],
  [0x8864, pppoe],
  [0x88e7, pbb],
  [0x8926, vntag],
  [0x893f, etag],
  [0x8903, fabricPath],
  [0x22f3, trill],
  [0x880b, ppp],
]; // prettier-ignore

/** Octets of a UDP header. */
const UDP_HEADER = 8;

const IP_PROTOCOLS: readonly (readonly [number, Layer])[] = [
  [1, icmp],
  [4, ipInIp],
  [6, tcp],
  [17, udp],
  [41, ipInIp],
  [47, gre],
  [51, ah],
  [58, icmp],
  [97, etherIp],
  [115, l2tpv3],
  [132, sctp],
]; // prettier-ignore

/**
 * Peels headers: the one table of the room. `decode` fills the view as far as the bytes go and says where and why it
 * stopped; it never throws.
 */
export class Layers {
  readonly #c = new Cursor();
  readonly #fragments: Fragments;
  readonly #maxDepth: number;
  readonly #verify: boolean;
  readonly #links: (Layer | undefined)[] = [];
  readonly #ethers: (Layer | undefined)[] = new Array<Layer | undefined>(65536);
  readonly #ips: (Layer | undefined)[] = new Array<Layer | undefined>(256);
  readonly #counters: Counters;
  readonly #stops: number[];
  readonly #badSum: number;
  readonly #snapped: number;
  readonly #tunnelled: number;
  readonly #weirds: Weirds;
  readonly #w;

  constructor(o: LayersOptions) {
    this.#fragments = new Fragments(o.settings, o.weirds, o.counters, o.seed ?? 0);
    this.#maxDepth = o.settings.max_depth;
    this.#verify = o.settings.verify_checksums;
    this.#weirds = o.weirds;
    this.#w = registerWeirds(o.weirds, {
      link: {
        id: 'link.unknown',
        text: 'The capture has a link type that is not decoded; its packets are only counted.',
        action: 'count',
      },
      depth: { id: 'tunnel.depth', text: 'More nested encapsulations than the limit.', action: 'feature' },
      checksum: {
        id: 'header.checksum',
        text: 'A checksum no host would believe; the packet is dropped (layers.verify_checksums).',
        action: 'count',
        ref: 'RFC 1122 4.2.2.7',
      },
      malformed: { id: 'header.malformed', text: 'A header contradicts itself.', action: 'count' },
    });
    this.#counters = o.counters;
    const text = 'Packets whose decoding ended before their payload, by reason.';
    this.#stops = ['none', 'truncated', 'malformed', 'unknown', 'fragment', 'depth', 'link_type', 'not_ip'].map(
      (reason) => o.counters.define('counter', 'wardwire_decode_stops_total', text, { reason }),
    );
    this.#badSum = o.counters.define(
      'counter',
      'wardwire_bad_checksums_total',
      'Packets with a wrong checksum (offloads make them on the sending host).',
    );
    this.#snapped = o.counters.define(
      'counter',
      'wardwire_capture_truncated_total',
      'Frames captured shorter than they were on the wire.',
    );
    this.#tunnelled = o.counters.define(
      'counter',
      'wardwire_tunnelled_packets_total',
      'Packets that came inside a tunnel.',
    );
    for (const [n, f] of LINKS) this.#links[n] = f;
    for (const [n, f] of ETHER_TYPES) this.#ethers[n] = f;
    const fragments = this.#fragments;
    this.#ethers[0x0800] = (v, c) => ip4(v, c, fragments);
    this.#ethers[0x86dd] = (v, c) => ip6(v, c, fragments);
    for (let n = 0; n < 256; n++) this.#ips[n] = otherIp;
    for (const [n, f] of IP_PROTOCOLS) this.#ips[n] = f;
  }

  /** Decodes the frame `buf[off … end)` of the view. @returns false when checksums are verified and no host would believe this one */
  decode(v: PacketView): boolean {
    v.reset();
    const c = this.#c;
    c.buf = v.buf;
    c.off = v.off;
    c.end = v.end;
    c.wire = v.wireLen;
    c.depth = 0;
    c.kind = Kind.Link + v.linkType;
    const first = this.#links[v.linkType];
    if (first === undefined) {
      stop(v, c, Stop.LinkType);
      this.#weirds.hit(this.#w.link, -1, v.tsUs);
    } else {
      first(v, c);
      while (c.kind >= 0) this.#step(v, c);
    }
    if (v.stop !== Stop.None) this.#stopped(v);
    if (this.#verify) this.#verified(v);
    if (v.badChecksum) this.#counters.values[this.#badSum]++;
    if (v.capLen < v.wireLen) this.#counters.values[this.#snapped]++;
    if (v.tunnelDepth !== 0) this.#counters.values[this.#tunnelled]++;
    return !(this.#verify && v.badChecksum);
  }

  /** Event time moves: waiting fragments expire. */
  tick(nowUs: number): void {
    this.#fragments.tick(nowUs);
  }

  #step(v: PacketView, c: Cursor): void {
    const kind = c.kind;
    const next =
      kind < Kind.Ip
        ? this.#ethers[kind]
        : kind < Kind.Link
          ? this.#ips[kind - Kind.Ip]
          : this.#links[kind - Kind.Link];
    if (next === undefined) stop(v, c, kind < Kind.Ip && kind >= 0x0600 ? Stop.NotIp : Stop.Unknown);
    else if (c.depth > this.#maxDepth) stop(v, c, Stop.Depth);
    else next(v, c);
  }

  /** The innermost TCP or UDP, where it is whole; a UDP datagram without a checksum has none to be wrong. */
  #verified(v: PacketView): void {
    const tcp = v.ipProto === IpProto.Tcp && v.tcpOff > 0;
    const udp = v.ipProto === IpProto.Udp && v.payOff >= UDP_HEADER;
    if ((tcp || udp) && v.stop === Stop.None && v.payLen === v.payWireLen) {
      const from = tcp ? v.tcpOff : v.payOff - UDP_HEADER;
      const b = v.payBuf;
      const none = udp && u16(b, from + 6) === 0;
      // what follows a tunnel's own header has none of these before it
      const here = u16(b, from) === v.srcPort && u16(b, from + 2) === v.dstPort;
      if (here && !none && !transportSumOk(v, from)) v.badChecksum = true;
    }
    if (v.badChecksum) this.#weirds.hit(this.#w.checksum, -1, v.tsUs);
  }

  #stopped(v: PacketView): void {
    this.#counters.values[this.#stops[v.stop]]++;
    if (v.stop === Stop.Depth) this.#weirds.hit(this.#w.depth, -1, v.tsUs);
    else if (v.stop === Stop.Malformed) this.#weirds.hit(this.#w.malformed, -1, v.tsUs);
  }
}

export function createLayers(o: LayersOptions): Layers {
  return new Layers(o);
}
