import type { FeatureRow, PacketSink, SourceNotice } from '../core/index.js';
import {
  type CaptureReport,
  CONTESTANTS,
  Contest,
  type Contestant,
  DEFAULT_CONTESTANT,
  learnedResults,
  ownersOf,
  parseLabels,
  parseModel,
  REPORT_SCHEMA,
  type SourceText,
  type Told,
  verdictResult,
  type Window,
} from '../detect/index.js';
import { featureSchema } from '../features/index.js';
import type { TypeModel } from './model-file.js';
import { Pipeline } from './pipeline.js';
import { openSource } from './sensor-process.js';
import type { SensorSpec } from './spec.js';
import { trainJob } from './training.js';

export interface CaptureEvaluation {
  /** Its source holds the labelled captures. */
  readonly spec: SensorSpec;
  readonly labels: SourceText;
  /** Captures of ordinary work to learn from; none: what lies before the first episode. */
  readonly train: readonly string[];
  /** Captures of ordinary work to count false windows in; none: the windows beside the episodes. */
  readonly heldBack: readonly string[];
  readonly seed: number;
  notice?(n: SourceNotice): void;
}

/** Feature rows of one device type, with what the labels are matched by. */
class Rows {
  /** As the features came, and as the model of the type sees them. */
  readonly raw: number[] = [];
  readonly typed: number[] = [];
  readonly windows: Window[] = [];
  readonly devices: string[] = [];
  /** Time of each device's next row, µs. */
  readonly next = new Map<number, number>();
}

/**
 * The detectors on labelled captures: the learned ones alone, window by window against the labels, and all of them by
 * their verdicts. @throws WardwireError('file')
 */
export async function evaluateCaptures(o: CaptureEvaluation): Promise<CaptureReport> {
  const episodes = parseLabels(o.labels.text, o.labels.source);
  const ownLine = o.train.length === 0;
  const firstUs = episodes[0].fromUs;
  const learned = await learn(o, ownLine ? firstUs : Number.POSITIVE_INFINITY);
  const tested = await watch(o, o.spec, learned, ownLine ? firstUs : Number.NEGATIVE_INFINITY, firstUs);
  const contests = contestsOf(o, learned);
  const asked = ask(contests, tested.rows);
  const heldBack = o.heldBack.length === 0 ? -1 : asked.windows.length;
  if (heldBack >= 0) {
    const source = { kind: 'files', files: o.heldBack, speed: 'max' } as const;
    const calm = await watch(o, { ...o.spec, source }, learned, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const more = ask(contests, calm.rows);
    for (const w of more.windows) asked.windows.push(w);
    for (const name of CONTESTANTS) for (const x of more.scores[name]) asked.scores[name].push(x);
  }
  const scores = Object.fromEntries(CONTESTANTS.map((name) => [name, Float64Array.from(asked.scores[name])]));
  const owner = ownersOf(episodes, asked.windows, heldBack);
  return {
    schema: REPORT_SCHEMA,
    source: o.spec.source.kind === 'files' ? o.spec.source.files.join(', ') : o.labels.source,
    seed: o.seed,
    default: DEFAULT_CONTESTANT,
    devices: tested.devices,
    trainRows: asked.trainRows,
    benignWindows: owner.filter((e) => e === -1).length,
    attackWindows: owner.filter((e) => e >= 0).length,
    unscoredWindows: asked.unscored,
    learned: learnedResults(episodes, asked.windows, scores as Record<Contestant, Float64Array>, heldBack),
    verdicts: verdictResult(episodes, tested.told, {
      fromUs: tested.fromUs,
      untilUs: tested.untilUs,
      devices: tested.devices,
      perWeek: o.spec.settings.detect.alerts_per_device_per_week,
    }),
  };
}

interface Learned {
  /** Rows as they came, by type. */
  readonly rows: Map<string, Rows>;
  readonly models: readonly TypeModel[];
  readonly state: string;
}

/** Ordinary work through a pipeline whose devices learn to the end. */
async function learn(o: CaptureEvaluation, untilUs: number): Promise<Learned> {
  const { settings, source } = o.spec;
  const files = o.train.length > 0 || source.kind !== 'files' ? o.train : source.files;
  const spec: SensorSpec = {
    ...o.spec,
    source: { kind: 'files', files, speed: 'max' },
    settings: {
      ...settings,
      baseline: { ...settings.baseline, learning_s: Number.MAX_SAFE_INTEGER, learning_max_s: 0 },
    },
  };
  const rows = new Map<string, Rows>();
  const pipeline: Pipeline = new Pipeline(spec, {
    verdict: () => undefined,
    train: () => undefined,
    row: (row, type) => keep(rows, row, type, pipeline, o.spec.settings.baseline.row_interval_s),
  });
  for (const model of spec.models) pipeline.setModel(model);
  if (spec.learned !== '') pipeline.baseline.importState(spec.learned);
  await run(spec, pipeline, o, (tsUs) => tsUs < untilUs);
  const models = pipeline.baseline
    .collectedTypes()
    .map((type) => ({ ...pipeline.baseline.job(type), type, seed: o.seed }))
    .filter((job) => job.rows.length / job.width >= settings.baseline.min_rows)
    .map((job) => trainJob({ job, settings }));
  pipeline.baseline.finishLearning(pipeline.nowUs);
  return { rows, models: spec.models.length > 0 ? spec.models : models, state: pipeline.baseline.exportState() };
}

/**
 * Captures through a pipeline that knows what was learned; what lies before `fromUs` only fills the features. As in the
 * sensor, windows do not count before the features can look back, except from the first episode (`attackUs`) on.
 */
async function watch(o: CaptureEvaluation, spec: SensorSpec, learned: Learned, fromUs: number, attackUs: number) {
  const rows = new Map<string, Rows>();
  const told: Told[] = [];
  const warmUpUs = spec.settings.detect.warm_up_s * 1e6;
  let warmUs = Number.NaN;
  const pipeline: Pipeline = new Pipeline(
    { ...spec, models: learned.models },
    {
      verdict: (draft) => told.push(draft.verdict),
      train: () => undefined,
      row: (row, type) => {
        if (Number.isNaN(warmUs)) warmUs = row.tsUs + warmUpUs;
        if (row.tsUs >= Math.min(attackUs, Math.max(warmUs, fromUs))) keep(rows, row, type, pipeline, 0);
      },
    },
  );
  pipeline.baseline.importState(learned.state);
  for (const model of learned.models) pipeline.setModel(model);
  let first = Number.NaN;
  await run(spec, pipeline, o, (tsUs) => {
    if (Number.isNaN(first) && tsUs >= fromUs) first = tsUs;
    return tsUs >= fromUs - warmUpUs;
  });
  return { rows, told, fromUs: first, untilUs: pipeline.nowUs, devices: pipeline.inventory.directory.size };
}

/** Packets of the source whose time is wanted go through the pipeline, to the end. */
async function run(spec: SensorSpec, p: Pipeline, o: CaptureEvaluation, wanted: (tsUs: number) => boolean) {
  const source = openSource(spec, p);
  const sink: PacketSink = {
    packet: (view) => {
      if (wanted(view.tsUs)) p.packet(view);
    },
  };
  await source.start(sink, (n) => o.notice?.(n));
  await source.done;
  p.finish();
  await p.close();
}

/** Copies a lent row, at most one a device in an interval: what is learned from is thinned, what is judged is not. */
function keep(all: Map<string, Rows>, row: FeatureRow, type: string, p: Pipeline, intervalS: number): void {
  let rows = all.get(type);
  if (rows === undefined) {
    rows = new Rows();
    all.set(type, rows);
  }
  if (row.tsUs < (rows.next.get(row.device) ?? 0)) return;
  rows.next.set(row.device, row.tsUs + intervalS * 1e6);
  rows.raw.push(...row.values);
  rows.typed.push(...p.baseline.asType(row, type).values);
  const device = p.inventory.directory.get(row.device);
  rows.devices.push(device.id);
  rows.windows.push({ tsUs: row.tsUs, addresses: [...device.addresses] });
}

/** By device type, with the number of rows it was grown from. */
type Contests = ReadonlyMap<string, { readonly contest: Contest; readonly trainRows: number }>;

/** Every detector of each type that has a model and rows to grow the plain forest from. */
function contestsOf(o: CaptureEvaluation, learned: Learned): Contests {
  const out = new Map<string, { contest: Contest; trainRows: number }>();
  for (const { type, text, own } of learned.models) {
    const known = learned.rows.get(type);
    if (known === undefined) continue;
    const contest = new Contest({
      model: parseModel(text, featureSchema),
      own,
      trainRaw: withoutGaps(known.raw),
      rawWidth: featureSchema.features.length,
      seed: o.seed,
    });
    out.set(type, { contest, trainRows: known.windows.length });
  }
  return out;
}

/** Every detector asked type by type; their scores side by side as −ln p, so that types can be compared. */
function ask(contests: Contests, test: ReadonlyMap<string, Rows>) {
  const windows: Window[] = [];
  const scores = Object.fromEntries(CONTESTANTS.map((name) => [name, [] as number[]])) as Record<Contestant, number[]>;
  let unscored = 0;
  let trainRows = 0;
  for (const [type, rows] of [...test].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = contests.get(type);
    if (known === undefined) {
      unscored += rows.windows.length;
      continue;
    }
    trainRows += known.trainRows;
    const c = known.contest;
    const said = c.surprises(c.score(Float64Array.from(rows.typed), withoutGaps(rows.raw), rows.devices));
    for (const w of rows.windows) windows.push(w);
    for (const name of CONTESTANTS) for (const s of said[name]) scores[name].push(s);
  }
  return { windows, scores, unscored, trainRows };
}

const withoutGaps = (v: readonly number[]): Float64Array => Float64Array.from(v, (x) => (Number.isNaN(x) ? 0 : x));
