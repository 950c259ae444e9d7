import { hash } from 'node:crypto';
import { fold32, hashString, join53, mix32 } from '../../core/index.js';
import type { ClientHello } from './hello.js';

const VERSION: Readonly<Record<number, string>> = {
  772: '13',
  771: '12',
  770: '11',
  769: '10',
  768: 's3',
  2: 's2',
};
const hex4 = (v: number): string => v.toString(16).padStart(4, '0');
const two = (n: number): string => String(Math.min(99, n)).padStart(2, '0');
const short = (text: string): string => (text === '' ? '000000000000' : hash('sha256', text).slice(0, 12));
const isAlnum = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);

/** First and last character of the ALPN; of its hexadecimal form when they are no letters or digits. */
function alpnPart(alpn: string): string {
  if (alpn === '') return '00';
  const bytes = Buffer.from(alpn, 'latin1');
  const first = bytes[0];
  const last = bytes[bytes.length - 1];
  if (isAlnum(first) && isAlnum(last)) return String.fromCharCode(first, last);
  const hex = bytes.toString('hex');
  return hex[0] + hex[hex.length - 1];
}

/** Fingerprints made before, by a hash of what goes into them: a client says the same hello every time. */
const made = new Map<number, string>();
const MAX_MADE = 4096;

function keyOf(h: ClientHello): number {
  let a = h.version;
  let b = h.alpn === '' ? 1 : hashString(7, h.alpn);
  for (const list of [h.ciphers, h.extensions, h.signatures]) {
    a = fold32(a, list.length);
    for (const v of list) {
      a = fold32(a, v);
      b = Math.imul(b ^ v, 0x01000193);
    }
  }
  return join53(mix32(a), mix32(b));
}

/** `fingerprint`, from memory when this client spoke before. */
export function ja4(h: ClientHello): string {
  const key = keyOf(h);
  let text = made.get(key);
  if (text === undefined) {
    text = fingerprint(h);
    if (made.size >= MAX_MADE) made.clear();
    made.set(key, text);
  }
  return text;
}

/**
 * JA4 fingerprint of a TLS client over TCP (FoxIO JA4 technical details): version, server name or not, counts, ALPN; hash of
 * the sorted ciphers; hash of the sorted extensions (without server name and ALPN) with the signature algorithms in order.
 */
function fingerprint(h: ClientHello): string {
  const ciphers = h.ciphers.map(hex4).sort();
  const rest = h.extensions.filter((e) => e !== 0 && e !== 16).map(hex4);
  const signed = h.signatures.length === 0 ? '' : `_${h.signatures.map(hex4).join(',')}`;
  const a = `t${VERSION[h.version] ?? '00'}${h.extensions.includes(0) ? 'd' : 'i'}${two(h.ciphers.length)}${two(h.extensions.length)}${alpnPart(h.alpn)}`;
  const c = rest.length === 0 ? '' : `${rest.sort().join(',')}${signed}`;
  return `${a}_${short(ciphers.join(','))}_${short(c)}`;
}
