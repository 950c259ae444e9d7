import type { RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Device, type Logger, type SettingsOf, WardwireError } from '../core/index.js';
import type { SensorSnapshot } from './exposition.js';
import type { Metrics } from './metrics.js';
import { Scrape } from './scrape.js';
import type { metricsSettings } from './settings.js';
import type { ReadYaml } from './web-config.js';
import { WebFront } from './web-front.js';

export interface HttpOptions {
  readonly settings: SettingsOf<typeof metricsSettings>;
  readonly metrics: Metrics;
  readonly snapshot: () => SensorSnapshot;
  readonly devices: () => readonly Device[];
  readonly ready: () => boolean;
  readonly version: string;
  readonly logger: Logger;
  /** Reads the web configuration file: the library for it belongs to another room. */
  readonly readYaml: ReadYaml;
  /** Monotonic time, ms. */
  readonly nowMs: () => number;
}

export interface HttpServer {
  /** Base URL, '' when metrics are off. */
  readonly url: string;
  close(): Promise<void>;
}

/** Connections at a time; more are refused. */
const MOST_CONNECTIONS = 256;

const landing = (
  version: string,
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Wardwire</title></head><body><h1>Wardwire</h1>
<p>Passive network sensor for hospital device networks, version ${version}.</p>
<ul><li><a href="/metrics">Metrics</a></li><li><a href="/-/healthy">Health</a></li><li><a href="/-/ready">Readiness</a></li><li><a href="/version">Version</a></li></ul></body></html>`;

/**
 * Serves `/metrics`, `/-/healthy`, `/-/ready`, `/version` and a landing page, behind the web configuration file when there is one.
 * @throws WardwireError('outside') when the port is taken, ('config') when the web configuration file cannot be used
 */
export async function startHttp(o: HttpOptions): Promise<HttpServer> {
  if (!o.settings.enabled) return { url: '', close: async () => undefined };
  const scrape = new Scrape({
    ...o,
    deviceSeries: o.settings.device_series,
    featureDevices: o.settings.feature_devices,
  });
  const handler: RequestListener = (request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const plain = 'text/plain; charset=utf-8';
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, plain, 'only GET and HEAD\n');
    switch ((request.url ?? '/').split('?')[0]) {
      case '/':
        return send(200, 'text/html; charset=utf-8', landing(o.version));
      case '/metrics':
        scrape
          .text()
          .then((text) => send(200, o.metrics.contentType, text))
          .catch(() => send(500, plain, 'metrics cannot be rendered\n'));
        return;
      case '/-/healthy':
        return send(200, plain, 'healthy\n');
      case '/-/ready':
        return o.ready() ? send(200, plain, 'ready\n') : send(503, plain, 'the sensor is not capturing\n');
      case '/version':
        return send(200, plain, `${o.version}\n`);
      default:
        return send(404, plain, 'not found\n');
    }
  };
  const { logger, readYaml, nowMs } = o;
  const front = new WebFront({ path: o.settings.web_config_file, readYaml, logger, handler, nowMs });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => undefined);
    front.server().emit('connection', socket);
  });
  server.maxConnections = MOST_CONNECTIONS;
  const { address, port } = o.settings;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new WardwireError(
          'outside',
          `the metrics endpoint cannot listen on ${address}:${port}: ${(cause as Error).message}`,
          [{ path: 'metrics.port', text: `${port}`, hint: 'set another port, or 0 for a free one' }],
        ),
      ),
    );
    server.listen(port, address, () => resolve());
  });
  const bound = server.address() as AddressInfo;
  return {
    url: `${front.secure ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${bound.port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await front.close();
      await closed;
    },
  };
}
