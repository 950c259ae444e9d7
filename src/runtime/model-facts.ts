import type { Baseline } from '../baseline/index.js';
import type { DeviceDirectory, Profile } from '../core/index.js';
import type { Scorer } from '../detect/index.js';
import type { ModelFacts } from '../verdict/index.js';

/** What judges a device at a time: its type's model, and how far its own learning is. Times are µs. */
export function modelFacts(
  r: {
    readonly scorer: Scorer;
    readonly baseline: Baseline;
    readonly inventory: { readonly directory: DeviceDirectory };
  },
  profiles: readonly Profile[],
  device: number,
  nowUs: number,
): ModelFacts {
  const { directory } = r.inventory;
  const { type } = profiles[directory.profileOf(device)];
  const model = r.scorer.describe(type);
  return {
    id: model?.id ?? 'none',
    profile: type,
    fromUs: model?.fromUs ?? directory.firstUs(device),
    untilUs: model?.untilUs ?? nowUs,
    state: r.baseline.learning(device, nowUs) ? 'learning' : model === null ? 'no_model' : 'ready',
  };
}
