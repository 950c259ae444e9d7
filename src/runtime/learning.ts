import type { Logger } from '../core/index.js';
import { type LoadedConfig, modelDirOf } from './assemble.js';
import type { ToSensor, TrainJob } from './messages.js';
import { ModelWatch } from './model-watch.js';
import { trainInWorker } from './training.js';

export interface LearningOptions {
  readonly config: LoadedConfig;
  readonly logger: Logger;
  /** To the sensor at work. */
  readonly send: (m: ToSensor) => void;
}

/** The control process's part in learning: trains in a thread of its own, keeps the model folder, passes on what operators order. */
export class Learning {
  readonly models: ModelWatch;
  readonly #o: LearningOptions;

  constructor(o: LearningOptions) {
    this.#o = o;
    const { config, logger, send } = o;
    const { model_key, model_versions } = config.settings.baseline;
    this.models = new ModelWatch({
      dir: modelDirOf(config),
      trusted: model_key,
      keep: model_versions,
      logger,
      orders: (orders) => {
        send({ t: 'orders', orders });
        for (const order of orders) logger.log('notice', 'baseline.order', `the operator ordered: ${order.what}`);
      },
      model: (model) => {
        send({ t: 'model', model });
        logger.log('notice', 'model.changed', `model for ${model.type} is now version ${model.version}`);
      },
    });
  }

  /** Trains a type on rows it is given, keeps the model and hands it to the sensor. Never rejects. */
  async train(job: TrainJob): Promise<void> {
    const { config, logger, send } = this.#o;
    try {
      const { detect, baseline } = config.settings;
      const model = await trainInWorker({ job, settings: { detect, baseline } });
      this.models.write(model);
      send({ t: 'model', model });
      logger.log('notice', 'model.trained', `model for ${job.type} trained on ${job.rows.length / job.width} rows`);
    } catch (error) {
      logger.log('error', 'model.failed', `training for ${job.type} failed: ${(error as Error).message}`);
    }
  }
}
