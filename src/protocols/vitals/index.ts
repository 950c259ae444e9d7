import { AppProto, hashBytes, type ProtocolContext, type VitalsSeen } from '../../core/index.js';
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
/** Attributes of a connect indication that say which system it is: system id, and network address (its first 6 octets the MAC). */
const NOM_ATTR_SYS_ID = 0x0984;
const NOM_ATTR_NET_ADDR_INFO = 0xf100;
const MAC_OCTETS = 6;
const MAX_ATTRIBUTES = 32;
const ACT_POLL_MDIB_DATA = 0x0c16;
const ACT_POLL_MDIB_DATA_EXT = 0xf13b;

/** What one datagram of the data export protocol says. */
export interface VitalsMessage {
  readonly what: VitalsSeen['what'];
  /** Of a poll result: its counted stream and its number in it, −1 where it has none. */
  readonly stream: number;
  readonly sequence: number;
  /** Running clock of the monitor, 1/8 ms; −1 absent. */
  readonly clock: number;
  /** Where the system's identity lies (connect indication), −1 absent. */
  readonly systemFrom: number;
  readonly systemTo: number;
}

const NOTHING = { stream: -1, sequence: -1, clock: -1, systemFrom: -1, systemTo: -1 } as const;
const says = (what: VitalsSeen['what'], more: Partial<VitalsMessage> = NOTHING): VitalsMessage => ({
  ...NOTHING,
  ...more,
  what,
});

/** A 32-bit word when it is there, else −1. */
const word = (b: Buffer, at: number, to: number): number => (at + 4 <= to ? b.readUInt32BE(at) : -1);

/** Length octets of a session header: one, or FF and two. Must fit what is there. */
function sessionFits(b: Buffer, from: number, to: number): boolean {
  if (to - from < 2) return false;
  if (b[from + 1] !== SHORT_FORM) return from + 2 + b[from + 1] <= to;
  return to - from >= 4 && from + 4 + b.readUInt16BE(from + 2) <= to;
}

/* count 2, length 2, then attributes: id 2, length 2, value */
/** A connect indication's identity: the system id when it is there, else the MAC it names. */
function connectIndication(b: Buffer, at: number, to: number): VitalsMessage {
  let found = says('connect.indication');
  const count = at + 4 <= to ? Math.min(MAX_ATTRIBUTES, b.readUInt16BE(at)) : 0;
  for (let i = 0, p = at + 4; i < count && p + 4 <= to; i++) {
    const id = b.readUInt16BE(p);
    const from = p + 4;
    const end = from + b.readUInt16BE(p + 2);
    if (end > to) break;
    if (id === NOM_ATTR_SYS_ID && end > from) return says('connect.indication', { systemFrom: from, systemTo: end });
    if (id === NOM_ATTR_NET_ADDR_INFO && end - from >= MAC_OCTETS)
      found = says('connect.indication', { systemFrom: from, systemTo: from + MAC_OCTETS });
    p = end;
  }
  return found;
}

/*
 * action result: managed object 6, action type 2, length 2; poll reply: poll number 2, relative time 4 …; extended reply: poll number 2,
 * sequence number 2, relative time 4 …
 */
/**
 * A poll result. A reply to a single poll carries the number of its question, which the client counts up; extended replies count
 * themselves, each poll by its own number. A reply in several parts (linked) repeats its number and is not counted.
 */
function pollResult(b: Buffer, at: number, to: number, counted: boolean): VitalsMessage {
  if (to - at < 14) return says('poll.result');
  const action = b.readUInt16BE(at + 6);
  const poll = b.readUInt16BE(at + 10);
  const second = b.readUInt16BE(at + 12);
  if (action === ACT_POLL_MDIB_DATA)
    return says('poll.result', {
      stream: counted ? 0 : -1,
      sequence: counted ? poll : -1,
      clock: word(b, at + 12, to),
    });
  if (action !== ACT_POLL_MDIB_DATA_EXT) return says('poll.result');
  const number = counted ? { stream: 1 + poll, sequence: second } : {};
  return says('poll.result', { ...number, clock: word(b, at + 14, to) });
}

/*
 * ROapdus: type 2, length 2
 * invoke: id 2, command 2, length 2; event report argument: managed object 6, event time 4, event 2, length 2
 * result: id 2, command 2, length 2; linked result: state 1, count 1, id 2, command 2, length 2
 */
function operation(b: Buffer, at: number, to: number): VitalsMessage | null {
  if (to - at < 8) return null;
  const type = b.readUInt16BE(at);
  if (at + 4 + b.readUInt16BE(at + 2) > to) return null;
  const command = b.readUInt16BE(at + 6);
  if (type === Ro.Invoke) {
    if (command === Command.ConfirmedAction) return says('poll');
    if (command === Command.EventReport || command === Command.ConfirmedEventReport) {
      const event = to - at >= 22 ? b.readUInt16BE(at + 20) : 0;
      return event === NOM_NOTI_MDS_CONNECT_INDIC
        ? connectIndication(b, at + 24, to)
        : says('event.report', { clock: word(b, at + 16, to) });
    }
    return says('other');
  }
  if (type === Ro.Result) return command === Command.ConfirmedAction ? pollResult(b, at + 10, to, true) : says('other');
  if (type === Ro.Linked) return pollResult(b, at + 12, to, false);
  return type === Ro.Error ? says('other') : null;
}

/** What a datagram of the data export protocol is, null when it is none. */
export function readVitals(b: Buffer, from: number, to: number): VitalsMessage | null {
  if (to - from < 2) return null;
  // session data: session id E1 00, context id 2, remote operation
  if (b[from] === 0xe1 && b[from + 1] === 0) return operation(b, from + 4, to);
  // connect indication: nomenclature 00 00 01 00, remote operation
  if (to - from >= 4 && b.readUInt32BE(from) === 0x00000100) return operation(b, from + 4, to);
  const what = SESSION[b[from]];
  return what !== undefined && sessionFits(b, from, to) ? says(what) : null;
}

/** Kinds of message only the side that has the vital signs sends. */
const BY_MONITOR: readonly VitalsSeen['what'][] = [
  'connect.indication',
  'association.accept',
  'association.refuse',
  'event.report',
  'poll.result',
];

/** The data export protocol of patient monitors (UDP 24105, connect indication 24005): who asks whom, no values. */
export function createVitals(ctx: ProtocolContext, tell: Teller): Reader {
  // messages come many a second, what they tell of their sender is the same
  const pace = new Pace(ctx);
  return (d: Datagram) => {
    const m = readVitals(d.buf, d.from, d.to);
    if (m === null) return;
    const { what, stream, sequence, clock } = m;
    ctx.columns.app[d.slot] = AppProto.Vitals;
    const systemKey = m.systemFrom < 0 ? 0 : hashBytes(ctx.seed, d.buf, m.systemFrom, m.systemTo) || 1;
    const at = { flow: d.slot, dir: d.dir, tsUs: d.tsUs };
    ctx.events.event({ kind: 'vitals', ...at, what, stream, sequence, clock, systemKey });
    if (BY_MONITOR.includes(what) && pace.allows(d.slot, d.tsUs))
      tell.tell(d.slot, d.dir, d.tsUs, 'vitals', 'role', 'vitals-source');
  };
}
