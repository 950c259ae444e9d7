import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { commentText } from '../../src/evidence/comment.js';
import { readCapture } from '../../src/evidence/pcapng-read.js';
import { pcapngOf } from '../../src/evidence/pcapng-write.js';
import type { CutPacket } from '../../src/evidence/ring.js';
import { readAll } from '../support/capture-bytes.js';
import { haveProgram } from '../support/namespace.js';
import { temporaryFolder } from '../support/wardwire.js';

t.setTimeout(120_000);

const words = { program: 'wardwire 0', comment: 'evidence', deciding: -1, packetComment: '' };
const packet = (more: Partial<CutPacket> = {}): CutPacket => ({
  tsUs: 1_767_000_000_000_000 + 0.25,
  wireLen: 1500,
  iface: 0,
  linkType: 1,
  data: Buffer.alloc(54, 7),
  ...more,
});
const anyText = fc.string({ unit: 'binary', maxLength: 300 });
/** UTF-16 with half pairs and everything. */
const rawText = fc.array(fc.nat(0xffff), { maxLength: 200 }).map((a) => String.fromCharCode(...a));

t.test('any packets come back byte for byte, by our reader and by the one of captures', async (t) => {
  const dir = temporaryFolder(t);
  const one = fc.record({
    tsUs: fc.integer({ min: 0, max: 2e15 * 4 }).map((n) => n / 4),
    wireLen: fc.nat(0xffffff),
    iface: fc.nat(3),
    linkType: fc.constantFrom(1, 101, 113, 276),
    data: fc.uint8Array({ maxLength: 300 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 20 }), anyText, async (packets, text) => {
      const bytes = pcapngOf(packets, { ...words, comment: text, deciding: 0, packetComment: text });
      const read = readCapture(bytes, 'x');
      t.equal(read.comment, commentText(text));
      const hex = (p: { data: Uint8Array }): string => Buffer.from(p.data).toString('hex');
      t.same(
        read.packets.map((p) => [p.tsUs, p.wireLen, p.linkType, hex(p)]),
        packets.map((p) => [p.tsUs, p.wireLen, p.linkType, hex(p)]),
      );
      t.same(
        read.packets.map((p) => p.comment),
        packets.map((_, i) => (i === 0 ? commentText(text) : null)),
      );
      if (packets.length === 0) return;
      const path = join(dir, 'x.pcapng');
      writeFileSync(path, bytes);
      const other = await readAll([path]);
      t.same(
        other.packets.map((p) => [p.tsUs, p.wireLen, p.linkType, p.data]),
        packets.map((p) => [p.tsUs, Math.max(p.wireLen, p.data.length), p.linkType, hex(p)]),
      );
    }),
    { numRuns: 50 },
  );
});

t.test('comments: any string becomes clean UTF-8 of bounded length', async (t) => {
  fc.assert(
    fc.property(fc.oneof(anyText, rawText), (text) => {
      const clean = commentText(text);
      const bytes = Buffer.from(clean);
      return (
        bytes.length <= 4096 &&
        bytes.toString() === clean &&
        commentText(clean) === clean &&
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        !/[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.test(clean)
      );
    }),
    { numRuns: 3000 },
  );
  t.equal(commentText('a\tb\nc\0'), 'a_b\nc_');
  t.equal(Buffer.byteLength(commentText('ä'.repeat(5000))), 4096);
  t.equal(Buffer.byteLength(commentText(`x${'ä'.repeat(5000)}`)), 4095, 'cut between characters');
});

t.test('tshark reads the same comments, times and lengths', async (t) => {
  if (!haveProgram('tshark')) return t.comment('SKIPPED LOUDLY: tshark is not installed');
  const dir = temporaryFolder(t);
  const texts = fc.sample(fc.oneof(anyText, rawText), { numRuns: 40, seed: 7 });
  texts.push('plain', 'two\nlines', '"quotes" \\n \\', 'ünïcödé ☃ 𝕏', '%s%n');
  // one section for each text in one file: tshark starts once
  const path = join(dir, 'c.pcapng');
  const section = (text: string): Buffer =>
    pcapngOf([packet(), packet({ wireLen: 60 })], { ...words, deciding: 1, packetComment: text });
  writeFileSync(path, Buffer.concat(texts.map(section)));
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.comment'];
  const r = spawnSync('tshark', ['-r', path, '-T', 'json', ...fields.flatMap((f) => ['-e', f])], { encoding: 'utf8' });
  const rows = (JSON.parse(r.stdout) as { _source: { layers: Record<string, string[]> } }[]).map(
    (x) => x._source.layers,
  );
  t.equal(rows.length, 2 * texts.length);
  texts.forEach((text, i) => {
    const [plain, commented] = rows.slice(2 * i, 2 * i + 2);
    t.same([commented['frame.len'], commented['frame.cap_len']], [['60'], ['54']]);
    t.equal(commented['frame.time_epoch'][0], '1767000000.000000250');
    t.equal(commented['frame.comment']?.[0] ?? '', commentText(text), JSON.stringify(text));
    t.notOk(plain['frame.comment']);
  });
});

t.test('a changed file does not pass: named with its place', async (t) => {
  const good = pcapngOf([packet(), packet()], words);
  t.equal(readCapture(good, 'x').packets.length, 2);
  for (let n = 0; n < good.length; n++) {
    if (n === good.length - 144 || n === good.length - 88 || n === good.length - 56) continue;
    try {
      const read = readCapture(good.subarray(0, n), 'x');
      t.ok(read.packets.length < 2, `cut at ${n}`);
    } catch (e) {
      t.match((e as Error).message, /x: not a capture of this sensor: .* at byte \d+/);
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (noise, at) => {
      const b = Buffer.from(good);
      b.set(noise.subarray(0, Math.max(0, b.length - at)), Math.min(at, b.length));
      try {
        readCapture(b, 'x');
      } catch (e) {
        return (e as Error).message.startsWith('x: not a capture');
      }
      return true;
    }),
    { numRuns: 3000 },
  );
});
