import { cleanText, type Problem, WardwireError } from '../../core/index.js';

/** Names of columns that hold a name in the shape of a number: a port is no amount. Counts and rates of them are. */
const NOMINAL =
  /(^|[^a-z])([sd]?port|resp_p|orig_p|proto(col)?|service|conn_state|state|vlan|local_(orig|resp))([^a-z]|$)/i;
const AMOUNT = /count|rate|num|total|len|bytes|pkts|packets|mean|std|max|min|avg/i;
/** Distinct values above which a column of text is an identifier and says nothing. */
const MOST_NAMES = 4096;
const MOST_PROBLEMS = 10;
const NO_NUMBER = /^[-+]?(nan|inf|infinity)$/i;

export interface TableOptions {
  /** Column of the label; null takes the last one. */
  readonly label: string | null;
  /** Values of the label that are benign; the rest are attacks, named by it. */
  readonly benign: readonly string[];
  /** Columns to use; null takes all but the label. */
  readonly columns: readonly string[] | null;
  /** Columns to leave out. */
  readonly drop: readonly string[];
  /** Columns whose values are names whatever they look like; null decides by the column's name. */
  readonly names: readonly string[] | null;
  /** Column that names the attack class, null when the label does. */
  readonly classColumn: string | null;
  /** The file has no header: columns are called c1, c2 … */
  readonly headless: boolean;
}

export interface Column {
  readonly name: string;
  readonly kind: 'number' | 'name';
  /** Text of each code, for columns of text; codes count from 0 in order of appearance. */
  readonly words: readonly string[];
}

/** A labelled table: numbers row by row, codes for text, NaN for nothing. */
export interface Table {
  readonly source: string;
  readonly columns: readonly Column[];
  readonly values: Float64Array;
  readonly rows: number;
  /** Class of each row, −1 benign. */
  readonly label: Int16Array;
  readonly classes: readonly string[];
}

/** A file's text and its name for messages. */
export interface SourceText {
  readonly source: string;
  readonly text: string;
}

/**
 * Reads labelled CSV, of one file or of several with the same header (RFC 4180: quotes, line breaks inside them, CRLF or LF).
 * @throws WardwireError('file') naming line and column of everything that is wrong, up to ten of them
 */
export function parseTable(files: readonly SourceText[], o: TableOptions): Table {
  const source = files[0].source;
  const first = csvRecords(files[0].text, source).next();
  if (first.done) throw new WardwireError('file', `${source} is empty`);
  const width = first.value.cells.length;
  const names = o.headless ? first.value.cells.map((_, i) => `c${i + 1}`) : first.value.cells.map(cleanName);
  const pick = (name: string, what: string): number => {
    const i = names.indexOf(name);
    if (i >= 0) return i;
    const hint = `columns are: ${names.slice(0, 60).join(', ')}${names.length > 60 ? ' …' : ''}`;
    throw new WardwireError('file', `${source} has no column '${name}' (${what})`, [
      { path: `${source}, line 1`, text: `no column '${name}'`, hint },
    ]);
  };
  const label = o.label === null ? width - 1 : pick(o.label, 'label');
  const classColumn = o.classColumn === null ? label : pick(o.classColumn, 'attack class');
  const dropped = new Set(o.drop.map((n) => pick(n, 'to leave out')));
  const wanted = o.columns?.map((n) => pick(n, 'to use')) ?? names.map((_, i) => i);
  const used = wanted.filter((i) => i !== label && i !== classColumn && !dropped.has(i));
  if (used.length === 0) throw new WardwireError('file', `${source}: no column is left to learn from`);
  const asked = o.names === null ? null : new Set(o.names.map((n) => pick(n, 'of names')));

  const values: number[] = [];
  const labels: number[] = [];
  const classes: string[] = [];
  const codes = used.map(() => new Map<string, number>());
  const problems: Problem[] = [];
  const take = (source: string, { cells, line }: Line): void => {
    if (cells.length !== width) {
      if (problems.length < MOST_PROBLEMS) {
        const text = `${cells.length} fields where the first line has ${width}`;
        problems.push({ path: `${source}, line ${line}`, text, hint: 'quote fields that hold commas' });
      }
      return;
    }
    const word = cells[label].trim();
    if (word === '' && problems.length < MOST_PROBLEMS) {
      const hint = 'give every row its label, or name another column with --label';
      problems.push({ path: `${source}, line ${line}, column ${names[label]}`, text: 'no label', hint });
    }
    for (let c = 0; c < used.length; c++) values.push(numberOf(cells[used[c]].trim(), codes[c]));
    labels.push(o.benign.includes(word) ? -1 : classOf(classes, cells[classColumn].trim()));
  };
  for (const file of files) {
    let header = !o.headless;
    for (const record of csvRecords(file.text, file.source)) {
      if (header) {
        header = false;
        const odd = names.findIndex((n, i) => n !== cleanName(record.cells[i] ?? ''));
        if (odd < 0 && record.cells.length === width) continue;
        throw new WardwireError('file', `${file.source} has other columns than ${source}`, [
          {
            path: `${file.source}, line ${record.line}`,
            text: `no column '${names[odd] ?? ''}' at its place`,
            hint: 'evaluate it on its own',
          },
        ]);
      }
      take(file.source, record);
    }
  }
  if (problems.length > 0) throw new WardwireError('file', `${source} cannot be read`, problems);

  const columns = used.map((i, c): Column => {
    const words = [...codes[c].keys()].map((w) => cleanText(w));
    const nominal = words.length > 0 || (asked?.has(i) ?? (NOMINAL.test(names[i]) && !AMOUNT.test(names[i])));
    return { name: cleanText(names[i]), kind: nominal ? 'name' : 'number', words };
  });
  const identifiers = columns.filter((c) => c.words.length > MOST_NAMES).map((c) => c.name);
  if (identifiers.length > 0) {
    const hint = `leave them out: --drop ${identifiers.join(' --drop ')}`;
    const text = `more than ${MOST_NAMES} different words: identifiers, from which nothing can be learned`;
    throw new WardwireError('file', `${source} has columns of identifiers`, [
      { path: `${source}, ${identifiers.join(', ')}`, text, hint },
    ]);
  }
  const table = {
    source: files.map((f) => f.source).join(', '),
    columns,
    values: Float64Array.from(values),
    rows: labels.length,
    label: Int16Array.from(labels),
    classes: classes.map((c) => cleanText(c)),
  };
  requireBoth(table, o);
  return table;
}

const cleanName = (cell: string): string => cell.replace(/^\uFEFF/, '').trim();

function requireBoth(t: Table, o: TableOptions): void {
  const benign = t.label.reduce((n, l) => n + (l < 0 ? 1 : 0), 0);
  if (benign > 0 && benign < t.rows) return;
  const text =
    benign === 0
      ? `no row is labelled ${o.benign.map((b) => `'${b}'`).join(' or ')}; labels are ${t.classes.slice(0, 8).join(', ')}`
      : 'every row is benign: there is nothing to find';
  throw new WardwireError('file', `${t.source}: ${text}`, [
    { path: t.source, text, hint: 'name the benign value with --benign and the column with --label' },
  ]);
}

/** A number, NaN for nothing, or the code of a word (from 2^52 on, so that it is none of the column's numbers). */
function numberOf(cell: string, codes: Map<string, number>): number {
  if (cell === '' || NO_NUMBER.test(cell)) return Number.NaN;
  const n = Number(cell);
  if (!Number.isNaN(n)) return n;
  let code = codes.get(cell);
  if (code === undefined) {
    code = WORD_BASE + codes.size;
    codes.set(cell, code);
  }
  return code;
}

/** Codes of words start here; see `numberOf`. */
export const WORD_BASE = 2 ** 52;

function classOf(classes: string[], name: string): number {
  const i = classes.indexOf(name);
  return i >= 0 ? i : classes.push(name) - 1;
}

interface Line {
  readonly cells: string[];
  readonly line: number;
}

/** Records of a CSV text with the line each starts at; empty lines are passed over. */
function* csvRecords(text: string, source: string): Generator<Line> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    const from = line;
    const plain = text.slice(at, end);
    if (!plain.includes('"')) {
      at = end + 1;
      line++;
      const trimmed = plain.endsWith('\r') ? plain.slice(0, -1) : plain;
      if (trimmed.trim() !== '') yield { cells: trimmed.split(','), line: from };
      continue;
    }
    const cells: string[] = [];
    let cell = '';
    let quoted = false;
    let i = at;
    for (; i < text.length; i++) {
      const c = text[i];
      if (quoted) {
        if (c === '"' && text[i + 1] === '"') {
          cell += '"';
          i++;
        } else if (c === '"') quoted = false;
        else {
          if (c === '\n') line++;
          cell += c;
        }
      } else if (c === '"') quoted = true;
      else if (c === ',') {
        cells.push(cell);
        cell = '';
      } else if (c === '\n') break;
      else if (c !== '\r') cell += c;
    }
    if (quoted) {
      throw new WardwireError('file', `${source} cannot be read`, [
        {
          path: `${source}, line ${from}, column ${cells.length + 1}`,
          text: 'a quote is not closed',
          hint: 'close it',
        },
      ]);
    }
    cells.push(cell);
    yield { cells, line: from };
    at = i + 1;
    line++;
  }
}
