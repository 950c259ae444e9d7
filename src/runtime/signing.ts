import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WardwireError } from '../core/index.js';

const PRIVATE = 'signing.key';
const PUBLIC = 'signing.pub';
const HEX = /^[0-9a-f]{64}$/;

/** Signs what belongs to one folder. `key`: its public key, 64 hex digits. */
export interface Signer {
  readonly key: string;
  sign(text: string): string;
}

/** The public half of a folder's key pair (ed25519, RFC 8032), null when it has none. */
export function publicKeyOf(dir: string): string | null {
  const path = join(dir, PUBLIC);
  if (!existsSync(path)) return null;
  const key = readFileSync(path, 'utf8').trim();
  if (HEX.test(key)) return key;
  throw new WardwireError('model', `${path}: not a public key of 64 hex digits`);
}

/** The key pair of a folder, made on first use. The private half never leaves it. @throws WardwireError('model') */
export function signerOf(dir: string): Signer {
  const path = join(dir, PRIVATE);
  if (!existsSync(path)) make(dir, path);
  let secret: KeyObject;
  try {
    secret = createPrivateKey(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new WardwireError('model', `${path}: not a private key`, [], { cause });
  }
  const key = hexOf(createPublicKey(secret));
  const known = publicKeyOf(dir);
  if (known === null) writeFileSync(join(dir, PUBLIC), `${key}\n`, { mode: 0o644 });
  else if (known !== key) throw new WardwireError('model', `${path} does not belong to ${PUBLIC} beside it`);
  return { key, sign: (text) => sign(null, Buffer.from(text), secret).toString('base64') };
}

/** True when `signature` (base64) of `text` was made with the private half of `key`. */
export function signedBy(key: string, text: string, signature: string): boolean {
  if (!HEX.test(key)) return false;
  const x = Buffer.from(key, 'hex').toString('base64url');
  try {
    const open = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.from(text), open, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

/** Two processes may come here at once: the first one's key stays. */
function make(dir: string, path: string): void {
  mkdirSync(dir, { recursive: true });
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
  try {
    linkSync(mine, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

function hexOf(open: KeyObject): string {
  return Buffer.from(open.export({ format: 'jwk' }).x as string, 'base64url').toString('hex');
}
