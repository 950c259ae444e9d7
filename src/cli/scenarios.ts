import { type DeviceClass, ExitCode, nearestHint, WardwireError } from '../core/index.js';
import { catalogue, DETECTOR_WORDS, type Scenario, UNSEEN } from '../runtime/index.js';
import { type Command, single } from './command.js';
import { table } from './csv.js';
import type { Output } from './output.js';

interface Args {
  action?: string;
  scenario?: string;
  class?: string | string[];
  json?: boolean;
}

const CLASSES: readonly DeviceClass[] = ['LC', 'PM', 'IM', 'PA', 'IE', 'WS'];

/** Scenarios a word means: a name, or an id that several may share. @throws WardwireError('usage') */
function find(word: string): readonly Scenario[] {
  const found = catalogue.filter((s) => s.scenario === word || s.id?.toLowerCase() === word.toLowerCase());
  if (found.length > 0) return found;
  const known = catalogue.flatMap((s) => (s.id === null ? [s.scenario] : [s.scenario, s.id]));
  throw new WardwireError('usage', `there is no scenario ${word}`, [
    { path: word, text: 'not found', hint: nearestHint(word, known, "see 'wardwire scenarios list'") },
  ]);
}

/** A scenario as data; with its severity for one class where that was asked for. */
function data(s: Scenario, only: DeviceClass | undefined): Record<string, unknown> {
  const unseen = UNSEEN.filter((u) => u.id === s.id).map(({ part, because }) => ({ part, because }));
  return {
    id: s.id,
    scenario: s.scenario,
    title: s.title,
    severity: only === undefined ? s.severity : s.severity[only],
    detectors: s.detectors,
    attack: s.attack,
    text: s.text,
    safe_step: s.safeStep,
    not_seen: unseen,
  };
}

function show(s: Scenario, only: DeviceClass | undefined, output: Output): void {
  const classes = only === undefined ? CLASSES : [only];
  output.out(`${s.scenario}${s.id === null ? '' : ` (${s.id})`}: ${s.title}`);
  output.out(`  ${s.text}`);
  output.out(`  severity    ${classes.map((c) => `${c} ${s.severity[c]}`).join(', ')}`);
  output.out(`  noticed by  ${s.detectors.map((d) => DETECTOR_WORDS[d]).join(', ')}`);
  if (s.attack.length > 0) output.out(`  ATT&CK      ${s.attack.map((a) => `${a.id} ${a.name}`).join(', ')}`);
  output.out(`  safe step   ${s.safeStep}`);
  for (const u of UNSEEN.filter((x) => x.id === s.id))
    output.out(`  not seen    ${u.part || 'all of it'}: ${u.because}`);
}

export const scenariosCommand: Command<Args> = {
  name: 'scenarios [action] [scenario]',
  text: 'The attacks and faults that verdicts name',
  options: (y) =>
    y
      .positional('action', { choices: ['list', 'show'] as const, default: 'list', describe: 'what to do' })
      .positional('scenario', { type: 'string', describe: 'its name or catalogue id (show)' })
      .option('class', { choices: CLASSES, describe: 'severity for this device class only' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object a line' })
      .example('$0 scenarios list', 'id, name, severity by device class, techniques')
      .example('$0 scenarios list --class LC', 'as they weigh for life-critical devices, gravest first')
      .example('$0 scenarios show N03', 'what is seen, what is not taken for it, what to do'),
  async run(args, output) {
    const only = single('class', args.class) as DeviceClass | undefined;
    if (args.action === 'show') {
      if (args.scenario === undefined)
        throw new WardwireError('usage', "name a scenario to show, for example 'wardwire scenarios show N03'");
      for (const s of find(args.scenario)) {
        if (args.json) output.out(JSON.stringify(data(s, only)));
        else show(s, only, output);
      }
      return ExitCode.Ok;
    }
    if (args.scenario !== undefined)
      throw new WardwireError('usage', `list takes no scenario; 'wardwire scenarios show ${args.scenario}' shows one`);
    const order = ['critical', 'high', 'medium', 'low', 'info'];
    const all = [...catalogue];
    if (only !== undefined) all.sort((a, b) => order.indexOf(a.severity[only]) - order.indexOf(b.severity[only]));
    if (args.json) {
      for (const s of all) output.out(JSON.stringify(data(s, only)));
      return ExitCode.Ok;
    }
    const classes = only === undefined ? CLASSES : [only];
    const rows = all.map((s) => [
      s.id ?? '-',
      s.scenario,
      ...classes.map((c) => s.severity[c]),
      s.attack.map((a) => a.id).join(' ') || '-',
      s.title,
    ]);
    for (const line of table(['id', 'scenario', ...classes, 'ATT&CK', 'is'], rows)) output.out(line);
    return ExitCode.Ok;
  },
};
