import type { AppEvent, FlowEnd, IdentityEvent, PacketView } from '../../core/index.js';
import type { Asked } from './asked.js';
import { RuleContext, type RulesOptions } from './context.js';
import { RULES } from './list.js';
import type { Rule } from './rule.js';

export type { RulesOptions } from './context.js';

export function createRules(options: RulesOptions): Rules {
  return new Rules(options);
}

/** All rules behind one face; each hears only what it asked for. */
export class Rules {
  readonly #byKind = new Map<AppEvent['kind'], Rule[]>();
  readonly #opened: Rule[];
  readonly #closed: Rule[];
  readonly #packet: Rule[];
  readonly #identity: Rule[];
  readonly #tick: Rule[];
  readonly #asked: Asked;

  constructor(options: RulesOptions) {
    const context = new RuleContext(options);
    this.#asked = context.learned;
    const rules = RULES.map((make) => make(context));
    for (const r of rules) {
      for (const k of r.kinds ?? []) this.#byKind.set(k, [...(this.#byKind.get(k) ?? []), r]);
    }
    this.#opened = rules.filter((r) => r.flowOpened);
    this.#closed = rules.filter((r) => r.flowClosed);
    this.#packet = rules.filter((r) => r.packet);
    this.#identity = rules.filter((r) => r.identity);
    this.#tick = rules.filter((r) => r.tick);
  }

  event(ev: AppEvent): void {
    // answers have an event of their own
    if (ev.kind === 'hl7.message' && ev.acknowledges) return;
    const list = this.#byKind.get(ev.kind);
    if (list === undefined) return;
    for (const r of list) {
      this.#asked.begin();
      r.event!(ev);
    }
  }

  flowOpened(slot: number, view: PacketView): void {
    for (let i = 0; i < this.#opened.length; i++) {
      this.#asked.begin();
      this.#opened[i].flowOpened!(slot, view);
    }
  }

  flowClosed(slot: number, reason: FlowEnd, tsUs: number): void {
    for (let i = 0; i < this.#closed.length; i++) {
      this.#asked.begin();
      this.#closed[i].flowClosed!(slot, reason, tsUs);
    }
  }

  /** Called for every packet: the rules behind it look at a field or two and return. */
  packet(view: PacketView): void {
    for (let i = 0; i < this.#packet.length; i++) {
      this.#asked.begin();
      this.#packet[i].packet!(view);
    }
  }

  identity(ev: IdentityEvent): void {
    for (const r of this.#identity) {
      this.#asked.begin();
      r.identity!(ev);
    }
  }

  tick(nowUs: number): void {
    for (const r of this.#tick) {
      this.#asked.begin();
      r.tick!(nowUs);
    }
  }
}
