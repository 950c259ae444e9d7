import { readFileSync, statSync } from 'node:fs';
import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { type Logger, type Problem, WardwireError } from '../core/index.js';
import { Passwords } from './passwords.js';
import { OPEN, type ReadYaml, readWebConfig, type WebConfig, type WebTls } from './web-config.js';

export interface WebFrontOptions {
  /** Web configuration file, '' none. */
  readonly path: string;
  readonly readYaml: ReadYaml;
  readonly logger: Logger;
  readonly handler: RequestListener;
  /** Monotonic time, ms. */
  readonly nowMs: () => number;
}

/**
 * The way in: TLS, client certificates, passwords, headers and the rate limit of a web configuration file. The file and those it names are
 * looked at whenever somebody comes; a change that is whole is in force from then on, a broken one is told and the old one stays.
 */
export class WebFront {
  readonly #o: WebFrontOptions;
  readonly #passwords = new Passwords();
  #config: WebConfig = OPEN;
  #server: Server;
  #print = '';
  #tokens = 0;
  #filledMs = 0;

  /** @throws WardwireError('config') when the file cannot be used */
  constructor(o: WebFrontOptions) {
    this.#o = o;
    this.#server = createPlain((request, response) => this.#request(request, response));
    this.#server.emit('listening');
    if (o.path === '') return;
    const problems = this.#load();
    if (problems.length > 0)
      throw new WardwireError('config', `${o.path}: the metrics endpoint cannot be served as configured`, problems);
  }

  /** Whether connections are to begin with TLS. */
  get secure(): boolean {
    return this.#config.tls !== null;
  }

  /** What takes the next connection. */
  server(): Server {
    if (this.#o.path !== '' && this.#print !== this.#look()) this.#reload();
    return this.#server;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await this.#passwords.close();
  }

  #reload(): void {
    const problems = this.#load();
    const words = problems.map((p) => `${p.path}: ${p.text}`).join('; ');
    const { path, logger } = this.#o;
    if (problems.length === 0) logger.log('notice', 'metrics.web_config', `${path} was read again`);
    else
      logger.log('error', 'metrics.web_config', `${path} was changed and cannot be used, the old one stays: ${words}`);
  }

  /** Takes the file over when it is whole. */
  #load(): Problem[] {
    this.#print = this.#look();
    const { config, problems } = readWebConfig(this.#o.path, this.#o.readYaml);
    if (problems.length > 0) return problems;
    let server: Server;
    try {
      server = this.#make(config);
    } catch (cause) {
      const text = `certificate and key cannot be used: ${(cause as Error).message}`;
      return [{ path: `tls_server_config (${this.#o.path})`, text }];
    }
    const before = this.#server;
    // it takes connections from another's hand; this starts its watch over slow clients
    server.emit('listening');
    this.#config = config;
    this.#server = server;
    this.#tokens = config.limit.burst;
    // who is being answered is answered; who only keeps a connection open comes again
    before.closeIdleConnections();
    this.#print = this.#look();
    return [];
  }

  /** What changes when a file does: times and sizes of all of them. */
  #look(): string {
    const { tls } = this.#config;
    const files = [this.#o.path];
    if (tls !== null) for (const p of [tls.cert, tls.key, tls.ca]) if (p !== null && 'file' in p) files.push(p.file);
    return files
      .map((f) => {
        const s = statSync(f, { throwIfNoEntry: false });
        return s === undefined ? '-' : `${s.ino} ${s.size} ${s.mtimeMs}`;
      })
      .join(',');
  }

  #make(config: WebConfig): Server {
    const listener: RequestListener = (request, response) => this.#request(request, response);
    const { tls } = config;
    if (tls === null) return createPlain(listener);
    const pem = (p: NonNullable<WebTls['ca']>): string => ('text' in p ? p.text : readFileSync(p.file, 'utf8'));
    const server = createSecure(
      {
        cert: pem(tls.cert),
        key: pem(tls.key),
        ...(tls.ca === null ? {} : { ca: pem(tls.ca) }),
        ...(tls.ciphers === '' ? {} : { ciphers: tls.ciphers }),
        ...(tls.curves === '' ? {} : { ecdhCurve: tls.curves }),
        minVersion: tls.minVersion,
        maxVersion: tls.maxVersion,
        honorCipherOrder: tls.serverOrder,
        requestCert: tls.clientAuth !== 'NoClientCert',
        rejectUnauthorized: tls.clientAuth === 'RequireAndVerifyClientCert',
      },
      listener,
    );
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      if (!admitted(socket, tls)) socket.destroy();
    });
    server.on('tlsClientError', () => undefined);
    return server;
  }

  #request(...[request, response]: Parameters<RequestListener>): void {
    this.server();
    const { users, headers } = this.#config;
    const refuse = (status: number, text: string, more: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...more });
      response.end(`${text}\n`);
    };
    if (!this.#allowed()) return refuse(429, 'too many requests');
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (users.size === 0) return this.#o.handler(request, response);
    this.#passwords
      .may(request.headers.authorization, users)
      .then((may) => {
        if (may === true) this.#o.handler(request, response);
        else if (may === null) refuse(503, 'too many wait');
        else refuse(401, 'name and password, please', { 'www-authenticate': 'Basic' });
      })
      .catch(() => refuse(500, 'cannot be answered'));
  }

  /** One token an interval, as many as `burst` kept. */
  #allowed(): boolean {
    const { intervalMs, burst } = this.#config.limit;
    if (intervalMs === 0) return true;
    const now = this.#o.nowMs();
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#filledMs) / intervalMs);
    this.#filledMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** Whether a client came with the certificate that is asked of it. */
function admitted(socket: TLSSocket, tls: WebTls): boolean {
  if (tls.clientAuth === 'NoClientCert' || tls.clientAuth === 'RequestClientCert') return true;
  const certificate = socket.getPeerCertificate();
  const given = certificate !== null && Object.keys(certificate).length > 0;
  if (!given) return tls.clientAuth === 'VerifyClientCertIfGiven';
  if (tls.clientAuth !== 'RequireAnyClientCert' && !socket.authorized) return false;
  if (tls.allowedSans.length === 0) return true;
  // "DNS:name, IP Address:192.0.2.1, URI:…, email:…" (node:tls)
  const names = (certificate.subjectaltname ?? '').split(', ').map((n) => n.slice(n.indexOf(':') + 1));
  return tls.allowedSans.some((n) => names.includes(n));
}

/** Mistakes of a web configuration file and of the certificates it names. */
export function webConfigProblems(path: string, readYaml: ReadYaml): Problem[] {
  if (path === '') return [];
  const logger: Logger = { log: () => undefined };
  try {
    void new WebFront({ path, readYaml, logger, handler: () => undefined, nowMs: () => 0 }).close();
    return [];
  } catch (error) {
    if (error instanceof WardwireError) return [...error.problems];
    throw error;
  }
}
