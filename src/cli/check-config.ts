import { ExitCode, WardwireError } from '../core/index.js';
import { checkedConfig } from '../runtime/index.js';
import type { Command } from './command.js';
import { problemLines } from './output.js';

interface Args {
  file: string;
  json?: boolean;
}

export const checkConfigCommand: Command<Args> = {
  name: 'check-config <file>',
  text: 'Check a configuration file and everything it points to',
  options: (y) =>
    y
      .positional('file', { type: 'string', demandOption: true, describe: 'configuration file (YAML)' })
      .option('json', { type: 'boolean', default: false, describe: 'the problems as JSON' })
      .example('$0 check-config /etc/wardwire/wardwire.yaml', 'exit 0 when clean, 78 when not'),
  async run(args, output) {
    try {
      checkedConfig(args.file);
    } catch (error) {
      if (!(error instanceof WardwireError) || error.code !== 'config') throw error;
      if (args.json) output.out(JSON.stringify({ file: args.file, valid: false, problems: error.problems }));
      else output.err([error.message, ...problemLines(error.problems)].join('\n'));
      return ExitCode.Config;
    }
    output.out(args.json ? JSON.stringify({ file: args.file, valid: true, problems: [] }) : `${args.file}: valid`);
    return ExitCode.Ok;
  },
};
