import { IpProto, type PacketView, TcpFlag } from '../core/index.js';

/** A packet that can only be the first of a conversation. */
export function opens(v: PacketView): boolean {
  return v.ipProto !== IpProto.Tcp || ((v.tcpFlags & TcpFlag.Syn) !== 0 && (v.tcpFlags & TcpFlag.Rst) === 0);
}

/** A SYN-ACK comes from the responder; picked up mid-stream, the lower of a well-known port is the server's. */
export function sourceInitiates(v: PacketView): boolean {
  if (v.ipProto === IpProto.Tcp) {
    if (v.tcpFlags & TcpFlag.Syn) return (v.tcpFlags & TcpFlag.Ack) === 0;
    return !serverPort(v.srcPort, v.dstPort);
  }
  if (v.ipProto === IpProto.Udp) return !(v.srcPort < 1024 && v.dstPort >= 1024);
  // answers of ICMP (echo reply, time exceeded …) come from the responder
  if (v.ipProto === IpProto.Icmp) return v.srcPort !== 0;
  if (v.ipProto === IpProto.Icmp6) return v.srcPort !== 129;
  return true;
}

/** Whether `a` looks more like a server's port than `b`. */
function serverPort(a: number, b: number): boolean {
  const low = (p: number): boolean => p < 1024;
  if (low(a) !== low(b)) return low(a);
  // above 1023 ephemeral ports begin at 32768 on most systems
  if (a < 32768 !== b < 32768) return a < 32768;
  return a < b;
}
