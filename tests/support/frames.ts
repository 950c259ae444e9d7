/** Builders of link and network headers, for tests. Checksums of IPv4 headers are right, others are zero. */
const u16 = (n: number): Buffer => Buffer.from([(n >> 8) & 255, n & 255]);
export const hex = (text: string): Buffer => Buffer.from(text.replace(/[^0-9a-fA-F]/g, ''), 'hex');

export function ethernet(type: number, payload: Buffer, src = '020000000001', dst = '020000000002'): Buffer {
  return Buffer.concat([hex(dst), hex(src), u16(type), payload]);
}

export interface IpOptions {
  readonly src?: string;
  readonly dst?: string;
  readonly id?: number;
  /** Fragment offset in bytes and the more-fragments flag. */
  readonly offset?: number;
  readonly more?: boolean;
  readonly ttl?: number;
  readonly options?: Buffer;
  readonly length?: number;
}

export function ip4(proto: number, payload: Buffer, o: IpOptions = {}): Buffer {
  const options = o.options ?? Buffer.alloc(0);
  const header = 20 + options.length;
  const b = Buffer.alloc(header);
  b[0] = 0x40 | (header / 4);
  b.writeUInt16BE(o.length ?? header + payload.length, 2);
  b.writeUInt16BE(o.id ?? 1, 4);
  b.writeUInt16BE(((o.offset ?? 0) >> 3) | (o.more ? 0x2000 : 0), 6);
  b[8] = o.ttl ?? 64;
  b[9] = proto;
  (o.src ?? '10.0.0.1').split('.').forEach((n, i) => void b.writeUInt8(Number(n), 12 + i));
  (o.dst ?? '10.0.0.2').split('.').forEach((n, i) => void b.writeUInt8(Number(n), 16 + i));
  options.copy(b, 20);
  let sum = 0;
  for (let i = 0; i < header; i += 2) sum += b.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  b.writeUInt16BE(~sum & 0xffff, 10);
  return Buffer.concat([b, payload]);
}

export function ip6(next: number, payload: Buffer, src = 1, dst = 2): Buffer {
  const b = Buffer.alloc(40);
  b[0] = 0x60;
  b.writeUInt16BE(payload.length, 4);
  b[6] = next;
  b[7] = 64;
  b.writeUInt32BE(0xfd000000, 8);
  b.writeUInt32BE(src, 20);
  b.writeUInt32BE(0xfd000000, 24);
  b.writeUInt32BE(dst, 36);
  return Buffer.concat([b, payload]);
}

export function udp(srcPort: number, dstPort: number, payload: Buffer): Buffer {
  return Buffer.concat([u16(srcPort), u16(dstPort), u16(8 + payload.length), u16(0), payload]);
}

export interface TcpOptions {
  readonly seq?: number;
  readonly ack?: number;
  readonly flags?: number;
  readonly options?: Buffer;
}

export function tcp(srcPort: number, dstPort: number, payload: Buffer, o: TcpOptions = {}): Buffer {
  const options = o.options ?? Buffer.alloc(0);
  const b = Buffer.alloc(20);
  b.writeUInt16BE(srcPort, 0);
  b.writeUInt16BE(dstPort, 2);
  b.writeUInt32BE((o.seq ?? 0) >>> 0, 4);
  b.writeUInt32BE((o.ack ?? 0) >>> 0, 8);
  b[12] = ((20 + options.length) / 4) << 4;
  b[13] = o.flags ?? 0x18;
  b.writeUInt16BE(65535, 14);
  return Buffer.concat([b, options, payload]);
}
