import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';
import t from 'tap';
import { ngInterface, ngSection, pcapBytes, readAll, words } from '../support/capture-bytes.js';
import { projectRoot } from '../support/wardwire.js';

// Packed captures that were made to hurt: what they claim and what they unpack to costs neither the process nor its memory.

t.setTimeout(180_000);
const dir = mkdtempSync(join(tmpdir(), 'wardwire-bombs-'));
t.teardown(() => rmSync(dir, { recursive: true }));

const MIB = 1 << 20;
const MAGIC = Buffer.from('28b52ffd', 'hex');
/** Window descriptors (RFC 8878 3.1.1.1.2) of 128 MiB, the most that is given, and of 8 MiB, 256 MiB, 2 GiB and 3.75 TiB. */
const Window = { most: 17 << 3, usual: 13 << 3, more: 18 << 3, huge: 21 << 3, absurd: 0xff } as const;
const Type = { Raw: 0, Rle: 1, Reserved: 3 } as const;

function block(type: number, size: number, content: Buffer, last = false): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (type << 1) | Number(last), 0, 3);
  return Buffer.concat([head, content]);
}

const raw = (content: Buffer, last = false): Buffer => block(Type.Raw, content.length, content, last);
/** The same octet, 128 KiB of it, in four bytes. */
const rle = (octet: number, last = false): Buffer => block(Type.Rle, 1 << 17, Buffer.from([octet]), last);
const frame = (window: number, ...blocks: Buffer[]): Buffer =>
  Buffer.concat([MAGIC, Buffer.from([0, window]), ...blocks]);
const times = (n: number, b: Buffer): Buffer => Buffer.concat(Array.from({ length: n }, () => b));

/** A pcapng start behind which everything belongs to one block that is passed over. */
const ENDLESS = Buffer.concat([ngSection(), ngInterface(1, 0, Buffer.alloc(0)), words(true, 0x0bad, 0xfffffffc)]);
const PACKETS = pcapBytes(
  Array.from({ length: 20 }, (_, i) => ({ s: 1_700_000_000, f: i, data: Buffer.alloc(60, i) })),
);
const HEADER = PACKETS.subarray(0, 24);
/** A record of no octets at a time that may be. */
const EMPTY = words(true, 1, 1, 0, 0);

interface Read {
  readonly packets: number;
  readonly notices: string[];
  readonly error: string;
  readonly damaged: number;
  readonly peakMib: number;
}

/** Reads a capture in a process of its own. */
function read(name: string, bytes: Buffer): Read {
  const file = join(dir, name);
  writeFileSync(file, bytes);
  const program = join(projectRoot(), 'dist', 'tests', 'support', 'read-packed.js');
  const r = spawnSync(process.execPath, [program, file], { encoding: 'utf8', timeout: 120_000 });
  rmSync(file);
  if (r.status !== 0) throw new Error(`${name}: ${r.status} ${r.signal} ${r.stderr}`);
  return JSON.parse(r.stdout) as Read;
}

/** `head` and so many MiB of zeros, as gzip packs them. */
async function gzipBomb(head: Buffer, mib: number): Promise<Buffer> {
  const gzip = createGzip({ level: 9 });
  const out: Buffer[] = [];
  gzip.on('data', (c: Buffer) => out.push(c));
  const ended = new Promise((resolve) => gzip.once('end', resolve));
  gzip.write(head);
  const zeros = Buffer.alloc(MIB);
  for (let i = 0; i < mib; i++) if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
  gzip.end();
  await ended;
  return Buffer.concat(out);
}

t.test('bombs end with a clear word and leave the memory as it is', async (t) => {
  const plain = read('plain.pcap', PACKETS);
  t.match(plain, { packets: 20, error: '', damaged: 0 });
  const sized = 64 * MIB - ((64 * MIB) % EMPTY.length);
  const bombs: readonly [name: string, bytes: Buffer, word: RegExp, packets: number][] = [
    ['gzip-block.pcapng.gz', await gzipBomb(ENDLESS, 1024), /cut short/, 0],
    ['gzip-zeros.pcap.gz', await gzipBomb(PACKETS, 256), /only zeros where records should be at byte 67080/, 4116],
    ['gzip-empty.pcap.gz', gzipSync(Buffer.concat([HEADER, Buffer.alloc(sized, EMPTY)])), /^$/, sized / EMPTY.length],
    ['gzip-members.pcap.gz', Buffer.concat([gzipSync(PACKETS), times(20_000, gzipSync(Buffer.alloc(0)))]), /^$/, 20],
    ['zstd-block.pcapng.zst', frame(Window.usual, raw(ENDLESS), times(8191, rle(0)), rle(0, true)), /cut short/, 0],
    [
      'zstd-zeros.pcap.zst',
      frame(Window.usual, raw(PACKETS), times(999, rle(0)), rle(0, true)),
      /only zeros where records/,
      4116,
    ],
    ['zstd-window.pcapng.zst', frame(Window.most, raw(ENDLESS), times(50, rle(0)), rle(0, true)), /cut short/, 0],
    ['zstd-more.pcap.zst', frame(Window.more, raw(PACKETS, true)), /wants a window of 268435456 bytes/, 0],
    ['zstd-huge.pcap.zst', frame(Window.huge, raw(PACKETS, true)), /wants a window of 2147483648 bytes/, 0],
    ['zstd-absurd.pcap.zst', frame(Window.absurd, raw(PACKETS, true)), /wants a window of 4123168604160 bytes/, 0],
    [
      'zstd-content.pcap.zst',
      Buffer.concat([MAGIC, Buffer.from([0xe0]), Buffer.alloc(8, 0xff), raw(PACKETS, true)]),
      /wants a window of 18446744073709552000 bytes/,
      0,
    ],
    [
      'zstd-frames.pcap.zst',
      Buffer.concat([
        frame(Window.usual, raw(PACKETS, true)),
        times(300, frame(Window.most, raw(Buffer.alloc(0), true))),
      ]),
      /^$/,
      20,
    ],
    [
      'zstd-nothing.pcap.zst',
      frame(Window.usual, raw(PACKETS), times(5000, raw(Buffer.alloc(0)))),
      /cut short at byte/,
      20,
    ],
    [
      'gzip-block-length.pcapng.gz',
      gzipSync(Buffer.concat([ENDLESS.subarray(0, -4), words(true, 0xffffffff, 0)])),
      /a block claims 4294967295 bytes at byte/,
      0,
    ],
    [
      'gzip-packet-block.pcapng.gz',
      gzipSync(Buffer.concat([ngSection(), words(true, 6, 0xfffffffc), Buffer.alloc(4)])),
      /a block of type 6 claims 4294967292 bytes at byte 28/,
      0,
    ],
    ['gzip-nested.pcap.gz', gzipSync(gzipSync(PACKETS)), /not a pcap or pcapng file/, 0],
  ]; // prettier-ignore
  for (const [name, bytes, word, packets] of bombs) {
    const r = read(name, bytes);
    t.comment(`${name}: ${bytes.length} bytes, ${r.peakMib.toFixed(0)} MiB (${plain.peakMib.toFixed(0)} without)`);
    const said = r.notices.join(' ') + r.error;
    t.match(said, word, name);
    t.equal(r.packets, packets, `${name}: packets before it`);
    if (said !== '') t.match(said, join(dir, name), 'the file is named');
    if (r.error === '' && said !== '') t.equal(r.damaged, 1, 'counted once');
    // what a decoder may hold: a window twice, a piece of output
    const allowed = name.startsWith('zstd-window') || name.startsWith('zstd-frames') ? 6 : 4;
    t.ok(r.peakMib < allowed * plain.peakMib, `${name}: ${r.peakMib.toFixed(0)} MiB at most`);
  }
});

t.test('cut at every byte: what came before is kept, and the cut is told', async (t) => {
  const packed: readonly [string, Buffer][] = [
    ['cut.pcap.gz', gzipSync(PACKETS)],
    ['cut.pcap.zst', frame(Window.usual, raw(PACKETS.subarray(0, 400)), raw(PACKETS.subarray(400), true))],
  ];
  for (const [name, bytes] of packed) {
    const file = join(dir, name);
    let before = 0;
    for (let n = 0; n <= bytes.length; n += n > 100 && bytes.length - n > 40 ? 7 : 1) {
      writeFileSync(file, bytes.subarray(0, n));
      const r = await readAll([file]).catch((e) => e as Error);
      if (r instanceof Error) {
        if (!r.message.includes(file)) t.fail(`${n}: ${r.message}`);
        continue;
      }
      const told = r.weirds.count('file.damaged') + r.weirds.count('file.cut');
      if (told !== Number(n < bytes.length)) t.fail(`${name} cut at ${n}: told ${told} times: ${r.notices}`);
      if (told === 1 && !/at byte \d+/.test(r.notices.join())) t.fail(`${name} cut at ${n}: no place: ${r.notices}`);
      if (r.packets.length < before)
        t.fail(`${name} cut at ${n}: ${r.packets.length} packets, ${before} of a shorter one`);
      before = r.packets.length;
    }
    t.equal(before, 20, `${name}: whole`);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from('garbage behind the end')]));
    const garbage = await readAll([file]);
    t.equal(garbage.packets.length, 20, `${name}: every packet before garbage`);
    t.match(garbage.notices, [new RegExp(`${name}: cannot be read on .* byte \\d+ of the packed file`)]);
    t.equal(garbage.weirds.count('file.damaged'), 1);
  }
});

t.test('a packed stream that no decoder may believe is refused with its place', async (t) => {
  const cases: readonly [string, Buffer, RegExp][] = [
    [
      'reserved',
      frame(Window.usual, block(Type.Reserved, 1, Buffer.alloc(1))),
      /a zstd block of a reserved type, before byte 9/,
    ],
    [
      'large',
      frame(Window.usual, block(Type.Rle, 1 << 20, Buffer.alloc(1), true)),
      /a zstd block claims 1048576 bytes \(at most 131072\)/,
    ],
    ['dictionary', Buffer.concat([MAGIC, Buffer.from([1, Window.usual, 7]), raw(PACKETS, true)]), /needs a dictionary/],
    ['bit', Buffer.concat([MAGIC, Buffer.from([8, Window.usual]), raw(PACKETS, true)]), /a reserved bit/],
  ]; // prettier-ignore
  for (const [name, bytes, word] of cases) {
    const file = join(dir, `${name}.zst`);
    writeFileSync(file, bytes);
    const r = await readAll([file]).catch((e) => e as Error);
    t.match(r instanceof Error ? r.message : r.notices.join(), word, name);
  }
  const gzips: readonly [string, Buffer, RegExp][] = [
    [
      'name',
      Buffer.concat([Buffer.from('1f8b0808000000000000', 'hex'), Buffer.alloc(MIB, 'x')]),
      /name has no end, before byte 65547/,
    ],
    ['flags', Buffer.from('1f8b0880000000000000', 'hex'), /reserved flags, before byte 4/],
    ['sum', Buffer.concat([gzipSync(PACKETS).subarray(0, -8), Buffer.alloc(8)]), /a checksum that is not that/],
    [
      'deflate',
      Buffer.concat([gzipSync(PACKETS).subarray(0, 10), Buffer.alloc(50, 0xff)]),
      /invalid block type, behind byte/,
    ],
  ]; // prettier-ignore
  for (const [name, bytes, word] of gzips) {
    const file = join(dir, `${name}.gz`);
    writeFileSync(file, bytes);
    const r = await readAll([file]).catch((e) => e as Error);
    t.match(r instanceof Error ? r.message : r.notices.join(), word, name);
  }
  const skippable = Buffer.concat([Buffer.from('502a4d1805000000', 'hex'), Buffer.alloc(5, 0xaa)]);
  const file = join(dir, 'skippable.zst');
  const checked = Buffer.concat([
    MAGIC,
    Buffer.from([4, Window.usual]),
    raw(PACKETS.subarray(0, 500), true),
    Buffer.alloc(4),
  ]);
  writeFileSync(
    file,
    Buffer.concat([skippable, checked, skippable, frame(Window.usual, raw(PACKETS.subarray(500), true))]),
  );
  t.equal((await readAll([file])).packets.length, 20, 'frames that are passed over, a checksum, two frames');
});
