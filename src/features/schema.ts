import { type FeatureSchema, hashString } from '../core/index.js';
import type { FeatureEntry } from './entry.js';
import { GROUP_A } from './group-a.js';
import { GROUP_B } from './group-b.js';
import { GROUP_C } from './group-c.js';
import { GROUP_D } from './group-d.js';
import { GROUP_E } from './group-e.js';

/** Every feature in the order of the row: the one list. */
export const FEATURES: readonly FeatureEntry[] = [...GROUP_A, ...GROUP_B, ...GROUP_C, ...GROUP_D, ...GROUP_E];

/** Id of a list of features: changes with any name, order, unit or transform. */
export function schemaId(features: readonly { name: string; unit: string; transform: string }[]): string {
  const text = features.map((f) => `${f.name}|${f.unit}|${f.transform}`).join('\n');
  const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
  return `f${features.length}-${hex(hashString(1, text))}${hex(hashString(2, text))}`;
}

export const SCHEMA: FeatureSchema = { features: FEATURES, id: schemaId(FEATURES) };
