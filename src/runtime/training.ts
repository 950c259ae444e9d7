import { Worker } from 'node:worker_threads';
import type { FeatureSchema } from '../core/index.js';
import { trainModel } from '../detect/index.js';
import { featureSchema } from '../features/index.js';
import type { Settings } from './manifest.js';
import type { TrainJob } from './messages.js';

/** What the training worker is given. */
export interface TrainRequest {
  readonly job: TrainJob;
  readonly detect: Settings['detect'];
}

/** Grows, calibrates and serialises one device type's model. CPU-bound: seconds, never on the packet path when live. */
export function trainJob(request: TrainRequest): string {
  const schema: FeatureSchema = featureSchema;
  const { job, detect } = request;
  return trainModel({
    rows: job.rows,
    width: job.width,
    schema,
    type: job.type,
    seed: job.seed,
    settings: detect,
    fromUs: job.fromUs,
    untilUs: job.untilUs,
  });
}

/** Trains in a worker thread; resolves with the model text. */
export function trainInWorker(request: TrainRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./train-worker.js', import.meta.url), { workerData: request });
    worker.once('message', (text: string) => resolve(text));
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`training worker ended with ${code}`)));
  });
}
