import type { SettingsOf, Verdict } from '../../core/index.js';
import { contentType, encode } from '../formats/index.js';
import { type Answer, HttpSink, type Judgement, judgeStatus, type Post, type PosterOptions } from '../http/index.js';
import { firstLine } from '../setting-file.js';
import type { webhookSettings } from './settings.js';
import { readSecrets, signature } from './signature.js';

export { webhookSettings } from './settings.js';
export { readSecrets, signature } from './signature.js';

/**
 * One request a verdict: receivers make one ticket, page or message of one request, one refused verdict takes no other with it,
 * and the id of the request is the verdict's, so that a receiver knows what it has had.
 */
export class WebhookSink extends HttpSink<SettingsOf<typeof webhookSettings>> {
  readonly name = 'webhook';

  protected prepare(): Pick<PosterOptions, 'batch' | 'parallel' | 'form' | 'judge'> {
    const s = this.o.settings;
    const url = new URL(s.url);
    const secrets = readSecrets('webhook.secret_file', s.secret_file);
    const authorization = firstLine('webhook.authorization_file', s.authorization_file);
    const always = {
      'content-type': contentType(s.format),
      'user-agent': 'wardwire',
      ...(authorization === undefined ? {} : { authorization }),
    };
    const form = ([verdict]: readonly Verdict[]): Post => {
      const body = Buffer.from(encode(s.format, verdict), 'utf8');
      // the time of this attempt, so that a late redelivery is not taken for an old copy
      const timestamp = Math.floor(this.o.wallUs() / 1e6);
      const headers = {
        ...always,
        'webhook-id': verdict.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature(secrets, verdict.id, timestamp, body),
      };
      return { path: url.pathname + url.search, headers, body };
    };
    return { batch: 1, parallel: s.parallel, form, judge };
  }
}

function judge({ status, said }: Answer): Judgement {
  if (status >= 200 && status < 300) return { is: 'delivered' };
  return (
    judgeStatus(status, said) ?? {
      is: 'refused',
      why: { fault: 'verdict_refused', text: `the receiver refused it (${status})${said === '' ? '' : `: ${said}`}` },
    }
  );
}
