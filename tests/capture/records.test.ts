import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { WardwireError } from '../../src/core/index.js';
import { type Kept, type PcapOptions, pcapBytes, readAll, type TestPacket } from '../support/capture-bytes.js';

const dir = mkdtempSync(join(tmpdir(), 'wardwire-records-'));
t.teardown(() => rmSync(dir, { recursive: true }));
const file = join(dir, 'x.pcap');
async function read(bytes: Buffer): Promise<Awaited<ReturnType<typeof readAll>>> {
  writeFileSync(file, bytes);
  return readAll([file]);
}

const frame = (n: number): Buffer => Buffer.alloc(60, n);
const PACKETS: TestPacket[] = [
  { s: 1700000000, f: 1, data: frame(1) },
  { s: 1700000000, f: 999_999, data: frame(2), wire: 1500 },
  { s: 1700000001, f: 123_456, data: Buffer.alloc(0), wire: 0 },
  { s: 1700000002, f: 0, data: Buffer.alloc(1514, 3) },
];

function same(t: Test, got: readonly Kept[], perUs: number, linkType = 1): void {
  t.same(
    got,
    PACKETS.map((p) => ({
      tsUs: p.s * 1e6 + p.f / perUs,
      capLen: p.data.length,
      wireLen: p.wire ?? p.data.length,
      linkType,
      iface: 0,
      data: p.data.toString('hex'),
    })),
  );
}

t.test('both byte orders, both resolutions, every dialect', async (t) => {
  const redHat = Buffer.from('0200000000080000', 'hex');
  const suse = Buffer.from('020000000008000000000000', 'hex');
  const cases: [string, PcapOptions, number, number][] = [
    ['µs', {}, 1, 1],
    ['ns', { magic: 0xa1b23c4d }, 1000, 1],
    ['IXIA hardware', { magic: 0x1c0001ac }, 1000, 1],
    ['IXIA software', { magic: 0x1c0001ab }, 1, 1],
    ['modified, ss991029', { magic: 0xa1b2cd34, extra: redHat }, 1, 1],
    ['modified, ss990915', { magic: 0xa1b2cd34, extra: suse }, 1, 1],
    ['version 2.2, lengths the other way round', { version: [2, 2], swapLengths: true }, 1, 1],
    ['version 2.3 that means it', { version: [2, 3] }, 1, 1],
    ['version 2.3 with the lengths of 2.2', { version: [2, 3], swapLengths: true }, 1, 1],
    ['AIX: ifType and ns', { version: [2, 2], linkType: 6 }, 1000, 1],
    ['Linux cooked', { linkType: 113 }, 1, 113],
    ['FCS length in the upper bits', { linkType: 0x24000001 }, 1, 1],
  ];
  for (const [name, o, perUs, linkType] of cases) {
    for (const little of [true, false]) {
      // the modified dialects store their 16-bit fields in the writer's order too
      const extra =
        o.extra && !little ? Buffer.from('00000002080000000000000000'.slice(0, o.extra.length * 2), 'hex') : o.extra;
      const r = await read(pcapBytes(PACKETS, { ...o, extra, little }));
      t.test(`${name}, ${little ? 'little' : 'big'}-endian`, async (t) => {
        same(t, r.packets, perUs, linkType);
        t.same(r.notices, []);
      });
    }
  }
});

t.test('the dialects editcap writes', async (t) => {
  if (spawnSync('editcap', ['--version']).error) {
    t.comment('SKIPPED: editcap is not installed');
    return;
  }
  writeFileSync(file, pcapBytes(PACKETS.filter((p) => p.data.length > 0)));
  const plain = (await readAll([file])).packets;
  for (const format of ['modpcap', 'nokiapcap', 'nsecpcap', 'rh6_1pcap', 'suse6_3pcap', 'pcapng']) {
    const out = join(dir, format);
    const r = spawnSync('editcap', ['-F', format, file, out]);
    t.equal(r.status, 0, `editcap writes ${format}`);
    t.same((await readAll([out])).packets, plain, format);
  }
});

t.test('a cut at every byte: whole records before it, and told where', async (t) => {
  const small = PACKETS.slice(0, 3);
  const bytes = pcapBytes(small);
  const ends = [24, 24 + 76, 24 + 152, 24 + 168];
  for (let cut = 0; cut <= bytes.length; cut++) {
    writeFileSync(file, bytes.subarray(0, cut));
    if (cut < 24) {
      await t.rejects(readAll([file]), { code: 'file', message: /ends inside its header/ }, `${cut} bytes`);
      continue;
    }
    const r = await readAll([file]);
    const whole = ends.filter((e) => e <= cut).length - 1;
    t.equal(r.packets.length, whole, `${cut} bytes`);
    t.equal(r.weirds.count('file.cut'), ends.includes(cut) ? 0 : 1, `${cut} bytes, cut counted`);
    if (!ends.includes(cut)) t.match(r.notices[0], `the record at byte ${ends[whole]} is not whole`);
  }
});

t.test('a length that cannot be is judged before its body', async (t) => {
  const bytes = Buffer.concat([pcapBytes(PACKETS), Buffer.alloc(3 << 20)]);
  const at = pcapBytes(PACKETS).length;
  bytes.writeUInt32LE(0xfffffff0, at + 8);
  const r = await read(bytes);
  t.equal(r.packets.length, PACKETS.length);
  t.equal(r.weirds.count('file.damaged'), 1);
  t.match(r.notices[0], `at byte ${at}`);
});

t.test('what is no capture is refused by name and place', async (t) => {
  const cases: [string, Buffer, RegExp][] = [
    ['text', Buffer.from('hello, this is no capture at all'), /not a pcap or pcapng file/],
    ['snoop', Buffer.from('736e6f6f700000000000000200000004', 'hex'), /but a snoop file/],
    ['xz', Buffer.from('fd377a585a000004e6d6b4460200', 'hex'), /compressed with xz/],
    ['zeros', Buffer.alloc(4096), /not a pcap/],
  ];
  for (const [name, bytes, message] of cases) {
    writeFileSync(file, bytes);
    const error = await readAll([file]).catch((e) => e);
    t.ok(error instanceof WardwireError && error.code === 'file', name);
    t.match(error.message, message);
    t.match(error.problems[0].path, 'offset 0');
  }
  await t.rejects(readAll([join(dir, 'absent.pcap')]), { code: 'file', message: /ENOENT/ });
});

t.test('changed bytes never crash, hang or lose the memory bound', async (t) => {
  const whole = pcapBytes(
    Array.from({ length: 30 }, (_, i) => ({ s: 1.7e9 + i, f: i, data: Buffer.alloc(40 + i, i) })),
  );
  let seed = 12345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  let read = 0;
  for (let round = 0; round < 400; round++) {
    const b = Buffer.from(whole);
    for (let i = 0; i <= random(6); i++) b[random(b.length)] = random(256);
    writeFileSync(file, b.subarray(0, 1 + random(b.length)));
    try {
      const r = await readAll([file]);
      read += r.packets.length;
      for (const p of r.packets) if (p.capLen > p.wireLen || p.data.length !== p.capLen * 2) t.fail('a view that lies');
    } catch (error) {
      if (!(error instanceof WardwireError)) throw error;
    }
  }
  t.ok(read > 400, `${read} packets read from damaged files`);
  t.ok(readFileSync(file).length > 0);
});
