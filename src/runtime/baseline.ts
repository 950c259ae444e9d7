import { existsSync, readFileSync } from 'node:fs';
import {
  type BaselineOrder,
  type DeviceState,
  type Difference,
  differences,
  historyMedians,
  needRows,
  quantile,
  readState,
  type TypePrior,
} from '../baseline/index.js';
import { wallUs } from '../capture/index.js';
import { type Problem, WardwireError } from '../core/index.js';
import { featureSchema } from '../features/index.js';
import { configuredProfiles, type LoadedConfig, modelDirOf } from './assemble.js';
import { modelVersions, openVersion, readModelDir, rollbackModel, writeModel } from './model-dir.js';
import type { StoredModel } from './model-file.js';
import { leaveOrder, waitingOrders } from './orders.js';
import { makePack, mergePacks, openPack, startingModel } from './pack.js';
import { publicKeyOf, signerOf } from './signing.js';

/** A type's model and the versions of it that are kept. */
export interface ModelStatus {
  readonly type: string;
  readonly version: number;
  readonly older: readonly number[];
  readonly devices: number;
  readonly rows: number;
}

export interface BaselineView {
  readonly devices: readonly DeviceState[];
  readonly models: readonly ModelStatus[];
  /** Models that are not taken, and why. */
  readonly refused: readonly Problem[];
  /** Orders the sensor has not done yet. */
  readonly orders: readonly BaselineOrder[];
  /** Rows a device must be heard in, and public key of the model folder (null: none yet). */
  readonly needRows: number;
  readonly key: string | null;
}

/** The command line's hand on what a sensor with this configuration has learned. */
export class BaselineDesk {
  readonly dir: string;
  readonly #config: LoadedConfig;
  readonly #trusted: string;
  #models: readonly StoredModel[] | null = null;

  constructor(config: LoadedConfig) {
    this.#config = config;
    this.dir = modelDirOf(config);
    this.#trusted = config.settings.baseline.model_key;
  }

  /** @throws WardwireError('file') when nothing was learned yet */
  view(): BaselineView {
    if (!existsSync(this.dir)) {
      throw new WardwireError('file', `${this.dir}: nothing was learned yet`, [
        { path: 'store.data_dir', text: this.dir, hint: 'start the sensor with this configuration first' },
      ]);
    }
    const { models, learned, refused } = readModelDir(this.dir, this.#trusted);
    this.#models = models;
    const devices = learned === '' ? [] : readState(learned, null).devices;
    return {
      devices,
      models: models.map((m) => ({
        type: m.type,
        version: m.version,
        older: modelVersions(this.dir, m.type).flatMap((v) => (v.current ? [] : [v.version])),
        devices: m.prior?.devices ?? 0,
        rows: m.prior?.rows ?? 0,
      })),
      refused,
      orders: waitingOrders(this.dir),
      needRows: needRows(this.#config.settings.baseline),
      key: publicKeyOf(this.dir),
    };
  }

  /** Leaves an order; a running sensor takes it within about a second, another at its start. */
  order(what: BaselineOrder['what'], devices: readonly string[] | null, type: string | null): string {
    return leaveOrder(this.dir, { what, devices, type }, wallUs() / 1000);
  }

  /** Where a device lies outside its type, or outside its profile when the type has no model; farthest first. */
  compareDevice(d: DeviceState): Difference[] {
    const medians = historyMedians(d.history, featureSchema);
    if (medians === null) return [];
    const profile = configuredProfiles(this.#config).find((p) => p.type === d.type) ?? null;
    return differences(medians, this.#prior(d.type), profile, featureSchema);
  }

  /** What changed from one version of a type's model to the next one, or to the one in use: medians and usual ranges. */
  compareVersions(type: string): { from: number; to: number; changes: VersionChange[] } {
    const versions = modelVersions(this.dir, type);
    const [before, now] = versions.filter((v) => v.current || v.version < currentOf(versions)).slice(-2);
    if (now === undefined) throw new WardwireError('model', `there is no older version of ${type} to compare with`);
    const [a, b] = [before, now].map((v) => openVersion(v.path, this.dir, this.#trusted).prior);
    return { from: before.version, to: now.version, changes: a === null || b === null ? [] : changesOf(a, b) };
  }

  rollback(type: string, to: number | null): StoredModel {
    return rollbackModel(this.dir, type, to, this.#trusted);
  }

  /** The models of these types (null: all) as a signed pack. @throws WardwireError('model') */
  exportPack(types: readonly string[] | null): string {
    const { models, refused } = readModelDir(this.dir, this.#trusted);
    if (refused.length > 0) throw new WardwireError('model', 'models were refused', refused);
    const chosen = models.filter((m) => types === null || types.includes(m.type));
    return makePack(chosen, signerOf(this.dir));
  }

  /**
   * Takes the models of a pack into use for types that have none, or for all of them when `replace`. Answers what was
   * done with each type. @throws WardwireError('model' | 'file')
   */
  importPack(path: string, trust: readonly string[], replace: boolean): { type: string; done: string }[] {
    const pack = openPack(readText(path), path, this.#keys(trust));
    const known = configuredProfiles(this.#config).map((p) => p.type);
    const have = new Set(readModelDir(this.dir, this.#trusted).models.map((m) => m.type));
    return pack.types.map((t) => {
      const model = startingModel(t);
      if (!known.includes(t.type)) return { type: t.type, done: 'left: there is no profile for this type' };
      if (model === null) return { type: t.type, done: 'left: the pack holds no model of it' };
      if (have.has(t.type) && !replace)
        return { type: t.type, done: 'left: the site has its own (--replace takes this one)' };
      writeModel(this.dir, model, this.#config.settings.baseline.model_versions);
      return {
        type: t.type,
        done: `taken: grown from ${model.prior?.rows ?? 0} rows of ${model.prior?.devices ?? 0} devices`,
      };
    });
  }

  /** Several packs as one, signed by this site. @throws WardwireError('model' | 'file') */
  mergePacks(paths: readonly string[], trust: readonly string[]): string {
    const keys = this.#keys(trust);
    return mergePacks(
      paths.map((p) => openPack(readText(p), p, keys)),
      signerOf(this.dir),
    );
  }

  #keys(trust: readonly string[]): string[] {
    const own = publicKeyOf(this.dir);
    return [...trust.map((k) => k.toLowerCase()), ...(own === null ? [] : [own])];
  }

  #prior(type: string): TypePrior | null {
    this.#models ??= readModelDir(this.dir, this.#trusted).models;
    return this.#models.find((m) => m.type === type)?.prior ?? null;
  }
}

/** A feature before and after, in its own unit; NaN = never observed. */
export interface VersionChange {
  readonly feature: string;
  readonly before: readonly [low: number, median: number, high: number];
  readonly after: readonly [low: number, median: number, high: number];
  /** Shift of the median in widths of the range before. */
  readonly shift: number;
}

function changesOf(a: TypePrior, b: TypePrior): VersionChange[] {
  const out: VersionChange[] = [];
  for (const { name } of featureSchema.features) {
    const [x, y] = [a.features[name], b.features[name]];
    if (x === undefined || y === undefined || (x.n === 0 && y.n === 0)) continue;
    const before = [quantile(x, 0.05), quantile(x, 0.5), quantile(x, 0.95)] as const;
    const after = [quantile(y, 0.05), quantile(y, 0.5), quantile(y, 0.95)] as const;
    const width = Math.max(before[2] - before[0], Math.abs(before[1]) * 0.1, 1e-9);
    const shift = x.n === 0 || y.n === 0 ? Number.POSITIVE_INFINITY : Math.abs(after[1] - before[1]) / width;
    if (shift > 0.1) out.push({ feature: name, before, after, shift });
  }
  return out.sort((p, q) => q.shift - p.shift);
}

function currentOf(versions: readonly { version: number; current: boolean }[]): number {
  return versions.find((v) => v.current)?.version ?? Number.POSITIVE_INFINITY;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WardwireError('file', `${path}: ${(cause as Error).message}`, [], { cause });
  }
}
