import { cleanBytes } from '../../core/index.js';

/** Names of (0000,0100) (PS3.7 annex E.1). */
const COMMANDS: Readonly<Record<number, string>> = {
  1: 'C-STORE-RQ',
  32769: 'C-STORE-RSP',
  16: 'C-GET-RQ',
  32784: 'C-GET-RSP',
  32: 'C-FIND-RQ',
  32800: 'C-FIND-RSP',
  33: 'C-MOVE-RQ',
  32801: 'C-MOVE-RSP',
  48: 'C-ECHO-RQ',
  32816: 'C-ECHO-RSP',
  256: 'N-EVENT-REPORT-RQ',
  33024: 'N-EVENT-REPORT-RSP',
  272: 'N-GET-RQ',
  33040: 'N-GET-RSP',
  288: 'N-SET-RQ',
  33056: 'N-SET-RSP',
  304: 'N-ACTION-RQ',
  33072: 'N-ACTION-RSP',
  320: 'N-CREATE-RQ',
  33088: 'N-CREATE-RSP',
  336: 'N-DELETE-RQ',
  33104: 'N-DELETE-RSP',
  4095: 'C-CANCEL-RQ',
}; // prettier-ignore

export function commandName(field: number): string {
  return COMMANDS[field] ?? `COMMAND-${field.toString(16).padStart(4, '0')}`;
}

export function isKnownCommand(field: number): boolean {
  return COMMANDS[field] !== undefined;
}

/** A DIMSE command set (PS3.7 6.3.1). −1 and '' mean absent. */
export interface CommandSet {
  command: number;
  sopClass: string;
  messageId: number;
  respondedTo: number;
  status: number;
  hasDataset: boolean;
  moveDestination: string;
  moveOriginator: string;
  remaining: number;
  completed: number;
  failed: number;
  warning: number;
  instance: string;
  /** Elements in ascending order, all inside the set, group length first and right. */
  wellFormed: boolean;
}

/**
 * Reads a command set, always implicit VR little endian: group u16, element u16, length u32, value. Elements that reach
 * beyond the end stop the reading.
 */
export function readCommand(b: Buffer, from: number, to: number): CommandSet {
  const c: CommandSet = {
    command: -1,
    sopClass: '',
    messageId: -1,
    respondedTo: -1,
    status: -1,
    hasDataset: false,
    moveDestination: '',
    moveOriginator: '',
    remaining: -1,
    completed: -1,
    failed: -1,
    warning: -1,
    instance: '',
    wellFormed: true,
  }; // prettier-ignore
  let at = from;
  let last = -1;
  while (at + 8 <= to) {
    const group = b.readUInt16LE(at);
    const element = b.readUInt16LE(at + 2);
    const length = b.readUInt32LE(at + 4);
    const value = at + 8;
    const end = value + length;
    if (group !== 0 || element <= last || end > to) {
      c.wellFormed = false;
      break;
    }
    last = element;
    const us = length >= 2 ? b.readUInt16LE(value) : -1;
    switch (element) {
      case 0x0000:
        if (length !== 4 || b.readUInt32LE(value) !== to - end) c.wellFormed = false;
        break;
      case 0x0002:
      case 0x0003:
        c.sopClass = cleanBytes(b, value, end);
        break;
      case 0x0100:
        c.command = us;
        break;
      case 0x0110:
        c.messageId = us;
        break;
      case 0x0120:
        c.respondedTo = us;
        break;
      case 0x0600:
        c.moveDestination = cleanBytes(b, value, end);
        break;
      case 0x0800:
        c.hasDataset = us !== 0x0101;
        break;
      case 0x0900:
        c.status = us;
        break;
      case 0x1000:
      case 0x1001:
        c.instance = cleanBytes(b, value, end);
        break;
      case 0x1020:
        c.remaining = us;
        break;
      case 0x1021:
        c.completed = us;
        break;
      case 0x1022:
        c.failed = us;
        break;
      case 0x1023:
        c.warning = us;
        break;
      case 0x1030:
        c.moveOriginator = cleanBytes(b, value, end);
        break;
      default:
        break; // priority, error comments (free text, never read), attribute lists
    }
    at = end;
  }
  if (at !== to) c.wellFormed = false;
  return c;
}
