import { AppProto } from '../core/index.js';
import { F, MIX, MIX_APPS, Min, Sec } from './columns.js';
import { histogramEntropy, jsDistance } from './entropy.js';
import { type Ask, type FeatureEntry, ratio } from './entry.js';
import { HALF_PORTS, turnMix, turnPorts } from './epochs.js';

const rate =
  (counter: number) =>
  (a: Ask): number =>
    a.columns.sum(a.device, counter) / a.windowS; // prettier-ignore
const share =
  (part: number, whole: number) =>
  (a: Ask): number =>
    ratio(a.columns.sum(a.device, part), a.columns.sum(a.device, whole)); // prettier-ignore

/** Protocols whose payload anybody on the path can read. Unknown ones are not called clear. */
const CLEAR = new Uint8Array(MIX_APPS);
for (const app of [
  AppProto.Dicom,
  AppProto.Hl7,
  AppProto.Http,
  AppProto.Dns,
  AppProto.Telnet,
  AppProto.Ftp,
  AppProto.Tftp,
  AppProto.Vnc,
  AppProto.Mqtt,
  AppProto.Ntp,
  AppProto.Dhcp,
  AppProto.Rsh,
  AppProto.Snmp,
  AppProto.Vitals,
  AppProto.Mdns,
  AppProto.Ssdp,
  AppProto.Wsd,
  AppProto.Llmnr,
  AppProto.Syslog,
  AppProto.Ldap,
  AppProto.Lpd,
  AppProto.Nfs,
  AppProto.Astm,
  AppProto.Modbus,
  AppProto.Bacnet,
])
  CLEAR[app] = 1; // prettier-ignore

/** Group B: who the device talks with and how it goes. */
export const GROUP_B: readonly FeatureEntry[] = [
  {
    name: 'active_flows',
    group: 'B',
    unit: 'count',
    transform: 'log1p',
    source: '13: nDPI, Zeek',
    label: 'open flows',
    text: 'Flows alive with the device at either end.',
    read: (a) => a.columns.row[a.row + F.ActiveFlows],
  },
  {
    name: 'new_flows_rate',
    group: 'B',
    unit: '1/s',
    transform: 'log1p',
    source: '14: nDPI flow flood',
    label: 'flows opened a second',
    text: 'Flows opened by the device in the last 60 s, a second.',
    read: rate(Sec.FlowsOpened),
  },
  {
    name: 'uniq_peers',
    group: 'B',
    unit: 'count',
    transform: 'log1p',
    source: '15: nDPI contacts',
    label: 'distinct peers in 10 min',
    text: 'Distinct remote addresses the device exchanged packets with in 10 min.',
    read: (a) => a.columns.cold[a.device]?.peers?.count(a.sec) ?? 0,
  },
  {
    name: 'new_peers',
    group: 'B',
    unit: 'count',
    transform: 'log1p',
    source: '16: nDPI service map, Slips',
    label: 'peers never seen while learning, in 10 min',
    text: 'Distinct remote addresses in 10 min that the learned set of peers lacks.',
    read: (a) => a.columns.cold[a.device]?.newPeers?.count(a.sec) ?? 0,
  },
  {
    name: 'ext_bytes_out',
    group: 'B',
    unit: 'B',
    transform: 'log1p',
    source: '17: Slips data upload',
    label: 'bytes sent outside the site in 10 min',
    text: 'IP octets sent to addresses outside the site in 10 min.',
    read: (a) => a.columns.minuteSum(a.device, Min.ExtOut, a.min),
  },
  {
    name: 'uniq_dport',
    group: 'B',
    unit: 'count',
    transform: 'log1p',
    source: '18: Slips, nDPI scan',
    label: 'distinct server ports contacted in 10 min',
    text: 'Distinct (protocol, port) the device opened flows to in 10 min.',
    read: (a) => a.columns.cold[a.device]?.ports?.count(a.sec) ?? 0,
  },
  {
    name: 'dport_entropy',
    group: 'B',
    unit: 'bit',
    transform: 'linear',
    source: '19',
    label: 'spread over server ports',
    text: 'Entropy of the server ports of flows the device opened in the last 5 to 10 min.',
    read: (a) => {
      const c = a.columns.cold[a.device];
      if (c === undefined || c.portHist === null) return Number.NaN;
      turnPorts(c, a.sec);
      return histogramEntropy(c.portHist, HALF_PORTS);
    },
  },
  {
    name: 'conn_fail_ratio',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '20: nDPI syn scan, Zeek conn_state',
    label: 'share of connections that failed',
    text: 'SYN-opened flows without SYN-ACK (refused or unanswered) over SYN-opened flows, 60 s.',
    read: (a) => {
      const syn = a.columns.sum(a.device, Sec.SynOut);
      return ratio(Math.max(0, syn - a.columns.sum(a.device, Sec.SynAckIn)), syn);
    },
  },
  {
    name: 'syn_in_rate',
    group: 'B',
    unit: '1/s',
    transform: 'log1p',
    source: '21: CIC syn_count',
    label: 'connection attempts received a second',
    text: 'SYN segments received in the last 60 s, a second.',
    read: rate(Sec.SynIn),
  },
  {
    name: 'rst_ratio',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '22: CIC rst_count, NFStream',
    label: 'share of resets',
    text: 'RST segments over TCP segments, sent and received, 60 s.',
    read: share(Sec.Rst, Sec.TcpSegs),
  },
  {
    name: 'psh_ratio',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '23: CIC psh',
    label: 'share of pushed segments',
    text: 'PSH segments over TCP segments, sent and received, 60 s.',
    read: share(Sec.Psh, Sec.TcpSegs),
  },
  {
    name: 'tcp_retx_ratio',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '24: nDPI tcp_packets_issues',
    label: 'share of bytes retransmitted or out of order',
    text: 'Retransmitted and out-of-order octets over TCP payload octets, 60 s.',
    read: (a) => {
      const r = ratio(a.columns.sum(a.device, Sec.RetxBytes), a.columns.sum(a.device, Sec.TcpBytes));
      return Math.min(r, 1);
    },
  },
  {
    name: 'tcp_conflict',
    group: 'B',
    unit: 'count',
    transform: 'log1p',
    source: '25: Suricata, Zeek overlap events',
    label: 'TCP segments that contradict each other',
    text: 'Flows in which overlapping segments carried different bytes, 60 s.',
    read: (a) => a.columns.sum(a.device, Sec.Conflicts),
  },
  {
    name: 'bmcast_ratio',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '26: nDPI',
    label: 'share of broadcast and multicast',
    text: 'Broadcast and multicast packets over packets sent, 60 s.',
    read: share(Sec.BmcastOut, Sec.PktsOut),
  },
  {
    name: 'arp_anom',
    group: 'B',
    unit: '1/min',
    transform: 'log1p',
    source: '27: Slips ARP, CIC ARP',
    label: 'odd ARP messages a minute',
    text: 'Gratuitous and unsolicited ARP announcements and address moves in the last 60 s.',
    read: (a) => a.columns.sum(a.device, Sec.ArpOdd),
  },
  {
    name: 'dns_nx_ratio',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '28: Slips, nDPI',
    label: 'share of DNS names that do not exist',
    text: 'NXDOMAIN answers over DNS answers received, 10 min.',
    read: (a) =>
      ratio(a.columns.minuteSum(a.device, Min.DnsNx, a.min), a.columns.minuteSum(a.device, Min.DnsAnswers, a.min)),
  },
  {
    name: 'dns_uniq_domains',
    group: 'B',
    unit: 'count',
    transform: 'log1p',
    source: '28: distinct registered domains',
    label: 'distinct domains asked for in 10 min',
    text: 'Distinct registered domains in DNS questions, 10 min.',
    read: (a) => a.columns.cold[a.device]?.domains?.count(a.sec) ?? Number.NaN,
  },
  {
    name: 'proto_mix_js',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '29: Jensen–Shannon drift',
    label: 'change of the mix of protocols',
    text: 'Jensen–Shannon distance of the octets by application protocol (5 to 10 min) from the learned mix.',
    read: (a) => {
      turnMix(a.columns, a.device, a.sec, a.learning);
      const m = a.device * MIX;
      return jsDistance(MIX_APPS, a.columns.mix, m, m + MIX_APPS, a.columns.mix, m + 2 * MIX_APPS);
    },
  },
  {
    name: 'cleartext_ratio',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '30: Malcolm severity, nDPI',
    label: 'share of bytes in clear text',
    text: 'Octets of recognised unencrypted application protocols over all octets, 5 to 10 min.',
    read: (a) => {
      turnMix(a.columns, a.device, a.sec, a.learning);
      const m = a.device * MIX;
      let clear = 0;
      let all = 0;
      for (let i = 0; i < MIX_APPS; i++) {
        const n = a.columns.mix[m + i] + a.columns.mix[m + MIX_APPS + i];
        all += n;
        if (CLEAR[i] === 1) clear += n;
      }
      return ratio(clear, all);
    },
  },
  {
    name: 'periodicity',
    group: 'B',
    unit: 'ratio',
    transform: 'linear',
    source: '31: nDPI periodicity map, Slips',
    label: 'regularity of contacts to one peer',
    text: 'Largest autocorrelation of the seconds with packets to one peer over 10 min.',
    read: (a) => a.columns.row[a.row + F.Periodicity],
  },
  {
    name: 'ttl_delta',
    group: 'B',
    unit: 'hop',
    transform: 'log1p',
    source: '32: p0f',
    label: 'change of TTL',
    text: 'Largest difference between the TTL of packets sent and the device’s usual TTL, 30 to 60 s.',
    read: (a) => {
      const r = a.columns.row;
      if (!(r[a.row + F.TtlModal] > 0)) return Number.NaN;
      const age = Math.floor(a.sec / 30) - r[a.row + F.TtlEpoch];
      return age <= 0
        ? Math.max(r[a.row + F.TtlOffNow], r[a.row + F.TtlOffBefore])
        : age === 1
          ? r[a.row + F.TtlOffNow]
          : 0;
    },
  },
  {
    name: 'how_z',
    group: 'B',
    unit: 'sd',
    transform: 'linear',
    source: '33: hour-of-week profile, Slips',
    absence: 'silent',
    label: 'volume sent against the same hour of other weeks',
    text: 'Robust z of bytes sent in the last full minute against its hour of the week, clipped to ±10.',
    read: (a) => {
      const s = a.columns.cold[a.device]?.season;
      const bytes = a.columns.row[a.row + F.LastMinuteBytes];
      return s === undefined || s === null || Number.isNaN(bytes) ? Number.NaN : s.z(bytes, a.tsUs - 60_000_000);
    },
  },
]; // prettier-ignore
