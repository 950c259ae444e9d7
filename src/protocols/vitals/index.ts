import { AppProto, type ProtocolContext, type VitalsSeen } from '../../core/index.js';
import { type Datagram, Pace, type Reader, type Teller } from '../teller.js';

/** Session headers of the association protocol (Data Export Interface Programming Guide; ISO 8327 SPDUs). */
const SESSION: Readonly<Record<number, VitalsSeen['what']>> = {
  13: 'association.request',
  14: 'association.accept',
  12: 'association.refuse',
  25: 'association.abort',
  9: 'release.request',
  10: 'release.response',
};
const SHORT_FORM = 0xff;

/** Remote operation types and commands (ROSE as the guide fixes it). */
const Ro = { Invoke: 1, Result: 2, Error: 3, Linked: 5 } as const;
const Command = { EventReport: 0, ConfirmedEventReport: 1, ConfirmedAction: 7 } as const;
const NOM_NOTI_MDS_CONNECT_INDIC = 0x0d17;

/** Length octets of a session header: one, or FF and two. Must fit what is there. */
function sessionFits(b: Buffer, from: number, to: number): boolean {
  if (to - from < 2) return false;
  if (b[from + 1] !== SHORT_FORM) return from + 2 + b[from + 1] <= to;
  return to - from >= 4 && from + 4 + b.readUInt16BE(from + 2) <= to;
}

/** What a datagram is, and for a poll result its counted stream and its number in it (−1 where it has none). */
export interface VitalsMessage {
  readonly what: VitalsSeen['what'];
  readonly stream: number;
  readonly sequence: number;
}

const ACT_POLL_MDIB_DATA = 0x0c16;
const ACT_POLL_MDIB_DATA_EXT = 0xf13b;

/* RORSapdu: invoke id 2, command 2, length 2; action result: managed object 6, action type 2, length 2; poll reply: poll
   number 2, time 4 …; extended reply: poll number 2, sequence number 2, time 4 … A reply to a single poll carries the
   number of its question, which the client counts up; extended replies count themselves, each poll by its own number.
   A reply in several parts (linked) repeats its number and is not counted. */
function counted(b: Buffer, at: number, to: number): { stream: number; sequence: number } | null {
  if (to - at < 24 || b.readUInt16BE(at) !== Ro.Result || b.readUInt16BE(at + 6) !== Command.ConfirmedAction)
    return null;
  const action = b.readUInt16BE(at + 16);
  const poll = b.readUInt16BE(at + 20);
  if (action === ACT_POLL_MDIB_DATA) return { stream: 0, sequence: poll };
  if (action === ACT_POLL_MDIB_DATA_EXT) return { stream: 1 + poll, sequence: b.readUInt16BE(at + 22) };
  return null;
}

/* ROapdus: type 2, length 2; invoke: id 2, command 2, length 2; event report argument: managed object 6, time 4, event 2 */
function operation(b: Buffer, at: number, to: number): VitalsSeen['what'] | null {
  if (to - at < 8) return null;
  const type = b.readUInt16BE(at);
  if (at + 4 + b.readUInt16BE(at + 2) > to) return null;
  const command = b.readUInt16BE(at + 6);
  if (type === Ro.Invoke) {
    if (command === Command.ConfirmedAction) return 'poll';
    if (command === Command.EventReport || command === Command.ConfirmedEventReport) {
      const event = to - at >= 22 ? b.readUInt16BE(at + 20) : 0;
      return event === NOM_NOTI_MDS_CONNECT_INDIC ? 'connect.indication' : 'event.report';
    }
    return 'other';
  }
  if (type === Ro.Result) return command === Command.ConfirmedAction ? 'poll.result' : 'other';
  if (type === Ro.Linked) return 'poll.result';
  return type === Ro.Error ? 'other' : null;
}

/** What a datagram of the data export protocol is, null when it is none. */
export function readVitals(b: Buffer, from: number, to: number): VitalsSeen['what'] | null {
  if (to - from < 2) return null;
  // session data: E1 00, session id 2, context id 2, remote operation
  if (b[from] === 0xe1 && b[from + 1] === 0) return operation(b, from + 4, to);
  // connect indication: nomenclature 00 00 01 00, remote operation
  if (to - from >= 4 && b.readUInt32BE(from) === 0x00000100) return operation(b, from + 4, to);
  const what = SESSION[b[from]];
  return what !== undefined && sessionFits(b, from, to) ? what : null;
}

/** Kinds of message only the side that has the vital signs sends. */
const BY_MONITOR: readonly VitalsSeen['what'][] = [
  'connect.indication',
  'association.accept',
  'association.refuse',
  'event.report',
  'poll.result',
];

/** A datagram with its number, null when it is none of the protocol. */
export function readVitalsMessage(b: Buffer, from: number, to: number): VitalsMessage | null {
  const what = readVitals(b, from, to);
  if (what === null) return null;
  const number = what === 'poll.result' ? counted(b, from + 4, to) : null;
  return { what, stream: number?.stream ?? -1, sequence: number?.sequence ?? -1 };
}

export function createVitals(ctx: ProtocolContext, tell: Teller): Reader {
  // messages come many a second, what they tell of their sender is the same
  const pace = new Pace(ctx);
  return (d: Datagram) => {
    const m = readVitalsMessage(d.buf, d.from, d.to);
    if (m === null) return;
    const { what } = m;
    ctx.columns.app[d.slot] = AppProto.Vitals;
    ctx.events.event({ kind: 'vitals', flow: d.slot, dir: d.dir, tsUs: d.tsUs, ...m });
    if (BY_MONITOR.includes(what) && pace.allows(d.slot, d.tsUs))
      tell.tell(d.slot, d.dir, d.tsUs, 'vitals', 'role', 'vitals-source');
  };
}
