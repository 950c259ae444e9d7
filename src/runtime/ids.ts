import { createHmac, randomBytes } from 'node:crypto';
import type { Random, Tokenizer } from '../core/index.js';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID whose time part is the event time and whose random part is the given generator's. */
export function ulidFrom(random: Random, tsUs: number): string {
  let ms = Math.max(0, Math.floor(tsUs / 1000));
  let time = '';
  for (let i = 0; i < 10; i++) {
    time = CROCKFORD[ms % 32] + time;
    ms = Math.floor(ms / 32);
  }
  let tail = '';
  for (let i = 0; i < 16; i++) tail += CROCKFORD[random.int(32)];
  return time + tail;
}

/** Boot id: 16 random bytes, hex; new at every start of the control process. */
export function bootId(): string {
  return randomBytes(16).toString('hex');
}

/** The keyed tokenizer of identifiers: HMAC-SHA-256 over tag NUL value, 16 hex digits. */
export function tokenizer(siteKeyHex: string): Tokenizer {
  const key = Buffer.from(siteKeyHex, 'hex');
  return (tag, value) => createHmac('sha256', key).update(tag).update('\0').update(value).digest('hex').slice(0, 16);
}
