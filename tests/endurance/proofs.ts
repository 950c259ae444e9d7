import { corruption } from './corruption.js';
import { deadSink } from './dead-sink.js';
import { killBroker, killControl, killSensor } from './kills.js';
import { latency } from './latency.js';
import { outage } from './outage.js';
import { soak } from './soak.js';
import type { Outcome } from './stand.js';

/** A proof, and how often it does its thing in its full form and inside `npm test`. */
export interface Proof {
  readonly full: number;
  readonly short: number;
  run(count: number): Promise<Outcome>;
}

export const PROOFS: Readonly<Record<string, Proof>> = {
  'kill-control': { full: 100, short: 1, run: killControl },
  'kill-sensor': { full: 100, short: 2, run: killSensor },
  'kill-broker': { full: 50, short: 1, run: killBroker },
  latency: { full: 60, short: 0, run: latency },
  outage: { full: 180_000, short: 2000, run: outage },
  corruption: { full: 1000, short: 12, run: corruption },
  'dead-sink': { full: 7, short: 0, run: deadSink },
  soak: { full: 100_000_000, short: 1_200_000, run: soak },
};
