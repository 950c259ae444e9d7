import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { nearestHint, type Problem } from '../core/index.js';

/** Go's names for what a server asks of clients (crypto/tls ClientAuthType). */
export const CLIENT_AUTH = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuth = (typeof CLIENT_AUTH)[number];

const VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
const CURVES: Readonly<Record<string, string>> = {
  CurveP256: 'prime256v1',
  CurveP384: 'secp384r1',
  CurveP521: 'secp521r1',
  X25519: 'X25519',
};
/** Go's cipher suites by OpenSSL's names; those of TLS 1.3 cannot be chosen, there or here. */
const CIPHERS: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_AES_128_GCM_SHA256: '',
  TLS_AES_256_GCM_SHA384: '',
  TLS_CHACHA20_POLY1305_SHA256: '',
};
/** Headers that may be set, with the values allowed where they are few. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'Content-Security-Policy': [],
  'X-Frame-Options': ['deny', 'sameorigin'],
  'X-Content-Type-Options': ['nosniff'],
  'X-XSS-Protection': [],
  'Strict-Transport-Security': [],
};
/** A bcrypt hash: version, cost 04 to 31, 22 characters of salt, 31 of the hash. */
const BCRYPT = /^\$2[abxy]?\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export interface WebTls {
  /** PEM, or a path. */
  readonly cert: { readonly text: string } | { readonly file: string };
  readonly key: { readonly text: string } | { readonly file: string };
  readonly ca: { readonly text: string } | { readonly file: string } | null;
  readonly clientAuth: ClientAuth;
  readonly allowedSans: readonly string[];
  readonly minVersion: (typeof VERSIONS)[keyof typeof VERSIONS];
  readonly maxVersion: (typeof VERSIONS)[keyof typeof VERSIONS];
  /** OpenSSL names joined by colons, '' the usual ones. */
  readonly ciphers: string;
  readonly curves: string;
  readonly serverOrder: boolean;
}

/** A web configuration file of the exporter toolkit. */
export interface WebConfig {
  readonly tls: WebTls | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Names with bcrypt hashes; none: everybody may read. */
  readonly users: ReadonlyMap<string, string>;
  /** A token bucket; 0 ms: no limit. */
  readonly limit: { readonly intervalMs: number; readonly burst: number };
}

export const OPEN: WebConfig = { tls: null, headers: {}, users: new Map(), limit: { intervalMs: 0, burst: 0 } };

/** YAML reader handed in: its library belongs to another room. */
export type ReadYaml = (text: string, path: string) => { value: unknown; problems: Problem[] };

/**
 * Reads a web configuration file (exporter-toolkit `docs/web-configuration.md`). Paths in it are relative to the file. Every mistake is a
 * problem with its place; the configuration is only to be used when there is none. HTTP/2 is accepted and not spoken.
 */
export function readWebConfig(path: string, readYaml: ReadYaml): { config: WebConfig; problems: Problem[] } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const hint = 'set metrics.web_config_file to a file the service may read';
    return { config: OPEN, problems: [{ path, text: `cannot be read: ${(cause as Error).message}`, hint }] };
  }
  const { value, problems } = readYaml(text, path);
  if (problems.length > 0) return { config: OPEN, problems };
  const r = new Reader(path, text);
  const config = r.config(value ?? {});
  return { config, problems: r.problems };
}

type Map_ = Record<string, unknown>;

class Reader {
  readonly problems: Problem[] = [];
  readonly #dir: string;
  readonly #name: string;
  readonly #lines: readonly string[];

  constructor(path: string, text: string) {
    this.#dir = dirname(path);
    this.#name = basename(path);
    this.#lines = text.split('\n');
  }

  config(value: unknown): WebConfig {
    const top = this.#map(value, '', ['tls_server_config', 'http_server_config', 'basic_auth_users', 'rate_limit']);
    const http = this.#map(top.http_server_config, 'http_server_config', ['http2', 'headers']);
    const tls = this.#tls(top.tls_server_config);
    this.#boolean(http.http2, 'http_server_config.http2', true);
    return {
      tls,
      headers: this.#headers(http.headers),
      users: this.#users(top.basic_auth_users),
      limit: this.#limit(top.rate_limit),
    };
  }

  #tls(value: unknown): WebTls | null {
    const at = 'tls_server_config';
    const known = [
      ...['cert', 'key', 'client_ca', 'cert_file', 'key_file', 'client_auth_type', 'client_ca_file'],
      ...['client_allowed_sans', 'min_version', 'max_version', 'cipher_suites', 'prefer_server_cipher_suites'],
      'curve_preferences',
    ];
    const m = this.#map(value, at, known);
    if (Object.keys(m).length === 0) return null;
    const cert = this.#pem(m, 'cert', 'cert_file');
    const key = this.#pem(m, 'key', 'key_file');
    const ca = this.#pem(m, 'client_ca', 'client_ca_file');
    if (cert === null) this.#wrong(`${at}.cert_file`, 'is missing', 'the certificate of the server, PEM');
    if (key === null) this.#wrong(`${at}.key_file`, 'is missing', 'the key of that certificate, PEM');
    const auth = this.#text(m.client_auth_type, `${at}.client_auth_type`) || 'NoClientCert';
    // the empty word and these two are the toolkit's as well
    const clientAuth = this.#oneOf(auth, CLIENT_AUTH, `${at}.client_auth_type`) ?? 'NoClientCert';
    if (ca !== null && clientAuth === 'NoClientCert')
      this.#wrong(
        `${at}.client_ca_file`,
        'is of no use while no client certificate is asked for',
        'client_auth_type: RequireAndVerifyClientCert',
      );
    if (ca === null && (clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert'))
      this.#wrong(`${at}.client_ca_file`, `is needed by ${clientAuth}`);
    const allowedSans = this.#list(m.client_allowed_sans, `${at}.client_allowed_sans`);
    if (allowedSans.length > 0 && !clientAuth.startsWith('Require'))
      this.#wrong(
        `${at}.client_allowed_sans`,
        'needs a client certificate',
        'client_auth_type: RequireAndVerifyClientCert',
      );
    const version = (name: 'min_version' | 'max_version', otherwise: keyof typeof VERSIONS) => {
      const word = this.#text(m[name], `${at}.${name}`) || otherwise;
      const names = Object.keys(VERSIONS) as (keyof typeof VERSIONS)[];
      return VERSIONS[this.#oneOf(word, names, `${at}.${name}`) ?? otherwise];
    };
    const named = (name: 'cipher_suites' | 'curve_preferences', table: Readonly<Record<string, string>>): string => {
      const words = this.#list(m[name], `${at}.${name}`);
      const found = words.map((w) => this.#oneOf(w, Object.keys(table), `${at}.${name}`) ?? '');
      return found
        .map((w) => table[w] ?? '')
        .filter((w) => w !== '')
        .join(':');
    };
    return {
      cert: cert ?? { text: '' },
      key: key ?? { text: '' },
      ca,
      clientAuth,
      allowedSans,
      minVersion: version('min_version', 'TLS12'),
      maxVersion: version('max_version', 'TLS13'),
      ciphers: named('cipher_suites', CIPHERS),
      curves: named('curve_preferences', CURVES),
      serverOrder: this.#boolean(m.prefer_server_cipher_suites, `${at}.prefer_server_cipher_suites`, true),
    };
  }

  #pem(m: Map_, inline: string, file: string): WebTls['ca'] {
    const at = 'tls_server_config';
    const text = this.#text(m[inline], `${at}.${inline}`);
    const path = this.#text(m[file], `${at}.${file}`);
    if (text !== '' && path !== '') this.#wrong(`${at}.${file}`, `is given besides ${inline}`, 'give one of the two');
    if (text !== '') return { text };
    if (path === '') return null;
    const full = resolve(this.#dir, path);
    if (!existsSync(full)) this.#wrong(`${at}.${file}`, `${full} does not exist`, 'paths are relative to this file');
    return { file: full };
  }

  #headers(value: unknown): Record<string, string> {
    const at = 'http_server_config.headers';
    const out: Record<string, string> = {};
    for (const [name, v] of Object.entries(this.#map(value, at, Object.keys(HEADERS)))) {
      const text = this.#text(v, `${at}.${name}`);
      const allowed = HEADERS[name] ?? [];
      if (allowed.length > 0 && text !== '') this.#oneOf(text, allowed, `${at}.${name}`);
      if (/[\r\n]/.test(text)) this.#wrong(`${at}.${name}`, 'must be one line');
      else if (text !== '') out[name] = text;
    }
    return out;
  }

  #users(value: unknown): Map<string, string> {
    const at = 'basic_auth_users';
    const users = new Map<string, string>();
    for (const [name, v] of Object.entries(this.#map(value, at, null))) {
      const hash = this.#text(v, `${at}.${name}`);
      if (BCRYPT.test(hash)) users.set(name, hash);
      else this.#wrong(`${at}.${name}`, 'is no bcrypt hash', `htpasswd -nBC 10 ${name}`);
    }
    return users;
  }

  #limit(value: unknown): WebConfig['limit'] {
    const m = this.#map(value, 'rate_limit', ['interval', 'burst']);
    const word = String(m.interval ?? '0');
    const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(word);
    if (found === null && word !== '0') this.#wrong('rate_limit.interval', `${word} is no duration`, 'for example 1s');
    const burst = Number(m.burst ?? 0);
    if (!Number.isInteger(burst) || burst < 0) this.#wrong('rate_limit.burst', 'must be a whole number');
    const intervalMs = found === null ? 0 : Number(found[1]) * DURATION_MS[found[2]];
    return { intervalMs, burst };
  }

  /** A map of known keys; null: of any. */
  #map(value: unknown, at: string, known: readonly string[] | null): Map_ {
    if (value === undefined || value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.#wrong(at, 'must be a map');
      return {};
    }
    const m = value as Map_;
    for (const key of Object.keys(m)) {
      if (known === null || known.includes(key)) continue;
      this.#wrong(at === '' ? key : `${at}.${key}`, 'is not known here', nearestHint(key, known, known.join(', ')));
    }
    return m;
  }

  #text(value: unknown, at: string): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    this.#wrong(at, 'must be text');
    return '';
  }

  #boolean(value: unknown, at: string, otherwise: boolean): boolean {
    if (value === undefined || value === null) return otherwise;
    if (typeof value === 'boolean') return value;
    this.#wrong(at, 'must be true or false');
    return otherwise;
  }

  #list(value: unknown, at: string): string[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value) && value.every((v) => typeof v === 'string')) return value;
    this.#wrong(at, 'must be a list of texts');
    return [];
  }

  #oneOf<T extends string>(word: string, words: readonly T[], at: string): T | null {
    const found = words.find((w) => w === word);
    if (found === undefined) this.#wrong(at, `${word} is not one of ${words.join(', ')}`);
    return found ?? null;
  }

  #wrong(at: string, text: string, hint?: string): void {
    const key = at.slice(at.lastIndexOf('.') + 1);
    const line = this.#lines.findIndex((l) => l.trimStart().replace(/^['"]/, '').startsWith(key));
    const place = line < 0 ? this.#name : `${this.#name} line ${line + 1}`;
    this.problems.push({ path: `${at} (${place})`, text, ...(hint === undefined ? {} : { hint }) });
  }
}
