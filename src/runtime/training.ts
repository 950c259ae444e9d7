import { Worker } from 'node:worker_threads';
import { prepareRows } from '../baseline/index.js';
import { trainModel } from '../detect/index.js';
import { featureSchema } from '../features/index.js';
import type { Settings } from './manifest.js';
import type { TrainJob } from './messages.js';
import type { TypeModel } from './model-file.js';

/** What the training worker is given. */
export interface TrainRequest {
  readonly job: TrainJob;
  readonly settings: Pick<Settings, 'detect' | 'baseline'>;
}

/** Prepares rows, grows, calibrates and serialises one device type's model. CPU-bound: seconds, never on the packet path when live. */
export function trainJob(request: TrainRequest): TypeModel {
  const { job, settings } = request;
  const { rows, owner, prior } = prepareRows(job, job.type, featureSchema, settings.baseline);
  const { text, own } = trainModel({
    rows,
    owner,
    ids: job.ids,
    width: job.width,
    schema: featureSchema,
    type: job.type,
    seed: job.seed,
    settings: settings.detect,
    fromUs: job.fromUs,
    untilUs: job.untilUs,
  });
  return { type: job.type, text, own, prior };
}

/** Trains in a worker thread. */
export function trainInWorker(request: TrainRequest): Promise<TypeModel> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./train-worker.js', import.meta.url), { workerData: request });
    worker.once('message', (model: TypeModel) => resolve(model));
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`training worker ended with ${code}`)));
  });
}
