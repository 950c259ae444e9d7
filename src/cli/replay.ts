import { ExitCode, WardwireError } from '../core/index.js';
import { assembleSpec, defaultConfig, formatVerdictLine, monotonicMs, Replay, readConfig } from '../runtime/index.js';
import { type Command, capturePaths, parseSpeed, single } from './command.js';
import { FEATURE_FORMATS, FeatureExport, type FeatureFormat } from './feature-export.js';
import { Progress } from './output.js';

interface Args {
  files: string[];
  speed?: string | string[];
  config?: string | string[];
  models?: string | string[];
  evidence?: string | string[];
  json?: boolean;
  follow?: boolean;
  features?: string | string[];
  'features-out'?: string | string[];
}

export const replayCommand: Command<Args> = {
  name: 'replay <files..>',
  text: 'Run capture files through the whole sensor and print its verdicts',
  options: (y) =>
    y
      .positional('files', {
        type: 'string',
        array: true,
        describe: 'pcap or pcapng files (also .gz, .zst), folders, - for standard input',
      })
      .option('speed', { type: 'string', default: 'max', describe: 'max, recorded, or a factor of the recorded pace' })
      .option('follow', {
        type: 'boolean',
        default: false,
        describe: 'go on with what is written to the last file or folder, until interrupted',
      })
      .option('config', { type: 'string', describe: 'configuration file', normalize: false })
      .option('models', { type: 'string', describe: 'folder of models and learned state, as written by train' })
      .option('evidence', { type: 'string', describe: 'write a capture of each incident to this folder' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON verdict a line on standard output' })
      .example('$0 replay ward.pcapng', 'verdicts, one readable line each')
      .option('features', {
        choices: FEATURE_FORMATS,
        describe: 'write the feature rows of every device, instead of verdicts',
      })
      .option('features-out', {
        type: 'string',
        describe: 'file for the feature rows; verdicts are then printed as ever',
      })
      .example(
        '$0 replay ward.pcapng --features csv --features-out rows.csv',
        'numbers to train on; see: features list',
      )
      .example('$0 replay --follow /var/spool/captures', 'a folder that a rotating capture writes to')
      .example('$0 replay --json --speed recorded day1.pcap | jq .scenario', 'as a program reads them'),
  async run(args, output) {
    const configPath = single('config', args.config);
    const models = single('models', args.models);
    const evidenceDir = single('evidence', args.evidence) ?? null;
    const config = configPath === undefined ? defaultConfig() : readConfig(configPath);
    const speed = parseSpeed(single('speed', args.speed) ?? 'max');
    const files = capturePaths(args.files);
    const source = { kind: 'files', files, speed, follow: args.follow ?? false } as const;
    const spec = assembleSpec(config, source, { modelDir: models ?? null, evidenceDir });
    const format = single('features', args.features) as FeatureFormat | undefined;
    const rowsPath = single('features-out', args['features-out']) ?? null;
    if (format === undefined && rowsPath !== null)
      throw new WardwireError('usage', '--features-out needs --features csv or --features ndjson');
    const rows = format === undefined ? null : new FeatureExport(format, rowsPath, output);
    const progress = new Progress(output, monotonicMs);
    const replay = new Replay(spec, {
      verdict: (v) => {
        if (rows !== null && rowsPath === null) return;
        progress.clear();
        output.out(args.json ? JSON.stringify(v) : formatVerdictLine(v));
      },
      notice: (n) => {
        if (n.state === 'failed' || n.text !== '') output.err(n.text);
      },
      progress: (s) => progress.update(s),
      ...(rows && { row: (r, type, device) => rows.add(r, type, device) }),
      trouble: (text) => output.err(text),
    });
    let interrupted = false;
    const stop = (): void => {
      interrupted = true;
      void replay.stop();
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      const s = await replay.run();
      progress.clear();
      const rate = s.elapsedS > 0 ? Math.round(s.packets / s.elapsedS) : 0;
      const severities = Object.entries(s.bySeverity)
        .map(([k, n]) => `${n} ${k}`)
        .join(', '); // prettier-ignore
      output.err(
        `${s.packets} packets, ${s.flows} flows, ${s.devices} devices, ${s.verdicts} verdicts${severities ? ` (${severities})` : ''} in ${s.elapsedS.toFixed(2)} s (${rate} packets/s)`,
      );
      if (rows !== null) output.err(`${rows.rows} feature rows`);
      if (s.internalErrors > 0) {
        throw new WardwireError('internal', `${s.internalErrors} internal errors: ${replay.pipeline.fence.last}`);
      }
    } finally {
      rows?.close();
      process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
    }
    if (interrupted && !args.follow) output.err('stopped before the end of the files');
    return ExitCode.Ok;
  },
};
