import { writeFileSync } from 'node:fs';
import { ExitCode, WardwireError } from '../core/index.js';
import { BaselineDesk, type BaselineOrder, type BaselineView, type DeviceState } from '../runtime/index.js';
import { deviceTable, reviewLines, stateJson, versionLines } from './baseline-text.js';
import { type Command, single } from './command.js';
import { configOf } from './inventory-source.js';
import { type Output, problemLines } from './output.js';

interface Args {
  action?: string;
  what?: string[];
  config?: string | string[];
  type?: string | string[];
  all?: boolean;
  out?: string | string[];
  to?: number | number[];
  trust?: string[];
  replace?: boolean;
  json?: boolean;
}

const ACTIONS = [
  'status',
  'review',
  'approve',
  'reject',
  'diff',
  'freeze',
  'unfreeze',
  'relearn',
  'rollback',
  'export',
  'import',
  'merge',
] as const;
type Action = (typeof ACTIONS)[number];

const usage = (text: string): WardwireError => new WardwireError('usage', `usage: wardwire baseline ${text}`);

function findDevice(view: BaselineView, word: string): DeviceState {
  const d = view.devices.find((x) => x.id === word);
  if (d !== undefined) return d;
  throw new WardwireError('usage', `nothing was learned of a device ${word}`, [
    { path: word, text: 'not found', hint: "ids are listed by 'wardwire baseline status'" },
  ]);
}

function status(view: BaselineView, args: Args, output: Output): void {
  const type = single('type', args.type);
  const devices = view.devices.filter((d) => type === undefined || d.type === type);
  if (args.json) {
    for (const d of devices) output.out(JSON.stringify({ kind: 'device', ...stateJson(d, view.needRows) }));
    for (const m of view.models) output.out(JSON.stringify({ kind: 'model', ...m }));
    for (const p of view.refused) output.out(JSON.stringify({ kind: 'refused', ...p }));
    for (const o of view.orders) output.out(JSON.stringify({ kind: 'order', ...o }));
    if (view.key !== null) output.out(JSON.stringify({ kind: 'key', key: view.key }));
    return;
  }
  for (const l of deviceTable(devices, view.needRows)) output.out(l);
  for (const m of view.models) {
    const older = m.older.length > 0 ? `, older: ${m.older.join(', ')}` : '';
    output.out(`model ${m.type}: version ${m.version}, ${m.rows} rows of ${m.devices} devices${older}`);
  }
  for (const l of problemLines(view.refused)) output.err(`refused:${l}`);
  if (view.orders.length > 0) output.out(`${view.orders.length} orders wait for the sensor`);
  if (view.key !== null) output.out(`key of this site's models: ${view.key}`);
}

function review(desk: BaselineDesk, view: BaselineView, args: Args, output: Output): void {
  const words = args.what ?? [];
  const devices =
    words.length > 0 ? words.map((w) => findDevice(view, w)) : view.devices.filter((d) => d.state === 'review');
  for (const d of devices) {
    const unlike = desk.compareDevice(d);
    if (args.json) output.out(JSON.stringify({ ...stateJson(d, view.needRows), differs: unlike }));
    else for (const l of reviewLines(d, unlike)) output.out(l);
  }
  if (devices.length === 0 && !args.json) output.out('no device is in review');
}

/** Tells the sensor about devices, all of a type, or all. */
function order(desk: BaselineDesk, view: BaselineView, what: BaselineOrder['what'], args: Args, output: Output): void {
  const type = single('type', args.type) ?? null;
  const words = args.what ?? [];
  if (words.length === 0 && type === null && args.all !== true) throw usage(`${what} ID…, --type TYPE or --all`);
  if (words.length > 0 && (type !== null || args.all === true))
    throw usage(`${what}: give devices, or --type, or --all`);
  if (type !== null && !view.devices.some((d) => d.type === type))
    throw new WardwireError('usage', `nothing was learned of devices of type ${type}`);
  const devices = words.length > 0 ? words.map((w) => findDevice(view, w).id) : null;
  const id = desk.order(what, devices, type);
  if (args.json) output.out(JSON.stringify({ order: id, what, devices, type }));
  else output.out(`${what}: ordered; a running sensor does it within two seconds, another when it starts`);
}

function diff(desk: BaselineDesk, view: BaselineView, args: Args, output: Output): void {
  const [word, more] = args.what ?? [];
  if (word === undefined || more !== undefined) throw usage('diff ID, or diff TYPE');
  if (view.models.some((m) => m.type === word) && !view.devices.some((d) => d.id === word)) {
    const d = desk.compareVersions(word);
    if (args.json) output.out(JSON.stringify({ type: word, ...d }));
    else for (const l of versionLines(word, d)) output.out(l);
    return;
  }
  const d = findDevice(view, word);
  const found = desk.compareDevice(d);
  if (args.json) output.out(JSON.stringify({ id: d.id, type: d.type, differs: found }));
  else for (const l of reviewLines(d, found)) output.out(l);
}

/** To a file, which is not readable by others, or to standard output. */
function deliver(text: string, args: Args, output: Output): void {
  const path = single('out', args.out);
  if (path === undefined) return output.out(text.trimEnd());
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (cause) {
    throw new WardwireError('file', `${path}: ${(cause as Error).message}`, [], { cause });
  }
  output.err(`${path}: ${Buffer.byteLength(text)} bytes`);
}

function models(desk: BaselineDesk, action: Action, args: Args, output: Output): void {
  const words = args.what ?? [];
  if (action === 'export') return deliver(desk.exportPack(words.length > 0 ? words : null), args, output);
  if (action === 'merge') {
    if (words.length < 2) throw usage('merge PACK PACK… --out FILE');
    return deliver(desk.mergePacks(words, args.trust ?? []), args, output);
  }
  if (words.length !== 1) throw usage(action === 'rollback' ? 'rollback TYPE [--to VERSION]' : 'import PACK');
  if (action === 'import') {
    for (const r of desk.importPack(words[0], args.trust ?? [], args.replace === true))
      output.out(args.json ? JSON.stringify(r) : `${r.type}: ${r.done}`);
    return;
  }
  const to = single('to', args.to) ?? null;
  if (to !== null && !Number.isInteger(to)) throw new WardwireError('usage', '--to must be the number of a version');
  const m = desk.rollback(words[0], to);
  const at = { type: m.type, version: m.version };
  output.out(args.json ? JSON.stringify(at) : `${m.type}: version ${m.version} is in use`);
}

export const baselineCommand: Command<Args> = {
  name: 'baseline [action] [what..]',
  text: 'What is normal: what devices have learned, its approval, the models and their versions',
  options: (y) =>
    y
      .positional('action', { choices: ACTIONS, default: 'status', describe: 'what to do' })
      .positional('what', {
        type: 'string',
        array: true,
        describe: 'device ids; a device type for rollback, export and diff; packs for import and merge',
      })
      .option('config', { type: 'string', describe: "the sensor's configuration file" })
      .option('type', { type: 'string', describe: 'every device of this type' })
      .option('all', { type: 'boolean', default: false, describe: 'approve, freeze …: every device' })
      .option('to', { type: 'number', describe: 'rollback: this version instead of the one before' })
      .option('out', { type: 'string', describe: 'export, merge: file to write' })
      .option('trust', {
        type: 'string',
        array: true,
        describe: 'import, merge: keys of other sites (16 or more digits)',
      })
      .option('replace', {
        type: 'boolean',
        default: false,
        describe: 'import: also where the site has a model of its own',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object a line' })
      .example('$0 baseline status', 'who learns, who waits for approval, which models are in use')
      .example('$0 baseline review', 'what devices in review have learned and what speaks against it')
      .example('$0 baseline approve mac-001b44113ab7', 'what it has learned is normal')
      .example('$0 baseline relearn --type ct-scanner', 'after new software: all of them learn anew')
      .example('$0 baseline rollback ventilator', 'the model before')
      .example('$0 baseline export --out ward.pack.json', 'quantiles and trees for another site; no addresses'),
  async run(args, output) {
    const action = (args.action ?? 'status') as Action;
    const desk = new BaselineDesk(configOf(args));
    switch (action) {
      case 'export':
      case 'import':
      case 'merge':
      case 'rollback':
        models(desk, action, args, output);
        break;
      case 'status':
        status(desk.view(), args, output);
        break;
      case 'review':
        review(desk, desk.view(), args, output);
        break;
      case 'diff':
        diff(desk, desk.view(), args, output);
        break;
      default:
        order(desk, desk.view(), action, args, output);
    }
    return ExitCode.Ok;
  },
};
