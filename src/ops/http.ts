import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Device, type SettingsOf, WardwireError } from '../core/index.js';
import type { SensorSnapshot } from './exposition.js';
import type { Metrics } from './metrics.js';
import { Scrape } from './scrape.js';
import type { metricsSettings } from './settings.js';

export interface HttpOptions {
  readonly settings: SettingsOf<typeof metricsSettings>;
  readonly metrics: Metrics;
  readonly snapshot: () => SensorSnapshot;
  readonly devices: () => readonly Device[];
  readonly ready: () => boolean;
  /** Monotonic time, ms. */
  readonly nowMs: () => number;
}

export interface HttpServer {
  /** Base URL, '' when metrics are off. */
  readonly url: string;
  close(): Promise<void>;
}

const LANDING = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Wardwire</title></head><body><h1>Wardwire</h1>
<p>Passive network sensor for hospital device networks.</p>
<ul><li><a href="/metrics">Metrics</a></li><li><a href="/-/healthy">Health</a></li><li><a href="/-/ready">Readiness</a></li></ul></body></html>`;

/** Serves `/metrics`, `/-/healthy`, `/-/ready` and a landing page. @throws WardwireError('outside') when the port is taken */
export async function startHttp(o: HttpOptions): Promise<HttpServer> {
  if (!o.settings.enabled) return { url: '', close: async () => undefined };
  const scrape = new Scrape({
    ...o,
    deviceSeries: o.settings.device_series,
    featureDevices: o.settings.feature_devices,
  });
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const plain = 'text/plain; charset=utf-8';
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, plain, 'only GET and HEAD\n');
    switch ((request.url ?? '/').split('?')[0]) {
      case '/':
        return send(200, 'text/html; charset=utf-8', LANDING);
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
      default:
        return send(404, plain, 'not found\n');
    }
  });
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
    url: `http://${address.includes(':') ? `[${address}]` : address}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
