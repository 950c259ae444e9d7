import type { Verdict } from '../../core/index.js';
import { ends, messageOf, PRODUCT, SCALE, VENDOR } from './words.js';

const MAX_MESSAGE = 1023;

/** Plain ASCII without control characters: accents are taken off, other letters become `?` (receivers guess the encoding). */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e\n]/g, '?');
}

/** A header field: `\` and `|` escaped, no line breaks (ArcSight CEF revision 25). */
const header = (text: string): string => plain(text).replace(/\n/g, ' ').replace(/[\\|]/g, '\\$&');

/** An extension value: `\` and `=` escaped, line breaks as `\n`. */
const value = (text: string): string => plain(text).trim().replace(/[\\=]/g, '\\$&').replace(/\n/g, '\\n'); // prettier-ignore

/** A verdict as ArcSight Common Event Format 0. */
export function toCef(v: Verdict): string {
  const { source, destination } = ends(v);
  const extension: (readonly [string, string | number | null | undefined])[] = [
    ['externalId', v.id],
    ['rt', Date.parse(v.issued_at)],
    ['start', Date.parse(v.observed_at)],
    ['dvchost', v.sensor.name],
    ['src', source.ip],
    ['smac', source.mac],
    ['spt', source.port],
    ['dst', destination.ip],
    ['dmac', destination.mac],
    ['dpt', destination.port],
    ['proto', v.flow?.transport],
    ['app', v.flow?.protocol],
    ['cnt', v.incident.count],
    ['msg', messageOf(v).slice(0, MAX_MESSAGE)],
    ['cs1Label', 'deviceType'],
    ['cs1', v.device.type],
    ['cs2Label', 'model'],
    ['cs2', v.model.id],
    ['cs3Label', 'deviceId'],
    ['cs3', v.device.id],
    ['cs4Label', v.flow === null ? null : 'communityId'],
    ['cs4', v.flow?.community_id],
    ['cs5Label', v.attack.length === 0 ? null : 'attack'],
    ['cs5', v.attack.length === 0 ? null : v.attack.map((a) => a.id).join(' ')],
    ['cs6Label', 'safeStep'],
    ['cs6', v.advice.safe_step],
    ['cn1Label', 'sequence'],
    ['cn1', v.seq],
    ['cn2Label', 'latencyMs'],
    ['cn2', Math.round(v.latency_ms)],
    ['cfp1Label', 'score'],
    ['cfp1', v.score],
    ['deviceExternalId', `${v.sensor.site}/${v.sensor.name}`],
    ['cat', v.incident.state],
  ];
  const parts = extension
    .filter(([, x]) => x !== null && x !== undefined && x !== '')
    .map(([k, x]) => `${k}=${value(String(x))}`);
  const head = [
    'CEF:0',
    VENDOR,
    PRODUCT,
    header(v.sensor.version),
    header(v.scenario),
    header(v.scenario),
    SCALE[v.severity].cef,
  ];
  return `${head.join('|')}|${parts.join(' ')}`;
}
