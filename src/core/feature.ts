/** One feature: a number about one device, now. */
export interface FeatureDef {
  readonly name: string;
  readonly group: 'A' | 'B' | 'C' | 'D' | 'E';
  readonly unit: string;
  readonly text: string;
  /** How detectors see it: heavy-tailed amounts as log1p, ratios as they are. */
  readonly transform: 'log1p' | 'linear';
  /** How absence shows: 'told' makes it a column of its own; 'silent' where it only says how long the sensor has run. Default told. */
  readonly absence?: 'told' | 'silent';
  /** Words for a person, e.g. `distinct peers contacted in 10 min`. */
  readonly label: string;
}

export interface FeatureSchema {
  readonly features: readonly FeatureDef[];
  /** Changes with any name, order, unit or transform: models of another id are refused. */
  readonly id: string;
}

/** LENT: one row object per feature engine, valid until the call returns. NaN = not observed. */
export interface FeatureRow {
  device: number;
  tsUs: number;
  readonly values: Float64Array;
  readonly schemaId: string;
}
