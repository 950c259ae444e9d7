import type {
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
import { Backlog } from './backlog.js';
import { finalise, type Stamp } from './finalise.js';
import { Queue, type Waiting } from './queue.js';
import type { publishSettings } from './settings.js';

const PUMP_MS = 50;
/** Owed verdicts sent in one turn. Half of a sink's window may be under way with them: live ones find the rest free. */
const BACKLOG_A_TURN = 100;
const WINDOW = 16;
const NO_FAULTS = {};
/** Live verdicts do not wait longer than this, µs, for a disk that is slow. */
const PATIENCE_US = 100_000;

/** Where every verdict is remembered while it is being published. Appending never blocks and never fails the caller. */
export interface OutboxLog {
  /** A sink begins; one never seen before is owed nothing older. */
  begin(sink: string): void;
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
  /** Told at the first hand-over of a verdict to a socket. */
  readonly onHandedOver: (verdict: Verdict, times: HandOver) => void;
}

/** When a verdict was handed over, µs. */
export interface HandOver {
  /** From the deciding packet. */
  readonly latencyUs: number;
  readonly stages: VerdictStages & { readonly ipc: number; readonly publish: number };
}

/** One sink with its own queue and backlog: a dead one never delays another. */
class Lane {
  readonly queue: Queue;
  readonly backlog: Backlog;
  /** Verdicts given to the sink and not answered yet. */
  readonly underWay = new Set<string>();
  /** Acknowledged, and not known to be on the disk; when that last changed, monotonic µs. */
  unsettled = 0;
  settledUs = 0;
  /** Given and not known on the disk as acknowledged, at most: what a crash makes come twice. */
  readonly window: number;
  /** Owed verdicts that may be sent now. */
  tokens = 0;
  refilledUs = 0;
  constructor(
    readonly sink: VerdictSinkClient,
    max: number,
    log: OutboxLog | null,
    arrived: (lane: Lane) => void,
  ) {
    this.window = sink.window ?? WINDOW;
    this.queue = new Queue(max);
    this.backlog = new Backlog(
      (limit) => log?.pending(sink.name, limit) ?? Promise.resolve([]),
      () => arrived(this),
    );
  }
}

/** Numbers verdicts, stamps them at hand-over, keeps what a sink cannot take yet. */
export class Publisher {
  readonly #o: PublisherOptions;
  readonly #lanes: Lane[];
  #seq = 0;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #undeclared = 0;
  #stopped = false;

  constructor(o: PublisherOptions) {
    this.#o = o;
    this.#lanes = o.sinks.map((s) => new Lane(s, o.settings.queue_max, o.log, (lane) => this.#drain(lane)));
  }

  /** Starts the sinks without waiting for their connections; a sink's own mistakes (files, settings) are thrown. */
  async start(): Promise<void> {
    for (const l of this.#lanes) {
      this.#o.log?.begin(l.sink.name);
      await l.sink.start();
    }
    this.#timer = setInterval(() => this.#pump(), PUMP_MS);
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
    const { verdict } = finalise(draft, this.#stamp(seq));
    this.#o.log?.append(this.#declared(verdict), beside(draft));
  }

  /** The number given last. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** A muted verdict is remembered and sent to nobody; it takes no number, so that no subscriber sees a hole. */
  #keep(draft: VerdictDraft): void {
    const { verdict } = finalise(draft, this.#stamp(0));
    this.#o.log?.append(this.#declared(verdict), { ...beside(draft), quiet: true });
  }

  state(): PublisherState {
    const states = this.#lanes.map((l) => l.sink.state());
    const sum = (f: (i: number) => number): number => this.#lanes.reduce((a, _, i) => a + f(i), 0);
    return {
      sinks: this.#lanes.map((l, i) => ({
        name: l.sink.name,
        connected: states[i].connected,
        inFlight: states[i].inFlight,
        queued: l.queue.size + l.backlog.size,
        published: states[i].published,
        failures: states[i].failures,
        faults: states[i].faults ?? NO_FAULTS,
      })),
      connected: states.length > 0 && states.every((s) => s.connected),
      inFlight: sum((i) => states[i].inFlight),
      queued: sum((i) => this.#lanes[i].queue.size + this.#lanes[i].backlog.size),
      published: sum((i) => states[i].published),
      failures: this.#failures + sum((i) => states[i].failures),
      dropped: sum((i) => this.#lanes[i].queue.dropped),
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
    if (!lane.sink.ready()) return false;
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
    if (queue.size > 0 || !lane.backlog.behind) return;
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
    lane.sink.send(verdict, handedOver).then(
      () => {
        this.#acknowledged(lane, verdict.id);
        this.#drain(lane);
      },
      (error: Error & { retry?: boolean }) => {
        // lost connections give the verdict back; refusals are final and said
        if (error.retry === true) {
          lane.underWay.delete(verdict.id);
          return again();
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
