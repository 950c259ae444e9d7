import { type Counters, type DeviceDirectory, Random } from '../core/index.js';
import { createEvidence, type Evidence, evidenceFolder } from '../evidence/index.js';
import { ulidFrom } from './ids.js';
import type { SensorSpec } from './spec.js';

/** The evidence of a pipeline, null when its specification names no folder. Ids are drawn apart from those of verdicts. */
export function openEvidence(
  spec: SensorSpec,
  directory: DeviceDirectory,
  counters: Counters,
  trouble: (event: string, text: string) => void,
): Evidence | null {
  if (spec.evidenceDir === null) return null;
  const ids = new Random(spec.seed ^ 0x0e71de3c);
  return createEvidence({
    settings: spec.settings.evidence,
    dir: spec.share === null ? spec.evidenceDir : evidenceFolder(spec.evidenceDir, spec.share.index),
    writers: spec.share?.of ?? 1,
    maxDevices: spec.settings.inventory.max_devices,
    directory,
    counters,
    ulid: (tsUs) => ulidFrom(ids, tsUs),
    program: `wardwire ${spec.version}`,
    trouble,
  });
}
