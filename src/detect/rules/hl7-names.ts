import type { Hl7Message } from '../../core/index.js';

/** The sender as people name it: MSH-3 and MSH-4. */
export function senderOf(ev: Hl7Message): string {
  return `${ev.sendingApp || '(empty)'}|${ev.sendingFacility || '(empty)'}`;
}
