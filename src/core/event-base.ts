import type { Dir } from './stream.js';

/**
 * One thing an application protocol said. Rate is that of messages, so objects are allowed; identifiers of people
 * appear only as keyed HMAC tokens (`…Token`), never in clear. Strings from traffic have been through `cleanText`.
 * Append kinds and optional fields; never rename: `wardwire decode`, rules and features read them.
 */
export interface EventBase {
  dir: Dir;
  tsUs: number;
  /** Flow slot at the time of the event. */
  flow: number;
}
