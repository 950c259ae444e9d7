import type { Metrics, MetricsOptions } from './metrics.js';

export { askControl, followControl } from './control-client.js';
export { type ControlHandlers, type ControlServer, type Listener, startControl } from './control-server.js';
export { renderDevices } from './devices.js';
export { Exposition, renderSnapshot, type SensorSnapshot } from './exposition.js';
export { type HttpServer, startHttp } from './http.js';
export { createLogger, type ServiceLogger } from './log.js';
export type { MetricFamily, Metrics } from './metrics.js';
export { createServiceManager, type ServiceManager } from './service-manager.js';
export { controlSettings, logSettings, metricsSettings } from './settings.js';
export { webConfigProblems } from './web-front.js';

/** The control process's metrics. The library is loaded here: a replay has no endpoint. */
export async function createMetrics(o: MetricsOptions): Promise<Metrics> {
  const { Metrics } = await import('./metrics.js');
  return new Metrics(o);
}
