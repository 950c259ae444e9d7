import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { BaselineOrder } from '../baseline/index.js';
import type { Logger } from '../core/index.js';
import { LearnedFile } from './learned-file.js';
import { type ModelDir, modelTypes, readModelDir, writeModel } from './model-dir.js';
import type { StoredModel, TypeModel } from './model-file.js';
import { ordersDone, waitingOrders } from './orders.js';

const LOOK_MS = 500;

export interface ModelWatchOptions {
  readonly dir: string;
  /** Public key models must be signed with, '' the folder's own. */
  readonly trusted: string;
  /** Older versions kept. */
  readonly keep: number;
  readonly logger: Logger;
  readonly orders: (orders: readonly BaselineOrder[]) => void;
  /** A model was changed by the command line (import, rollback). */
  readonly model: (model: StoredModel) => void;
}

/** The control process's hand on the model folder: what the command line leaves there reaches the sensor. */
export class ModelWatch {
  readonly #o: ModelWatchOptions;
  readonly #told = new Set<string>();
  readonly #seen = new Map<string, string>();
  readonly #versions = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  readonly #state: LearnedFile;

  constructor(options: ModelWatchOptions) {
    this.#o = options;
    this.#state = new LearnedFile(options.dir, options.logger);
  }

  /** Models in use, as last seen in the folder. */
  get versions(): { type: string; version: number }[] {
    return [...this.#versions].map(([type, version]) => ({ type, version }));
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** What a sensor starts with; models that are refused are logged by name and left out. */
  read(): Pick<ModelDir, 'models' | 'learned'> & { orders: BaselineOrder[] } {
    const { models, learned, refused } = readModelDir(this.#o.dir, this.#o.trusted);
    for (const p of refused) this.#o.logger.log('error', 'model.refused', `${p.path}: ${p.text} (${p.hint})`);
    for (const m of models) {
      this.#seen.set(m.type, this.#stamp(m.type));
      this.#versions.set(m.type, m.version);
    }
    const orders = waitingOrders(this.#o.dir);
    for (const o of orders) this.#told.add(o.id);
    return { models, learned, orders };
  }

  /** A model was trained here. */
  write(model: TypeModel): void {
    this.#versions.set(model.type, writeModel(this.#o.dir, model, this.#o.keep).version);
    this.#seen.set(model.type, this.#stamp(model.type));
  }

  /** A piece of the learned state; after the last one it is on disk, with the orders that are in it. */
  learned(m: { text: string; first: boolean; last: boolean; done: readonly string[] }): void {
    this.#state.piece(m.text, m.first, m.last, () => {
      ordersDone(this.#o.dir, m.done);
      for (const id of m.done) this.#told.delete(id);
    });
  }

  /** Resolves when what was learned so far is on disk. */
  settled(): Promise<void> {
    return this.#state.settled();
  }

  #look(): void {
    const fresh = waitingOrders(this.#o.dir).filter((o) => !this.#told.has(o.id));
    for (const o of fresh) this.#told.add(o.id);
    if (fresh.length > 0) this.#o.orders(fresh);
    const changed = modelTypes(this.#o.dir).filter((type) => this.#seen.get(type) !== this.#stamp(type));
    if (changed.length === 0) return;
    const { models, refused } = readModelDir(this.#o.dir, this.#o.trusted);
    for (const type of changed) {
      this.#seen.set(type, this.#stamp(type));
      const model = models.find((m) => m.type === type);
      if (model !== undefined) {
        this.#versions.set(type, model.version);
        this.#o.model(model);
      }
      for (const p of refused)
        if (p.path === join(this.#o.dir, `${type}.model`))
          this.#o.logger.log('error', 'model.refused', `${p.path}: ${p.text} (${p.hint})`);
    }
  }

  /** Changes with every file that takes the type's place. */
  #stamp(type: string): string {
    try {
      const s = statSync(join(this.#o.dir, `${type}.model`));
      return `${s.ino}/${s.mtimeMs}/${s.size}`;
    } catch {
      return '';
    }
  }
}
