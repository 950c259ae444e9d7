import { AppProto, type DatagramProtocol, type Dir, type PacketView, type ProtocolContext } from '../core/index.js';
import { createBacnet } from './bacnet/index.js';
import { createDhcp, createDhcp6 } from './dhcp/index.js';
import { createSsdp, createWsd } from './discovery/index.js';
import { createLlmnr, createMdns, createNbdgm, createNbns } from './names/index.js';
import { createNtp } from './ntp/index.js';
import { createTftp } from './services/tftp.js';
import { createSnmp } from './snmp/index.js';
import { type Datagram, Pace, type Reader, Teller } from './teller.js';
import { createVitals } from './vitals/index.js';

/** What a registered UDP port (IANA) marks, and who reads it. */
interface Port {
  readonly app: number;
  readonly read?: Reader;
  /** Streams that are counted message by message are read more often than what is only evidence; by the first octet. */
  readonly pace?: (first: number) => Pace;
}

/** Least time between two datagrams of a vital-sign flow that are read, µs: monitors send up to 12 a second. */
const VITALS_PACE_US = 50_000;
/** Associations and aborts have a pace of their own, so that data cannot hide them: data begins with this octet. */
const VITALS_DATA = 0xe1;
const VITALS_CONTROL_US = 10_000;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** UDP protocols known by their port: flows are marked, headers read for evidence within a pace. */
export function createDatagrams(ctx: ProtocolContext): DatagramProtocol {
  const tell = new Teller(ctx);
  const pace = new Pace(ctx);
  const dhcp: Port = { app: AppProto.Dhcp, read: createDhcp(ctx, tell) };
  const dhcp6: Port = { app: AppProto.Dhcp, read: createDhcp6(tell) };
  const data = new Pace(ctx, VITALS_PACE_US);
  const control = new Pace(ctx, VITALS_CONTROL_US);
  const vitals: Port = {
    app: AppProto.Vitals,
    read: createVitals(ctx, tell),
    pace: (first) => (first === VITALS_DATA ? data : control),
  };
  const snmp: Port = { app: AppProto.Snmp, read: createSnmp(tell) };
  const ports = new Map<number, Port>([
    [67, dhcp],
    [68, dhcp],
    [69, { app: AppProto.Tftp, read: createTftp(ctx) }],
    [123, { app: AppProto.Ntp, read: createNtp(tell) }],
    [137, { app: AppProto.Nbns, read: createNbns(tell) }],
    [138, { app: AppProto.Nbns, read: createNbdgm(tell) }],
    [161, snmp],
    [162, snmp],
    [514, { app: AppProto.Syslog }],
    [546, dhcp6],
    [547, dhcp6],
    [1900, { app: AppProto.Ssdp, read: createSsdp(tell) }],
    [3702, { app: AppProto.Wsd, read: createWsd(ctx, tell) }],
    [5353, { app: AppProto.Mdns, read: createMdns(tell) }],
    [5355, { app: AppProto.Llmnr, read: createLlmnr(tell) }],
    [24005, vitals],
    [24105, vitals],
    [47808, { app: AppProto.Bacnet, read: createBacnet(tell) }],
  ]); // prettier-ignore
  const known = new Uint8Array(65_536);
  for (const port of ports.keys()) known[port] = 1;
  const d: Writable<Datagram> = { slot: 0, dir: 0, tsUs: 0, buf: Buffer.alloc(0), from: 0, to: 0 };
  return {
    name: 'udp-port',
    app: AppProto.Unknown,
    datagram(slot: number, v: PacketView): boolean {
      if ((known[v.dstPort] | known[v.srcPort]) === 0) return false;
      const { columns } = ctx;
      const port = ports.get(columns.port[2 * slot + 1]) ?? ports.get(columns.port[2 * slot]);
      if (port === undefined) return false;
      if (columns.app[slot] === 0) columns.app[slot] = port.app;
      if (port.read === undefined || v.payLen === 0) return false;
      if (!(port.pace?.(v.payBuf[v.payOff]) ?? pace).allows(slot, v.tsUs)) return false;
      d.slot = slot;
      d.dir = v.dir as Dir;
      d.tsUs = v.tsUs;
      d.buf = v.payBuf;
      d.from = v.payOff;
      d.to = v.payOff + v.payLen;
      port.read(d);
      return false;
    },
  };
}
