import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseTable, type Table, type TableOptions } from '../../src/detect/index.js';

// Public labelled sets as tables, each as `wardwire evaluate` reads it with the options named here.

const text = (dir: string, file: string): string =>
  gunzipSync(readFileSync(join(dir, 'datasets', file))).toString('utf8');

const PLAIN: TableOptions = {
  label: null,
  benign: ['0'],
  columns: null,
  drop: [],
  names: null,
  classColumn: null,
  headless: false,
};

/** WUSTL-EHMS-2020: Argus flow features; addresses, ports and biometrics are left out. */
export function wustl(dir: string): Table {
  const file = 'wustl-ehms-2020.partA.csv.gz';
  const all = text(dir, file);
  const names = all.slice(0, all.indexOf('\n')).split(',');
  const drop = ['SrcAddr', 'DstAddr', 'Sport', 'Dport', ...names.slice(names.indexOf('SrcMac'), -2)];
  return parseTable([{ source: 'WUSTL-EHMS', text: all }], {
    ...PLAIN,
    label: 'Label',
    classColumn: 'Attack Category',
    drop,
  });
}

/** NSL-KDD, 20 % of the training file, which has no header: 41 features, label, difficulty. */
export function nslKdd(dir: string): Table {
  const all = text(dir, 'nsl-kdd/KDDTrain+_20Percent.txt.gz');
  return parseTable([{ source: 'NSL-KDD', text: all }], {
    ...PLAIN,
    label: 'c42',
    benign: ['normal'],
    drop: ['c43'],
    headless: true,
  });
}

/** CIC-IDS2017, web attacks: what names a flow or dates it is left out. */
export function cicWeb(dir: string): Table {
  return parseTable([{ source: 'CIC-IDS2017 web', text: text(dir, 'cic-ids2017-webattacks.partA.csv.gz') }], {
    ...PLAIN,
    benign: ['BENIGN'],
    drop: ['Flow ID', 'Source IP', 'Source Port', 'Destination IP', 'Destination Port', 'Protocol', 'Timestamp'],
  });
}

/** IoT-23: flows of benign devices and of infected ones. */
export function iot23(dir: string): Table {
  const files = [
    'honey_benign.partA',
    'filtered_detailed_label_9',
    'filtered_supersampled_detailed_label_1',
    'filtered_supersampled_detailed_label_4',
  ];
  const all = files.map((f) => ({ source: f, text: text(dir, `iot23/${f}.csv.gz`) }));
  const table = parseTable(all, {
    ...PLAIN,
    label: 'label',
    benign: ['0.0', '0'],
    classColumn: 'detailed-label',
  });
  return { ...table, source: 'IoT-23' };
}

export const SETS: readonly ((dir: string) => Table)[] = [wustl, nslKdd, cicWeb, iot23];

/** Names of the ADBench sets present. */
export const adbenchNames = (dir: string): string[] =>
  readdirSync(join(dir, 'datasets', 'adbench')).map((f) => f.replace('.csv.gz', ''));

export function adbench(dir: string, name: string): Table {
  return parseTable([{ source: name, text: text(dir, `adbench/${name}.csv.gz`) }], PLAIN);
}

/** AUROC of scikit-learn's isolation forest as the manifest gives it, fitted on all rows, ten seeds. */
export function reference(dir: string, name: string): { mean: number; sd: number } {
  const manifest = readFileSync(join(dir, 'datasets', 'MANIFEST.tsv'), 'utf8');
  const line = manifest.split('\n').find((l) => l.startsWith(`adbench/${name}.csv.gz\t`)) ?? '';
  const found = /AUROC mean ([\d.]+) sd ([\d.]+)/.exec(line);
  if (found === null) throw new Error(`the manifest has no reference for ${name}`);
  return { mean: Number(found[1]), sd: Number(found[2]) };
}
