import type { History } from './history.js';
import { Added, type LearnedTable, SET_COUNT } from './learned-table.js';
import type { LifeCycle } from './life-cycle.js';
import { LIFE_NAMES, type Life, type Owners } from './owners.js';
import { deviceLine, readState, STATE_TAIL, stateHead } from './state.js';

/** A slice takes well under half a millisecond: packets pass between two. */
const CELLS_A_SLICE = 4096;
const DEVICES_A_SLICE = 4;
const HOUR_S = 3600;

interface From {
  readonly owners: Owners;
  readonly table: LearnedTable;
  readonly history: History;
  readonly schemaId: string;
  readonly seed: number;
  readonly typeOf: (owner: number) => string;
  readonly unlike: (owner: number) => readonly string[];
  readonly gaps: (owner: number, device: number) => readonly number[];
}

/** Text of everything learned, in pieces. What is learned between two pieces may be missing until the next time. */
export function* exportSlices(f: From): Generator<string> {
  const { owners } = f;
  const n = owners.ids.length;
  const entries: [key: number, sec: number][][][] = Array.from({ length: n }, () => []);
  for (let from = 0; from < f.table.cells; from += CELLS_A_SLICE) {
    f.table.forEach(
      (set, owner, key, sec) => {
        if (owner >= n) return;
        const sets = entries[owner];
        sets[set] ??= [];
        sets[set].push([key, sec]);
      },
      from,
      Math.min(f.table.cells, from + CELLS_A_SLICE),
    );
    yield '';
  }
  yield stateHead(f.seed, f.schemaId);
  for (let from = 0; from < n; from += DEVICES_A_SLICE) {
    const lines: string[] = [];
    for (let i = from; i < Math.min(n, from + DEVICES_A_SLICE); i++) lines.push(line(f, i, entries[i]));
    yield `${from === 0 ? '' : ',\n'}${lines.join(',\n')}`;
  }
  yield STATE_TAIL;
}

function line(f: From, i: number, entries: readonly [number, number][][]): string {
  const o = f.owners;
  const sets: number[][] = [];
  const hours: number[][] = [];
  for (let s = 0; s < SET_COUNT; s++) {
    const sorted = (entries[s] ?? []).sort((a, b) => a[0] - b[0]);
    sets[s] = sorted.map(([key]) => key);
    hours[s] = sorted.map(([, sec]) => Math.floor(sec / HOUR_S));
  }
  return deviceLine({
    id: o.ids[i],
    type: f.typeOf(i),
    state: LIFE_NAMES[o.life[i]],
    frozen: o.frozen[i] === 1,
    firstUs: o.firstUs[i],
    learnedUs: o.learnedUs[i],
    reviewUs: o.reviewUs[i],
    rows: o.rows[i],
    hits: o.hits[i],
    doubt: o.doubt[i],
    unlike: f.unlike(i),
    sets,
    hours,
    history: f.history.text(i),
    gaps: f.gaps(i, o.device[i]),
  });
}

interface To {
  readonly owners: Owners;
  readonly table: LearnedTable;
  readonly history: History;
  readonly life: LifeCycle;
}

/** What cannot be put into columns: by owner, gap counts, features unlike the type, device types. */
export interface Imported {
  readonly refused: number;
  readonly gaps: readonly (readonly [number, readonly number[]])[];
  readonly unlike: readonly (readonly [number, readonly string[]])[];
  readonly types: readonly (readonly [number, string])[];
}

/** Takes the text of an exported state over. @throws WardwireError('model') */
export function importDevices(text: string, seed: number, schemaId: string, to: To): Imported {
  const state = readState(text, seed);
  const { owners, table, history, life } = to;
  const out = {
    refused: 0,
    gaps: [] as [number, readonly number[]][],
    unlike: [] as [number, readonly string[]][],
    types: [] as [number, string][],
  };
  for (const d of state.devices) {
    const known = owners.find(d.id);
    const owner = known ?? owners.add(d.id, d.firstUs, d.learnedUs);
    d.sets.forEach((keys, set) => {
      keys.forEach((k, i) => {
        if (table.add(set, owner, k, d.hours[set][i] * HOUR_S) === Added.Full) out.refused++;
      });
    });
    if (known !== undefined) continue;
    life.restore(owner, LIFE_NAMES.indexOf(d.state) as Life);
    owners.frozen[owner] = d.frozen ? 1 : 0;
    owners.reviewUs[owner] = d.reviewUs;
    owners.rows[owner] = d.rows;
    owners.hits[owner] = d.hits;
    owners.doubt[owner] = d.doubt;
    if (d.unlike.length > 0) out.unlike.push([owner, d.unlike]);
    if (d.gaps.length > 0) out.gaps.push([owner, d.gaps]);
    if (d.type !== '') out.types.push([owner, d.type]);
    // medians of another list of features mean nothing here
    if (d.history !== '' && state.schemaId === schemaId) history.take(owner, d.history);
  }
  return out;
}
