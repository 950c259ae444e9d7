import type { AppEvent, FlowEnd, IdentityEvent, PacketView } from '../../core/index.js';

/**
 * One rule: what it wants to hear is what it implements. Windows are bounded and run on event time, so the same capture
 * gives the same findings.
 */
export interface Rule {
  /** Catalogue name of what it reports first; a rule may report its close relatives too. */
  readonly name: string;
  /** Event kinds handed to `event`. */
  readonly kinds?: readonly AppEvent['kind'][];
  /** `hl7.message` without acknowledgements: those are `hl7.ack`. */
  event?(ev: AppEvent): void;
  flowOpened?(slot: number, view: PacketView): void;
  flowClosed?(slot: number, reason: FlowEnd, tsUs: number): void;
  /** Per packet: a few instructions, no allocation. */
  packet?(view: PacketView): void;
  identity?(ev: IdentityEvent): void;
  /** About once a second of event time. */
  tick?(nowUs: number): void;
}
