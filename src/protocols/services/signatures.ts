import { AppProto } from '../../core/index.js';

/** What the first bytes of one direction tell. */
export interface Signature {
  readonly app: number;
  readonly version: string;
}

/** Octet by octet: most first bytes are of another protocol, and a string made of them costs more than all comparisons. */
function ascii(b: Buffer, from: number, to: number, text: string): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (b[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** How a line of Stratum begins, and what only a mining client says in it (also as answer: a job, a difficulty). */
const STRATUM_LOOK = 256;
const STRATUM =
  /"(?:mining\.(?:subscribe|authorize|notify|set_difficulty|configure)|eth_(?:submitLogin|getWork|submitWork))"|"method"\s*:\s*"login".{0,200}"(?:agent|algo|rigid)"/s;

const HTTP_METHODS = ['GET ', 'POST ', 'PUT ', 'HEAD ', 'DELETE ', 'OPTIONS ', 'PATCH ', 'CONNECT ', 'HTTP/1.'];
/**
 * Presence of services that rules and the inventory ask for, from the first bytes of a direction; null when they speak for
 * none (yet). Only what cannot be mistaken is named; ports decide nothing here but telnet's and the r-commands'.
 */
export function signatureOf(
  b: Buffer,
  from: number,
  to: number,
  fromResponder: boolean,
  responderPort: number,
): Signature | null {
  const n = to - from;
  if (n < 2) return null;
  if (n >= 7 && ascii(b, from, to, 'SSH-')) {
    return {
      app: AppProto.Ssh,
      version: b.toString('latin1', from + 4, Math.min(to, from + 7)).replace(/[^0-9.]/g, ''),
    };
  }
  // before HTTP, which has a method OPTIONS too (RFC 7826 13.1)
  if (ascii(b, from, to, 'RTSP/1.0') || ascii(b, from, to, 'OPTIONS rtsp') || ascii(b, from, to, 'DESCRIBE rtsp'))
    return { app: AppProto.Rtsp, version: '' };
  for (const m of HTTP_METHODS) if (ascii(b, from, to, m)) return { app: AppProto.Http, version: '' };
  if (ascii(b, from, to, 'PRI * HTTP/2.0')) return { app: AppProto.Http, version: '2' };
  if (ascii(b, from, to, 'RFB 00'))
    return { app: AppProto.Vnc, version: b.toString('latin1', from + 4, Math.min(to, from + 11)).trim() };
  // printers: PJL (HP Printer Job Language), with or without the universal exit sequence before it; LPD (RFC 1179)
  if (ascii(b, from, to, '@PJL') || ascii(b, from, to, '\x1b%-12345X')) return { app: AppProto.Jetdirect, version: '' };
  if (responderPort === 9100 && ascii(b, from, to, '%!PS')) return { app: AppProto.Jetdirect, version: '' };
  if (responderPort === 515 && b[from] >= 1 && b[from] <= 5 && n >= 2 && b[from + 1] > 0x20)
    return { app: AppProto.Lpd, version: '' };
  // laboratory analysers: ASTM E1381 (ENQ, or a first frame with a header record of E1394), POCT1-A (CLSI POCT01)
  if (b[from] === 0x02 && n >= 5 && b[from + 1] >= 0x30 && b[from + 1] <= 0x37 && ascii(b, from + 2, to, 'H|'))
    return { app: AppProto.Astm, version: '' };
  if (b[from] === 0x05 && n >= 6 && b[from + 1] === 0x02 && ascii(b, from + 3, to, 'H|'))
    return { app: AppProto.Astm, version: '' };
  if (ascii(b, from, to, 'H|\\^&')) return { app: AppProto.Astm, version: '' };
  if (ascii(b, from, to, '<HEL.R01')) return { app: AppProto.Poct1a, version: '' };
  // Modbus/TCP: transaction 2, protocol 0, length 2 (2 to 254), unit 1, function 1
  if (
    responderPort === 502 &&
    n >= 8 &&
    b[from + 2] === 0 &&
    b[from + 3] === 0 &&
    b[from + 4] === 0 &&
    b[from + 5] >= 2
  )
    return { app: AppProto.Modbus, version: '' };
  // LDAP (RFC 4511 4.2): SEQUENCE, messageID, BindRequest
  if (responderPort === 389 && b[from] === 0x30 && n >= 8) return { app: AppProto.Ldap, version: '' };
  // telnet (RFC 854): IAC WILL/WONT/DO/DONT, or anything on its port
  if (n >= 3 && b[from] === 0xff && b[from + 1] >= 0xfb && b[from + 1] <= 0xfe)
    return { app: AppProto.Telnet, version: '' };
  if (responderPort === 23) return { app: AppProto.Telnet, version: '' };
  // FTP (RFC 959): greeting 220 from its port, or a login on it
  if (fromResponder && ascii(b, from, to, '220') && (responderPort === 21 || responderPort === 2121))
    return { app: AppProto.Ftp, version: '' };
  if (!fromResponder && responderPort === 21 && (ascii(b, from, to, 'USER ') || ascii(b, from, to, 'AUTH ')))
    return { app: AppProto.Ftp, version: '' };
  // rexec, rlogin, rsh (RFC 1282)
  if (responderPort >= 512 && responderPort <= 514) return { app: AppProto.Rsh, version: '' };
  // Stratum: lines of JSON-RPC
  if (b[from] === 0x7b && STRATUM.test(b.toString('latin1', from, Math.min(to, from + STRATUM_LOOK))))
    return { app: AppProto.Stratum, version: '' };
  // SMB over TCP: NetBIOS session 00 length 3, then FF 'SMB' or FE 'SMB'
  if (n >= 8 && b[from] === 0 && b[from + 5] === 0x53 && b[from + 6] === 0x4d && b[from + 7] === 0x42) {
    return { app: AppProto.Smb, version: b[from + 4] === 0xff ? '1' : '2' };
  }
  // RDP: TPKT 03 00 length 2, X.224 connection request E0 or confirm D0
  if (n >= 6 && b[from] === 3 && b[from + 1] === 0 && (b[from + 5] === 0xe0 || b[from + 5] === 0xd0))
    return { app: AppProto.Rdp, version: '' };
  // MQTT CONNECT: 10, remaining length, name length 2, 'MQTT' or 'MQIsdp', level
  if (b[from] === 0x10 && n >= 9) {
    let at = from + 2;
    while (at < to && at < from + 5 && b[at - 1] & 0x80) at++;
    if (ascii(b, at + 2, to, 'MQTT')) return { app: AppProto.Mqtt, version: String(b[at + 6] ?? '') };
    if (ascii(b, at + 2, to, 'MQIsdp')) return { app: AppProto.Mqtt, version: '3' };
  }
  return null;
}
