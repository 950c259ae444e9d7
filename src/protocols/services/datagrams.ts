import { AppProto, type DatagramProtocol, type PacketView, type ProtocolContext } from '../../core/index.js';

/** Registered UDP ports (IANA) and what they mark. Philips IntelliVue: data export 24105, connect indication 24005. */
const PORTS: Readonly<Record<number, number>> = {
  67: AppProto.Dhcp,
  68: AppProto.Dhcp,
  69: AppProto.Tftp,
  123: AppProto.Ntp,
  161: AppProto.Snmp,
  162: AppProto.Snmp,
  514: AppProto.Syslog,
  1900: AppProto.Ssdp,
  3702: AppProto.Wsd,
  5353: AppProto.Mdns,
  5355: AppProto.Llmnr,
  24005: AppProto.Vitals,
  24105: AppProto.Vitals,
  47808: AppProto.Bacnet,
}; // prettier-ignore

/** Marks UDP flows by port; a TFTP request (RFC 1350: opcode 1 or 2, a file name) is told as a cleartext service. */
export function createPortMarks(ctx: ProtocolContext): DatagramProtocol {
  return {
    name: 'udp-port',
    app: AppProto.Unknown,
    datagram(slot: number, v: PacketView): boolean {
      const { columns } = ctx;
      if (columns.app[slot] !== 0) return false;
      const app = PORTS[columns.port[2 * slot + 1]] ?? PORTS[columns.port[2 * slot]];
      if (app === undefined) return false;
      columns.app[slot] = app;
      const b = v.payBuf;
      const request = v.payLen >= 4 && b[v.payOff] === 0 && (b[v.payOff + 1] === 1 || b[v.payOff + 1] === 2);
      if (app === AppProto.Tftp && request) {
        ctx.events.event({
          kind: 'service',
          flow: slot,
          dir: v.dir as 0 | 1,
          tsUs: v.tsUs,
          app,
          version: '',
          credentials: false,
        });
      }
      return false;
    },
  };
}
