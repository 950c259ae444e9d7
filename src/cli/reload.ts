import { ExitCode } from '../core/index.js';
import { askControl } from '../ops/index.js';
import type { ReloadResult } from '../runtime/index.js';
import type { Command } from './command.js';
import { problemLines } from './output.js';
import { type RunningArgs, runningOptions, socketOf } from './running.js';

interface Args extends RunningArgs {
  json?: boolean;
}

export const reloadCommand: Command<Args> = {
  name: 'reload',
  text: 'Have the running sensor read its settings again, and say what came of it',
  options: (y) =>
    runningOptions(y)
      .option('json', { type: 'boolean', default: false, describe: 'as JSON' })
      .example('$0 reload', 'exit 0 when they are in force, 78 when they have errors and those before stay')
      .example('$0 reload --json | jq .restart', 'settings that wait for the next start'),
  async run(args, output) {
    const r = (await askControl(socketOf(args), { cmd: 'reload' })) as unknown as ReloadResult;
    if (args.json) output.out(JSON.stringify({ ok: r.ok, taken: r.taken, restart: r.restart, problems: r.problems }));
    else {
      if (r.taken.length > 0) output.out(`in force now: ${r.taken.join(', ')}`);
      if (r.restart.length > 0) output.out(`at the next start: ${r.restart.join(', ')}`);
      if (r.ok && r.taken.length + r.restart.length === 0) output.out('nothing has changed');
      if (!r.ok)
        output.err(['the settings have errors; those before stay in force', ...problemLines(r.problems)].join('\n'));
    }
    return r.ok ? ExitCode.Ok : ExitCode.Config;
  },
};
