import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Breaks the connection instead of answering. */
  readonly cut?: boolean;
  readonly afterMs?: number;
}

/** The other side of an HTTP sink: keeps what it got and answers as the test says. */
export class HttpReceiver {
  readonly got: Received[] = [];
  /** Most requests that were open at once. */
  most = 0;
  answer: (r: Received) => Reply = () => ({ status: 204 });
  port = 0;
  readonly #server: Server;
  readonly #secure: boolean;
  #open = 0;

  constructor(tls: { cert: string; key: string; clientCa?: string } | null = null) {
    this.#secure = tls !== null;
    const handler: Parameters<typeof createServer>[1] = (request, response) => {
      this.most = Math.max(this.most, ++this.#open);
      const parts: Buffer[] = [];
      request.on('data', (d: Buffer) => parts.push(d));
      request.on('end', () => {
        const raw = Buffer.concat(parts);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
        const r = { path: request.url ?? '', headers: request.headers, body };
        this.got.push(r);
        const reply = this.answer(r);
        setTimeout(() => {
          this.#open--;
          if (reply.cut === true) return request.socket.destroy();
          response.writeHead(reply.status, reply.headers).end(reply.body);
        }, reply.afterMs ?? 0);
      });
      request.on('error', () => undefined);
    };
    this.#server =
      tls === null
        ? createServer(handler)
        : createSecureServer(
            {
              cert: readFileSync(tls.cert),
              key: readFileSync(tls.key),
              ...(tls.clientCa === undefined
                ? {}
                : { ca: readFileSync(tls.clientCa), requestCert: true, rejectUnauthorized: true }),
            },
            handler,
          );
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http${this.#secure ? 's' : ''}://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((done) => this.#server.close(done));
  }
}

/** A receiver that goes with the test. */
export async function receiver(
  t: { teardown(f: () => Promise<void>): unknown },
  tls: { cert: string; key: string; clientCa?: string } | null = null,
): Promise<HttpReceiver> {
  const r = new HttpReceiver(tls);
  t.teardown(() => r.close());
  await r.listen();
  return r;
}
