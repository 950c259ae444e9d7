import type { LaneState, SinkState, Verdict, VerdictSinkClient } from '../core/index.js';
import { Backlog } from './backlog.js';
import { Queue } from './queue.js';

const WINDOW = 16;

/** One sink with its own queue and backlog: a dead one never delays another. */
export class Lane {
  readonly queue: Queue;
  readonly backlog: Backlog;
  /** Verdicts given to the sink and not answered yet. */
  readonly underWay = new Set<string>();
  /** Acknowledged, and not known to be on the disk; when that last changed, monotonic µs. */
  unsettled = 0;
  settledUs = 0;
  /** Given and not known on the disk as acknowledged, at most: what a crash makes come twice. */
  window: number;
  /** Owed verdicts that may be sent now. */
  tokens = 0;
  refilledUs = 0;
  /** Another sink is about to take its place: nothing is given to it. */
  exchanging = false;
  /** What sinks before this one did under the name: totals never fall. */
  #before: Pick<SinkState, 'published' | 'failures' | 'faults'> = { published: 0, failures: 0 };

  constructor(
    public sink: VerdictSinkClient,
    max: number,
    pending: (sink: string, limit: number) => Promise<Verdict[]>,
    arrived: (lane: Lane) => void,
  ) {
    this.window = sink.window ?? WINDOW;
    this.queue = new Queue(max);
    this.backlog = new Backlog(
      (limit) => pending(this.sink.name, limit),
      () => arrived(this),
    );
  }

  /** Another sink of the same name takes over. */
  take(sink: VerdictSinkClient): void {
    const { published, failures, faults } = this.state();
    this.#before = { published, failures, faults };
    this.sink = sink;
    this.window = sink.window ?? WINDOW;
  }

  state(): LaneState {
    const s = this.sink.state();
    const b = this.#before;
    const faults: Record<string, number> = { ...b.faults };
    for (const [reason, n] of Object.entries(s.faults ?? {})) faults[reason] = (faults[reason] ?? 0) + n;
    return {
      name: this.sink.name,
      connected: s.connected,
      inFlight: s.inFlight,
      queued: this.queue.size + this.backlog.size,
      published: b.published + s.published,
      failures: b.failures + s.failures,
      faults,
    };
  }
}
