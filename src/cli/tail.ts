import { ExitCode, SEVERITIES, type Verdict, WardwireError } from '../core/index.js';
import { followControl } from '../ops/index.js';
import { formatVerdictLine } from '../runtime/index.js';
import { type Command, single } from './command.js';
import { type RunningArgs, runningOptions, socketOf } from './running.js';

interface Args extends RunningArgs {
  device?: string | string[];
  severity?: string | string[];
  type?: string | string[];
  count?: number | number[];
  json?: boolean;
}

export const tailCommand: Command<Args> = {
  name: 'tail',
  text: 'Print verdicts as the running sensor gives them',
  options: (y) =>
    runningOptions(y)
      .option('device', { type: 'string', describe: 'of one device: its id, name or address' })
      .option('severity', { choices: SEVERITIES, describe: 'of this severity or a graver one' })
      .option('type', { type: 'string', describe: 'of devices of one type' })
      .option('count', { type: 'number', describe: 'end after so many' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON verdict a line' })
      .example('$0 tail', 'every verdict from now on, also muted ones, until interrupted')
      .example('$0 tail --severity high --type ventilator', 'what is grave for ventilators')
      .example('$0 tail --json | jq -r .scenario', 'as a program reads them'),
  async run(args, output) {
    const count = single('count', args.count);
    if (count !== undefined && !(Number.isInteger(count) && count > 0))
      throw new WardwireError('usage', '--count takes a whole number above 0');
    const request = {
      cmd: 'tail',
      device: single('device', args.device),
      severity: single('severity', args.severity),
      type: single('type', args.type),
    };
    let seen = 0;
    let wanted = false;
    let refusal: string | null = null;
    let end: () => void = () => undefined;
    const stop = (): void => {
      wanted = true;
      end();
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      await followControl(
        socketOf(args),
        request,
        (said) => {
          if (wanted) return;
          if (typeof said.error === 'string') refusal = said.error;
          else if (typeof said.missed === 'number')
            output.err(`wardwire: ${said.missed} verdicts were left out: this reader was too slow`);
          else if (said.verdict !== undefined) {
            const v = said.verdict as Verdict;
            output.out(args.json ? JSON.stringify(v) : `${formatVerdictLine(v)}${said.quiet ? ' (muted)' : ''}`);
            if (++seen === count) stop();
          }
        },
        (close) => {
          end = close;
        },
      );
    } finally {
      process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
    }
    if (refusal !== null) throw new WardwireError('usage', refusal);
    if (!wanted) throw new WardwireError('outside', 'the sensor has gone away');
    return ExitCode.Ok;
  },
};
