import type { CommandResult, Logger, SettingsOf, Verdict } from '../../core/index.js';
import type { ReplayCommand } from './form.js';
import type { commandSettings } from './settings.js';

const PUMP_MS = 20;
/** Ranges of missing numbers named in an answer at most; they are counted beyond. */
const MOST_RANGES = 64;

/** The broker that asked. */
export interface Resender {
  readonly name: string;
  readonly connected: boolean;
  /** Sends a verdict again, marked as such; null while live verdicts need the room. */
  again(verdict: Verdict): Promise<void> | null;
}

export interface ReplaysOptions {
  readonly settings: SettingsOf<typeof commandSettings>;
  readonly bootId: string;
  /** The number given last in this boot. */
  readonly lastSeq: () => number;
  /** Verdicts of a boot by number, in order; at most `limit`. */
  readonly range: (boot: string, from: number, to: number, limit: number) => Promise<Verdict[]>;
  readonly logger: Logger;
}

interface Job {
  readonly verdicts: Verdict[];
  readonly to: Resender;
}

/** Answers subscribers that saw a hole: what the log still has is sent again behind live verdicts, paced; what it has not is said. */
export class Replays {
  readonly #o: ReplaysOptions;
  readonly #jobs: Job[] = [];
  #timer: NodeJS.Timeout | null = null;
  #credit = 0;
  /** Verdicts sent again so far. */
  sent = 0;

  constructor(o: ReplaysOptions) {
    this.#o = o;
  }

  /** Finds what is asked for and begins to send it. */
  async ask(c: ReplayCommand, to: Resender): Promise<CommandResult> {
    const { settings, bootId, range } = this.#o;
    if (this.#jobs.filter((j) => j.to === to).length >= settings.replays_waiting)
      return { code: 'too_many', text: `${settings.replays_waiting} commands to send again are waiting already` };
    const last = c.boot_id === bootId ? this.#o.lastSeq() : null;
    if (last !== null && c.from_seq > last)
      return { code: 'refused', text: `number ${last} is the last given so far`, data: { last_seq: last } };
    const wanted = last === null ? c.to_seq : Math.min(c.to_seq, last);
    const found = await range(c.boot_id, c.from_seq, wanted, settings.replay_max);
    const whole = found.length < settings.replay_max;
    const until = whole ? wanted : (found.at(-1)?.seq ?? wanted);
    const { ranges, count } = holes(found, c.from_seq, until);
    if (found.length > 0) {
      this.#jobs.push({ verdicts: found, to });
      this.#timer ??= setInterval(() => this.#pump(), PUMP_MS);
    }
    const missing = count === 0 ? '' : `; ${count} are not in the log: they have left it, or were never given`;
    return {
      code: found.length === 0 ? 'not_found' : 'done',
      text: `${found.length} verdicts are sent again${missing}${until < wanted ? `; ask again from ${until + 1}` : ''}`,
      data: {
        boot_id: c.boot_id,
        from_seq: c.from_seq,
        to_seq: until,
        sending: found.length,
        missing: ranges,
        missing_count: count,
        next_seq: until < wanted ? until + 1 : null,
        last_seq: last,
      },
    };
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#jobs.length = 0;
  }

  #pump(): void {
    const perTurn = (this.#o.settings.replay_per_s * PUMP_MS) / 1000;
    this.#credit = Math.min(this.#credit + perTurn, Math.max(1, perTurn));
    // brokers take turns: one that is slow holds nobody up
    for (let i = 0; i < this.#jobs.length && this.#credit >= 1; ) {
      const job = this.#jobs[i];
      if (!job.to.connected) this.#drop(i, 'its connection was lost');
      else if (this.#some(job)) this.#jobs.splice(i, 1);
      else i++;
    }
    if (this.#jobs.length === 0) this.stop();
  }

  /** Sends what may be sent now; true when the job is done. */
  #some(job: Job): boolean {
    while (job.verdicts.length > 0 && this.#credit >= 1) {
      const sending = job.to.again(job.verdicts[0]);
      if (sending === null) return false;
      job.verdicts.shift();
      this.#credit--;
      this.sent++;
      // lost or refused: who asked sees the hole and asks again; a refusal is said by the sink
      sending.catch(() => undefined);
    }
    return job.verdicts.length === 0;
  }

  #drop(i: number, why: string): void {
    const [job] = this.#jobs.splice(i, 1);
    this.#o.logger.log(
      'notice',
      'command.replay_dropped',
      `${job.to.name}: ${job.verdicts.length} verdicts are not sent again: ${why}`,
    );
  }
}

/** Numbers between two that no verdict has, as ranges, and how many. */
export function holes(
  found: readonly { readonly seq: number }[],
  from: number,
  to: number,
): { ranges: [number, number][]; count: number } {
  const ranges: [number, number][] = [];
  let count = 0;
  let next = from;
  const hole = (a: number, b: number): void => {
    if (b < a) return;
    count += b - a + 1;
    if (ranges.length < MOST_RANGES) ranges.push([a, b]);
  };
  for (const { seq } of found) {
    hole(next, seq - 1);
    next = seq + 1;
  }
  hole(next, to);
  return { ranges, count };
}
