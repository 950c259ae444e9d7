import { LearnedSet, WardwireError } from '../core/index.js';

export const LEARNED_SCHEMA = 'wardwire.learned.v1';

const SET_NAMES = Object.keys(LearnedSet) as (keyof typeof LearnedSet)[];
const EMPTY = 'use the learned state of this site key, or remove it to learn anew';

/** What one device has learned, by its stable id. Times are µs since 1970. */
export interface DeviceState {
  readonly id: string;
  readonly firstUs: number;
  readonly learnedUs: number;
  /** Keys by set number. */
  readonly sets: readonly (readonly number[])[];
}

/** Text of a learned state (JSON, one device a line so that it can be compared). Keys are hashes: no addresses. */
export function writeState(seed: number, devices: readonly DeviceState[]): string {
  const lines = devices.map((d) =>
    JSON.stringify({
      id: d.id,
      first_us: d.firstUs,
      learned_us: d.learnedUs,
      sets: Object.fromEntries(SET_NAMES.map((n) => [n, d.sets[LearnedSet[n]] ?? []]).filter(([, k]) => k.length > 0)),
    }),
  );
  return `{"schema":"${LEARNED_SCHEMA}","seed":${seed | 0},"devices":[\n${lines.join(',\n')}\n]}\n`;
}

/** Reads a learned state. @throws WardwireError('model') when it is not one, or was hashed under another seed */
export function readState(text: string, seed: number): DeviceState[] {
  let doc: Record<string, unknown>;
  try {
    doc = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new WardwireError('model', 'the learned state is not JSON', [], { cause });
  }
  if (doc?.schema !== LEARNED_SCHEMA || !Array.isArray(doc.devices)) {
    throw new WardwireError('model', `the learned state is not of schema ${LEARNED_SCHEMA}`);
  }
  if (doc.seed !== (seed | 0)) {
    throw new WardwireError('model', 'the learned state belongs to another site key', [
      { path: 'learned state', text: 'hashed under another key', hint: EMPTY },
    ]);
  }
  return (doc.devices as Record<string, unknown>[]).map((d, i) => {
    const ok = typeof d?.id === 'string' && Number.isFinite(d.first_us) && Number.isFinite(d.learned_us);
    if (!ok || typeof d.sets !== 'object' || d.sets === null) {
      throw new WardwireError('model', `the learned state's device ${i + 1} is not readable`);
    }
    const sets: number[][] = [];
    for (const name of SET_NAMES) {
      const keys = (d.sets as Record<string, unknown>)[name] ?? [];
      if (!Array.isArray(keys) || !keys.every((k) => Number.isInteger(k))) {
        throw new WardwireError('model', `the learned state's device ${i + 1}: ${name} is not a list of keys`);
      }
      sets[LearnedSet[name]] = keys as number[];
    }
    return { id: d.id as string, firstUs: d.first_us as number, learnedUs: d.learned_us as number, sets };
  });
}
