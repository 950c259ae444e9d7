import type { BaselineOrder, RowJob } from '../baseline/index.js';
import type {
  CounterDef,
  Device,
  InventoryChanges,
  NewFigures,
  OperatorWord,
  Peer,
  Problem,
  SourceNotice,
  SourceStats,
  Taught,
  VerdictDraft,
} from '../core/index.js';
import type { Settings } from './manifest.js';
import type { TypeModel } from './model-file.js';
import type { SensorSpec } from './spec.js';
import type { TrustWord } from './trust.js';

/** What travels between control and sensor over the IPC channel (structured clone). */
export type ToSensor =
  | { readonly t: 'start'; readonly spec: SensorSpec }
  /** A trained model for a device type. */
  | { readonly t: 'model'; readonly model: TypeModel }
  /** What the operator ordered about the baselines of devices; each is done once, and `save` answered. */
  | { readonly t: 'orders'; readonly orders: readonly BaselineOrder[] }
  /** Everything the operator said of devices. */
  | { readonly t: 'operator'; readonly words: readonly OperatorWord[] }
  /** Everything the operator called normal. */
  | { readonly t: 'taught'; readonly taught: readonly Taught[] }
  /** Settings that may change while packets pass, and the site file. */
  | { readonly t: 'settings'; readonly settings: Settings; readonly site: SensorSpec['site'] }
  /** Rows of a type did not suffice for a model: it is learned on. */
  | { readonly t: 'untrained'; readonly type: string }
  /** What other sensor processes know of devices that are peers here. */
  | { readonly t: 'peers'; readonly peers: readonly Peer[] }
  /** Ask for the learned state; answered by `learned`. */
  | { readonly t: 'save' }
  | { readonly t: 'stop' };

export type ToControl =
  | { readonly t: 'up' }
  | { readonly t: 'notice'; readonly notice: SourceNotice }
  /** Something beside the packets failed or works again; for the log. */
  | { readonly t: 'trouble'; readonly event: string; readonly text: string }
  | { readonly t: 'verdict'; readonly draft: VerdictDraft }
  | {
      readonly t: 'counters';
      /** Sent when the list grew since the last snapshot. */
      readonly defs: readonly CounterDef[] | null;
      readonly values: Float64Array;
      readonly stats: SourceStats;
      readonly weirds: Readonly<Record<string, number>>;
      readonly devicesByType: Readonly<Record<string, number>>;
      readonly figures: NewFigures;
    }
  | { readonly t: 'inventory'; readonly changes: InventoryChanges<Device> }
  /** Rows of a device type are ready to be learned from. */
  | { readonly t: 'train'; readonly job: TrainJob }
  /** The learned state in pieces; the last one tells which orders are in it. */
  | {
      readonly t: 'learned';
      readonly text: string;
      readonly first: boolean;
      readonly last: boolean;
      readonly done: readonly string[];
    }
  /** A model that does not fit this program, by name. */
  | { readonly t: 'refused'; readonly text: string }
  /** A rung of the overload ladder was taken or left; `lagMs`: age of the newest packet then. */
  | { readonly t: 'overload'; readonly rung: number; readonly lagMs: number }
  /** Doubts of the sensor's own sight that began, go on or ended. */
  | { readonly t: 'doubts'; readonly words: readonly TrustWord[] }
  | { readonly t: 'ended' }
  | { readonly t: 'failed'; readonly code: string; readonly text: string; readonly problems: readonly Problem[] };

/** Everything the training worker needs. */
export interface TrainJob extends RowJob {
  readonly type: string;
  readonly seed: number;
}
