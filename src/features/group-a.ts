import { F, Sec } from './columns.js';
import { dampedMean, dampedRate, dampedStd, LAMBDA } from './damped.js';
import { type Ask, type FeatureEntry, ratio } from './entry.js';
import { gapP99 } from './gap.js';

const rate =
  (counter: number) =>
  (a: Ask): number =>
    a.columns.sum(a.device, counter) / a.windowS; // prettier-ignore

/** A damped count of packets or octets, brought up to now, a second; 0 for a device that never did it. */
const damped =
  (sum: number, last: number, lambda: number) =>
  (a: Ask): number => {
    const r = a.columns.row;
    const at = r[a.row + last];
    return Number.isNaN(at) ? 0 : dampedRate(r[a.row + sum], lambda, Math.max(0, a.tsUs - at) / 1e6);
  }; // prettier-ignore

/** Group A: volume and timing, 60 s (CICFlowMeter, CICIoMT2024, NFStream, Kitsune ideas; definitions are ours). */
export const GROUP_A: readonly FeatureEntry[] = [
  {
    name: 'pkts_out_rate',
    group: 'A',
    unit: 'pkt/s',
    transform: 'log1p',
    source: '1: CICFlowMeter, Kitsune',
    label: 'packets sent a second',
    text: 'Packets sent in the last 60 s, a second.',
    read: rate(Sec.PktsOut),
  },
  {
    name: 'pkts_in_rate',
    group: 'A',
    unit: 'pkt/s',
    transform: 'log1p',
    source: '2: CICFlowMeter, Kitsune',
    label: 'packets received a second',
    text: 'Packets received in the last 60 s, a second.',
    read: rate(Sec.PktsIn),
  },
  {
    name: 'bytes_out_rate',
    group: 'A',
    unit: 'B/s',
    transform: 'log1p',
    source: '3: CICFlowMeter, NFStream',
    label: 'bytes sent a second',
    text: 'IP octets sent in the last 60 s, a second.',
    read: rate(Sec.BytesOut),
  },
  {
    name: 'bytes_in_rate',
    group: 'A',
    unit: 'B/s',
    transform: 'log1p',
    source: '4: CICFlowMeter, NFStream',
    label: 'bytes received a second',
    text: 'IP octets received in the last 60 s, a second.',
    read: rate(Sec.BytesIn),
  },
  {
    name: 'out_byte_ratio',
    group: 'A',
    unit: 'ratio',
    transform: 'linear',
    source: '5: nDPI bytes ratio',
    label: 'share of bytes sent',
    text: 'Octets sent over octets sent and received, 60 s.',
    read: (a) => {
      const out = a.columns.sum(a.device, Sec.BytesOut);
      return ratio(out, out + a.columns.sum(a.device, Sec.BytesIn));
    },
  },
  {
    name: 'size_out_mean',
    group: 'A',
    unit: 'B',
    transform: 'log1p',
    source: '6: Kitsune, NFStream mean_ps',
    label: 'mean size of packets sent',
    text: 'Damped mean of the IP length of packets sent, memory 60 s.',
    read: (a) => dampedMean(a.columns.row[a.row + F.SizeW], a.columns.row[a.row + F.SizeLs]),
  },
  {
    name: 'size_out_std',
    group: 'A',
    unit: 'B',
    transform: 'log1p',
    source: '7: Kitsune, CIC Std',
    label: 'spread of the size of packets sent',
    text: 'Damped standard deviation of the IP length of packets sent.',
    read: (a) => {
      const r = a.columns.row;
      return dampedStd(r[a.row + F.SizeW], r[a.row + F.SizeLs], r[a.row + F.SizeSs], r[a.row + F.OutCount]);
    },
  },
  {
    name: 'iat_out_mean',
    group: 'A',
    unit: 'ms',
    transform: 'log1p',
    source: '8: CICFlowMeter IAT',
    label: 'mean time between packets sent',
    text: 'Damped mean of the time between packets sent, memory 60 s.',
    read: (a) => dampedMean(a.columns.row[a.row + F.IatW], a.columns.row[a.row + F.IatLs]),
  },
  {
    name: 'iat_out_cv',
    group: 'A',
    unit: 'ratio',
    transform: 'log1p',
    source: '9: Kitsune HH_jit',
    label: 'irregularity of packets sent',
    text: 'Standard deviation over mean of the time between packets sent.',
    read: (a) => {
      const r = a.columns.row;
      const mean = dampedMean(r[a.row + F.IatW], r[a.row + F.IatLs]);
      return ratio(
        dampedStd(r[a.row + F.IatW], r[a.row + F.IatLs], r[a.row + F.IatSs], r[a.row + F.OutCount] - 1),
        mean,
      );
    },
  },
  {
    name: 'burst_max_1s',
    group: 'A',
    unit: 'pkt',
    transform: 'log1p',
    source: '10: CICFlowMeter bulk idea',
    label: 'largest burst sent in one second',
    text: 'Most packets sent in any one second of the last 60.',
    read: (a) => a.columns.top(a.device, Sec.PktsOut),
  },
  {
    name: 'payload_entropy',
    group: 'A',
    unit: 'bit/B',
    transform: 'linear',
    source: '11: nDPI suspicious entropy',
    label: 'entropy of payload sent',
    text: 'Damped mean Shannon entropy of the first 256 payload bytes of sampled packets sent.',
    read: (a) => dampedMean(a.columns.row[a.row + F.EntropyW], a.columns.row[a.row + F.EntropyLs]),
  },
  {
    name: 'gap_now_ratio',
    group: 'A',
    unit: 'ratio',
    transform: 'log1p',
    source: '12: silence',
    label: 'silence against the usual longest gap',
    text: 'Time since the last packet sent over the 99th percentile of the device’s gaps.',
    read: (a) => Math.max(0, a.tsUs - a.columns.row[a.row + F.LastOutUs]) / gapP99(a.columns, a.device),
  },
  {
    name: 'pkts_out_rate_1s',
    group: 'A',
    unit: 'pkt/s',
    transform: 'log1p',
    source: '1: Kitsune, memory of 1 s',
    label: 'packets sent a second, just now (1 s)',
    text: 'Packets sent a second, damped count that fades by half in 1 s.',
    read: damped(F.OutW1, F.LastOutUs, LAMBDA.second),
  },
  {
    name: 'pkts_out_rate_10s',
    group: 'A',
    unit: 'pkt/s',
    transform: 'log1p',
    source: '1: Kitsune, memory of 10 s',
    label: 'packets sent a second, just now (10 s)',
    text: 'Packets sent a second, damped count that fades by half in 10 s.',
    read: damped(F.OutW10, F.LastOutUs, LAMBDA.tenSeconds),
  },
  {
    name: 'pkts_in_rate_1s',
    group: 'A',
    unit: 'pkt/s',
    transform: 'log1p',
    source: '2: Kitsune, memory of 1 s',
    label: 'packets received a second, just now (1 s)',
    text: 'Packets received a second, damped count that fades by half in 1 s.',
    read: damped(F.InW1, F.LastInUs, LAMBDA.second),
  },
  {
    name: 'pkts_in_rate_10s',
    group: 'A',
    unit: 'pkt/s',
    transform: 'log1p',
    source: '2: Kitsune, memory of 10 s',
    label: 'packets received a second, just now (10 s)',
    text: 'Packets received a second, damped count that fades by half in 10 s.',
    read: damped(F.InW10, F.LastInUs, LAMBDA.tenSeconds),
  },
  {
    name: 'bytes_out_rate_1s',
    group: 'A',
    unit: 'B/s',
    transform: 'log1p',
    source: '3: Kitsune, memory of 1 s',
    label: 'bytes sent a second, just now (1 s)',
    text: 'IP octets sent a second, damped count that fades by half in 1 s.',
    read: damped(F.OutLs1, F.LastOutUs, LAMBDA.second),
  },
  {
    name: 'bytes_out_rate_10s',
    group: 'A',
    unit: 'B/s',
    transform: 'log1p',
    source: '3: Kitsune, memory of 10 s',
    label: 'bytes sent a second, just now (10 s)',
    text: 'IP octets sent a second, damped count that fades by half in 10 s.',
    read: damped(F.OutLs10, F.LastOutUs, LAMBDA.tenSeconds),
  },
]; // prettier-ignore
