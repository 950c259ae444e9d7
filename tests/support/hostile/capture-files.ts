import { gzipSync } from 'node:zlib';
import { type Random, WardwireError } from '../../../src/core/index.js';
import { ngBlock, ngEnhanced, ngInterface, ngOption, ngSection, pcapBytes, readAll, words } from '../capture-bytes.js';
import { mutate, pick } from '../mutate.js';

const NONE = Buffer.alloc(0);
/** Starts of formats that are refused by name, and of none. */
const FOREIGN = [
  'fd377a585a00',
  '425a68',
  '0a0d0d0a00000000',
  '7f454c46',
  '00000000',
  'd4c3b2a1',
  '52545353',
  '504b0304',
];

/** A pcap of any dialect: magics of µs, ns, modified and IXIA, old versions, either byte order, extra record bytes. */
function pcap(rng: Random): Buffer {
  const packets = Array.from({ length: rng.int(6) }, (_, i) => ({
    s: rng.int(8) === 0 ? 0 : 1_700_000_000 + i,
    f: i,
    data: Buffer.alloc(rng.int(200), i),
    ...(rng.int(4) === 0 ? { wire: 1500 } : {}),
  }));
  const extra = rng.int(3) === 0 ? { extra: Buffer.alloc(pick(rng, [4, 8, 12]), rng.int(2)) } : {};
  return pcapBytes(packets, {
    magic: pick(rng, [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0x1c0001ac, 0x1c0001ab]),
    little: rng.int(2) === 0,
    linkType: pick(rng, [1, 6, 101, 113, 0x1000_0001]),
    version: pick(rng, [
      [2, 4],
      [2, 4],
      [2, 2],
      [2, 3],
      [543, 0],
    ] as const), // prettier-ignore
    ...extra,
  });
}

/** A pcapng of any blocks, in any order. */
function pcapng(rng: Random): Buffer {
  const little = rng.int(2) === 0;
  const blocks = [ngSection(little, pick(rng, [0, 0, 2, 9]))];
  const anInterface = (): Buffer =>
    ngInterface(
      rng.int(300),
      rng.int(1000),
      pick(rng, [
        NONE,
        ngOption(9, Buffer.of(pick(rng, [0, 3, 6, 9, 12, 0x80, 0x8a, 0xb4, 0xff])), little),
        ngOption(14, Buffer.alloc(8, rng.int(3)), little),
      ]),
      little,
    );
  if (rng.int(4) > 0) blocks.push(anInterface());
  for (let n = rng.int(10); n > 0; n--) {
    const data = Buffer.alloc(rng.int(120), n);
    blocks.push(
      pick(rng, [
        anInterface,
        () => ngEnhanced(rng.int(3), 1_700_000_000_000_000n, data, data.length, little),
        () => ngBlock(3, Buffer.concat([words(little, data.length), data]), little),
        () => ngBlock(2, Buffer.concat([words(little, 0, 390_000, 7, data.length, data.length), data]), little),
        () => ngBlock(pick(rng, [1, 2, 3, 4, 5, 6, 0xbad, 0x0a0d0d0a]), data, little),
        () => words(little, pick(rng, [1, 3, 6, 0xbad]), pick(rng, [0, 8, 13, 400_000, 0xfffffffc, 0xffffffff]), 0),
        () => ngSection(rng.int(2) === 0),
      ])(),
    );
  }
  return Buffer.concat(blocks);
}

/** A zstd frame of raw blocks, with any of the header's fields. */
function zstd(rng: Random, content: Buffer): Buffer {
  const checksum = rng.int(2) * 4;
  const head = pick(rng, [
    () => Buffer.from([checksum, pick(rng, [0x50, 0x68, 0x88, 0xff])]),
    () => Buffer.from([checksum | 0x60, content.length & 255, (content.length >> 8) & 255]),
    () => Buffer.concat([Buffer.from([checksum | 0xa0]), words(true, content.length)]),
    () => Buffer.concat([Buffer.from([checksum | 0xe0]), words(true, content.length, 0)]),
    () => Buffer.from([checksum | 1, 0x50, rng.int(2)]),
    () => Buffer.from([checksum | 8, 0x50]),
  ])();
  const parts: Buffer[] = [Buffer.from('28b52ffd', 'hex'), head];
  const cut = rng.int(content.length + 1);
  for (const [i, part] of [content.subarray(0, cut), content.subarray(cut)].entries()) {
    const size = Buffer.alloc(3);
    size.writeUIntLE((part.length << 3) | (rng.int(12) === 0 ? 6 : 0) | i, 0, 3);
    parts.push(size, part);
  }
  if (checksum > 0) parts.push(Buffer.alloc(4));
  const skippable = Buffer.from('502a4d180300000061626300', 'hex').subarray(0, 11);
  return Buffer.concat(rng.int(3) === 0 ? [skippable, ...parts, skippable] : parts);
}

/** A gzip member, with any of the header's fields. */
function gzip(rng: Random, content: Buffer): Buffer {
  const plain = gzipSync(content);
  const flags = pick(rng, [0, 0, 2, 4, 8, 16, 30, 0x40]);
  const text = Buffer.from('name\0', 'latin1');
  const fields = [
    flags & 4 ? Buffer.from([2, 0, 1, 2]) : NONE,
    flags & 8 ? text : NONE,
    flags & 16 ? text : NONE,
    flags & 2 ? Buffer.alloc(2) : NONE,
  ];
  const head = Buffer.from(plain.subarray(0, 10));
  head[3] = flags;
  return Buffer.concat([head, ...fields, plain.subarray(10), Buffer.alloc(rng.int(3) === 0 ? 8 : 0)]);
}

/** One capture file made of its grammar, changed, and packed or not. */
export function captureFile(rng: Random): Buffer {
  if (rng.int(30) === 0) return Buffer.concat([Buffer.from(pick(rng, FOREIGN), 'hex'), Buffer.alloc(rng.int(60))]);
  const make = (): Buffer => (rng.int(2) === 0 ? pcap(rng) : pcapng(rng));
  const whole = rng.int(3) === 0 ? mutate(rng, make(), make()) : make();
  const packed = pick(rng, [() => whole, () => whole, () => gzip(rng, whole), () => zstd(rng, whole)])();
  return rng.int(4) === 0
    ? mutate(rng, packed, make())
    : rng.int(6) === 0
      ? packed.subarray(0, rng.int(packed.length + 1))
      : packed;
}

/** Reads a file to its end, however that is. @returns packets, or −1 when it was refused with a clear error; other errors are thrown */
export async function readHostile(path: string): Promise<number> {
  try {
    const r = await readAll([path]);
    const told = r.weirds.count('file.damaged') + r.weirds.count('file.cut');
    if (told > 1 || (told === 1) !== r.notices.some((n) => n.includes(path)))
      throw new Error(`told ${told}: ${r.notices}`);
    return r.packets.length;
  } catch (error) {
    if (error instanceof WardwireError && error.code === 'file' && error.message.includes(path)) return -1;
    throw error;
  }
}
