import type { FeatureSchema } from '../../src/core/index.js';

/** A schema for rows that come from elsewhere. */
export function plainSchema(width: number, transform: 'log1p' | 'linear' = 'log1p'): FeatureSchema {
  return {
    id: `test-${width}-${transform}`,
    features: Array.from({ length: width }, (_, i) => ({
      name: `f${i}`,
      group: 'A',
      unit: '',
      text: '',
      transform,
      label: `feature ${i}`,
    })),
  };
}
