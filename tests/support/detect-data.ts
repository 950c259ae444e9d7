import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type FeatureSchema, Random } from '../../src/core/index.js';

/** A labelled set: rows of numbers, and which of them are attacks. */
export interface Labelled {
  readonly name: string;
  readonly width: number;
  readonly benign: Float64Array;
  readonly attack: Float64Array;
}

/** Splits a line at commas; the sets here quote nothing. */
const cells = (line: string): string[] => line.trim().split(',');

/** Text columns become codes in order of first appearance; numbers stay, anything else is not observed. */
class Coder {
  readonly #codes: Map<string, number>[];
  constructor(width: number) {
    this.#codes = Array.from({ length: width }, () => new Map());
  }
  of(column: number, text: string): number {
    const n = Number(text);
    if (text !== '' && !Number.isNaN(n)) return Number.isFinite(n) ? n : Number.NaN;
    const codes = this.#codes[column];
    if (!codes.has(text)) codes.set(text, codes.size);
    return codes.get(text)!;
  }
}

function build(name: string, lines: string[], columns: number[], isAttack: (c: string[]) => boolean): Labelled {
  const coder = new Coder(Math.max(...columns) + 1);
  const benign: number[] = [];
  const attack: number[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const c = cells(line);
    (isAttack(c) ? attack : benign).push(...columns.map((i) => coder.of(i, c[i])));
  }
  return { name, width: columns.length, benign: Float64Array.from(benign), attack: Float64Array.from(attack) };
}

const text = (dir: string, file: string): string[] =>
  gunzipSync(readFileSync(join(dir, 'datasets', file)))
    .toString('latin1')
    .trimEnd()
    .split('\n');

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** WUSTL-EHMS-2020: Argus flow features; addresses, ports, MACs and the sequence number are left out. */
export function wustl(dir: string): Labelled {
  const [head, ...lines] = text(dir, 'wustl-ehms-2020.partA.csv.gz');
  const names = cells(head);
  const flow = names
    .slice(0, names.indexOf('SrcMac'))
    .filter((n) => !['SrcAddr', 'DstAddr', 'Sport', 'Dport'].includes(n));
  const label = names.indexOf('Label');
  return build(
    'WUSTL-EHMS',
    lines,
    flow.map((n) => names.indexOf(n)),
    (c) => c[label] !== '0',
  ); // prettier-ignore
}

export function nslKdd(dir: string): Labelled {
  const lines = text(dir, 'nsl-kdd/KDDTrain+_20Percent.txt.gz');
  return build('NSL-KDD', lines, range(0, 41), (c) => c[41] !== 'normal');
}

export function cicWeb(dir: string): Labelled {
  const [head, ...lines] = text(dir, 'cic-ids2017-webattacks.partA.csv.gz');
  const names = cells(head);
  return build('CIC-IDS2017 web', lines, range(7, names.length - 1), (c) => c[c.length - 1] !== 'BENIGN');
}

export function iot23(dir: string): Labelled {
  const files = [
    'honey_benign.partA',
    'filtered_detailed_label_9',
    'filtered_supersampled_detailed_label_1',
    'filtered_supersampled_detailed_label_4',
  ];
  const lines = files.flatMap((f) => text(dir, `iot23/${f}.csv.gz`).slice(1));
  return build('IoT-23', lines, range(0, 14), (c) => Number(c[14]) !== 0);
}

/** A set of ADBench: features, then the label. */
export function adbench(dir: string, file: string): Labelled {
  const [head, ...lines] = text(dir, `adbench/${file}.csv.gz`);
  const width = cells(head).length - 1;
  return build(file, lines, range(0, width), (c) => Number(c[width]) !== 0);
}

/** A schema for rows that come from elsewhere. */
export function plainSchema(width: number, transform: 'log1p' | 'linear' = 'log1p'): FeatureSchema {
  return {
    id: `test-${width}-${transform}`,
    features: range(0, width).map((i) => ({
      name: `f${i}`,
      group: 'A',
      unit: '',
      text: '',
      transform,
      label: `feature ${i}`,
    })),
  };
}

/** Rows in a seeded order, cut in two at `share`. */
export function shuffleSplit(
  rows: Float64Array,
  width: number,
  share: number,
  seed: number,
): [Float64Array, Float64Array] {
  const n = rows.length / width;
  const order = range(0, n);
  const random = new Random(seed);
  for (let i = n - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const cut = Math.floor(n * share);
  const take = (ids: number[]): Float64Array => {
    const out = new Float64Array(ids.length * width);
    ids.forEach((r, i) => {
      out.set(rows.subarray(r * width, (r + 1) * width), i * width);
    });
    return out;
  };
  return [take(order.slice(0, cut)), take(order.slice(cut))];
}

/** Area under the ROC curve of scores where higher is odder; ties count half. */
export function auroc(benign: readonly number[], attack: readonly number[]): number {
  const all = [...benign.map((s) => [s, 0]), ...attack.map((s) => [s, 1])].sort((a, b) => a[0] - b[0]);
  let rank = 0;
  let sum = 0;
  for (let i = 0; i < all.length; ) {
    let j = i;
    let attacks = 0;
    while (j < all.length && all[j][0] === all[i][0]) attacks += all[j++][1];
    sum += attacks * (rank + (j - i + 1) / 2);
    rank += j - i;
    i = j;
  }
  const na = attack.length;
  return (sum - (na * (na + 1)) / 2) / (na * benign.length);
}

/** Share of attacks above the threshold that a share `alarms` of benign rows exceeds. */
export function foundAt(benign: readonly number[], attack: readonly number[], alarms: number): number {
  const s = [...benign].sort((a, b) => b - a);
  const threshold = s[Math.floor(alarms * s.length)];
  return attack.filter((x) => x > threshold).length / attack.length;
}
