import { openFiles } from '../capture/index.js';
import {
  type AppEvent,
  Counters,
  type FlowSink,
  formatTimeUs,
  IpProto,
  type PacketSink,
  type PacketView,
  type SourceNotice,
  Weirds,
} from '../core/index.js';
import { createFlow } from '../flow/index.js';
import { createLayers } from '../layers/index.js';
import { createProtocols, loadInspector } from '../protocols/index.js';
import { tokenizer } from './ids.js';
import type { Settings } from './manifest.js';

/** What `wardwire decode --summary --json` prints for a file: exactly these keys. */
export interface DecodeSummary {
  file: string;
  packets: number;
  tcp_streams: number;
  dicom_pdus: Record<string, number>;
  dimse: Record<string, number>;
  hl7_messages: number;
  hl7_types: Record<string, number>;
  hl7_acks: Record<string, number>;
  weirds: Record<string, number>;
  gaps: number;
}

/** PS3.8 names of the PDU events. */
const PDU_NAME: Readonly<Record<string, string>> = {
  'dicom.associate.rq': 'A-ASSOCIATE-RQ',
  'dicom.associate.ac': 'A-ASSOCIATE-AC',
  'dicom.associate.rj': 'A-ASSOCIATE-RJ',
  'dicom.pdata': 'P-DATA-TF',
  'dicom.release.rq': 'A-RELEASE-RQ',
  'dicom.release.rp': 'A-RELEASE-RP',
  'dicom.abort': 'A-ABORT',
};

const WITHIN = { tsUs: 0, flow: 0, dir: 0, typeKey: 0, senderKey: 0, partiesKey: 0, controlKey: 0, patientKey: 0 };

export interface DecodeHooks {
  /** One application event as a flat object without patient data. */
  event?(line: Readonly<Record<string, unknown>>): void;
  notice?(n: SourceNotice): void;
  /** Data sets are told with the elements of their head. */
  readonly deep?: boolean;
}

const bump = (o: Record<string, number>, k: string): void => {
  o[k] = (o[k] ?? 0) + 1;
};

/** What of an event is printed: not where and when, not hashes that hold within one process only; tokens are made here. */
function said(ev: AppEvent): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [k, v] of Object.entries(ev)) if (!(k in WITHIN)) out[k] = v;
  if (ev.kind === 'hl7.message') {
    const { patientToken, deviceIdentifier, equipmentToken, serialToken } = ev;
    Object.assign(out, { patientToken, deviceIdentifier, equipmentToken, serialToken });
  }
  if (ev.kind === 'hl7.message' || ev.kind === 'hl7.ack') out.controlToken = ev.controlToken;
  return out;
}

/** Decodes one capture file with the sensor's own rooms, up to the protocols. @throws WardwireError('file') */
export async function decodeFile(
  file: string,
  settings: Settings,
  siteKey: string,
  hooks: DecodeHooks,
): Promise<DecodeSummary> {
  if (hooks.deep) await loadInspector();
  const counters = new Counters();
  const weirds = new Weirds();
  const summary: DecodeSummary = {
    file,
    packets: 0,
    tcp_streams: 0,
    dicom_pdus: {},
    dimse: {},
    hl7_messages: 0,
    hl7_types: {},
    hl7_acks: {},
    weirds: {},
    gaps: 0,
  };
  const layers = createLayers({ settings: settings.layers, weirds, counters });
  const sink: FlowSink = {
    flowOpened: (slot, view) => {
      if (view.ipProto === IpProto.Tcp) summary.tcp_streams++;
      protocols.flowOpened(slot, view);
    },
    flowClosed: (slot, reason, tsUs) => protocols.flowClosed(slot, reason, tsUs),
    stream: (slot, slice) => {
      if (slice.gapLen !== 0) summary.gaps++;
      protocols.stream(slot, slice);
    },
    datagram: (slot, view) => protocols.datagram(slot, view),
  };
  const flow = createFlow({ settings: settings.flow, sink, weirds, counters, seed: 1 });
  const columns = flow.columns;
  const endpoint = (slot: number, side: 0 | 1): string => {
    const ip = columns.ip(slot, side);
    const port = columns.port[slot * 2 + side];
    return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
  };
  const event = (ev: AppEvent): void => {
    count(ev, summary);
    if (!hooks.event) return;
    const { tsUs, flow: slot, dir } = ev;
    hooks.event({
      time: formatTimeUs(tsUs),
      initiator: endpoint(slot, 0),
      responder: endpoint(slot, 1),
      from: dir === 0 ? 'initiator' : 'responder',
      ...said(ev),
    });
  };
  const protocols = createProtocols({
    columns,
    events: { event },
    weirds,
    token: tokenizer(siteKey),
    seed: 1,
    settings,
    counters,
  });
  weirds.listen((weird, slot, tsUs) => {
    if (slot >= 0) event({ kind: 'weird', weird: weirds.defs[weird].id, flow: slot, dir: 0, tsUs });
  });
  let nowUs = 0;
  const path: PacketSink = {
    packet: (view: PacketView) => {
      layers.decode(view);
      if (view.tsUs >= nowUs + 1e6) {
        nowUs = view.tsUs;
        layers.tick(nowUs);
        flow.tick(nowUs);
        protocols.tick(nowUs);
      }
      flow.track(view);
      flow.deliver(view);
    },
  };
  const source = openFiles([file], { speed: 'max', settings: settings.capture, counters, weirds });
  await source.start(path, (n) => hooks.notice?.(n));
  await source.done;
  flow.flush(nowUs);
  summary.packets = source.stats().delivered;
  weirds.defs.forEach((d, i) => {
    if (weirds.counts[i] > 0) summary.weirds[d.id] = weirds.counts[i];
  });
  return summary;
}

function count(ev: AppEvent, s: DecodeSummary): void {
  const pdu = PDU_NAME[ev.kind];
  if (pdu !== undefined) bump(s.dicom_pdus, pdu);
  else if (ev.kind === 'dicom.command') bump(s.dimse, ev.name);
  else if (ev.kind === 'hl7.message') {
    // MLLP is made of single octets: a receiver takes no text of two octets a character; it stands under weirds
    if (ev.framing === 'utf16') return;
    s.hl7_messages++;
    bump(s.hl7_types, ev.messageType);
  } else if (ev.kind === 'hl7.ack') bump(s.hl7_acks, ev.code);
}
