import { cleanText, type Dir, hashString, PathShape, type ProtocolContext } from '../../core/index.js';
import type { Teller } from '../teller.js';
import { headerValue, xmlText } from '../text.js';

/** A head longer than this is read as far as it goes. */
export const HEAD_MAX = 8192;
/** How much of a device description is looked at. */
const DESCRIPTION_MAX = 4096;
const MAX_VALUE = 120;
/** How much of a list of media types is looked at. */
const TYPES_MAX = 512;

/** FHIR (HL7 FHIR R5 3.2.0.1.10) and DICOMweb (PS3.18 8.7) by media type, '' neither. */
function apiOf(types: string): '' | 'fhir' | 'dicomweb' {
  if (/application\/fhir\+(json|xml)/i.test(types)) return 'fhir';
  return /application\/dicom(\+json|\+xml)?\b|type="?application\/(dicom|octet-stream)"?.*transfer-syntax/i.test(types)
    ? 'dicomweb'
    : '';
}

const LONG_TARGET = 512;
const TRAVERSAL = /(?:\.|%2e){2}(?:[/\\]|%2f|%5c)/i;
const INJECTION = /[<>'"`|;{}]|%(?:3c|3e|27|22|60|7c|3b|00|0a|0d)|\b(?:union|select|sleep|exec)\b\W/i;

/** What a request target (RFC 9112 3.2) looks like, as `PathShape` bits. */
export function shapeOf(target: string): number {
  return (
    (TRAVERSAL.test(target) ? PathShape.Traversal : 0) |
    (INJECTION.test(target) ? PathShape.Injection : 0) |
    (target.length > LONG_TARGET ? PathShape.Long : 0)
  );
}

/** Target of a request line `METHOD target HTTP/1.x`; '' when there is none. */
export function targetOf(line: string): string {
  const from = line.indexOf(' ') + 1;
  const end = line.indexOf(' ', from);
  return from === 0 ? '' : line.slice(from, end < 0 ? undefined : end);
}

/** Seeded hash of a target's path without its query, 0 empty. */
export function pathKeyOf(ctx: ProtocolContext, target: string): number {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return path === '' ? 0 : hashString(ctx.seed, path) || 1;
}

/** Tells what one head says. */
export function tellHead(ctx: ProtocolContext, tell: Teller, slot: number, dir: Dir, tsUs: number, head: string): void {
  const answer = head.startsWith('HTTP/');
  const method = answer ? '' : cleanText(head.slice(0, head.indexOf(' ')), 16);
  const status = answer ? Number.parseInt(head.slice(9, 12), 10) || 0 : 0;
  const value = (name: string): string => cleanText(headerValue(head, name), MAX_VALUE);
  const contentType = value('content-type').split(' ')[0];
  const userAgent = answer ? '' : value('user-agent');
  const server = answer ? value('server') : '';
  const host = answer ? '' : tell.mask(value('host'));
  const types = `${headerValue(head, 'content-type').slice(0, TYPES_MAX)} ${headerValue(head, 'accept').slice(0, TYPES_MAX)}`;
  const api = apiOf(types);
  const end = head.indexOf('\r\n');
  const target = answer ? '' : targetOf(end < 0 ? head : head.slice(0, end));
  const says = { method, status, host, userAgent, server, contentType, api };
  const asked = { pathKey: pathKeyOf(ctx, target), shape: shapeOf(target), count: 1 };
  ctx.events.event({ kind: 'http', flow: slot, dir, tsUs, ...says, ...asked });
  tell.tell(slot, dir, tsUs, 'http', 'agent', userAgent);
  tell.tell(slot, dir, tsUs, 'http', 'server', server);
  if (answer && contentType === 'application/ipp') tell.tell(slot, dir, tsUs, 'http', 'role', 'ipp-printer');
  // who is asked for a login by name often says which product asks: `Basic realm="DCS-930L"`
  const realm = /realm="([^"]{1,60})"/.exec(headerValue(head, 'www-authenticate'))?.[1] ?? '';
  if (realm !== '') tell.tell(slot, dir, tsUs, 'http', 'model', tell.mask(realm));
}

/** A UPnP device description (UPnP Device Architecture 2.0, 2.3) in the first octets of a body. */
export function tellDescription(
  tell: Teller,
  slot: number,
  dir: Dir,
  tsUs: number,
  b: Buffer,
  at: number,
  to: number,
): void {
  const xml = b.toString('latin1', at, Math.min(to, at + DESCRIPTION_MAX));
  if (!xml.includes('urn:schemas-upnp-org:device-1-0')) return;
  tell.tell(slot, dir, tsUs, 'upnp', 'vendor', xmlText(xml, 'manufacturer'));
  tell.tell(slot, dir, tsUs, 'upnp', 'model', xmlText(xml, 'modelName'));
  tell.tell(slot, dir, tsUs, 'upnp', 'model', xmlText(xml, 'modelDescription'));
  const kind = /:device:([A-Za-z0-9_.-]{1,40}):/.exec(xmlText(xml, 'deviceType'));
  if (kind !== null) tell.tell(slot, dir, tsUs, 'upnp', 'service', kind[1]);
}
