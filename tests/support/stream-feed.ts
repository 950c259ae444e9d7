import {
  type AppEvent,
  Counters,
  FlowColumns,
  FlowEnd,
  type ProtocolContext,
  type StreamProtocol,
  type StreamSlice,
  UnfinishedMemory,
  Weirds,
} from '../../src/core/index.js';

/** Memory for unfinished messages like a sensor's. */
export const unfinished = (flows = 8, mib = 64, counters = new Counters()): UnfinishedMemory =>
  new UnfinishedMemory({ limitBytes: mib * 1048576, flows, counters, critical: () => false });

/** One step of a conversation: bytes, or a gap, or the end, of one direction. */
export interface Step {
  readonly dir: 0 | 1;
  readonly bytes?: Buffer;
  readonly gap?: number;
  readonly end?: boolean;
}

export interface Heard {
  readonly events: AppEvent[];
  readonly weirds: Weirds;
}

/** Feeds a conversation straight into one protocol's session (no host, no TCP). Times are 1 ms apart. */
export function feed(make: (ctx: ProtocolContext) => StreamProtocol, steps: readonly Step[], midstream = false): Heard {
  const events: AppEvent[] = [];
  const weirds = new Weirds();
  const ctx: ProtocolContext = {
    columns: new FlowColumns(4),
    events: { event: (e) => events.push(e) },
    weirds,
    token: (tag, value) => `${tag}:${value.length}`,
    unfinished: unfinished(),
    seed: 1,
  };
  const session = make(ctx).open(0, midstream);
  const off = [0, 0];
  let tsUs = 1e15;
  for (const s of steps) {
    tsUs += 1000;
    const bytes = s.bytes ?? Buffer.alloc(0);
    const slice: StreamSlice = {
      dir: s.dir,
      buf: bytes,
      from: 0,
      to: bytes.length,
      streamOff: off[s.dir],
      tsUs,
      gapLen: s.gap ?? 0,
      end: s.end ?? false,
    };
    off[s.dir] += bytes.length + (s.gap ?? 0);
    session.stream(slice);
  }
  session.close(FlowEnd.Fin, tsUs + 1000);
  return { events, weirds };
}

/** The same conversation with every step cut after `size` bytes. */
export function cut(steps: readonly Step[], size: number): Step[] {
  return steps.flatMap((s) => {
    const bytes = s.bytes;
    if (bytes === undefined || bytes.length <= size) return [s];
    const parts: Step[] = [];
    for (let i = 0; i < bytes.length; i += size)
      parts.push({ dir: s.dir, bytes: Buffer.from(bytes.subarray(i, i + size)) });
    return parts;
  });
}

/** Every way to cut one step in two. */
export function* twoWayCuts(steps: readonly Step[]): Generator<Step[]> {
  for (let k = 0; k < steps.length; k++) {
    const bytes = steps[k].bytes;
    if (bytes === undefined) continue;
    for (let i = 1; i < bytes.length; i++) {
      const a = { dir: steps[k].dir, bytes: Buffer.from(bytes.subarray(0, i)) };
      const b = { dir: steps[k].dir, bytes: Buffer.from(bytes.subarray(i)) };
      yield [...steps.slice(0, k), a, b, ...steps.slice(k + 1)];
    }
  }
}

/** The conversation with `length` bytes missing at every place (each `stride` bytes). */
export function* gaps(steps: readonly Step[], length: number, stride: number): Generator<Step[]> {
  for (let k = 0; k < steps.length; k++) {
    const bytes = steps[k].bytes;
    if (bytes === undefined) continue;
    for (let i = 0; i + length <= bytes.length; i += stride) {
      const { dir } = steps[k];
      yield [
        ...steps.slice(0, k),
        { dir, bytes: Buffer.from(bytes.subarray(0, i)) },
        { dir, gap: length },
        { dir, bytes: Buffer.from(bytes.subarray(i + length)) },
        ...steps.slice(k + 1),
      ];
    }
  }
}

/** Events without times, for comparing two feeds of the same conversation. */
export function timeless(events: readonly AppEvent[]): unknown[] {
  return events.map((e) => {
    const { tsUs, ...rest } = e as AppEvent & { latencyUs?: number };
    void tsUs;
    return { ...rest, latencyUs: undefined };
  });
}
