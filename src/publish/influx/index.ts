import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SettingsOf, Verdict } from '../../core/index.js';
import { type Answer, HttpSink, type Judgement, judgeStatus, type Post, type PosterOptions } from '../http/index.js';
import { firstLine } from '../setting-file.js';
import { type TagName, toLine } from './line.js';
import type { influxSettings } from './settings.js';

export { toLine } from './line.js';
export { influxSettings } from './settings.js';

const compress = promisify(gzip);

type Settings = SettingsOf<typeof influxSettings>;

/**
 * Verdicts as points of an InfluxDB, one request at a time. Delivered means 204. Of a request the database refuses in part the
 * points are tried in halves: those it took are the same points again, the one it refuses is found, said and not sent for ever.
 */
export class InfluxSink extends HttpSink<Settings> {
  readonly name = 'influx';

  protected prepare(): Pick<PosterOptions, 'batch' | 'parallel' | 'form' | 'judge'> {
    const s = this.o.settings;
    const path = writePath(s);
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      ...authorization(s),
      ...(s.gzip ? { 'content-encoding': 'gzip' } : {}),
    };
    const form = async (verdicts: readonly Verdict[]): Promise<Post> => {
      const text = verdicts.map((v) => toLine(v, s.measurement, s.tags as TagName[])).join('\n');
      const body = Buffer.from(text, 'utf8');
      return { path, headers, body: s.gzip ? await compress(body) : body };
    };
    return { batch: s.batch_max, parallel: 1, form, judge };
  }
}

function writePath(s: Settings): string {
  const base = new URL(s.url).pathname.replace(/\/+$/, '');
  const query = new URLSearchParams(
    s.api === 'v2'
      ? { org: s.org, bucket: s.bucket, precision: 'ns' }
      : { db: s.database, ...(s.retention_policy === '' ? {} : { rp: s.retention_policy }) },
  );
  return `${base}${s.api === 'v2' ? '/api/v2/write' : '/write'}?${query}`;
}

/** In a header, never in the query: queries stand in the logs of proxies. */
function authorization(s: Settings): { authorization?: string } {
  if (s.api === 'v2') {
    const token = firstLine('influx.token_file', s.token_file);
    return token === undefined ? {} : { authorization: `Token ${token}` };
  }
  if (s.username === '') return {};
  const password = firstLine('influx.password_file', s.password_file) ?? '';
  return { authorization: `Basic ${Buffer.from(`${s.username}:${password}`, 'utf8').toString('base64')}` };
}

/** What an answer of the write interface means (InfluxDB 1.x and 2.x). */
function judge({ status, said }: Answer): Judgement {
  if (status === 204) return { is: 'delivered' };
  // a permission of the database, not a fault of the verdict
  if (status === 403)
    return { is: 'again', why: { fault: 'credentials', text: `writing is not allowed (403): ${said}` } };
  const general = judgeStatus(status, said);
  if (general !== null) return general;
  if (status < 300)
    return { is: 'again', why: { fault: 'address', text: `it answered ${status}, not 204: is this an InfluxDB?` } };
  return { is: 'refused', why: { fault: 'verdict_refused', text: `the database refused it (${status}): ${said}` } };
}
