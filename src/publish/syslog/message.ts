import type { Verdict } from '../../core/index.js';
import { encode, type Format } from '../formats/index.js';
import { SCALE } from '../formats/words.js';

export interface Header {
  readonly facility: number;
  readonly enterpriseId: number;
  readonly host: string;
  readonly pid: number;
}

/** A header field (RFC 5424 6.2): printable ASCII without spaces, `-` when nothing is left. */
const field = (text: string, max: number): string => text.replace(/[^\x21-\x7e]/g, '').slice(0, max) || '-';

/** A value of structured data: `"`, `\` and `]` escaped (RFC 5424 6.3.3). */
const parameter = (text: string): string => text.replace(/\p{Cc}/gu, ' ').replace(/["\\\]]/g, '\\$&');

/*
 * <PRI>1 TIMESTAMP HOST APP PROCID MSGID [SD] MSG
 * No byte order mark before MSG: receivers keep it and then do not see `CEF:` at the start.
 */
/** A verdict as one syslog message. */
export function syslogMessage(v: Verdict, format: Format, h: Header): string {
  const priority = h.facility * 8 + SCALE[v.severity].syslog;
  const data = [
    ['id', v.id],
    ['seq', String(v.seq)],
    ['boot', v.boot_id],
    ['severity', v.severity],
    ['device', v.device.id],
    ['type', v.device.type],
  ]
    .map(([k, x]) => ` ${k}="${parameter(x)}"`)
    .join('');
  const sd = `[wardwire@${h.enterpriseId}${data}]`;
  const head = `<${priority}>1 ${v.issued_at} ${field(h.host, 255)} wardwire ${h.pid} ${field(v.scenario, 32)}`;
  return `${head} ${sd} ${encode(format, v)}`;
}

/** A message on a stream: its length in octets, a space, the message (RFC 6587 3.4.1, RFC 5425 4.3). */
export function octetCounted(message: string): Buffer {
  const bytes = Buffer.from(message, 'utf8');
  return Buffer.concat([Buffer.from(`${bytes.length} `, 'latin1'), bytes]);
}
