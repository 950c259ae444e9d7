import {
  type AppEventSink,
  type Counters,
  type FlowColumns,
  type PlausibilityLimits,
  type ProtocolContext,
  type SettingsOf,
  type Tokenizer,
  UnfinishedMemory,
  type Weirds,
} from '../core/index.js';
import { createDatagrams } from './datagrams.js';
import { createDicom, type dicomSettings } from './dicom/index.js';
import { createDicomFile } from './dicom-file.js';
import { createDns } from './dns/index.js';
import { createHl7, type hl7Settings } from './hl7/index.js';
import { Protocols } from './host.js';
import { createNeighbours } from './neighbour/index.js';
import { Ration } from './ration.js';
import { createReaders } from './readers.js';
import { createServices } from './services/index.js';
import type { protocolsSettings } from './settings.js';
import { createTls } from './tls/index.js';

export { dicomSettings, loadInspector } from './dicom/index.js';
export { hl7Settings } from './hl7/index.js';
export { Protocols } from './host.js';
export { protocolsSettings } from './settings.js';

export interface ProtocolsOptions {
  readonly columns: FlowColumns;
  readonly events: AppEventSink;
  readonly weirds: Weirds;
  readonly token: Tokenizer;
  readonly seed: number;
  readonly counters: Counters;
  /** Whether an end of a flow is life-critical; none is without. */
  readonly critical?: (slot: number) => boolean;
  /** Plausibility limits of observations, null none. */
  readonly limits?: PlausibilityLimits | null;
  readonly settings: {
    readonly protocols: SettingsOf<typeof protocolsSettings>;
    readonly dicom: SettingsOf<typeof dicomSettings>;
    readonly hl7: SettingsOf<typeof hl7Settings>;
  };
}

/** The list: one line a protocol, asked in this order. */
export function createProtocols(o: ProtocolsOptions): Protocols {
  const { columns, weirds, token, seed, settings, counters } = o;
  const ration = new Ration(o.events, counters);
  const unfinished = new UnfinishedMemory({
    limitBytes: settings.protocols.unfinished_mib * 1048576,
    flows: columns.capacity,
    counters,
    critical: o.critical ?? (() => false),
  });
  const ctx: ProtocolContext = { columns, events: ration, weirds, token, unfinished, seed };
  return new Protocols({
    columns,
    ration,
    counters,
    unfinished,
    streams: [
      createDicom(ctx, settings.dicom),
      createHl7(ctx, settings.hl7, o.limits ?? null),
      createTls(ctx),
      createDicomFile(ctx),
      createServices(ctx, createReaders(ctx)),
    ],
    datagrams: [createDns(ctx), createDatagrams(ctx)],
    frame: createNeighbours(ctx),
    probeBytes: settings.protocols.probe_bytes,
    maxSessions: settings.protocols.max_sessions,
    relearnAfterGap: settings.protocols.relearn_after_gap,
  });
}
