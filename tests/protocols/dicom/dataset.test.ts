import parser from 'dicom-parser';
import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { type DatasetHead, EXPLICIT_BE, IMPLICIT_LE, readHead } from '../../../src/protocols/dicom/dataset.js';
import { inspectHead, loadInspector } from '../../../src/protocols/dicom/inspect.js';

// The own walker beside dicom-parser: both read the heads that a random writer makes (PS3.5 section 7).

const EXPLICIT_LE = '1.2.840.10008.1.2.1';
const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT', 'UC']);

class Writer {
  readonly parts: Buffer[] = [];
  constructor(
    readonly implicit: boolean,
    readonly big: boolean,
  ) {}
  #u16(n: number): Buffer {
    const b = Buffer.alloc(2);
    this.big ? b.writeUInt16BE(n) : b.writeUInt16LE(n);
    return b;
  }
  #u32(n: number): Buffer {
    const b = Buffer.alloc(4);
    this.big ? b.writeUInt32BE(n) : b.writeUInt32LE(n);
    return b;
  }
  head(tag: number, vr: string, length: number): this {
    this.parts.push(this.#u16(tag >>> 16), this.#u16(tag & 0xffff));
    if (this.implicit || tag >>> 16 === 0xfffe) this.parts.push(this.#u32(length));
    else if (LONG.has(vr)) this.parts.push(Buffer.from(vr), Buffer.alloc(2), this.#u32(length));
    else this.parts.push(Buffer.from(vr), this.#u16(length));
    return this;
  }
  text(tag: number, vr: string, value: string): this {
    const padded = value.length % 2 ? `${value} ` : value;
    this.head(tag, vr, padded.length).parts.push(Buffer.from(padded, 'latin1'));
    return this;
  }
  sequence(rng: Random, tag: number, depth: number): this {
    const items = rng.int(3);
    const inner = (): Buffer => {
      const w = new Writer(this.implicit, this.big).text(0x00080060, 'CS', 'XX').text(0x00081150, 'UI', '1.2.3');
      if (depth < 3 && rng.int(2)) w.sequence(rng, 0x00081140, depth + 1);
      return w.bytes();
    };
    const known = new Writer(this.implicit, this.big);
    for (let i = 0; i < items; i++) {
      const item = inner();
      if (rng.int(2)) known.head(0xfffee000, '', item.length).parts.push(item);
      else
        known
          .head(0xfffee000, '', 0xffffffff)
          .parts.push(item, new Writer(this.implicit, this.big).head(0xfffee00d, '', 0).bytes());
    }
    const body = known.bytes();
    if (rng.int(2)) this.head(tag, 'SQ', body.length).parts.push(body);
    else
      this.head(tag, 'SQ', 0xffffffff).parts.push(
        body,
        new Writer(this.implicit, this.big).head(0xfffee0dd, '', 0).bytes(),
      );
    return this;
  }
  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

const FIELDS: readonly [keyof DatasetHead, number, string][] = [
  ['modality', 0x00080060, 'CS'],
  ['manufacturer', 0x00080070, 'LO'],
  ['station', 0x00081010, 'SH'],
  ['model', 0x00081090, 'LO'],
  ['softwareVersions', 0x00181020, 'LO'],
  ['study', 0x0020000d, 'UI'],
];
const hexTag = (tag: number): string => `x${tag.toString(16).padStart(8, '0')}`;

t.test(
  'the same fields as dicom-parser, in three transfer syntaxes, with nested sequences of both kinds',
  async (t) => {
    await loadInspector();
    const rng = new Random(11);
    let compared = 0;
    for (let round = 0; round < 600; round++) {
      const syntax = [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE][round % 3];
      const w = new Writer(syntax === IMPLICIT_LE, syntax === EXPLICIT_BE);
      if (rng.int(2)) w.sequence(rng, 0x00080006, 0);
      for (const [name, tag, vr] of FIELDS) {
        if (rng.int(4) === 0) continue;
        w.text(tag, vr, name === 'study' ? `1.2.${rng.int(1e6)}` : `${name.slice(0, 6)}${rng.int(1000)}`);
        // tags ascend: between 0008,1090 and 0018,1020
        if (tag === 0x00081090 && rng.int(2)) w.sequence(rng, 0x00081140, 0);
      }
      w.head(0x7fe00010, 'OW', 0xffffffff).parts.push(Buffer.alloc(40, 1));
      const bytes = w.bytes();
      const h = readHead(bytes, bytes.length, syntax);
      const order = syntax === EXPLICIT_BE ? parser.bigEndianByteArrayParser : parser.littleEndianByteArrayParser;
      const set = new (
        parser as unknown as { DataSet: new (...a: unknown[]) => ReturnType<typeof parser.parseDicom> }
      ).DataSet(order, bytes, {});
      const read = syntax === IMPLICIT_LE ? parser.parseDicomDataSetImplicit : parser.parseDicomDataSetExplicit;
      read(set, new (parser.ByteStream as unknown as new (...a: unknown[]) => never)(order, bytes), bytes.length, {
        untilTag: 'x7fe00010',
      });
      for (const [name, tag] of FIELDS) {
        const want = (set.string(hexTag(tag)) ?? '').trim();
        if (h[name] !== want)
          return t.fail(`round ${round}, ${syntax}: ${name} '${h[name]}' is '${want}'\n${bytes.toString('hex')}`);
        compared++;
      }
      const tags = inspectHead(bytes, bytes.length, syntax);
      t.notOk(
        tags.some((e) => e.tag === '7fe0,0010'),
        'not the pixels',
      );
      const top = tags.filter((e) => e.depth === 0).map((e) => `x${e.tag.replace(',', '')}`);
      if (
        String(top.sort()) !==
        String(
          Object.keys(set.elements)
            .filter((k) => k !== 'x7fe00010')
            .sort(),
        )
      )
        return t.fail(`round ${round}: ${top} are ${Object.keys(set.elements)}`);
    }
    t.equal(compared, 3600);
  },
);

t.test('a deep look tells lengths and never values; deflated is left alone', async (t) => {
  await loadInspector();
  const bytes = new Writer(false, false).text(0x00100010, 'PN', 'CANARY^ANN').text(0x00100020, 'LO', 'ID7').bytes();
  const seen = inspectHead(bytes, bytes.length, EXPLICIT_LE);
  t.same(seen, [
    { tag: '0010,0010', vr: 'PN', length: 10, depth: 0 },
    { tag: '0010,0020', vr: 'LO', length: 4, depth: 0 },
  ]);
  t.same(inspectHead(bytes, bytes.length, '1.2.840.10008.1.2.1.99'), []);
  t.same(inspectHead(bytes, 14, EXPLICIT_LE).length <= 1, true, 'cut short');
});

t.test('what selects and what does not', async (t) => {
  const wildcard = (fill: (w: Writer) => Writer, syntax = EXPLICIT_LE): boolean => {
    const bytes = fill(new Writer(syntax === IMPLICIT_LE, false)).bytes();
    return readHead(bytes, bytes.length, syntax).wildcard;
  };
  const cases: [string, string, boolean][] = [
    ['name', 'MEIER*', false],
    ['name', '*', true],
    ['name', '', true],
    ['date', '20240102', false],
    ['date', '20240101-20240131', false],
    ['date', '19000101-20991231', true],
    ['date', '20240101-', true],
    ['date', '-', true],
  ];
  for (const [key, value, want] of cases) {
    const got = wildcard((w) => (key === 'name' ? w.text(0x00100010, 'PN', value) : w.text(0x00080020, 'DA', value)));
    t.equal(got, want, `${key} '${value}'`);
  }
  // a worklist query keeps its keys inside a sequence, of known or of undefined length
  const item = new Writer(false, false).text(0x00080060, 'CS', 'CT').text(0x00400001, 'AE', 'CT1').bytes();
  for (const known of [true, false]) {
    const step = (w: Writer, content: Buffer): Writer => {
      w.head(0x00400100, 'SQ', known ? content.length + 8 : 0xffffffff).head(0xfffee000, '', content.length);
      w.parts.push(content);
      return known ? w : w.head(0xfffee0dd, '', 0);
    };
    t.equal(
      wildcard((w) => step(w, item)),
      false,
      `station, length known: ${known}`,
    );
    const empty = new Writer(false, false).text(0x00400001, 'AE', '').bytes();
    t.equal(
      wildcard((w) => step(w, empty)),
      true,
      `no station, length known: ${known}`,
    );
    const bytes = step(new Writer(false, false), item).text(0x00400254, 'LO', 'x').bytes();
    t.equal(readHead(bytes, bytes.length, EXPLICIT_LE).modality, '', 'what is asked for is not what the sender is');
  }
});

t.test('UN of undefined length holds implicit elements, whatever is around it', async (t) => {
  const inner = new Writer(true, false).text(0x00091001, '', 'private').text(0x00091002, '', 'more').bytes();
  const w = new Writer(false, false).head(0x00091010, 'UN', 0xffffffff).head(0xfffee000, '', inner.length);
  w.parts.push(inner);
  const bytes = w.head(0xfffee0dd, '', 0).text(0x0020000d, 'UI', '1.2.3').bytes();
  t.equal(readHead(bytes, bytes.length, EXPLICIT_LE).study, '1.2.3', 'the walk finds its way out');
});
