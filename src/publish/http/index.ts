import type { Judgement } from './poster.js';

export type { Answer } from './client.js';
export type { Judgement, Post, PosterOptions } from './poster.js';
export { HTTP_SETTINGS } from './settings.js';
export { HttpSink } from './sink.js';

/** Answers that mean the same everywhere; null where the sink has to know. `said`: what the answer said, for the log. */
export function judgeStatus(status: number, said: string): Judgement | null {
  const why = said === '' ? '' : `: ${said}`;
  if (status >= 300 && status < 400)
    return again('address', `it answered ${status}, a redirect, which is not followed: put the right address`);
  if (status === 401 || status === 407)
    return again('credentials', `it does not know these credentials (${status})${why}`);
  if (status === 404) return again('address', `there is nothing at this address (404)${why}`);
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status < 200)
    return again('busy', `it cannot take verdicts now (${status})${why}`);
  return null;
}

const again = (fault: 'address' | 'credentials' | 'busy', text: string): Judgement => ({
  is: 'again',
  why: { fault, text },
});
