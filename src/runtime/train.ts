import type { SourceNotice, SourceStats } from '../core/index.js';
import { writeLearned, writeModel } from './model-dir.js';
import { Pipeline } from './pipeline.js';
import { openSource } from './sensor-process.js';
import type { SensorSpec } from './spec.js';
import { trainJob } from './training.js';

export interface TrainResult {
  readonly type: string;
  readonly rows: number;
  /** Path of the model file, null when there were too few rows to learn from. */
  readonly path: string | null;
}

export interface TrainHooks {
  notice?(n: SourceNotice): void;
  progress?(stats: SourceStats): void;
  trained?(result: TrainResult): void;
}

/**
 * Learns from captures: every device stays in its learning period to the end, then one model a device type is grown
 * and written with the learned sets. @throws WardwireError('file' | 'model')
 */
export async function trainFromFiles(spec: SensorSpec, outDir: string, hooks: TrainHooks): Promise<TrainResult[]> {
  const endless: SensorSpec = {
    ...spec,
    models: [],
    settings: {
      ...spec.settings,
      baseline: { ...spec.settings.baseline, learning_s: Number.MAX_SAFE_INTEGER, learning_max_s: 0 },
    },
  };
  const pipeline = new Pipeline(endless, { verdict: () => undefined, train: () => undefined });
  if (spec.learned !== '') pipeline.baseline.importState(spec.learned);
  const source = openSource(endless, pipeline);
  const timer = hooks.progress ? setInterval(() => hooks.progress?.(source.stats()), 500) : null;
  try {
    await source.start(pipeline, (n) => hooks.notice?.(n));
    await source.done;
  } finally {
    if (timer) clearInterval(timer);
  }
  pipeline.finish();
  const results: TrainResult[] = [];
  for (const type of pipeline.baseline.collectedTypes()) {
    const job = pipeline.baseline.job(type);
    const rows = job.rows.length / job.width;
    const enough = rows >= spec.settings.baseline.min_rows;
    const path = enough
      ? writeModel(
          outDir,
          trainJob({ job: { ...job, type, seed: spec.seed }, settings: spec.settings }),
          spec.settings.baseline.model_versions,
        ).path
      : null;
    const result = { type, rows, path };
    results.push(result);
    hooks.trained?.(result);
  }
  pipeline.baseline.finishLearning(pipeline.nowUs);
  writeLearned(outDir, pipeline.baseline.exportState());
  return results;
}
