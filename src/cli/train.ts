import { ExitCode } from '../core/index.js';
import { assembleSpec, defaultConfig, monotonicMs, readConfig, trainFromFiles } from '../runtime/index.js';
import { type Command, capturePaths, single } from './command.js';
import { Progress } from './output.js';

interface Args {
  pcap: string[];
  out?: string | string[];
  config?: string | string[];
  json?: boolean;
}

export const trainCommand: Command<Args> = {
  name: 'train',
  text: 'Learn what is normal from captures of ordinary days',
  options: (y) =>
    y
      .option('pcap', { type: 'string', array: true, demandOption: true, describe: 'capture files or folders' })
      .option('out', { type: 'string', demandOption: true, describe: 'folder for the models and the learned state' })
      .option('config', { type: 'string', describe: 'configuration file (its site key keys the learned state)' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON line a device type' })
      .example('$0 train --pcap monday.pcap tuesday.pcap --out models', 'one model a device type'),
  async run(args, output) {
    const out = single('out', args.out) as string;
    const configPath = single('config', args.config);
    const config = configPath === undefined ? defaultConfig() : readConfig(configPath);
    const files = capturePaths(args.pcap);
    const spec = assembleSpec(config, { kind: 'files', files, speed: 'max' }, { modelDir: null, makeKey: true });
    const progress = new Progress(output, monotonicMs);
    const results = await trainFromFiles(spec, out, {
      notice: (n) => {
        if (n.text !== '') output.err(n.text);
      },
      progress: (s) => progress.update(s),
      trained: (r) => {
        progress.clear();
        if (args.json) output.out(JSON.stringify(r));
        else if (r.path !== null) output.out(`${r.type}: ${r.rows} rows, ${r.path}`);
        else
          output.out(`${r.type}: ${r.rows} rows, too few to learn from (${config.settings.baseline.min_rows} needed)`);
      },
    });
    if (results.every((r) => r.path === null)) {
      output.err('no device type had enough rows: give longer captures or lower baseline.min_rows');
      return ExitCode.Runtime;
    }
    return ExitCode.Ok;
  },
};
