import { readFileSync } from 'node:fs';
import { type Problem, WardwireError } from '../core/index.js';

const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** Whether the checksum of a bech32 text is right (BIP 173), so that a key with a typing mistake is found at start. */
function checksumOk(text: string): boolean {
  const split = text.lastIndexOf('1');
  const prefix = text.slice(0, split);
  const values = [
    ...[...prefix].map((c) => c.charCodeAt(0) >> 5),
    0,
    ...[...prefix].map((c) => c.charCodeAt(0) & 31),
    ...[...text.slice(split + 1)].map((c) => LETTERS.indexOf(c)),
  ];
  let sum = 1;
  for (const v of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ v;
    for (let i = 0; i < 5; i++) if ((top >> i) & 1) sum ^= GENERATOR[i];
  }
  return sum === 1;
}

/** What is wrong with the settings beyond their types: whole packets are never kept in clear. */
export function evidenceProblems(settings: { payload: string; recipients: readonly string[] }): Problem[] {
  const problems: Problem[] = [];
  if (settings.payload === 'full' && settings.recipients.length === 0) {
    problems.push({
      path: 'evidence.recipients',
      text: 'evidence.payload is full, but there is no public key to encrypt to',
      hint: 'make a key with age-keygen and give its public key (age1…), or write payload: header',
    });
  }
  settings.recipients.forEach((r, i) => {
    if (!RECIPIENT.test(r) || !checksumOk(r)) {
      problems.push({
        path: `evidence.recipients[${i}]`,
        text: 'is not a public key of age (X25519): its checksum is wrong',
        hint: 'copy the line that age-keygen prints, age1 and 58 characters',
      });
    }
  });
  return problems;
}

/** Encrypts to public keys (age v1, X25519). The library is loaded when it is needed: most sensors never do. */
export async function encrypt(plain: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption');
  const e = new Encrypter();
  for (const r of recipients) e.addRecipient(r);
  return e.encrypt(plain);
}

/** Secret keys in a file as age-keygen writes it. @throws WardwireError('file') when there is none */
export function identitiesOf(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be read: ${(cause as Error).message}`);
  }
  const found = text.split(/\r?\n/).filter((l) => /^AGE-SECRET-KEY-1[0-9A-Z]{58}$/.test(l.trim()));
  if (found.length === 0) {
    throw new WardwireError('file', `${path}: no secret key of age in it`, [
      { path, text: 'a line AGE-SECRET-KEY-1… is needed', hint: 'give the file that age-keygen wrote' },
    ]);
  }
  return found.map((l) => l.trim());
}

/** Decrypts with the first key that fits. @throws WardwireError('file') */
export async function decrypt(cipher: Uint8Array, identities: readonly string[], path: string): Promise<Buffer> {
  const { Decrypter } = await import('age-encryption');
  const d = new Decrypter();
  for (const i of identities) d.addIdentity(i);
  try {
    return Buffer.from(await d.decrypt(cipher));
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be decrypted: ${(cause as Error).message}`, [
      { path, text: 'the key does not fit, or the file was changed', hint: 'evidence verify tells which' },
    ]);
  }
}
