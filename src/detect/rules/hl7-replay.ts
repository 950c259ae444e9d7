import { type AppEvent, type Hl7Message, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';

/** Fixed ring of control ids: the oldest is forgotten first. */
class SeenIds {
  readonly #at = new Map<string, number>();
  readonly #name: string[];
  readonly body: Int32Array;
  readonly firstUs: Float64Array;
  readonly host: Int32Array;
  #next = 0;
  constructor(capacity: number) {
    this.#name = new Array(capacity).fill('');
    this.body = new Int32Array(capacity);
    this.firstUs = new Float64Array(capacity);
    this.host = new Int32Array(capacity);
  }

  /** Row of an id seen before, else −1 and the id is remembered. */
  find(name: string, body: number, host: number, tsUs: number): number {
    const have = this.#at.get(name);
    if (have !== undefined) return have;
    const i = this.#next;
    this.#next = (i + 1) % this.#name.length;
    this.#at.delete(this.#name[i]);
    this.#name[i] = name;
    this.#at.set(name, i);
    this.body[i] = body;
    this.host[i] = host;
    this.firstUs[i] = tsUs;
    return -1;
  }
}

/**
 * H04: the same control id (MSH-10) from the same sender tuple again. An equal message within the retry window is the
 * ordinary answer to a missing acknowledgement (HL7 v2 2.9.2); later, from another host or with another body, it is a
 * replay, unless the link did just that while it was learned.
 */
export function hl7Replay(c: RuleContext): Rule {
  const seen = new SeenIds(c.settings.hl7_ids);
  const event = (any: AppEvent): void => {
    const ev = any as Hl7Message;
    if (ev.messageType.startsWith('ACK')) return;
    if (ev.controlToken === '') return;
    const sends = ev.dir as Side;
    const listener = c.device(ev.flow, (1 - ev.dir) as Side);
    const device = listener >= 0 ? listener : c.device(ev.flow, sends);
    if (device < 0) return;
    const tuple = c.keyOf(ev.sendingApp, ev.sendingFacility, ev.receivingApp, ev.receivingFacility);
    // the same message forwarded to another listener is no replay
    const link = c.keyOf(tuple, c.addressKey(ev.flow, (1 - ev.dir) as Side));
    const host = c.addressKey(ev.flow, sends);
    const i = seen.find(`${link}.${ev.controlToken}`, ev.bodyHash, host, ev.tsUs);
    if (i < 0) return;
    const ageS = (ev.tsUs - seen.firstUs[i]) / 1e6;
    const sameBody = seen.body[i] === ev.bodyHash;
    const otherHost = seen.host[i] !== host;
    if (sameBody && !otherHost && ageS <= c.settings.hl7_retry_s) return;
    if (!sameBody) {
      seen.body[i] = ev.bodyHash;
      seen.firstUs[i] = ev.tsUs;
    }
    const way = sameBody ? (otherHost ? 'hl7.id.hosts' : 'hl7.id.repeated') : 'hl7.id.reused';
    const habit = c.habit(device, c.keyOf(way, link), ev.tsUs);
    if (habit === Novelty.Known) return;
    c.emit({
      scenario: 'hl7.control_id.replayed',
      device,
      role: listener >= 0 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: listener >= 0 ? sends : ((1 - ev.dir) as Side),
      tsUs: ev.tsUs,
      // senders that count from one again are common: while they are learned it is a note, once a link
      bump: habit === Novelty.Learned ? -1 : 0,
      reasons: [
        {
          observed: Math.round(ageS * 1000) / 1000,
          unit: 's',
          low: 0,
          high: c.settings.hl7_retry_s,
          text: `A ${ev.messageType || 'message'} came again with a control id seen ${ageS.toFixed(1)} s before, with ${sameBody ? 'the same' : 'another'} content${otherHost ? ' and from another host' : ''}; retries are expected unchanged within ${c.settings.hl7_retry_s} s.`,
        },
      ],
    });
  };
  return { name: 'hl7.control_id.replayed', kinds: ['hl7.message'], event };
}
