import { fold32, type Hl7Message, mix32 } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';

/** The sender as people name it: MSH-3 and MSH-4. */
export function senderOf(ev: Pick<Hl7Message, 'sendingApp' | 'sendingFacility'>): string {
  return `${ev.sendingApp || '(empty)'}|${ev.sendingFacility || '(empty)'}`;
}

/** Who is judged by a message: its listener, or the sender when the listener is none of ours. Null when neither is. */
export function judgedBy(
  c: RuleContext,
  ev: { readonly flow: number; readonly dir: number },
): { device: number; role: 'actor' | 'victim'; peerSide: Side } | null {
  const listener = c.device(ev.flow, (1 - ev.dir) as Side);
  if (listener >= 0) return { device: listener, role: 'victim', peerSide: ev.dir as Side };
  const sender = c.device(ev.flow, ev.dir as Side);
  return sender < 0 ? null : { device: sender, role: 'actor', peerSide: (1 - ev.dir) as Side };
}

/** A sender at its address. */
export function linkOf(c: RuleContext, ev: Pick<Hl7Message, 'senderKey' | 'flow' | 'dir'>): number {
  return mix32(fold32(ev.senderKey, c.addressKey(ev.flow, ev.dir as Side)));
}
