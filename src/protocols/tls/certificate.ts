import { X509Certificate } from 'node:crypto';
import type { KeepUnfinished } from '../../core/index.js';
import { HandshakeBytes } from './handshake-bytes.js';

const CERTIFICATE = 11;
const SERVER_HELLO_DONE = 14;
/** A chain longer than this is not waited for: the server's own certificate comes first. */
const MAX_KEPT = 16_384;

/** What the first certificate of a chain says. */
export interface CertificateInfo {
  readonly organisation: string;
  readonly commonName: string;
  readonly issuer: string;
  readonly selfSigned: boolean;
  /** SHA-256, first 16 hex digits. */
  readonly fingerprint: string;
}

/** A field of a distinguished name as node writes it, a line each. */
function field(name: string, key: string): string {
  for (const line of name.split('\n')) if (line.startsWith(`${key}=`)) return line.slice(key.length + 1);
  return '';
}

/** Reads a certificate (DER), null when it is none. */
export function readCertificate(der: Buffer): CertificateInfo | null {
  try {
    const c = new X509Certificate(der);
    return {
      organisation: field(c.subject, 'O'),
      commonName: field(c.subject, 'CN'),
      issuer: field(c.issuer, 'O') || field(c.issuer, 'CN'),
      selfSigned: c.subject === c.issuer,
      fingerprint: c.fingerprint256.replaceAll(':', '').toLowerCase().slice(0, 16),
    };
  } catch {
    // not a certificate, or none that OpenSSL understands
    return null;
  }
}

/** Finds the Certificate message (RFC 5246 7.4.2) in a server's direction, out of any cut. */
export class CertificateSearch {
  done = false;
  readonly #messages: HandshakeBytes;
  /** Where the message begins that is not whole yet. */
  #at = 0;

  constructor(keep: KeepUnfinished) {
    this.#messages = new HandshakeBytes(keep);
  }

  /** The server's own certificate once it is whole, else null. */
  feed(b: Buffer, from: number, to: number): CertificateInfo | null {
    if (this.done) return null;
    this.#messages.add(b, from, to, MAX_KEPT);
    const found = this.#walk();
    if (this.#messages.other || this.#messages.kept.length >= MAX_KEPT) this.#end();
    return found;
  }

  /* type 1, length 3; Certificate: chain length 3, then each length 3 and DER */
  #walk(): CertificateInfo | null {
    const { bytes: b, length } = this.#messages.kept;
    while (this.#at + 4 <= length) {
      const at = this.#at;
      const end = at + 4 + b.readUIntBE(at + 1, 3);
      if (b[at] === SERVER_HELLO_DONE) return this.#end();
      if (b[at] === CERTIFICATE && at + 10 <= length) {
        const first = at + 10 + b.readUIntBE(at + 7, 3);
        if (first > end) return this.#end();
        if (first > length) return null;
        const info = readCertificate(b.subarray(at + 10, first));
        this.#end();
        return info;
      }
      if (end > length) return null;
      this.#at = end;
    }
    return null;
  }

  #end(): null {
    this.done = true;
    this.#messages.kept.clear();
    return null;
  }
}
