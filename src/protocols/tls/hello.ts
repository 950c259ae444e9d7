import { cleanText } from '../../core/index.js';

/** What a ClientHello says (RFC 8446 4.1.2). Lists are without GREASE (RFC 8701), in wire order. */
export interface ClientHello {
  /** Highest version offered: 0x0304 for TLS 1.3. */
  version: number;
  readonly ciphers: number[];
  readonly extensions: number[];
  readonly signatures: number[];
  /** Server name, cleaned; '' absent. */
  sni: string;
  /** First protocol of ALPN, '' absent, and its bytes for JA4. */
  alpn: string;
}

/** What a ServerHello says (RFC 8446 4.1.3). */
export interface ServerHello {
  version: number;
  readonly cipher: number;
}

const MAX_LIST = 256;
const Ext = { ServerName: 0, Signatures: 13, Alpn: 16, Versions: 43 } as const;

/** Values reserved so that servers learn to ignore what they do not know (RFC 8701): 0x0a0a, 0x1a1a … 0xfafa. */
export function isGrease(v: number): boolean {
  return (v & 0x0f0f) === 0x0a0a && v >> 8 === (v & 0xff);
}

const u16 = (b: Buffer, at: number): number => (b[at] << 8) | b[at + 1];

/** A list of 16-bit values `b[from … to)`. */
function values(b: Buffer, from: number, to: number, out: number[]): void {
  for (let at = from; at + 2 <= to && out.length < MAX_LIST; at += 2) {
    const v = u16(b, at);
    if (!isGrease(v)) out.push(v);
  }
}

/**
 * Reads the body of a ClientHello, `b[from … to)`; what lies behind `to` (a hello in several records, a cut) is missing in
 * the lists. Null when it is none.
 */
export function readClientHello(b: Buffer, from: number, to: number): ClientHello | null {
  if (to - from < 35) return null;
  const h: ClientHello = { version: u16(b, from), ciphers: [], extensions: [], signatures: [], sni: '', alpn: '' };
  let at = from + 34;
  at += 1 + b[at];
  if (at + 2 > to) return null;
  const ciphersEnd = at + 2 + u16(b, at);
  values(b, at + 2, Math.min(ciphersEnd, to), h.ciphers);
  at = ciphersEnd;
  if (at >= to) return h;
  at += 1 + b[at];
  if (at + 2 > to) return h;
  const end = Math.min(to, at + 2 + u16(b, at));
  extensions(b, at + 2, end, (type, start, stop) => {
    if (isGrease(type)) return;
    if (h.extensions.length < MAX_LIST) h.extensions.push(type);
    if (type === Ext.ServerName && stop - start > 5) {
      const n = Math.min(u16(b, start + 3), stop - start - 5);
      h.sni = cleanText(b.toString('latin1', start + 5, start + 5 + n));
    } else if (type === Ext.Signatures) values(b, start + 2, stop, h.signatures);
    else if (type === Ext.Alpn && stop - start > 3) {
      h.alpn = b.toString('latin1', start + 3, Math.min(stop, start + 3 + b[start + 2]));
    } else if (type === Ext.Versions) {
      const list: number[] = [];
      values(b, start + 1, stop, list);
      if (list.length > 0) h.version = Math.max(...list);
    }
  });
  return h;
}

/** Reads the body of a ServerHello. Null when it is none. */
export function readServerHello(b: Buffer, from: number, to: number): ServerHello | null {
  if (to - from < 38) return null;
  let at = from + 34;
  at += 1 + b[at];
  if (at + 3 > to) return null;
  const h: ServerHello = { version: u16(b, from), cipher: u16(b, at) };
  at += 3;
  if (at + 2 > to) return h;
  extensions(b, at + 2, Math.min(to, at + 2 + u16(b, at)), (type, start, stop) => {
    if (type === Ext.Versions && stop - start >= 2) h.version = u16(b, start);
  });
  return h;
}

function extensions(
  b: Buffer,
  from: number,
  to: number,
  each: (type: number, start: number, stop: number) => void,
): void {
  for (let at = from; at + 4 <= to; ) {
    const stop = at + 4 + u16(b, at + 2);
    each(u16(b, at), at + 4, Math.min(stop, to));
    at = stop;
  }
}
