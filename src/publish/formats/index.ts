import type { Verdict } from '../../core/index.js';
import { toCef } from './cef.js';
import { toEcs } from './ecs.js';
import { toOcsf } from './ocsf.js';

/** Forms a sink can write a verdict in: one line each. */
export const FORMATS = ['native', 'ecs', 'ocsf', 'cef'] as const;
export type Format = (typeof FORMATS)[number];

const WRITERS: Readonly<Record<Format, (v: Verdict) => string>> = {
  native: (v) => JSON.stringify(v),
  ecs: (v) => JSON.stringify(toEcs(v)),
  ocsf: (v) => JSON.stringify(toOcsf(v)),
  cef: toCef,
};

/** Media type of a form. */
export function contentType(format: Format): string {
  return format === 'cef' ? 'text/plain; charset=us-ascii' : 'application/json';
}

/** A verdict as one line of text without line breaks. */
export function encode(format: Format, v: Verdict): string {
  return WRITERS[format](v);
}
