import { SEVERITIES, type Severity, type Verdict } from '../core/index.js';
import type { Listener } from '../ops/index.js';

/** Which verdicts a reader wants; null: of every kind. */
export interface TailFilter {
  /** Device id, name, host name or address. */
  readonly device: string | null;
  /** Least severity. */
  readonly severity: Severity | null;
  /** Device type. */
  readonly type: string | null;
}

/** A request's filter. @throws Error when a word of it means nothing */
export function tailFilter(request: Readonly<Record<string, unknown>>): TailFilter {
  const word = (key: string): string | null => {
    const value = request[key];
    if (value === undefined || value === null) return null;
    if (typeof value !== 'string' || value.length > 200) throw new Error(`${key} must be a word`);
    return value;
  };
  const severity = word('severity');
  if (severity !== null && !SEVERITIES.includes(severity as Severity))
    throw new Error(`severity is one of ${SEVERITIES.join(', ')}`);
  return { device: word('device'), severity: severity as Severity | null, type: word('type') };
}

function wants(f: TailFilter, v: Verdict): boolean {
  if (f.severity !== null && SEVERITIES.indexOf(v.severity) < SEVERITIES.indexOf(f.severity)) return false;
  if (f.type !== null && v.device.type !== f.type) return false;
  if (f.device === null) return true;
  const word = f.device.toLowerCase();
  const { id, name, ip, mac } = v.device;
  return [id, name, ip, mac].some((x) => x?.toLowerCase() === word);
}

/** Live verdicts for people who look on. Nobody who looks on costs a verdict anything but a line of text. */
export class Tail {
  readonly #readers = new Set<{ filter: TailFilter; listener: Listener }>();

  get size(): number {
    return this.#readers.size;
  }

  add(filter: TailFilter, listener: Listener): void {
    this.#readers.add({ filter, listener });
  }

  /** A verdict was numbered; `quiet`: it is kept from the sinks by a person's word. */
  verdict(verdict: Verdict, quiet: boolean): void {
    let line = '';
    for (const r of this.#readers) {
      if (r.listener.closed) {
        this.#readers.delete(r);
        continue;
      }
      if (!wants(r.filter, verdict)) continue;
      if (line === '') line = JSON.stringify({ verdict, quiet });
      r.listener.tell(line);
    }
  }
}
