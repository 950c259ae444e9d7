import type { MqttSeen } from '../../core/index.js';

export type Wild = MqttSeen['wild'];

const WIDTH: readonly Wild[] = ['', 'tree', 'broker', 'all'];
const SLASH = 0x2f;
const HASH = 0x23;
const PLUS = 0x2b;
const DOLLAR = 0x24;

/** The wider of two. */
export function wider(a: Wild, b: Wild): Wild {
  return WIDTH.indexOf(b) > WIDTH.indexOf(a) ? b : a;
}

/**
 * How much a topic filter `b[from … to)` takes in (MQTT 3.1.1 4.7): `all` when no level before its `#` is named, `broker` in the tree of
 * topics that begin with `$SYS`, `tree` when a named level stands before the `#`. A shared subscription (5.0 4.8.2) is its own filter.
 */
export function wildOf(b: Buffer, from: number, to: number): Wild {
  let at = from;
  if (b.toString('latin1', at, Math.min(to, at + 7)) === '$share/') {
    const group = b.indexOf(SLASH, at + 7);
    if (group < 0 || group >= to) return '';
    at = group + 1;
  }
  if (at >= to || (to - at > 1 && b[to - 2] !== SLASH) || b[to - 1] !== HASH) {
    return b[at] === DOLLAR && b.toString('latin1', at, Math.min(to, at + 5)) === '$SYS/' ? 'broker' : '';
  }
  if (b[at] === DOLLAR) return b.toString('latin1', at, Math.min(to, at + 5)) === '$SYS/' ? 'broker' : 'tree';
  for (; at < to - 1; at++) if (b[at] !== PLUS && b[at] !== SLASH) return 'tree';
  return 'all';
}
