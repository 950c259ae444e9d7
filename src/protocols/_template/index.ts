import {
  AppProto,
  type FlowEnd,
  ParseOutcome,
  Probe,
  type ProtocolContext,
  type ProtocolSession,
  registerWeirds,
  type SettingsOf,
  type StreamProtocol,
  type StreamSlice,
} from '../../core/index.js'; // prettier-ignore
import { Frame } from './frame.js';
import type { templateSettings } from './settings.js';
import { TEMPLATE_WEIRDS } from './weirds.js';

export { templateSettings } from './settings.js';

/**
 * A living example: "Bedside Note", an invented protocol. `BN`, length u16 big-endian, then that many bytes; either side may
 * speak. Copy the folder, rename, add one line to ../index.ts.
 */
export function createTemplate(ctx: ProtocolContext, settings: SettingsOf<typeof templateSettings>): StreamProtocol {
  const weirds = registerWeirds(ctx.weirds, TEMPLATE_WEIRDS);
  return {
    name: 'template',
    app: AppProto.Unknown,
    probeBytes: 4,
    probe(b, from, to) {
      if (b[from] !== 0x42 || (to - from > 1 && b[from + 1] !== 0x4e)) return Probe.No;
      return to - from < 4 ? Probe.More : Probe.Yes;
    },
    open: (slot) => new TemplateSession(ctx, settings, weirds, slot),
  };
}

class TemplateSession implements ProtocolSession {
  readonly #frames: [Frame, Frame];

  constructor(
    ctx: ProtocolContext,
    settings: SettingsOf<typeof templateSettings>,
    weirds: Record<keyof typeof TEMPLATE_WEIRDS, number>,
    slot: number,
  ) {
    const note = (tsUs: number, octets: number): void => {
      ctx.events.event({
        kind: 'evidence',
        flow: slot,
        dir: 0,
        tsUs,
        source: 'template',
        field: 'software',
        value: String(octets),
        about: 'initiator',
      });
    };
    const odd = (tsUs: number): void => ctx.weirds.hit(weirds.long, slot, tsUs);
    this.#frames = [new Frame(settings.note_max_bytes, note, odd), new Frame(settings.note_max_bytes, note, odd)];
  }

  stream(slice: StreamSlice): ParseOutcome {
    const frame = this.#frames[slice.dir];
    if (slice.gapLen !== 0) return frame.gap(slice.gapLen) ? ParseOutcome.Ok : ParseOutcome.Stop;
    return frame.feed(slice.buf, slice.from, slice.to, slice.tsUs) ? ParseOutcome.Ok : ParseOutcome.Stop;
  }

  close(_reason: FlowEnd, _tsUs: number): void {}
}
