import { writeFileSync } from 'node:fs';
import { ExitCode, WardwireError } from '../core/index.js';
import {
  ATTACKS,
  type AttackKind,
  assembleSpec,
  captureHtml,
  captureLines,
  defaultConfig,
  evaluateCaptures,
  evaluateFiles,
  type LoadedConfig,
  readConfig,
  readText,
  tableHtml,
  tableLines,
} from '../runtime/index.js';
import { type Command, capturePaths, single } from './command.js';
import type { Output } from './output.js';

interface Args {
  files: string[];
  labels?: string | string[];
  train?: string[];
  'held-back'?: string[];
  models?: string | string[];
  label?: string | string[];
  benign?: string[];
  columns?: string[];
  drop?: string[];
  names?: string[];
  class?: string | string[];
  header?: boolean;
  fit?: 'benign' | 'all' | string[];
  seed?: number | number[];
  seeds?: number | number[];
  'train-rows'?: number | number[];
  'scorings-per-week'?: number | number[];
  budget?: number | number[];
  attack?: AttackKind[];
  learning?: boolean;
  config?: string | string[];
  html?: string | string[];
  json?: boolean;
}

const DEFAULT_BENIGN = ['0', '0.0', 'benign', 'BENIGN', 'Benign', 'normal', 'Normal'];

export const evaluateCommand: Command<Args> = {
  name: 'evaluate <files..>',
  text: 'Detectors side by side on labelled CSV files or labelled captures',
  options: (y) =>
    y
      .positional('files', { type: 'string', array: true, describe: 'CSV files (also .gz) of one header, or captures' })
      .option('labels', {
        type: 'string',
        describe: 'labels of captures: from,until,actor_ip,victim_ip,scenario,attack',
      })
      .option('train', {
        type: 'string',
        array: true,
        describe: 'captures of ordinary work to learn from; without them, what lies before the first episode',
      })
      .option('held-back', {
        type: 'string',
        array: true,
        describe: 'captures of ordinary work to count false windows in; without them, the windows beside the episodes',
      })
      .option('models', { type: 'string', describe: 'folder of models and learned state, beside what is learned here' })
      .option('label', { type: 'string', describe: 'column of the label; the last one when not given' })
      .option('benign', {
        type: 'string',
        array: true,
        describe: `values of the label that are benign [${DEFAULT_BENIGN.slice(0, 4).join(', ')} …]`,
      })
      .option('class', { type: 'string', describe: 'column of the attack class; the label when not given' })
      .option('columns', { type: 'string', array: true, describe: 'columns to use; all when not given' })
      .option('drop', { type: 'string', array: true, describe: 'columns to leave out (identifiers, addresses, times)' })
      .option('names', {
        type: 'string',
        array: true,
        describe: 'columns of numbers that are names (ports, protocols); found by their name when not given',
      })
      .option('header', { type: 'boolean', default: true, describe: 'the first line names the columns; else c1, c2 …' })
      .option('fit', {
        choices: ['benign', 'all'] as const,
        default: 'benign',
        describe: 'learn from benign rows and test on held-back ones, or from every row unlabelled',
      })
      .option('seed', { type: 'number', default: 1, describe: 'first seed; the same seed gives the same report' })
      .option('seeds', { type: 'number', default: 5, describe: 'runs to take mean and spread from (CSV)' })
      .option('train-rows', { type: 'number', default: 20_000, describe: 'most rows to learn from (CSV)' })
      .option('budget', { type: 'number', describe: 'alerts a device may give a week; the setting when not given' })
      .option('scorings-per-week', { type: 'number', default: 60_480, describe: 'rows a device has a week (CSV)' })
      .option('attack', {
        choices: ATTACKS,
        array: true,
        default: [] as AttackKind[],
        describe: 'disguise the attacks and see what is still found (CSV)',
      })
      .option('learning', { type: 'boolean', default: true, describe: 'draw the learning curve (CSV)' })
      .option('config', { type: 'string', describe: 'configuration file: settings of the detectors, site' })
      .option('html', { type: 'string', describe: 'write the report to this file as one page with plots' })
      .option('json', { type: 'boolean', default: false, describe: 'the report as JSON on standard output' })
      .example(
        '$0 evaluate flows.csv.gz --label Label --benign 0 --drop SrcAddr --html report.html',
        'a labelled table',
      )
      .example('$0 evaluate flows.csv --attack mimicry --attack slow', 'what a careful attacker gets away with')
      .example('$0 evaluate ward.pcap --labels labels.csv --train monday.pcap', 'labelled captures, all detectors'),
  async run(args, output) {
    const configPath = single('config', args.config);
    const config = configPath === undefined ? defaultConfig() : readConfig(configPath);
    const labels = single('labels', args.labels);
    const budget = single('budget', args.budget);
    const perWeek = positive('budget', budget ?? config.settings.detect.alerts_per_device_per_week);
    const settings = {
      ...config.settings,
      detect: { ...config.settings.detect, alerts_per_device_per_week: perWeek },
    };
    const html = single('html', args.html);
    const seed = whole('seed', single('seed', args.seed) ?? 1, 0);
    if (labels !== undefined) return captures({ ...config, settings }, args, labels, seed, html, output);
    for (const name of ['train', 'held-back'] as const) {
      if (args[name] !== undefined)
        throw new WardwireError('usage', `--${name} goes with captures: name their --labels`);
    }
    const report = evaluateFiles(
      args.files,
      {
        label: single('label', args.label) ?? null,
        benign: args.benign ?? DEFAULT_BENIGN,
        columns: args.columns ?? null,
        drop: args.drop ?? [],
        names: args.names ?? null,
        classColumn: single('class', args.class) ?? null,
        headless: args.header === false,
      },
      {
        settings: settings.detect,
        seed,
        seeds: whole('seeds', single('seeds', args.seeds) ?? 5, 1),
        fit: single('fit', args.fit as 'benign' | 'all') ?? 'benign',
        trainRows: whole('train-rows', single('train-rows', args['train-rows']) ?? 20_000, 40),
        attacks: [...new Set(args.attack ?? [])],
        learning: args.learning !== false,
        alertsPerWeek: perWeek,
        scoringsPerWeek: positive(
          'scorings-per-week',
          single('scorings-per-week', args['scorings-per-week']) ?? 60_480,
        ),
        progress: (done, of) => {
          if (output.terminal) output.err(`seed ${done + 1} of ${of}`);
        },
      },
    );
    give(output, args.json, report, tableLines(report), html, () => tableHtml(report));
    return ExitCode.Ok;
  },
};

async function captures(
  config: LoadedConfig,
  args: Args,
  labels: string,
  seed: number,
  html: string | undefined,
  output: Output,
): Promise<ExitCode> {
  if ((args.attack ?? []).length > 0) throw new WardwireError('usage', '--attack disguises rows of CSV, not captures');
  const source = { kind: 'files', files: capturePaths(args.files), speed: 'max' } as const;
  const spec = assembleSpec(config, source, { modelDir: single('models', args.models) ?? null });
  const report = await evaluateCaptures({
    spec,
    labels: readText(labels),
    train: args.train ?? [],
    heldBack: args['held-back'] ?? [],
    seed,
    notice: (n) => {
      if (n.text !== '') output.err(n.text);
    },
  });
  give(output, args.json, report, captureLines(report), html, () => captureHtml(report));
  return ExitCode.Ok;
}

function give(
  output: Output,
  json: boolean | undefined,
  report: unknown,
  lines: readonly string[],
  html: string | undefined,
  page: () => string,
): void {
  if (html !== undefined) {
    try {
      writeFileSync(html, page());
    } catch (cause) {
      throw new WardwireError('file', `${html}: cannot be written`, [
        { path: html, text: (cause as Error).message, hint: 'name a file in a folder that exists' },
      ]);
    }
  }
  if (json) output.out(JSON.stringify(report));
  else for (const line of lines) output.out(line);
}

function positive(name: string, value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) throw new WardwireError('usage', `--${name} must be above 0`);
  return value;
}

function whole(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= 2 ** 31) return value;
  throw new WardwireError('usage', `--${name} must be a whole number from ${least} on`);
}
