import { hinted, Surety } from './hints.js';

/** What one piece of header evidence says about the type: nothing, or a type with its weight. */
export interface TypeHint {
  readonly type: string;
  readonly weight: number;
}

const hint = (type: string, weight: number): TypeHint => ({ type, weight });

/** What was seen being done. Services any machine may run say little. */
const ROLES: Readonly<Record<string, TypeHint>> = {
  'vitals-source': hint('patient-monitor', 0.8),
  gateway: hint('network-gear', 0.6),
  'dhcp-server': hint('network-gear', 0.3),
  'network-gear': hint('network-gear', 0.85),
  'forwarding-host': hint('server', 0.4),
  'ipp-printer': hint('printer', 0.6),
  'raw-printer': hint('printer', 0.6),
  'lpd-printer': hint('printer', 0.4),
  'rtsp-server': hint('camera', 0.6),
  'bacnet-device': hint('building-control', 0.8),
  bacnet: hint('building-control', 0.4),
  'modbus-server': hint('building-control', 0.5),
  'ldap-server': hint('server', 0.6),
  'mqtt-broker': hint('server', 0.3),
  'smb-server': hint('server', 0.2),
  'ntp-server': hint('server', 0.2),
  'llmnr-client': hint('workstation', 0.25),
  'wsd-client': hint('workstation', 0.15),
};

/** Service types offered (mDNS, SSDP, WS-Discovery). */
const SERVICES: readonly (readonly [RegExp, TypeHint])[] = [
  [/^_(ipps?|printer|pdl-datastream)\._tcp|PrintDeviceType|\bPrinter(Basic|Enhanced)?$/i, hint('printer', 0.85)],
  [/^_(scanner|uscan|uscans)\._tcp|ScanDeviceType/i, hint('printer', 0.4)],
  [/^_(axis-video|rtsp|onvif|dahua|psia|dcp)\._|NetworkVideoTransmitter|DigitalSecurityCamera/i, hint('camera', 0.85)],
  [/InternetGatewayDevice|WANDevice|WANConnectionDevice|WLANAccessPoint|WFADevice/i, hint('network-gear', 0.7)],
  [
    /^_(hap|hue|matter|matterc|ewelink|shelly|esphomelib|elg)\._|Belkin (controllee|insight|lightswitch|sensor|bridge)|HVAC_|DimmableLight|BinaryLight|SolarProtection/i,
    hint('building-control', 0.7),
  ],
  [/^_workstation\._tcp|^_(smb|afpovertcp|companion-link)\._tcp|^Computer$/i, hint('workstation', 0.25)],
]; // prettier-ignore

/** What clients call themselves. */
const CLASSES: readonly (readonly [RegExp, TypeHint])[] = [
  [/^MSFT /, hint('workstation', 0.4)],
  [/^Windows (5|6|10)\./, hint('workstation', 0.3)],
  [/cisco ap|arubaap|ruckus|ubnt|aerohive|meraki/i, hint('network-gear', 0.8)],
];
const AGENTS: readonly (readonly [RegExp, TypeHint])[] = [
  [/^Mozilla.*(Windows NT|Macintosh|X11)/, hint('workstation', 0.6)],
  [
    /Microsoft-CryptoAPI|Windows-Update|Microsoft NCSI|Microsoft BITS|Microsoft-WNS|MICROSOFT_DEVICE/i,
    hint('workstation', 0.5),
  ],
]; // prettier-ignore
const SERVERS: readonly (readonly [RegExp, TypeHint])[] = [
  [/^(Cisco-|ROSSSH|HUAWEI|Comware|RGOS|Mocana|cisco-IOS|RomPager|lancom)/i, hint('network-gear', 0.6)],
  [/^(Microsoft-IIS|Apache|nginx|OpenResty|Microsoft-HTTPAPI|Kestrel|Jetty|Tomcat)/i, hint('server', 0.25)],
  [/^OpenSSH_for_Windows/, hint('workstation', 0.2)],
];

/** Makers whose cloud serves one type of device. */
const CLOUD_TYPES: Readonly<Record<string, TypeHint>> = {
  'eQ-3': hint('building-control', 0.5),
  Netatmo: hint('building-control', 0.5),
  Osram: hint('building-control', 0.5),
  'Philips Hue': hint('building-control', 0.5),
  Smarter: hint('building-control', 0.5),
};

function first(list: readonly (readonly [RegExp, TypeHint])[], text: string): TypeHint | null {
  for (const [re, h] of list) if (re.test(text)) return h;
  return null;
}

/** What a field of header evidence says about the type; null nothing. */
export function headerHint(field: string, value: string): TypeHint | null {
  const words = hinted(value);
  const named = words.type === '' ? null : words;
  switch (field) {
    case 'role':
      return ROLES[value] ?? null;
    case 'service':
      return first(SERVICES, value) ?? named;
    case 'class':
      return first(CLASSES, value) ?? named;
    case 'agent':
      return first(AGENTS, value) ?? named;
    case 'server':
      return named ?? first(SERVERS, value);
    case 'cloud':
      return CLOUD_TYPES[value] ?? null;
    case 'vendor':
    case 'model':
    case 'software':
      // built in by the maker: a general word means what it says
      return named === null ? null : { type: named.type, weight: Math.max(named.weight, 0.6) };
    case 'name':
      // chosen by people, or a product's own default
      return named === null ? null : { type: named.type, weight: named.weight === Surety.Product ? 0.55 : Surety.Word };
    default:
      return null;
  }
}
