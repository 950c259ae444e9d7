import { X509Certificate } from 'node:crypto';

const HANDSHAKE = 0x16;
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
  #records = Buffer.alloc(0);
  #messages = Buffer.alloc(0);

  /** The server's own certificate once it is whole, else null. */
  feed(b: Buffer, from: number, to: number): CertificateInfo | null {
    if (this.done) return null;
    this.#records = Buffer.concat([this.#records, b.subarray(from, to)]);
    let at = 0;
    while (at + 5 <= this.#records.length) {
      // another record type: encrypted from here on, or no TLS
      if (this.#records[at] !== HANDSHAKE) return this.#end();
      const end = at + 5 + this.#records.readUInt16BE(at + 3);
      if (end > this.#records.length) break;
      this.#messages = Buffer.concat([this.#messages, this.#records.subarray(at + 5, end)]);
      at = end;
    }
    this.#records = this.#records.subarray(at);
    const found = this.#walk();
    if (this.#messages.length + this.#records.length > MAX_KEPT) this.#end();
    return found;
  }

  /* type 1, length 3; Certificate: chain length 3, then each length 3 and DER */
  #walk(): CertificateInfo | null {
    for (let at = 0; at + 4 <= this.#messages.length; ) {
      const type = this.#messages[at];
      const end = at + 4 + this.#messages.readUIntBE(at + 1, 3);
      if (type === SERVER_HELLO_DONE) return this.#end();
      if (type === CERTIFICATE && at + 10 <= this.#messages.length) {
        const first = at + 10 + this.#messages.readUIntBE(at + 7, 3);
        if (first > end) return this.#end();
        if (first <= this.#messages.length) {
          const info = readCertificate(this.#messages.subarray(at + 10, first));
          this.#end();
          return info;
        }
        return null;
      }
      if (end > this.#messages.length) return null;
      at = end;
    }
    return null;
  }

  #end(): null {
    this.done = true;
    this.#records = this.#messages = Buffer.alloc(0);
    return null;
  }
}
