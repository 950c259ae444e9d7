/** Edge helpers for times; inside, times are float64 µs since 1970. */

/** RFC 3339 with microseconds, UTC. */
export function formatTimeUs(tsUs: number): string {
  if (!Number.isFinite(tsUs) || tsUs < 0 || tsUs > 8.64e21) return '1970-01-01T00:00:00.000000Z';
  const us = Math.floor(tsUs);
  const ms = Math.floor(us / 1000);
  const rest = us - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}
