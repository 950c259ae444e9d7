import { captureSettings, type FileOptions, openFiles } from '../../src/capture/index.js';
import {
  Counters,
  type PacketSink,
  type PacketSource,
  type PacketView,
  settingsDefaults,
  Weirds,
} from '../../src/core/index.js';

export interface TestPacket {
  /** Seconds and fraction as the format stores them. */
  readonly s: number;
  readonly f: number;
  readonly data: Buffer;
  readonly wire?: number;
}

export interface PcapOptions {
  readonly magic?: number;
  readonly little?: boolean;
  readonly linkType?: number;
  readonly version?: readonly [number, number];
  readonly snapLen?: number;
  /** Extra bytes of every record header. */
  readonly extra?: Buffer;
  readonly swapLengths?: boolean;
}

/** Bytes of a pcap file, written field by field as pcap-savefile(5) lists them. */
export function pcapBytes(packets: readonly TestPacket[], o: PcapOptions = {}): Buffer {
  const little = o.little ?? true;
  const u32 = (n: number): Buffer => {
    const b = Buffer.alloc(4);
    if (little) b.writeUInt32LE(n >>> 0);
    else b.writeUInt32BE(n >>> 0);
    return b;
  };
  const u16 = (n: number): Buffer => (little ? u32(n).subarray(0, 2) : u32(n).subarray(2, 4));
  const magic = o.magic ?? 0xa1b2c3d4;
  const [major, minor] = o.version ?? [2, 4];
  const parts = [u32(magic), u16(major), u16(minor), u32(0), u32(0), u32(o.snapLen ?? 262144), u32(o.linkType ?? 1)];
  if (magic === 0x1c0001ac || magic === 0x1c0001ab) parts.push(u32(0));
  for (const p of packets) {
    const wire = p.wire ?? p.data.length;
    const lengths = o.swapLengths ? [wire, p.data.length] : [p.data.length, wire];
    parts.push(u32(p.s), u32(p.f), u32(lengths[0]), u32(lengths[1]), o.extra ?? Buffer.alloc(0), p.data);
  }
  return Buffer.concat(parts);
}

/** A pcapng block: type, total length, body padded to four, total length. */
export function ngBlock(type: number, body: Buffer, little = true): Buffer {
  const length = 12 + Math.ceil(body.length / 4) * 4;
  const b = Buffer.alloc(length);
  const put = (n: number, at: number): unknown =>
    little ? b.writeUInt32LE(n >>> 0, at) : b.writeUInt32BE(n >>> 0, at);
  put(type, 0);
  put(length, 4);
  body.copy(b, 8);
  put(length, length - 4);
  return b;
}

/** 32-bit words in one byte order. */
export function words(little: boolean, ...n: number[]): Buffer {
  const b = Buffer.alloc(n.length * 4);
  n.forEach((v, i) => {
    if (little) b.writeUInt32LE(v >>> 0, i * 4);
    else b.writeUInt32BE(v >>> 0, i * 4);
  });
  return b;
}

export function ngSection(little = true, minor = 0): Buffer {
  const version = little ? 1 | (minor << 16) : (1 << 16) | minor;
  return ngBlock(0x0a0d0d0a, words(little, 0x1a2b3c4d, version, 0xffffffff, 0xffffffff), little);
}

export function ngInterface(linkType: number, snapLen: number, options: Buffer, little = true): Buffer {
  const head = words(little, little ? linkType : linkType << 16, snapLen);
  return ngBlock(1, Buffer.concat([head, options]), little);
}

/** One option: code, length, value padded to four. */
export function ngOption(code: number, value: Buffer, little = true): Buffer {
  const head = words(little, little ? code | (value.length << 16) : (code << 16) | value.length);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length & 3)) & 3)]);
}

export function ngEnhanced(iface: number, ticks: bigint, data: Buffer, wire = data.length, little = true): Buffer {
  const head = words(little, iface, Number(ticks >> 32n), Number(ticks & 0xffffffffn), data.length, wire);
  return ngBlock(6, Buffer.concat([head, data]), little);
}

/** What is kept of a packet by a test. */
export interface Kept {
  readonly tsUs: number;
  readonly capLen: number;
  readonly wireLen: number;
  readonly linkType: number;
  readonly iface: number;
  readonly data: string;
}

export class Keeper implements PacketSink {
  readonly packets: Kept[] = [];
  packet(v: PacketView): void {
    this.packets.push({
      tsUs: v.tsUs,
      capLen: v.capLen,
      wireLen: v.wireLen,
      linkType: v.linkType,
      iface: v.iface,
      data: v.buf.toString('hex', v.off, v.end),
    });
  }
}

export interface ReadAll {
  readonly packets: Kept[];
  readonly notices: string[];
  readonly weirds: Weirds;
  readonly source: PacketSource;
}

/** Reads files to their end, keeping every packet. */
export async function readAll(files: readonly string[], o: Partial<FileOptions> = {}): Promise<ReadAll> {
  const weirds = new Weirds();
  const source = openFiles(files, {
    speed: 'max',
    settings: settingsDefaults(captureSettings),
    counters: new Counters(),
    weirds,
    ...o,
  });
  const keeper = new Keeper();
  const notices: string[] = [];
  await source.start(keeper, (n) => notices.push(n.text));
  await source.done;
  return { packets: keeper.packets, notices, weirds: o.weirds ?? weirds, source };
}

/** Hands every packet of a file over at full speed; the view is lent. */
export async function eachPacket(file: string, packet: (view: PacketView) => void): Promise<void> {
  const source = openFiles([file], {
    speed: 'max',
    settings: settingsDefaults(captureSettings),
    counters: new Counters(),
    weirds: new Weirds(),
  });
  await source.start({ packet }, () => undefined);
  await source.done;
}
