import { Agent as HttpAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as HttpsAgent, request as secureRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Octets of an answer that are read; the rest is thrown away. */
const MAX_ANSWER = 4096;
/** How much of it may stand in a log. */
const MAX_SAID = 200;

export interface HttpOptions {
  readonly url: URL;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Name the certificate must carry; empty: the host of the URL. */
  readonly servername: string;
  readonly timeoutMs: number;
  /** Requests under way at once. */
  readonly sockets: number;
}

export interface Answer {
  readonly status: number;
  /** `Retry-After` (RFC 9110 10.2.3), null when there is none. */
  readonly retryAfter: string | null;
  /** The start of the body, printable. */
  readonly said: string;
}

/** Requests to one address over connections that are kept; TLS by files of the settings; redirects are not followed. */
export class HttpClient {
  readonly #o: HttpOptions;
  readonly #secure: boolean;
  readonly #agent: HttpAgent;
  readonly #tls: { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string };

  constructor(o: HttpOptions) {
    this.#o = o;
    this.#secure = o.url.protocol === 'https:';
    const servername = o.servername === '' ? {} : { servername: o.servername };
    this.#tls = { ca: o.ca, cert: o.cert, key: o.key, ...servername };
    const agent = { keepAlive: true, maxSockets: o.sockets, maxFreeSockets: o.sockets };
    this.#agent = this.#secure ? new HttpsAgent({ ...agent, ...this.#tls }) : new HttpAgent(agent);
  }

  /** Whether somebody takes connections there, TLS included. @throws what the network or TLS said */
  reach(): Promise<void> {
    const { url, timeoutMs } = this.#o;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? (this.#secure ? 443 : 80) : Number(url.port);
    return new Promise((resolve, reject) => {
      const socket = this.#secure
        ? connectTls({ host, port, ...serverName(host), ...this.#tls })
        : connectTcp(port, host);
      socket.setTimeout(timeoutMs, () => socket.destroy(timeout()));
      socket.once(this.#secure ? 'secureConnect' : 'connect', () => {
        resolve();
        socket.destroy();
      });
      socket.once('error', reject);
    });
  }

  /** @throws what the network or TLS said, or ETIMEDOUT when no answer came in time */
  async post(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer> {
    try {
      return await this.#once(path, headers, body);
    } catch (error) {
      // the other side closed a kept connection at the moment it was used: nothing was read of it
      if ((error as { unread?: boolean }).unread === true) return this.#once(path, headers, body);
      throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #once(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer> {
    const send = this.#secure ? secureRequest : plainRequest;
    return new Promise((resolve, reject) => {
      const request = send(new URL(path, this.#o.url), {
        method: 'POST',
        agent: this.#agent,
        headers: { ...headers, 'content-length': String(body.length) },
      });
      const timer = setTimeout(() => request.destroy(timeout()), this.#o.timeoutMs);
      request.once('error', (e: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        const unread = request.reusedSocket && (e.code === 'ECONNRESET' || e.code === 'EPIPE');
        reject(Object.assign(e, { unread }));
      });
      request.once('response', (r) => {
        read(r)
          .then(resolve, reject)
          .finally(() => clearTimeout(timer)); // prettier-ignore
      });
      request.end(body);
    });
  }
}

async function read(r: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of r as AsyncIterable<Buffer>) {
    if (size < MAX_ANSWER) parts.push(part);
    size += part.length;
  }
  const said = Buffer.concat(parts)
    .toString('utf8')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, MAX_SAID);
  return { status: r.statusCode ?? 0, retryAfter: r.headers['retry-after'] ?? null, said };
}

const timeout = (): Error => Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });

/** SNI is a name, never an address (RFC 6066 3). */
const serverName = (host: string): { servername?: string } => (/^[0-9.]+$|:/.test(host) ? {} : { servername: host });
