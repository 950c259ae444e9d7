import { createHmac } from 'node:crypto';
import { WardwireError } from '../../core/index.js';
import { settingFile } from '../setting-file.js';

const MIN_SECRET = 24;
const MAX_SECRET = 64;

/**
 * Signature of a request as Standard Webhooks 1.0 has it: HMAC-SHA-256 over `id.timestamp.body`, base64, for each secret in force.
 * The time is signed, so that a copy of an old request can be told by its age.
 */
export function signature(secrets: readonly Buffer[], id: string, timestamp: number, body: Buffer): string {
  return secrets
    .map((s) => `v1,${createHmac('sha256', s).update(`${id}.${timestamp}.`).update(body).digest('base64')}`)
    .join(' ');
}

/** The secrets of a file, the one in force first. @throws WardwireError('config') */
export function readSecrets(setting: string, path: string): Buffer[] {
  const lines = (settingFile(setting, path)?.toString('utf8') ?? '').split('\n').map((l) => l.trim());
  const secrets = lines.filter((l) => l !== '').map((l) => secretOf(setting, l));
  if (secrets.length === 0 || secrets.length > 2) throw unusable(setting, `holds ${secrets.length} secrets`);
  return secrets;
}

function secretOf(setting: string, line: string): Buffer {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(line)?.[1];
  const secret = Buffer.from(text ?? '', 'base64');
  if (secret.length < MIN_SECRET || secret.length > MAX_SECRET)
    throw unusable(setting, `a secret is not whsec_ and base64 of ${MIN_SECRET} to ${MAX_SECRET} bytes`);
  return secret;
}

function unusable(setting: string, text: string): WardwireError {
  return new WardwireError('config', `${setting}: ${text}`, [
    { path: setting, text, hint: `make one: printf 'whsec_%s\\n' "$(openssl rand -base64 32)"` },
  ]);
}
