import { fold32, type Hl7Message, mix32 } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';

/** The sender as people name it: MSH-3 and MSH-4. */
export function senderOf(ev: Pick<Hl7Message, 'sendingApp' | 'sendingFacility'>): string {
  return `${ev.sendingApp || '(empty)'}|${ev.sendingFacility || '(empty)'}`;
}

type Sent = { readonly flow: number; readonly dir: number };

/** Side that is judged by what was sent: the listener's, or the sender's when the listener is none of ours; −1 neither. */
export function judgedSide(c: RuleContext, ev: Sent): Side | -1 {
  const listens = (1 - ev.dir) as Side;
  if (c.device(ev.flow, listens) >= 0) return listens;
  return c.device(ev.flow, ev.dir as Side) >= 0 ? (ev.dir as Side) : -1;
}

/** The device on a side, as an emission names it. */
export function judgedAt(c: RuleContext, ev: Sent, side: Side) {
  const role = side === ev.dir ? ('actor' as const) : ('victim' as const);
  return { device: c.device(ev.flow, side), role, peerSide: (1 - side) as Side };
}

/** `judgedAt` of the `judgedSide`, null when that is none. */
export function judgedBy(c: RuleContext, ev: Sent): ReturnType<typeof judgedAt> | null {
  const side = judgedSide(c, ev);
  return side === -1 ? null : judgedAt(c, ev, side);
}

/** A sender at its address. */
export function linkOf(c: RuleContext, ev: Pick<Hl7Message, 'senderKey' | 'flow' | 'dir'>): number {
  return mix32(fold32(ev.senderKey, c.addressKey(ev.flow, ev.dir as Side)));
}
