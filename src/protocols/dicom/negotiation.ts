import { cleanBytes } from '../../core/index.js';
import { ASSOCIATE_FIXED, u16be, u32be } from './pdu.js';

/** One presentation context, as proposed and as answered. */
export interface PresentationContext {
  abstractSyntax: string;
  /** Accepted transfer syntax, '' while not accepted. */
  transferSyntax: string;
  /** −1 not answered yet, 0 accepted, 1…4 rejected (PS3.8 table 9-18). */
  result: number;
}

/** What an A-ASSOCIATE-RQ or -AC says (PS3.8 9.3.2, 9.3.3). */
export interface Negotiation {
  calledAe: string;
  callingAe: string;
  applicationContext: string;
  /** By id: RQ items carry abstract syntaxes, AC items results. */
  contexts: Map<number, { abstract: string; transfers: string[]; result: number }>;
  /** 0x51, −1 absent. */
  maxPdu: number;
  implementationUid: string;
  implementationVersion: string;
  /** 0x53: operations invoked and performed at once, −1 absent. */
  asyncInvoked: number;
  asyncPerformed: number;
  /** How many 0x54, and 0x56 and 0x57. */
  roleSelections: number;
  extendedNegotiations: number;
  /** User identity type (0x58), −1 absent; its fields are never read. */
  userIdentity: number;
  /** True when an item or sub-item reaches beyond what holds it. */
  overrun: boolean;
  /** Reserved bytes that are not zero, or a version with more bits than 0: legal, and unusual. */
  noncanonical: boolean;
}

const Item = {
  ApplicationContext: 0x10,
  ContextRq: 0x20,
  ContextAc: 0x21,
  Abstract: 0x30,
  Transfer: 0x40,
  UserInfo: 0x50,
  MaxLength: 0x51,
  ImplementationUid: 0x52,
  AsyncWindow: 0x53,
  RoleSelection: 0x54,
  ImplementationVersion: 0x55,
  SopExtended: 0x56,
  SopCommonExtended: 0x57,
  UserIdentity: 0x58,
} as const; // prettier-ignore

/** UIDs hold digits and dots; anything else is not kept. */
function uid(b: Buffer, from: number, to: number): string {
  const text = cleanBytes(b, from, to);
  return /^[0-9.]*$/.test(text) ? text : '';
}

/**
 * Reads the body of an A-ASSOCIATE PDU, `b[from … to)`. Item: type 1, reserved 1, length 2. Unknown items are skipped; a
 * length that reaches too far ends the reading with what was understood. Identity is read from requests only: the same
 * bytes of an AC are reserved.
 */
export function readAssociate(b: Buffer, from: number, to: number): Negotiation {
  const n: Negotiation = {
    calledAe: cleanBytes(b, from + 4, from + 20),
    callingAe: cleanBytes(b, from + 20, from + 36),
    applicationContext: '',
    contexts: new Map(),
    maxPdu: -1,
    implementationUid: '',
    implementationVersion: '',
    asyncInvoked: -1,
    asyncPerformed: -1,
    roleSelections: 0,
    extendedNegotiations: 0,
    userIdentity: -1,
    overrun: false,
    noncanonical: u16be(b, from) !== 1 || u16be(b, from + 2) !== 0,
  };
  for (let i = from + 36; i < from + ASSOCIATE_FIXED; i++) if (b[i] !== 0) n.noncanonical = true;
  let at = from + ASSOCIATE_FIXED;
  while (at + 4 <= to) {
    const type = b[at];
    const end = at + 4 + u16be(b, at + 2);
    if (end > to) {
      n.overrun = true;
      return n;
    }
    if (type === Item.ApplicationContext) n.applicationContext = uid(b, at + 4, end);
    else if (type === Item.ContextRq || type === Item.ContextAc)
      readContext(b, at + 4, end, type === Item.ContextAc, n);
    else if (type === Item.UserInfo) readUserInfo(b, at + 4, end, n);
    at = end;
  }
  if (at !== to) n.overrun = true;
  return n;
}

/** Presentation context item: id 1, reserved 1, result (AC) 1, reserved 1, sub-items. */
function readContext(b: Buffer, from: number, to: number, answer: boolean, n: Negotiation): void {
  if (to - from < 4) {
    n.overrun = true;
    return;
  }
  const context = { abstract: '', transfers: [] as string[], result: answer ? b[from + 2] : -1 };
  let at = from + 4;
  while (at + 4 <= to) {
    const end = at + 4 + u16be(b, at + 2);
    if (end > to) {
      n.overrun = true;
      break;
    }
    if (b[at] === Item.Abstract) context.abstract = uid(b, at + 4, end);
    else if (b[at] === Item.Transfer && context.transfers.length < 64) context.transfers.push(uid(b, at + 4, end));
    at = end;
  }
  n.contexts.set(b[from], context);
}

function readUserInfo(b: Buffer, from: number, to: number, n: Negotiation): void {
  let at = from;
  while (at + 4 <= to) {
    const end = at + 4 + u16be(b, at + 2);
    if (end > to) {
      n.overrun = true;
      return;
    }
    switch (b[at]) {
      case Item.MaxLength:
        if (end - at >= 8) n.maxPdu = u32be(b, at + 4);
        break;
      case Item.ImplementationUid:
        n.implementationUid = uid(b, at + 4, end);
        break;
      case Item.ImplementationVersion:
        n.implementationVersion = cleanBytes(b, at + 4, end);
        break;
      case Item.AsyncWindow:
        if (end - at >= 8) {
          n.asyncInvoked = u16be(b, at + 4);
          n.asyncPerformed = u16be(b, at + 6);
        }
        break;
      case Item.RoleSelection:
        n.roleSelections++;
        break;
      case Item.SopExtended:
      case Item.SopCommonExtended:
        n.extendedNegotiations++;
        break;
      case Item.UserIdentity:
        if (end > at + 4) n.userIdentity = b[at + 4];
        break;
    }
    at = end;
  }
}
