import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { haveProgram } from './namespace.js';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority made by openssl, whose certificates are files of a folder. */
export class Authority {
  readonly ca: string;
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    this.ca = join(dir, 'ca.pem');
    this.#openssl(
      'req',
      '-x509',
      ...EC,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=Test authority',
    );
  }

  /** A certificate for 127.0.0.1 with this name; `days` −1 gives one that has expired. */
  issue(name: string, days = 2): Pair {
    const at = (suffix: string): string => `${name}.${suffix}`;
    writeFileSync(join(this.#dir, 'ext'), 'subjectAltName=IP:127.0.0.1\n');
    this.#openssl('req', ...EC, '-keyout', at('key'), '-out', at('csr'), '-subj', `/CN=${name}`);
    this.#openssl(
      ...['x509', '-req', '-in', at('csr'), '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-out', at('pem'), '-days', String(days), '-extfile', 'ext'],
    );
    return { cert: join(this.#dir, at('pem')), key: join(this.#dir, at('key')) };
  }

  #openssl(...args: string[]): void {
    const r = spawnSync('openssl', args, { cwd: this.#dir, encoding: 'utf8' });
    if (r.status !== 0) throw new Error(`openssl ${args.join(' ')}: ${r.stderr}`);
  }
}

/** Skips the test, and says so, when openssl is not installed. */
export function skipWithoutOpenssl(t: { pass(message: string, extra: { skip: string }): unknown }): boolean {
  if (haveProgram('openssl')) return false;
  t.pass('skipped', { skip: 'openssl is not installed' });
  return true;
}
