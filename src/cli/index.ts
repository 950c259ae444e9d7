import { ExitCode, exitCodeOf, WardwireError } from '../core/index.js';
import { packageVersion } from '../runtime/index.js';
import { adviseCommand } from './advise.js';
import { baselineCommand } from './baseline.js';
import { checkConfigCommand } from './check-config.js';
import { STDIN } from './command.js';
import { completionCommand } from './completion.js';
import { decodeCommand } from './decode.js';
import { devicesCommand } from './devices.js';
import { doctorCommand } from './doctor.js';
import { ephiCommand } from './ephi.js';
import { evaluateCommand } from './evaluate.js';
import { evidenceCommand } from './evidence.js';
import { explainCommand } from './explain.js';
import { featuresCommand } from './features.js';
import { incidentsCommand } from './incidents.js';
import { interfacesCommand } from './interfaces.js';
import { errorText, type Output, processOutput } from './output.js';
import { reloadCommand } from './reload.js';
import { replayCommand } from './replay.js';
import { runCommand } from './run.js';
import { scenariosCommand } from './scenarios.js';
import { segmentationCommand } from './segmentation.js';
import { statusCommand } from './status.js';
import { tailCommand } from './tail.js';
import { trainCommand } from './train.js';

/** One row a command. */
const COMMANDS = [
  runCommand,
  statusCommand,
  tailCommand,
  reloadCommand,
  doctorCommand,
  replayCommand,
  trainCommand,
  evaluateCommand,
  decodeCommand,
  devicesCommand,
  incidentsCommand,
  explainCommand,
  segmentationCommand,
  ephiCommand,
  baselineCommand,
  featuresCommand,
  scenariosCommand,
  evidenceCommand,
  adviseCommand,
  checkConfigCommand,
  interfacesCommand,
  completionCommand,
];

/**
 * Parses the command line and runs one command. Resolves with the exit code; never ends the process itself.
 * yargs is loaded here only, so that the sensor process does not pay for it.
 */
export async function main(argv: readonly string[], output: Output = processOutput): Promise<ExitCode> {
  const { default: yargs } = await import('yargs');
  let code: ExitCode = ExitCode.Ok;
  const parser = yargs(argv.map((word) => (word === '-' ? STDIN : word)))
    .scriptName('wardwire')
    .usage('$0 <command> [options]\n\nPassive network sensor for hospital device networks.')
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .strictCommands()
    .strictOptions()
    .recommendCommands()
    .demandCommand(1, 'Name a command.')
    // answers what fits; the scripts that ask are the command's
    .completion('completion-yargs', false)
    .epilogue(
      'Exit codes: 0 done, 1 failed while running, 2 wrong usage, 70 internal error, 77 not permitted, 78 settings with errors.',
    )
    .parserConfiguration({ 'duplicate-arguments-array': true, 'strip-aliased': true })
    .wrap(Math.min(110, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      if (error && error.name !== 'YError') throw error;
      throw new WardwireError('usage', message ?? error?.message ?? 'wrong usage', [], { cause: error });
    });
  for (const command of COMMANDS) {
    parser.command(
      command.name,
      command.text,
      (y) => command.options(y),
      async (args) => {
        code = await command.run(args as never, output);
      },
    );
  }
  try {
    await parser.parseAsync();
  } catch (error) {
    output.err(errorText(error));
    if (error instanceof WardwireError && error.code === 'usage') output.err("Try 'wardwire --help'.");
    return exitCodeOf(error);
  }
  return code;
}
