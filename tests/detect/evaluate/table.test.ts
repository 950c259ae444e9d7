import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { disguise } from '../../../src/detect/evaluate/attack.js';
import { fitEncoder, rawRows } from '../../../src/detect/evaluate/encode.js';
import { parseTable, type TableOptions } from '../../../src/detect/evaluate/table.js';

const OPTIONS: TableOptions = {
  label: null,
  benign: ['0', 'ok'],
  columns: null,
  drop: [],
  names: null,
  classColumn: null,
  headless: false,
};
const parse = (text: string, o: Partial<TableOptions> = {}) =>
  parseTable([{ source: 'x.csv', text }], { ...OPTIONS, ...o });

t.test('numbers, words, nothing; quotes, line ends, a mark at the start', async (t) => {
  const table = parse('\uFEFFa,b,label\r\n1,"tcp, ""x""\nfin",0\r\n\r\n,udp,scan\r\n2.5,udp,ok\r\ninf,nan,scan\n');
  t.equal(table.rows, 4);
  t.same([...table.label], [-1, 0, -1, 0]);
  t.same(table.classes, ['scan']);
  t.match(table.columns, [
    { name: 'a', kind: 'number' },
    { name: 'b', kind: 'name', words: ['tcp_ _x__fin', 'udp'] },
  ]);
  t.same([...table.values].map((v, i) => (i % 2 === 0 ? v : 0))[4], 2.5);
  t.ok(Number.isNaN(table.values[2]) && Number.isNaN(table.values[6]) && Number.isNaN(table.values[7]));
});

t.test('a port is a name, a count of them is an amount, and the caller has the last word', async (t) => {
  const text = 'id.resp_p,Dst Port,proto,port_count,dport_mean,service,label\n1,2,3,4,5,6,0\n1,2,3,4,5,6,x\n';
  const kinds = (o = {}) => parse(text, o).columns.map((c) => c.kind[1]);
  t.same(kinds(), ['a', 'a', 'a', 'u', 'u', 'a']);
  t.same(kinds({ names: [] }), ['u', 'u', 'u', 'u', 'u', 'u']);
  t.same(kinds({ names: ['port_count'] }), ['u', 'u', 'u', 'a', 'u', 'u']);
});

t.test('several files with one header are one table; another header is refused', async (t) => {
  const table = parseTable(
    [
      { source: 'a', text: 'x,label\n1,0\n' },
      { source: 'b', text: 'x,label\n2,bad\n' },
    ],
    OPTIONS,
  );
  t.equal(table.rows, 2);
  const other = [
    { source: 'a', text: 'x,label\n1,0\n' },
    { source: 'b', text: 'y,label\n2,bad\n' },
  ];
  t.throws(() => parseTable(other, OPTIONS), { message: /b has other columns than a/ });
});

t.test('every problem is told with line and column', async (t) => {
  const problems = (text: string, o: Partial<TableOptions> = {}) => {
    try {
      parse(text, o);
    } catch (e) {
      const { code, problems } = e as { code: string; problems: { path: string; text: string; hint: string }[] };
      t.equal(code, 'file');
      return problems.map((p) => `${p.path}: ${p.text}`);
    }
    return t.fail('no error');
  };
  t.same(problems('a,label\n1,0\n1,2,3\n4\n5,\n'), [
    'x.csv, line 3: 3 fields where the first line has 2',
    'x.csv, line 4: 1 fields where the first line has 2',
    'x.csv, line 5, column label: no label',
  ]);
  t.same(problems('a,label\n1,"0\n'), ['x.csv, line 2, column 2: a quote is not closed']);
  t.same(problems('a,label\n1,x\n'), ["x.csv: no row is labelled '0' or 'ok'; labels are x"]);
  t.same(problems('a,label\n1,0\n'), ['x.csv: every row is benign: there is nothing to find']);
  t.same(problems('a,label\n1,0\n', { label: 'b' }), ["x.csv, line 1: no column 'b'"]);
  const ids = Array.from({ length: 5000 }, (_, i) => `n${i},${i % 2}`).join('\n');
  t.match(problems(`id,label\n${ids}\n`), [/identifiers/]);
  t.throws(() => parse(''), { message: /empty/ });
  t.throws(() => parse('a,label\n1,0\n', { drop: ['a'] }), { message: /no column is left/ });
});

t.test('names become a column a frequent value and one for the unseen; nothing of the test leaks in', async (t) => {
  const table = parse('p,n,label\ntcp,1,0\ntcp,2,0\nudp,3,0\ngre,4,x\n');
  const e = fitEncoder(table, [0, 1, 2]);
  t.same(
    e.schema.features.map((f) => f.name),
    ['p=tcp', 'p=udp', 'p unseen', 'n'],
  );
  t.same([...e.encode([0, 3], table)], [1, 0, 0, 1, 0, 0, 1, 4]);
  t.same([...rawRows(table, [0, 2, 3])], [0, 1, 1, 3, 2, 4]);
});

t.test('disguises: inside the quantiles, towards the median, noise; strength 0 changes nothing', async (t) => {
  const benign = Array.from({ length: 101 }, (_, i) => `tcp,${i},0`).join('\n');
  const table = parse(`p,n,label\n${benign}\nudp,1000,x\n`);
  const seen = Array.from({ length: 101 }, (_, i) => i);
  const one = (kind: 'mimicry' | 'slow' | 'noise', strength: number): number[] => [
    ...disguise(table, [101], seen, kind, strength, new Random(1)).values,
  ];
  const original = [...table.values.slice(-2)];
  for (const kind of ['mimicry', 'slow', 'noise'] as const) t.same(one(kind, 0), original);
  t.same(one('mimicry', 1), [table.values[0], 95]);
  t.same(one('slow', 0.5), [original[0], 525]);
  t.not(one('noise', 0.5)[1], 1000);
  t.equal(one('noise', 0.5)[0], original[0]);
});
