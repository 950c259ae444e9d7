import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { WardwireError } from '../../src/core/index.js';
import { ngBlock, ngEnhanced, ngInterface, ngOption, ngSection, readAll, words } from '../support/capture-bytes.js';

const dir = mkdtempSync(join(tmpdir(), 'wardwire-pcapng-'));
t.teardown(() => rmSync(dir, { recursive: true }));
const file = join(dir, 'x.pcapng');
async function read(...blocks: Buffer[]): Promise<Awaited<ReturnType<typeof readAll>>> {
  writeFileSync(file, Buffer.concat(blocks));
  return readAll([file]);
}

const NONE = Buffer.alloc(0);
const data = Buffer.from('0102030405', 'hex');
const S = 1700000000n;

t.test('sections of both byte orders, interfaces with their own resolution and offset', async (t) => {
  const resol = (n: number, little = true): Buffer => ngOption(9, Buffer.from([n]), little);
  const offset = Buffer.alloc(8);
  offset.writeBigInt64BE(-3600n);
  const r = await read(
    ngSection(),
    ngInterface(1, 0, NONE),
    ngInterface(113, 0, resol(9)),
    ngInterface(101, 0, resol(0x80 | 10)),
    ngEnhanced(0, S * 1000000n + 5n, data),
    ngEnhanced(1, S * 1000000000n + 123456789n, data, 1500),
    ngEnhanced(2, S * 1024n + 512n, data),
    ngSection(false),
    ngInterface(1, 0, Buffer.concat([resol(3, false), ngOption(14, offset, false)]), false),
    ngEnhanced(0, S * 1000n + 7n, data, 5, false),
  );
  t.same(
    r.packets.map((p) => [p.tsUs, p.linkType, p.iface, p.capLen, p.wireLen, p.data]),
    [
      [1.7e15 + 5, 1, 0, 5, 5, '0102030405'],
      [1.7e9 * 1e6 + 123456.789, 113, 1, 5, 1500, '0102030405'],
      [1.7e15 + 500000, 101, 2, 5, 5, '0102030405'],
      [1.7e15 + 7000 - 3600e6, 1, 3, 5, 5, '0102030405'],
    ],
  );
  t.same(r.notices, []);
});

t.test('simple and obsolete packet blocks; unknown blocks are passed over, also huge ones', async (t) => {
  const simple = ngBlock(3, Buffer.concat([words(true, 900), Buffer.alloc(64, 7)]));
  const ticks = S * 1000000n;
  const old = ngBlock(
    2,
    Buffer.concat([words(true, 0, Number(ticks >> 32n), Number(ticks & 0xffffffffn), 5, 60), data]),
  );
  const r = await read(
    ngSection(true, 2),
    ngInterface(1, 64, NONE),
    ngBlock(4, Buffer.alloc(100)),
    ngBlock(0x0bad, Buffer.alloc(3 << 20, 0xff)),
    simple,
    old,
  );
  t.same(
    r.packets.map((p) => [p.capLen, p.wireLen]),
    [
      [64, 900],
      [5, 60],
    ],
  );
  t.equal(r.packets[1].tsUs, 1.7e15);
  t.same(r.notices, []);
});

t.test('a cut at every byte', async (t) => {
  const blocks = [
    ngSection(),
    ngInterface(1, 0, NONE),
    ngEnhanced(0, S, data),
    ngBlock(0x99, data),
    ngEnhanced(0, S, data),
  ];
  const bytes = Buffer.concat(blocks);
  const ends = blocks.map((_, i) => Buffer.concat(blocks.slice(0, i + 1)).length);
  for (let cut = 4; cut <= bytes.length; cut++) {
    const r = await read(bytes.subarray(0, cut));
    t.equal(r.packets.length, (cut >= ends[2] ? 1 : 0) + (cut >= ends[4] ? 1 : 0), `${cut} bytes`);
    t.equal(r.weirds.count('file.cut'), ends.includes(cut) ? 0 : 1, `${cut} bytes, cut counted`);
  }
});

t.test('contradictions end the file where they are', async (t) => {
  const head = [ngSection(), ngInterface(1, 0, NONE), ngEnhanced(0, S, data)];
  const at = Buffer.concat(head).length;
  const cases: [string, Buffer][] = [
    ['interface never described', ngEnhanced(3, S, data)],
    ['captured length beyond its block', ngBlock(6, Buffer.concat([words(true, 0, 0, 0, 900, 900), data]))],
    ['block length no multiple of four', words(true, 6, 33, 0, 0, 0, 0, 0, 0)],
    ['block shorter than its head', words(true, 6, 8, 0, 0)],
    ['packet block of 2 GiB', words(true, 6, 0x80000000, 0, 0)],
    ['section without magic', ngBlock(0x0a0d0d0a, words(true, 1, 1, 0, 0))],
    ['section of version 9', ngBlock(0x0a0d0d0a, words(true, 0x1a2b3c4d, 9, 0, 0))],
  ];
  for (const [name, block] of cases) {
    const r = await read(...head, block);
    t.equal(r.packets.length, 1, name);
    t.equal(r.weirds.count('file.damaged'), 1, name);
    t.match(r.notices[0], `at byte`, name);
    t.ok(Number(/at byte (\d+)/.exec(r.notices[0])?.[1]) >= at, name);
  }
  await t.rejects(read(ngBlock(0x0a0d0d0a, words(true, 1, 1, 0, 0))), { code: 'file' });
  await t.rejects(read(ngSection(true, 1)), { code: 'file', message: /version 1\.1/ });
});

t.test('changed bytes never crash', async (t) => {
  const whole = Buffer.concat([
    ngSection(),
    ngInterface(1, 0, ngOption(9, Buffer.from([9]))),
    ...Array.from({ length: 20 }, (_, i) => ngEnhanced(0, S + BigInt(i), Buffer.alloc(30 + i, i))),
  ]);
  let seed = 99;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  let packets = 0;
  for (let round = 0; round < 400; round++) {
    const b = Buffer.from(whole);
    for (let i = 0; i <= random(5); i++) b[random(b.length)] = random(256);
    try {
      packets += (await read(b)).packets.length;
    } catch (error) {
      if (!(error instanceof WardwireError)) throw error;
    }
  }
  t.ok(packets > 400, `${packets} packets`);
});
