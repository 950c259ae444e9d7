/**
 * The one object a packet travels in. LENT: a source owns one view and reuses it for every packet; it is valid
 * until the call that received it returns. To keep anything is to copy it. All offsets are absolute into `buf`
 * (or `payBuf` for the payload). Addresses are int32 words so that nothing is allocated per packet.
 */

/** Where `tsUs` comes from. */
export const TsSource = { Kernel: 0, File: 1, Arrival: 2 } as const;
export type TsSource = (typeof TsSource)[keyof typeof TsSource];

/** Why decoding of a packet ended before its payload (`PacketView.stop`). */
export const Stop = {
  /** Decoded to the end. */
  None: 0,
  /** Captured bytes ended inside a header (snap length or a cut file). */
  Truncated: 1,
  /** A header contradicts itself (length, version, header size). */
  Malformed: 2,
  /** The next header's number has no decoder here; what is known so far counts. */
  Unknown: 3,
  /** A fragment that waits for its brothers; nothing above IP yet. */
  Fragment: 4,
  /** More nested encapsulations than the limit. */
  Depth: 5,
  /** The link type of the source has no decoder. */
  LinkType: 6,
  /** A non-IP frame fully understood (ARP, LLDP …). */
  NotIp: 7,
} as const;
export type Stop = (typeof Stop)[keyof typeof Stop];

/** TCP flag bits (RFC 9293 section 3.1). */
export const TcpFlag = { Fin: 1, Syn: 2, Rst: 4, Psh: 8, Ack: 16, Urg: 32, Ece: 64, Cwr: 128 } as const;

/** Types of frames without IP that rooms read: LLDP (IEEE 802.1AB), and CDP by its SNAP type under OUI 00000C. */
export const LinkType = { Lldp: 0x88cc, Cdp: 0x2000 } as const;

/** IP protocol numbers (IANA) used across rooms. */
export const IpProto = { Icmp: 1, Igmp: 2, IpIp: 4, Tcp: 6, Udp: 17, Ip6: 41, Gre: 47, Icmp6: 58, Sctp: 132 } as const;

const EMPTY = Buffer.alloc(0);

export class PacketView {
  // ---- set by capture
  /** Frame bytes, lent. Always a Buffer, so that call sites stay monomorphic. */
  buf: Buffer = EMPTY;
  /** First byte of the frame in `buf`. */
  off = 0;
  /** One past the last captured byte (`off + capLen`). */
  end = 0;
  capLen = 0;
  /** Octets on the wire (≥ capLen). */
  wireLen = 0;
  /** Capture time, µs since 1970 (fraction carries nanoseconds as far as float64 allows). */
  tsUs = 0;
  tsSource: TsSource = TsSource.File;
  /** DLT_* / LINKTYPE_* number of the frame. */
  linkType = 1;
  /** Index of the interface within the source. */
  iface = 0;

  // ---- set by layers; reset() runs before every packet
  stop: Stop = Stop.None;
  stopOff = 0;
  hasMac = false;
  /** MAC addresses as two 24-bit halves. */
  srcMacHi = 0;
  srcMacLo = 0;
  dstMacHi = 0;
  dstMacLo = 0;
  etherType = 0;
  /** Outermost VLAN id, −1 when untagged; `vlan2` the next one. */
  vlan = -1;
  vlan2 = -1;
  /** Number of encapsulations peeled between the outer and the inner addresses. */
  tunnelDepth = 0;
  /** Last tunnel peeled (`TunnelKind` of layers), 0 none, and its identifier (VNI, key, session, label). */
  tunnel = 0;
  tunnelId = 0;
  /**
   * Octets of the frame before what the first tunnel carries, or before the piece of a fragmented datagram; they hold when
   * `tunnelDepth` is not 0 or `fragment` is true.
   */
  outerEnd = 0;
  /** Outermost IP addresses, words like `src0`; they hold when `tunnelDepth` is not 0. */
  outerSrc0 = 0;
  outerSrc1 = 0;
  outerSrc2 = 0;
  outerSrc3 = 0;
  outerDst0 = 0;
  outerDst1 = 0;
  outerDst2 = 0;
  outerDst3 = 0;
  /** 0 when there is no IP, else 4 or 6. */
  ipVersion = 0;
  ipOff = 0;
  /** Octets of the IP packet as its header claims (features count these). */
  ipLen = 0;
  ttl = 0;
  ipProto = 0;
  fragment = false;
  /** Addresses, four big-endian 32-bit words as int32; IPv4 is the mapped form 0, 0, 0xffff, a.b.c.d. */
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  /** First byte of the TCP header in `buf` (or in the reassembled datagram); 0 when there is none whole. */
  tcpOff = 0;
  /** Ports; for ICMP the type and code. */
  srcPort = 0;
  dstPort = 0;
  tcpSeq = 0;
  tcpAck = 0;
  tcpFlags = 0;
  tcpWindow = 0;
  /** Buffer of the payload: `buf`, or the reassembled datagram. */
  payBuf: Buffer = EMPTY;
  payOff = 0;
  /** Captured payload bytes, and payload octets the headers claim (larger when snapped). */
  payLen = 0;
  payWireLen = 0;
  /** ARP (RFC 826): operation 0 when the packet is not ARP; sender MAC halves, sender and target IPv4 words. */
  arpOp = 0;
  arpShaHi = 0;
  arpShaLo = 0;
  arpSpa = 0;
  arpTpa = 0;
  /** A checksum in the packet is wrong (counted, never a reason to drop: offloads). */
  badChecksum = false;

  // ---- set by flow and inventory as the packet goes on
  /** Row in FlowColumns, −1 when the packet belongs to none. */
  slot = -1;
  /** 0 travels to the responder, 1 to the initiator. */
  dir = 0;
  /** True when this packet opened its flow. */
  newFlow = false;
  /** The same frame was seen a moment ago: a second span copy, not traffic. Written by flow. */
  duplicate = false;
  /** Device index of source and destination, −1 none (external or unknown). */
  srcDev = -1;
  dstDev = -1;

  /** Clears what layers and later rooms set; capture's fields stay. */
  reset(): void {
    this.stop = Stop.None;
    this.stopOff = 0;
    this.hasMac = false;
    this.srcMacHi = 0;
    this.srcMacLo = 0;
    this.dstMacHi = 0;
    this.dstMacLo = 0;
    this.etherType = 0;
    this.vlan = -1;
    this.vlan2 = -1;
    this.tunnelDepth = 0;
    this.tunnel = 0;
    this.tunnelId = 0;
    this.ipVersion = 0;
    this.ipOff = 0;
    this.ipLen = 0;
    this.ttl = 0;
    this.ipProto = 0;
    this.fragment = false;
    this.src0 = this.src1 = this.src2 = this.src3 = 0;
    this.dst0 = this.dst1 = this.dst2 = this.dst3 = 0;
    this.tcpOff = 0;
    this.srcPort = 0;
    this.dstPort = 0;
    this.tcpSeq = 0;
    this.tcpAck = 0;
    this.tcpFlags = 0;
    this.tcpWindow = 0;
    this.payBuf = this.buf;
    this.payOff = this.end;
    this.payLen = 0;
    this.payWireLen = 0;
    this.arpOp = 0;
    this.badChecksum = false;
    this.slot = -1;
    this.dir = 0;
    this.newFlow = false;
    this.duplicate = false;
    this.srcDev = -1;
    this.dstDev = -1;
  }
}

/** What a capture source hands its packets to. */
export interface PacketSink {
  packet(view: PacketView): void;
}
