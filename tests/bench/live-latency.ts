import { setTimeout as sleep } from 'node:timers/promises';
import { PACKETS_A_VERDICT } from '../endurance/load.js';
import { FIRST, paced, SENDER, type Stand } from '../endurance/stand.js';
import { histogram, metric, quantile } from '../support/figures.js';
import { CORES, lost, type Traffic } from './live-rate.js';
import { processTree } from './processes.js';
import { count } from './tools.js';

const EDGES_MS = [0.5, 1, 2, 3, 5, 7.5, 10, 15, 25, 50, 100];

export const LATENCY_HEAD = [
  ...['packets/s', 'not decoded', 'CPU µs/packet', 'MiB', 'verdicts', 'p50 ms', 'p99', 'p99.9', 'most'],
];
export const HISTOGRAM_HEAD = ['packets/s', ...EDGES_MS.map((e) => `<=${e} ms`), 'more'];

export interface Latency {
  readonly row: string[];
  readonly histogram: string[];
  readonly p99: number;
  readonly p999: number;
}

/** Telnet sessions that give `perS` verdicts a second, for as long as the stand lives. */
export function verdictLoad(stand: Stand, file: string, perS: number): void {
  const words = [...FIRST, ...CORES.others, ...SENDER, '-i', stand.net.device];
  stand.net.start(stand.net.a, [...words, ...paced(perS * PACKETS_A_VERDICT), file], { stdio: 'ignore' });
}

/**
 * Packet to verdict (kernel timestamp to the hand-over to the broker's socket, as the verdicts say) while the traffic passes at a rate;
 * a time at the beginning is not counted.
 */
export async function latencyAt(
  stand: Stand,
  traffic: Traffic,
  perS: number,
  seconds: number,
  warmS: number,
): Promise<Latency> {
  const [first, ...rest] = traffic.files;
  stand.send(first, perS, ['--loop', '100000', ...rest]);
  await sleep(warmS * 1000);
  const before = stand.scrape();
  const from = stand.heard.verdicts.length;
  const pid = stand.daemon?.pid ?? 0;
  const cpu = processTree(pid).cpuS;
  await sleep(seconds * 1000);
  const after = stand.scrape();
  const cost = processTree(pid);
  const list = stand.heard.verdicts
    .slice(from)
    .filter((v) => v.incident.state !== 'closed')
    .map((v) => v.latency_ms)
    .sort((a, b) => a - b);
  stand.stopSending();
  await sleep(500);
  const packets = metric(after, 'wardwire_capture_packets_total') - metric(before, 'wardwire_capture_packets_total');
  const rate = count(packets / seconds);
  const [p50, p99, p999, most] = [0.5, 0.99, 0.999, 1].map((q) => quantile(list, q));
  return {
    row: [
      rate,
      count(lost(after) - lost(before)),
      ((1e6 * (cost.cpuS - cpu)) / packets).toFixed(2),
      cost.rssMib.toFixed(0),
      String(list.length),
      ...[p50, p99, p999, most].map((x) => x.toFixed(1)),
    ],
    histogram: [rate, ...histogram(list, EDGES_MS).map(String)],
    p99,
    p999,
  };
}
