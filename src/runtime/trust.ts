import type { CaptureHealth, ClockSteps } from '../capture/index.js';
import type { SourceStats } from '../core/index.js';
import { BLIND_SHARE } from './loss.js';
import type { Settings } from './manifest.js';

/** What the sensor may doubt of its own sight; the verdicts are called `sensor.…`. */
export const DOUBTS = [
  'loss',
  'unexplained',
  'offload',
  'one_sided',
  'duplicates',
  'clock',
  'silent',
  'link',
  'gone',
] as const;
export type Doubt = (typeof DOUBTS)[number];

/** While one of these lasts nobody can say that a device is silent. */
const BLIND: readonly Doubt[] = ['silent', 'link', 'gone'];

/** Looks a minute. */
const WINDOW = 60;
/** A device that was heard within this time talks, µs. */
const TALKS_US = 30e6;
/** Looks between two counts of those who talk, and counts remembered: five minutes. */
const COUNT_EVERY = 5;
const COUNTS = 60;
/** Time without any packet from which nobody's silence is his own, s. */
const QUIET_S = 5;
/** Counts before there is anything to compare with, and counts in a row that must be low. */
const LEAST_COUNTS = 12;
const LOW_COUNTS = 2;
/** Packets before shares of them mean something. */
const LEAST_PACKETS = 1000;

/** What is looked at, once a second. Counts are of all time. */
export interface Sight {
  /** Monotonic time, µs. */
  readonly nowUs: number;
  readonly stats: SourceStats;
  /** null: the source cannot say. */
  readonly health: CaptureHealth | null;
  readonly clock: ClockSteps;
  readonly duplicates: number;
  readonly oneSided: number;
  readonly twoSided: number;
  /** The overload ladder keeps packets of whole devices away: who is not heard may well talk. */
  readonly shedding: boolean;
  /** How many devices were heard within so many µs. Asked every few seconds. */
  readonly talking: (withinUs: number) => number;
}

/** A doubt that began, goes on or ended. */
export interface TrustWord {
  readonly doubt: Doubt;
  readonly on: boolean;
  readonly observed: number;
  readonly expected: number;
  readonly unit: string;
  readonly text: string;
  readonly blind: boolean;
}

type Said = Omit<TrustWord, 'doubt' | 'on' | 'blind'> | null;

/** The newest values of a count that grows, and what it grew by within the last minute. */
class Grown {
  readonly #values = new Float64Array(WINDOW).fill(Number.NaN);
  #at = 0;

  /** Takes the count of this second; answers its growth within the window. */
  take(count: number): number {
    const oldest = this.#values[this.#at];
    this.#values[this.#at] = count;
    this.#at = (this.#at + 1) % WINDOW;
    if (Number.isNaN(oldest)) return count - this.#values[0];
    return count - oldest;
  }
}

/** Least of the last looks: what waits in a ring for a moment is not lost. */
class Least {
  readonly #values = new Float64Array(10);
  #at = 0;

  take(value: number): number {
    this.#values[this.#at] = value;
    this.#at = (this.#at + 1) % this.#values.length;
    return this.#values.reduce((a, b) => Math.min(a, b));
  }
}

/**
 * The sensor's doubts of its own sight, from what source, flow table, device table and clock say once a second. Knows no packet and no
 * clock: everything is handed in.
 */
export class Trust {
  readonly #s: Settings['trust'];
  readonly #on = new Set<Doubt>();
  readonly #received = new Grown();
  readonly #delivered = new Grown();
  readonly #lost = new Grown();
  readonly #oversize = new Grown();
  readonly #duplicates = new Grown();
  readonly #packetsOfDuplicates = new Grown();
  readonly #gone = new Grown();
  readonly #nowhere = new Least();
  readonly #unseen = new Least();
  #looks = 0;
  #clockSteps = 0;
  #packets = -1;
  #packetUs = 0;
  /** Nothing at all comes in. */
  #quiet = false;
  readonly #counts: number[] = [];
  #low = 0;
  #lossBlind = false;
  #shedding = false;

  constructor(settings: Settings['trust']) {
    this.#s = settings;
  }

  /** Whether what was not seen may well have been there. */
  get blind(): boolean {
    return this.#lossBlind || this.#shedding || BLIND.some((d) => this.#on.has(d));
  }

  has(doubt: Doubt): boolean {
    return this.#on.has(doubt);
  }

  /** Devices that talked at the last count. */
  get talking(): number {
    return this.#counts.at(-1) ?? 0;
  }

  /** To be called once a second. Answers what began, goes on and ended. */
  look(w: Sight): TrustWord[] {
    const out: TrustWord[] = [];
    const judge = (doubt: Doubt, said: Said, over: string): void => {
      if (said !== null) {
        this.#on.add(doubt);
        out.push({ doubt, on: true, blind: this.#isBlind(doubt), ...said });
      } else if (this.#on.delete(doubt))
        out.push({ doubt, on: false, observed: 0, expected: 0, unit: '', text: over, blind: false });
    };
    this.#looks++;
    this.#shedding = w.shedding;
    const link = this.#link(w);
    const silent = this.#silent(w);
    judge('link', link, 'The link of every capture interface is up again.');
    judge('silent', link === null ? silent : null, 'Packets come in again.');
    judge('gone', this.#half(w), 'As many devices are heard as before, or those that are silent have stayed so.');
    judge('loss', this.#loss(w), 'No packets are lost any more.');
    judge('unexplained', this.#unexplained(w), 'Every packet of the last minute is accounted for.');
    judge('offload', this.#offload(w), 'No frame above the MTU came within the last minute.');
    judge('one_sided', this.#oneSided(w), 'Conversations are seen in both directions.');
    judge('duplicates', this.#twice(w), 'Packets come once.');
    // a step is over at once: it is told and not kept
    const step = this.#clock(w);
    if (step !== null) out.push({ doubt: 'clock', on: true, blind: false, ...step });
    return out;
  }

  #isBlind(doubt: Doubt): boolean {
    return doubt === 'loss' ? this.#lossBlind : BLIND.includes(doubt);
  }

  #link({ health }: Sight): Said {
    if (health === null || health.up >= health.interfaces) return null;
    const down = health.interfaces - health.up;
    return {
      ...{ observed: down, expected: 0, unit: 'interfaces' },
      text: `The link of ${down} of ${health.interfaces} capture interfaces is down or gone: what passes there is not seen.`,
    };
  }

  #silent({ stats, nowUs }: Sight): Said {
    // what is shed before it is delivered is no silence
    const packets = Math.max(stats.delivered, stats.received);
    if (packets !== this.#packets) this.#packetUs = nowUs;
    this.#packets = packets;
    const s = (nowUs - this.#packetUs) / 1e6;
    this.#quiet = s >= QUIET_S;
    if (this.#s.silent_interface_s === 0 || s < this.#s.silent_interface_s) return null;
    return {
      ...{ observed: Math.round(s), expected: this.#s.silent_interface_s, unit: 's' },
      text: `No packet has come in for ${Math.round(s)} s although the link is up.`,
    };
  }

  /** Half of those who talked are gone at once: sooner the span than the devices. */
  #half({ talking, shedding, health }: Sight): Said {
    // nobody at all is the silence of the interface, or of its link
    if (shedding || this.#quiet || (health !== null && health.up < health.interfaces)) return null;
    if (this.#looks % COUNT_EVERY !== 0) return this.#on.has('gone') ? this.#goneWords() : null;
    const now = talking(TALKS_US);
    this.#counts.push(now);
    if (this.#counts.length > COUNTS) this.#counts.shift();
    const usual = this.#usual();
    const low = this.#counts.length > LEAST_COUNTS && usual >= this.#s.gone_devices;
    this.#low = low && now <= (1 - this.#s.gone_share) * usual ? this.#low + 1 : 0;
    return this.#low >= LOW_COUNTS ? this.#goneWords() : null;
  }

  /** As many talk three times out of four: devices that all speak once a minute at the same time are not many who talk. */
  #usual(): number {
    const sorted = [...this.#counts].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)] ?? 0;
  }

  #goneWords(): Said {
    const usual = this.#usual();
    return {
      ...{ observed: this.talking, expected: usual, unit: 'devices' },
      text: `Only ${this.talking} of the ${usual} devices that were talking are still heard: the mirror lost a part of the network sooner than all of them went.`,
    };
  }

  #loss({ stats }: Sight): Said {
    const lost = this.#lost.take(Math.max(0, stats.droppedKernel) + Math.max(0, stats.droppedInterface));
    const received = Math.max(this.#received.take(Math.max(0, stats.received)), lost);
    const share = received > 0 ? lost / received : 0;
    this.#lossBlind = share > BLIND_SHARE;
    if (lost === 0 || received < LEAST_PACKETS || share < this.#s.loss_share) return null;
    return {
      ...{ observed: share, expected: this.#s.loss_share, unit: 'share' },
      text: `${lost} of ${received} packets were lost within the last minute (${(100 * share).toFixed(2)} %).`,
    };
  }

  /** Delivered and dropped must be received, and what the interface counted must have been received. */
  #unexplained({ health, stats }: Sight): Said {
    if (health === null) return null;
    const nowhere = this.#nowhere.take(Math.max(0, health.unexplained));
    const unseen = this.#unseen.take(Math.max(0, health.unaccounted));
    const gone = this.#gone.take(nowhere + unseen);
    const received = this.#delivered.take(stats.delivered) + gone;
    const share = received > 0 ? gone / received : 0;
    if (gone <= 0 || received < LEAST_PACKETS || share < this.#s.loss_share) return null;
    return {
      ...{ observed: share, expected: this.#s.loss_share, unit: 'share' },
      text: `${gone} of ${received} packets of the last minute are not accounted for: the interface counted them, and they were neither delivered nor reported as dropped.`,
    };
  }

  #offload({ health }: Sight): Said {
    if (health === null) return null;
    const frames = this.#oversize.take(health.oversize);
    if (frames < this.#s.offload_frames) return null;
    return {
      ...{ observed: frames, expected: 0, unit: 'frames' },
      text: `${frames} frames of the last minute were larger than the MTU of the interface allows: the card or the kernel merges frames, and counts and sizes are not those of the network.`,
    };
  }

  #oneSided({ oneSided, twoSided }: Sight): Said {
    const all = oneSided + twoSided;
    const share = all > 0 ? oneSided / all : 0;
    if (oneSided < this.#s.one_sided_flows || share < this.#s.one_sided_share) return null;
    return {
      ...{ observed: share, expected: this.#s.one_sided_share, unit: 'share' },
      text: `${oneSided} of ${all} TCP conversations with data are seen in one direction only.`,
    };
  }

  #twice({ duplicates, stats }: Sight): Said {
    const twice = this.#duplicates.take(duplicates);
    const packets = this.#packetsOfDuplicates.take(stats.delivered);
    const share = packets > 0 ? twice / packets : 0;
    if (packets < LEAST_PACKETS || share < this.#s.duplicate_share) return null;
    return {
      ...{ observed: share, expected: this.#s.duplicate_share, unit: 'share' },
      text: `${twice} of ${packets} packets of the last minute came a second time within milliseconds; the copies are not counted as traffic.`,
    };
  }

  #clock({ clock }: Sight): Said {
    if (clock.count === this.#clockSteps) return null;
    this.#clockSteps = clock.count;
    if (Math.abs(clock.lastS) * 1000 < this.#s.clock_step_ms) return null;
    const way = clock.lastS > 0 ? 'forward' : 'back';
    return {
      ...{ observed: clock.lastS, expected: 0, unit: 's' },
      text: `The clock of the sensor was set ${way} by ${Math.abs(clock.lastS).toFixed(2)} s. Detection goes on evenly; times in verdicts are those of the new clock.`,
    };
  }
}
