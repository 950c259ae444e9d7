import type { FeatureRow, PacketSink, SourceNotice } from '../core/index.js';
import {
  type CaptureReport,
  CONTESTANTS,
  Contest,
  type Contestant,
  DEFAULT_CONTESTANT,
  episodeOf,
  learnedResults,
  parseLabels,
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
  readonly seed: number;
  notice?(n: SourceNotice): void;
}

/** Feature rows of one device type, with what the labels are matched by. */
class Rows {
  readonly values: number[] = [];
  readonly windows: Window[] = [];
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
  const tested = await watch(o, learned, ownLine ? firstUs : Number.NEGATIVE_INFINITY);
  const { windows, scores, unscored, trainRows } = contest(o, learned.rows, tested.rows);
  const owner = windows.map((w) => episodeOf(episodes, w));
  const attackWindows = owner.filter((e) => e >= 0).length;
  return {
    schema: REPORT_SCHEMA,
    source: o.spec.source.kind === 'files' ? o.spec.source.files.join(', ') : o.labels.source,
    seed: o.seed,
    default: DEFAULT_CONTESTANT,
    devices: tested.devices,
    trainRows,
    benignWindows: owner.filter((e) => e === -1).length,
    attackWindows,
    unscoredWindows: unscored,
    learned: learnedResults(episodes, windows, scores),
    verdicts: verdictResult(episodes, tested.told, {
      fromUs: tested.fromUs,
      untilUs: tested.untilUs,
      devices: tested.devices,
      perWeek: o.spec.settings.detect.alerts_per_device_per_week,
    }),
  };
}

interface Learned {
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

/** The labelled line through a pipeline that knows what was learned. */
async function watch(o: CaptureEvaluation, learned: Learned, fromUs: number) {
  const rows = new Map<string, Rows>();
  const told: Told[] = [];
  const pipeline: Pipeline = new Pipeline(o.spec, {
    verdict: (draft) => told.push(draft.verdict),
    train: () => undefined,
    row: (row, type) => keep(rows, row, type, pipeline, o.spec.settings.baseline.row_interval_s),
  });
  pipeline.baseline.importState(learned.state);
  for (const model of learned.models) pipeline.setModel(model);
  let first = Number.NaN;
  await run(o.spec, pipeline, o, (tsUs) => {
    if (Number.isNaN(first) && tsUs >= fromUs) first = tsUs;
    return tsUs >= fromUs;
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

/** Copies a lent row, at most one a device in the interval that models learn from. */
function keep(all: Map<string, Rows>, row: FeatureRow, type: string, p: Pipeline, intervalS: number): void {
  let rows = all.get(type);
  if (rows === undefined) {
    rows = new Rows();
    all.set(type, rows);
  }
  if (row.tsUs < (rows.next.get(row.device) ?? 0)) return;
  rows.next.set(row.device, row.tsUs + intervalS * 1e6);
  rows.values.push(...row.values);
  rows.windows.push({ tsUs: row.tsUs, addresses: [...p.inventory.directory.get(row.device).addresses] });
}

/** Every detector trained and asked type by type; their scores side by side as −ln p, so that types can be compared. */
function contest(o: CaptureEvaluation, train: Map<string, Rows>, test: Map<string, Rows>) {
  const windows: Window[] = [];
  const scores = Object.fromEntries(CONTESTANTS.map((name) => [name, [] as number[]])) as Record<Contestant, number[]>;
  const width = featureSchema.features.length;
  let unscored = 0;
  let trainRows = 0;
  for (const [type, rows] of [...test].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = train.get(type);
    if (known === undefined || known.windows.length < o.spec.settings.baseline.min_rows) {
      unscored += rows.windows.length;
      continue;
    }
    trainRows += known.windows.length;
    const values = Float64Array.from(known.values);
    const c = new Contest({
      schema: featureSchema,
      train: values,
      trainRaw: withoutGaps(values),
      rawWidth: width,
      seed: o.seed,
      settings: o.spec.settings.detect,
    });
    const asked = Float64Array.from(rows.values);
    const said = c.surprises(c.score(asked, withoutGaps(asked)));
    windows.push(...rows.windows);
    for (const name of CONTESTANTS) for (const s of said[name]) scores[name].push(s);
  }
  const flat = Object.fromEntries(CONTESTANTS.map((name) => [name, Float64Array.from(scores[name])]));
  return { windows, scores: flat as Record<Contestant, Float64Array>, unscored, trainRows };
}

const withoutGaps = (v: Float64Array): Float64Array => v.map((x) => (Number.isNaN(x) ? 0 : x));
