/** Edge helpers for times; inside, times are float64 µs since 1970. */

/** RFC 3339 with microseconds, UTC. */
export function formatTimeUs(tsUs: number): string {
  if (!Number.isFinite(tsUs) || tsUs < 0 || tsUs > 8.64e21) return '1970-01-01T00:00:00.000000Z';
  const us = Math.floor(tsUs);
  const ms = Math.floor(us / 1000);
  const rest = us - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/** µs since 1970 of what `formatTimeUs` wrote; NaN for other texts. */
export function parseTimeUs(text: string): number {
  const m = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(text);
  if (m === null) return Number.NaN;
  return Date.parse(`${m[1]}Z`) * 1000 + Number((m[2] ?? '').padEnd(6, '0'));
}
