import type { BaselineOrder } from '../baseline/index.js';
import type {
  Device,
  OpenIncident,
  OperatorWord,
  PlausibilityLimits,
  Profile,
  ShareSpec,
  Taught,
} from '../core/index.js';
import type { Settings } from './manifest.js';
import type { TypeModel } from './model-file.js';

/** Where packets come from. */
export type SourceSpec =
  | { readonly kind: 'live'; readonly interface: string }
  | {
      readonly kind: 'files';
      /** Captures and folders of captures; `-` is standard input. */
      readonly files: readonly string[];
      readonly speed: 'max' | 'recorded' | number;
      /** Goes on with what is written to the last file, or to the last folder, until stopped. */
      readonly follow?: boolean;
    };

/** Everything a pipeline needs that was read from disk: plain data, so that it crosses a process boundary. */
export interface SensorSpec {
  readonly settings: Settings;
  readonly source: SourceSpec;
  readonly profiles: readonly Profile[];
  readonly limits: PlausibilityLimits | null;
  /** Text and path of the site inventory file, null when there is none. */
  readonly site: { readonly text: string; readonly path: string } | null;
  /** 32 bytes, hex: keys the HMAC tokens. */
  readonly siteKey: string;
  readonly version: string;
  /** Seed of hash tables and sampling; fixed on replay so that the same capture gives the same verdicts. */
  readonly seed: number;
  /** Models, the text of the learned state ('' when there is none), and orders that are not in it yet. */
  readonly models: readonly TypeModel[];
  readonly learned: string;
  readonly orders: readonly BaselineOrder[];
  /** Devices of former runs, and everything the operator said of them. */
  readonly devices: readonly Device[];
  readonly operator: readonly OperatorWord[];
  /** What the operator called normal. */
  readonly taught: readonly Taught[];
  /** Incidents that were open when the sensor before went away. */
  readonly openIncidents: readonly OpenIncident[];
  /** Folder for captures of verdicts, null when none are kept. */
  readonly evidenceDir: string | null;
  /** The part of this process when several divide the traffic, null with one. */
  readonly share: ShareSpec | null;
}
