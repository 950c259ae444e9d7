import { join } from 'node:path';
import { type FeatureSchema, Random } from '../../src/core/index.js';
import { assembleSpec, defaultConfig } from '../../src/runtime/index.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { eachPacket } from '../support/capture-bytes.js';
import { plainSchema } from '../support/detect-data.js';
import { generate } from '../support/gen/index.js';

/** Rows that detectors are compared on. */
export interface RowSet {
  readonly name: string;
  readonly schema: FeatureSchema;
  /** What is learned from, a row each, NaN = not observed. */
  readonly train: readonly Float64Array[];
  /** What is scored: rows like those, not among them. */
  readonly probe: readonly Float64Array[];
  /** Rows that are odd to who learned the others. */
  readonly odd: readonly Float64Array[];
}

const RANDOM_WIDTH = 60;
const TYPE = 'patient-monitor';
const OTHER = 'workstation';

/** Numbers drawn at random: each feature log-normal, the odd ones three times as large. */
export function randomRows(n: number): RowSet {
  const r = new Random(1);
  const rows = (count: number, shift: number): Float64Array[] =>
    Array.from({ length: count }, () =>
      Float64Array.from({ length: RANDOM_WIDTH }, () => Math.exp(2 + shift + 0.5 * r.normal())),
    );
  return {
    name: `drawn at random, ${RANDOM_WIDTH} features`,
    schema: plainSchema(RANDOM_WIDTH),
    train: rows(n, 0),
    probe: rows(n, 0),
    odd: rows(256, Math.log(3)),
  };
}

/**
 * What the whole sensor makes of a generated hospital's patient monitors, every other row to learn from; workstations are odd
 * among them.
 */
export async function deviceRows(dir: string, packets: number): Promise<RowSet> {
  const file = join(dir, 'rows.pcap');
  await generate({ kind: 'mixed', packets, seed: 11, file });
  const spec = assembleSpec(defaultConfig(), { kind: 'files', files: [], speed: 'max' }, { modelDir: null });
  const rows = new Map<string, Float64Array[]>([
    [TYPE, []],
    [OTHER, []],
  ]);
  const pipeline = new Pipeline(spec, {
    verdict: () => undefined,
    train: () => undefined,
    row: (row, type) => rows.get(type)?.push(row.values.slice()),
  });
  await eachPacket(file, (v) => pipeline.packet(v));
  const own = rows.get(TYPE) ?? [];
  const { schema } = pipeline.features;
  return {
    name: `of ${TYPE}s in the generated hospital, ${schema.features.length} features`,
    schema,
    train: own.filter((_, i) => i % 2 === 0),
    probe: own.filter((_, i) => i % 2 === 1),
    odd: (rows.get(OTHER) ?? []).slice(0, 256),
  };
}
