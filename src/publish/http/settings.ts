import { TLS_SETTINGS } from '../tls-settings.js';

/** Settings that every sink over HTTP has. */
export const HTTP_SETTINGS = {
  ...TLS_SETTINGS,
  timeout_ms: { type: 'integer', default: 10000, min: 100, max: 120000, text: 'Longest wait for an answer, ms.' },
  retry_min_ms: { type: 'integer', default: 500, min: 10, max: 60000, text: 'First pause after a failure, ms.' },
  retry_max_ms: { type: 'integer', default: 60000, min: 100, max: 3600000, text: 'Longest pause, ms.' },
  retry_after_max_s: {
    type: 'integer',
    default: 3600,
    min: 0,
    max: 86400,
    text: 'Longest pause the other side may ask for (Retry-After), s.',
  },
} as const;
