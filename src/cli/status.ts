import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, WardwireError } from '../core/index.js';
import { askControl } from '../ops/index.js';
import type { DaemonStatus } from '../runtime/index.js';
import { type Command, single } from './command.js';
import { type RunningArgs, runningOptions, socketOf } from './running.js';
import { statusLines } from './status-text.js';

interface Args extends RunningArgs {
  json?: boolean;
  watch?: number | number[];
}

export const statusCommand: Command<Args> = {
  name: 'status',
  text: 'Show how the running sensor is doing',
  options: (y) =>
    runningOptions(y)
      .option('json', { type: 'boolean', default: false, describe: 'as JSON (with --watch one object a line)' })
      .option('watch', { type: 'number', describe: 'again every so many seconds, until interrupted' })
      .example('$0 status', 'packets, losses, devices, incidents, sinks, alert budget')
      .example('$0 status --json | jq .capture.packets_per_s', 'one figure for a script')
      .example('$0 status --watch 2', 'every two seconds'),
  async run(args, output) {
    const every = single('watch', args.watch);
    if (every !== undefined && !(every >= 0.2 && every <= 3600))
      throw new WardwireError('usage', '--watch takes seconds from 0.2 to 3600');
    const path = socketOf(args);
    let stop = false;
    const ended = new AbortController();
    const end = (): void => {
      stop = true;
      ended.abort();
    };
    if (every !== undefined) process.once('SIGINT', end);
    try {
      for (;;) {
        const status = (await askControl(path, { cmd: 'status' })) as unknown as DaemonStatus;
        if (args.json) output.out(JSON.stringify(status));
        else {
          if (every !== undefined && process.stdout.isTTY) process.stdout.write('\x1b[H\x1b[2J');
          output.out(statusLines(status).join('\n'));
        }
        if (every === undefined || stop) return ExitCode.Ok;
        await sleep(every * 1000, undefined, { signal: ended.signal }).catch(() => undefined);
        if (stop) return ExitCode.Ok;
        if (!args.json && !process.stdout.isTTY) output.out('');
      }
    } finally {
      process.removeListener('SIGINT', end);
    }
  },
};
