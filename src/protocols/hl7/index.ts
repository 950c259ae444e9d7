import {
  AppProto,
  type PlausibilityLimits,
  type ProtocolContext,
  registerWeirds,
  type SettingsOf,
  type StreamProtocol,
} from '../../core/index.js';
import { ObservationHistory } from './history.js';
import { Limits } from './limits.js';
import { OrderHistory } from './orders.js';
import { Unanswered } from './pairing.js';
import { probeHl7 } from './probe.js';
import { Hl7Session } from './session.js';
import type { hl7Settings } from './settings.js';
import { HL7_WEIRDS } from './weirds.js';

export { hl7Settings } from './settings.js';

/** HL7 v2 over MLLP, recognised by content on any port. */
export function createHl7(
  ctx: ProtocolContext,
  settings: SettingsOf<typeof hl7Settings>,
  limits: PlausibilityLimits | null = null,
): StreamProtocol {
  const weirds = registerWeirds(ctx.weirds, HL7_WEIRDS);
  const shared = {
    unanswered: new Unanswered(),
    history: settings.values ? new ObservationHistory(ctx.seed, new Limits(limits, ctx.seed), settings) : null,
    orders: settings.values ? new OrderHistory(ctx.seed, settings.order_factor) : null,
    lost: ctx.unfinished.protocol('hl7'),
  };
  return {
    name: 'hl7',
    app: AppProto.Hl7,
    probeBytes: 264,
    probe: probeHl7,
    open: (slot, midstream) => new Hl7Session(ctx, settings, weirds, shared, slot, midstream),
  };
}
