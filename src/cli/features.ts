import { ExitCode } from '../core/index.js';
import { FEATURES } from '../runtime/index.js';
import type { Command } from './command.js';
import { table } from './csv.js';

interface Args {
  action?: string;
  json?: boolean;
}

export const featuresCommand: Command<Args> = {
  name: 'features [action]',
  text: 'The numbers that every device is judged by',
  options: (y) =>
    y
      .positional('action', { choices: ['list'] as const, default: 'list', describe: 'what to do' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object a line' })
      .example('$0 features list', 'name, unit, group, definition and source of each')
      .example('$0 replay ward.pcapng --features csv', 'the numbers themselves'),
  async run(args, output) {
    if (args.json) {
      for (const { name, unit, group, text, source, transform, label } of FEATURES)
        output.out(JSON.stringify({ name, unit, group, definition: text, source, transform, label }));
    } else {
      const rows = FEATURES.map((f) => [f.name, f.unit, f.group, f.source, f.text]);
      for (const line of table(['name', 'unit', 'group', 'source', 'definition'], rows)) output.out(line);
    }
    return ExitCode.Ok;
  },
};
