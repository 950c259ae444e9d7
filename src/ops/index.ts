export { Exposition, renderSnapshot, type SensorSnapshot } from './exposition.js';
export { type HttpServer, startHttp } from './http.js';
export { createLogger } from './log.js';
export { createMetrics, type Metrics, type PublisherNumbers } from './metrics.js';
export { logSettings, metricsSettings } from './settings.js';
