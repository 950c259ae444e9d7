import type {
  LaneState,
  Logger,
  PublisherState,
  SettingsOf,
  Verdict,
  VerdictBasis,
  VerdictDraft,
  VerdictSinkClient,
  VerdictStages,
} from '../core/index.js';
import { declaredOnly } from './allow-list.js';
import { finalise, type Stamp } from './finalise.js';
import { Lane } from './lane.js';
import type { Waiting } from './queue.js';
import type { publishSettings } from './settings.js';

const PUMP_MS = 50;
/** Time for a sink that is exchanged to say goodbye, ms. */
const EXCHANGE_MS = 2000;
/** Owed verdicts sent in one turn. Half of a sink's window may be under way with them: live ones find the rest free. */
const BACKLOG_A_TURN = 100;
/** Live verdicts do not wait longer than this, µs, for a disk that is slow. */
const PATIENCE_US = 100_000;

/** Where every verdict is remembered while it is being published. Appending never blocks and never fails the caller. */
export interface OutboxLog {
  /** A sink begins; one never seen before is owed nothing older. */
  begin(sink: string): void;
  /** A sink is no more: nothing that leaves the log is missed by it. */
  end(sink: string): void;
  append(verdict: Verdict, beside?: { readonly basis?: VerdictBasis; readonly quiet?: boolean }): void;
  /** True when `settled` will be called: when a crash will not make the verdict come again, or when the disk cannot tell. */
  acked(sink: string, id: string, settled: () => void): unknown;
  /** Verdicts a sink has not acknowledged, in the order they were given. */
  pending(sink: string, limit: number): Promise<Verdict[]>;
}

export interface PublisherOptions {
  readonly sinks: readonly VerdictSinkClient[];
  readonly log: OutboxLog | null;
  readonly settings: SettingsOf<typeof publishSettings>;
  readonly bootId: string;
  readonly wallUs: () => number;
  /** Monotonic time, µs, the clock of the drafts' timing. */
  readonly nowUs: () => number;
  readonly logger: Logger;
  /** The operator wants no word of it: it is kept in the log only. */
  readonly quiet?: (draft: VerdictDraft) => boolean;
  /** Told of every verdict once, whatever becomes of it; `quiet`: it is kept from the sinks. */
  readonly onTaken?: (verdict: Verdict, quiet: boolean) => void;
  /** Told at the first hand-over of a verdict to a socket. */
  readonly onHandedOver: (verdict: Verdict, times: HandOver) => void;
  /** Told when a sink acknowledges a verdict, with the time since it was handed to its socket, µs. */
  readonly onAcknowledged?: (sink: string, us: number) => void;
}

/** When a verdict was handed over, µs. */
export interface HandOver {
  /** From the deciding packet. */
  readonly latencyUs: number;
  readonly stages: VerdictStages & { readonly ipc: number; readonly publish: number };
}

/** Numbers verdicts, stamps them at hand-over, keeps what a sink cannot take yet. */
export class Publisher {
  readonly #o: PublisherOptions;
  #lanes: Lane[];
  #seq = 0;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #undeclared = 0;
  #stopped = false;

  constructor(o: PublisherOptions) {
    this.#o = o;
    this.#lanes = o.sinks.map((s) => this.#lane(s));
  }

  #lane(sink: VerdictSinkClient): Lane {
    const { settings, log } = this.#o;
    return new Lane(
      sink,
      settings.queue_max,
      (name, limit) => log?.pending(name, limit) ?? Promise.resolve([]),
      (lane) => this.#drain(lane),
    );
  }

  /** Starts the sinks without waiting for their connections; a sink's own mistakes (files, settings) are thrown. */
  async start(): Promise<void> {
    for (const l of this.#lanes) {
      this.#o.log?.begin(l.sink.name);
      await l.sink.start();
    }
    this.#timer = setInterval(() => this.#pump(), PUMP_MS);
  }

  /**
   * Takes these sinks in the place of those it had. One of a name that is known inherits what is owed under it, one that is named no
   * longer is stopped; verdicts go on meanwhile, and wait in memory for a sink that is being exchanged. Answers what a new sink
   * objected to at its start; it goes on trying.
   */
  async change(sinks: readonly VerdictSinkClient[]): Promise<Error[]> {
    const before = this.#lanes;
    const lanes = sinks.map((s) => {
      const lane = before.find((l) => l.sink.name === s.name);
      if (lane !== undefined) return lane;
      this.#o.log?.begin(s.name);
      const fresh = this.#lane(s);
      fresh.exchanging = true;
      return fresh;
    });
    this.#lanes = lanes;
    for (const l of before) if (!lanes.includes(l)) this.#o.log?.end(l.sink.name);
    const done = await Promise.all([
      ...before.filter((l) => !lanes.includes(l)).map((l) => l.sink.stop(EXCHANGE_MS).then(() => null)),
      ...lanes.map((l, i) => (l.sink === sinks[i] && !l.exchanging ? null : this.#exchange(l, sinks[i]))),
    ]);
    return done.filter((e) => e !== null);
  }

  async #exchange(lane: Lane, sink: VerdictSinkClient): Promise<Error | null> {
    lane.exchanging = true;
    let objection: Error | null = null;
    if (lane.sink !== sink) {
      await lane.sink.stop(EXCHANGE_MS);
      // what was given and not answered comes back by itself; what is silent is read from the log again
      for (let i = 0; i < 50 && lane.underWay.size > 0; i++) await new Promise((r) => setTimeout(r, 10));
      if (lane.underWay.size > 0) {
        lane.underWay.clear();
        lane.backlog.again();
      }
      lane.take(sink);
    }
    try {
      if (!this.#stopped) await sink.start();
    } catch (error) {
      objection = error as Error;
    }
    lane.exchanging = false;
    this.#drain(lane);
    return objection;
  }

  /** Takes a verdict: live ones are handed over at once when the sink is ready. */
  submit(draft: VerdictDraft): void {
    if (this.#o.quiet?.(draft) === true) return this.#keep(draft);
    const takenUs = this.#o.nowUs();
    const seq = ++this.#seq;
    const { device, severity } = draft.verdict;
    for (const lane of this.#lanes) {
      const w = { draft, seq, takenUs };
      if (this.#takes(lane) && lane.queue.size === 0 && !lane.backlog.owes(device.id)) this.#send(lane, w);
      else if (lane.backlog.owes(device.id) && severity !== 'critical') lane.backlog.owe(device.id);
      else {
        this.#owe(lane, lane.queue.push(w));
        this.#drain(lane);
      }
    }
    const verdict = this.#declared(finalise(draft, this.#stamp(seq)).verdict);
    this.#o.log?.append(verdict, beside(draft));
    this.#o.onTaken?.(verdict, false);
  }

  get sinks(): readonly VerdictSinkClient[] {
    return this.#lanes.map((l) => l.sink);
  }

  /** The number given last. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** A muted verdict is remembered and sent to nobody; it takes no number, so that no subscriber sees a hole. */
  #keep(draft: VerdictDraft): void {
    const verdict = this.#declared(finalise(draft, this.#stamp(0)).verdict);
    this.#o.log?.append(verdict, { ...beside(draft), quiet: true });
    this.#o.onTaken?.(verdict, true);
  }

  state(): PublisherState {
    const sinks = this.#lanes.map((l) => l.state());
    const sum = (f: (s: LaneState) => number): number => sinks.reduce((a, s) => a + f(s), 0);
    return {
      sinks,
      connected: sinks.length > 0 && sinks.every((s) => s.connected),
      inFlight: sum((s) => s.inFlight),
      queued: sum((s) => s.queued),
      published: sum((s) => s.published),
      failures: this.#failures + sum((s) => s.failures),
      dropped: this.#lanes.reduce((a, l) => a + l.queue.dropped, 0),
      undeclared: this.#undeclared,
    };
  }

  /** Drains what it can within the deadline, then closes the sinks. Twice is harmless. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const end = this.#o.nowUs() + deadlineMs * 1000;
    const owed = (): boolean =>
      this.#lanes.some((l) => l.sink.state().connected && (l.queue.size > 0 || l.underWay.size > 0));
    while (owed() && this.#o.nowUs() < end) {
      this.#pump();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (this.#timer) clearInterval(this.#timer);
    const left = Math.max(200, (end - this.#o.nowUs()) / 1000);
    await Promise.all(this.#lanes.map((l) => l.sink.stop(left)));
  }

  /** Something is owed that the log did not tell of before. */
  owed(): void {
    for (const lane of this.#lanes) lane.backlog.again();
  }

  /** A live verdict may be handed over: the sink takes it, and a crash would not make too many come twice. */
  #takes(lane: Lane): boolean {
    if (lane.exchanging || !lane.sink.ready()) return false;
    if (lane.underWay.size + lane.unsettled < lane.window) return true;
    return lane.unsettled > 0 && this.#o.nowUs() - lane.settledUs > PATIENCE_US;
  }

  #acknowledged(lane: Lane, id: string): void {
    lane.underWay.delete(id);
    if (this.#o.log === null) return;
    if (lane.unsettled++ === 0) lane.settledUs = this.#o.nowUs();
    const settled = (): void => {
      lane.unsettled--;
      lane.settledUs = this.#o.nowUs();
      // several settle at once: one of them looks what may be sent
      if (lane.unsettled === 0) this.#drain(lane);
    };
    if (this.#o.log.acked(lane.sink.name, id, settled) !== true) settled();
  }

  #refill(lane: Lane): void {
    const now = this.#o.nowUs();
    const rate = this.#o.settings.drain_per_s;
    const more = ((now - lane.refilledUs) / 1e6) * rate;
    lane.tokens = Math.min(BACKLOG_A_TURN, rate, lane.tokens + more);
    lane.refilledUs = now;
  }

  #stamp(seq: number): Stamp {
    const { bootId, wallUs, nowUs } = this.#o;
    return { seq, bootId, issuedUs: wallUs(), nowUs: nowUs() };
  }

  #pump(): void {
    for (const lane of this.#lanes) this.#drain(lane);
  }

  #drain(lane: Lane): void {
    const { sink, queue } = lane;
    while (queue.size > 0 && this.#takes(lane)) this.#send(lane, queue.shift() as Waiting);
    if (queue.size > 0 || lane.exchanging || !lane.backlog.behind) return;
    this.#refill(lane);
    // behind live verdicts, at a pace, and leaving half of the window free for them
    while (lane.tokens >= 1 && sink.ready() && lane.underWay.size + lane.unsettled < lane.window / 2) {
      const owed = lane.backlog.next(lane.underWay);
      if (owed === undefined) return;
      lane.tokens--;
      this.#give(
        lane,
        owed,
        () => undefined,
        () => lane.backlog.again(),
      );
    }
  }

  /** What found no room in memory is owed from the log; without a log it is lost and counted as dropped. */
  #owe(lane: Lane, left: readonly Waiting[]): void {
    if (this.#o.log === null) return;
    for (const w of left) lane.backlog.owe(w.draft.verdict.device.id);
  }

  #send(lane: Lane, w: Waiting): void {
    const o = this.#o;
    const stamp = this.#stamp(w.seq);
    const { verdict, latencyUs } = finalise(w.draft, stamp);
    this.#give(
      lane,
      verdict,
      () => {
        if (lane !== this.#lanes[0]) return;
        const { builtUs, stages } = w.draft.timing;
        const ipc = Math.max(0, w.takenUs - builtUs);
        o.onHandedOver(verdict, { latencyUs, stages: { ...stages, ipc, publish: stamp.nowUs - w.takenUs } });
      },
      () => this.#owe(lane, lane.queue.putBack(w)),
    );
  }

  /** The boundary: what no schema declares leaves neither to a sink nor to the log. */
  #declared(verdict: Verdict): Verdict {
    return declaredOnly(verdict, (place) => {
      if (this.#undeclared++ === 0)
        this.#o.logger.log('error', 'publish.undeclared', `a verdict had an undeclared field in '${place}': taken off`);
    });
  }

  /** Hands a verdict to a sink; `again` is called when it has to be sent once more. */
  #give(lane: Lane, given: Verdict, handedOver: () => void, again: () => void): void {
    const o = this.#o;
    const verdict = this.#declared(given);
    lane.underWay.add(verdict.id);
    lane.backlog.sent(verdict.id);
    let handedUs = Number.NaN;
    const handed = (): void => {
      handedUs = o.nowUs();
      handedOver();
    };
    lane.sink.send(verdict, handed).then(
      () => {
        if (!Number.isNaN(handedUs)) o.onAcknowledged?.(lane.sink.name, o.nowUs() - handedUs);
        this.#acknowledged(lane, verdict.id);
        this.#drain(lane);
      },
      (error: Error & { retry?: boolean }) => {
        // lost connections give the verdict back; refusals are final and said
        if (error.retry === true) {
          // a sink that was exchanged meanwhile has nothing to give back any more
          if (lane.underWay.delete(verdict.id)) again();
          return;
        }
        this.#failures++;
        // a refused verdict would be refused again after every start
        this.#acknowledged(lane, verdict.id);
        o.logger.log('error', 'publish.refused', `${lane.sink.name}: a verdict was refused: ${error.message}`, {
          seq: verdict.seq,
        });
      },
    );
  }
}

const beside = (draft: VerdictDraft): { basis?: VerdictBasis } =>
  draft.basis === undefined ? {} : { basis: draft.basis };

export function createPublisher(o: PublisherOptions): Publisher {
  return new Publisher(o);
}
