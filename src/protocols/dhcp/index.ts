import { formatIp, hashString, type ProtocolContext } from '../../core/index.js';
import type { Datagram, Reader, Teller } from '../teller.js';

/** RFC 2132 */
const Option = {
  Pad: 0,
  Router: 3,
  NameServer: 6,
  HostName: 12,
  Requested: 50,
  MessageType: 53,
  ServerId: 54,
  Parameters: 55,
  VendorClass: 60,
  ClientId: 61,
  Fqdn: 81,
  End: 255,
} as const;
const MAX_OPTIONS = 64;
const OPTIONS_AT = 240;

/** What one message says (RFC 2131, RFC 2132). */
export interface DhcpMessage {
  /** 1 request of a client, 2 reply of a server. */
  readonly op: number;
  /** Option 53: 1 DISCOVER, 2 OFFER, 3 REQUEST, 4 DECLINE, 5 ACK, 6 NAK, 7 RELEASE, 8 INFORM; 0 absent (BOOTP). */
  type: number;
  hostName: string;
  vendorClass: string;
  /** Option 55 as decimal numbers joined by commas, in the order asked. */
  parameters: string;
  /** Options 50, 54 and the first of options 3 and 6 as 32-bit words; 0 absent. */
  requested: number;
  serverId: number;
  router: number;
  nameServer: number;
  /** Option 61, hexadecimal; '' absent. */
  clientId: string;
}

/*
 * op 1, htype 1, hlen 1, hops 1, xid 4, secs 2, flags 2, ciaddr 4, yiaddr 4, siaddr 4, giaddr 4, chaddr 16, sname 64,
 * file 128, magic 63 82 53 63, options (code 1, length 1, value)
 */
/** Null when the bytes are not DHCP. Options that do not fit end the list; what came before counts. */
export function readDhcp(b: Buffer, from: number, to: number): DhcpMessage | null {
  if (to - from < OPTIONS_AT || (b[from] !== 1 && b[from] !== 2)) return null;
  if (b.readUInt32BE(from + 236) !== 0x63825363) return null;
  const m: DhcpMessage = {
    op: b[from],
    type: 0,
    hostName: '',
    vendorClass: '',
    parameters: '',
    requested: 0,
    serverId: 0,
    router: 0,
    nameServer: 0,
    clientId: '',
  };
  let at = from + OPTIONS_AT;
  for (let n = 0; n < MAX_OPTIONS && at < to; n++) {
    const code = b[at];
    if (code === Option.End) break;
    if (code === Option.Pad) {
      at++;
      n--;
      continue;
    }
    const length = at + 1 < to ? b[at + 1] : 0;
    const value = at + 2;
    if (value + length > to) break;
    at = value + length;
    const word = (): number => (length >= 4 ? b.readInt32BE(value) : 0);
    switch (code) {
      case Option.MessageType:
        m.type = length > 0 ? b[value] : 0;
        break;
      case Option.HostName:
        m.hostName = b.toString('latin1', value, at);
        break;
      case Option.Fqdn:
        // flags 1, rcode 2, name (RFC 4702; the old encoding is plain text)
        if (m.hostName === '' && length > 3 && (b[value] & 4) === 0) m.hostName = b.toString('latin1', value + 3, at);
        break;
      case Option.VendorClass:
        m.vendorClass = b.toString('latin1', value, at);
        break;
      case Option.Parameters:
        m.parameters = [...b.subarray(value, at)].join(',');
        break;
      case Option.Requested:
        m.requested = word();
        break;
      case Option.ServerId:
        m.serverId = word();
        break;
      case Option.Router:
        m.router = word();
        break;
      case Option.NameServer:
        m.nameServer = word();
        break;
      case Option.ClientId:
        m.clientId = b.toString('hex', value, at);
        break;
    }
  }
  return m;
}

/** Names of option 53 (RFC 2132 9.6). */
const MESSAGES = ['BOOTP', 'DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'];

const ip = (word: number): string => (word === 0 ? '' : formatIp(0, 0, 0xffff, word));

/** DHCP for IPv4. */
export function createDhcp(ctx: ProtocolContext, tell: Teller): Reader {
  return (d: Datagram) => {
    const m = readDhcp(d.buf, d.from, d.to);
    if (m === null) return;
    ctx.events.event({
      kind: 'dhcp',
      flow: d.slot,
      dir: d.dir,
      tsUs: d.tsUs,
      message: MESSAGES[m.type] ?? 'other',
      requested: ip(m.requested),
      server: ip(m.serverId),
      router: ip(m.router),
      nameServer: ip(m.nameServer),
      clientToken: m.clientId === '' ? '' : ctx.token('dhcp', m.clientId),
    });
    const say = (field: Parameters<Teller['tell']>[4], value: string): void =>
      tell.tell(d.slot, d.dir, d.tsUs, 'dhcp', field, value);
    if (m.op === 2) {
      if (m.type === 2 || m.type === 5) {
        say('role', 'dhcp-server');
        if (m.router !== 0 && m.router === m.serverId) say('role', 'gateway');
      }
      return;
    }
    if (m.hostName !== '') tell.name(d.slot, d.dir, d.tsUs, 'dhcp', m.hostName);
    if (m.vendorClass !== '') say('class', m.vendorClass);
    if (m.parameters !== '') say('fingerprint', hashString(ctx.seed, m.parameters).toString(16));
  };
}

const V6_HEAD = 4;
const V6 = { VendorClass: 16, Fqdn: 39 } as const;

/* RFC 8415: message type 1, transaction 3, options (code 2, length 2, value) */
/** DHCP for IPv6: host name (option 39) and vendor class (option 16). */
export function createDhcp6(tell: Teller): Reader {
  return (d: Datagram) => {
    const { buf: b, from, to } = d;
    const type = b[from];
    if (to - from < V6_HEAD || type < 1 || type > 11) return;
    // advertise, reply: a server speaks
    if (type === 2 || type === 7) return tell.tell(d.slot, d.dir, d.tsUs, 'dhcp6', 'role', 'dhcp-server');
    let at = from + V6_HEAD;
    for (let n = 0; n < MAX_OPTIONS && at + 4 <= to; n++) {
      const code = b.readUInt16BE(at);
      const value = at + 4;
      const end = value + b.readUInt16BE(at + 2);
      if (end > to) return;
      at = end;
      if (code === V6.Fqdn && end - value > 2) {
        const label = b[value + 1];
        if (label > 0 && value + 2 + label <= end)
          tell.name(d.slot, d.dir, d.tsUs, 'dhcp6', b.toString('latin1', value + 2, value + 2 + label));
      } else if (code === V6.VendorClass && end - value > 6) {
        const length = b.readUInt16BE(value + 4);
        if (value + 6 + length <= end)
          tell.tell(d.slot, d.dir, d.tsUs, 'dhcp6', 'class', b.toString('latin1', value + 6, value + 6 + length));
      }
    }
  };
}
