import { ExitCode } from '../core/index.js';
import { type Check, doctor } from '../runtime/index.js';
import type { Command } from './command.js';
import { configPathOf, INSTALLED } from './running.js';

interface Args {
  config?: string | string[];
  interface?: string | string[];
  json?: boolean;
}

export const doctorCommand: Command<Args> = {
  name: 'doctor',
  text: 'Check everything from the network card to the receivers, and say what to do',
  options: (y) =>
    y
      .option('config', {
        type: 'string',
        describe: `settings of the sensor (default: ${INSTALLED} where there is one)`,
      })
      .option('interface', {
        type: 'string',
        alias: 'i',
        describe: 'interface to look at instead of those the settings name; may be repeated',
      })
      .option('json', { type: 'boolean', default: false, describe: 'the checks as JSON' })
      .example('$0 doctor', 'exit 0 when nothing fails (warnings are none), 1 when something does')
      .example('$0 doctor --json | jq \'.checks[] | select(.result == "fail")\'', 'what fails, for a script'),
  async run(args, output) {
    const interfaces = args.interface === undefined ? [] : [args.interface].flat();
    const checks: Check[] = [];
    for await (const c of doctor({ config: configPathOf(args) ?? null, interfaces })) {
      checks.push(c);
      if (args.json) continue;
      output.out(`${c.result.padEnd(5)} ${c.name.padEnd(11)} ${c.text}`);
      if (c.fix !== '' && c.result !== 'ok') output.out(`${' '.repeat(18)}→ ${c.fix}`);
    }
    const count = (result: Check['result']): number => checks.filter((c) => c.result === result).length;
    const ok = count('fail') === 0;
    if (args.json) output.out(JSON.stringify({ ok, checks }));
    else output.out(`${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`);
    return ok ? ExitCode.Ok : ExitCode.Runtime;
  },
};
