import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from '../../src/core/index.js';
import { histogram, metric, quantile } from '../support/figures.js';
import { generate } from '../support/gen/index.js';
import { PACKETS_A_VERDICT, victimOf, writeLoad } from './load.js';
import { type Outcome, obstacle, paced, SENDER, Stand, skipped, waitFor } from './stand.js';

/** The rated load, packets/s of the hospital mix, and what it is multiplied with. */
const RATED = 20_000;
const OVERLOAD = 10;
const OVERLOAD_S = 10;
/** Verdicts a second beside it. */
const PER_S = 50;
const FLAP_MS = 4000;
const EDGES_MS = [1, 2.5, 5, 10, 15, 20, 25, 35, 50, 100, 250, 1000];
const BUDGET_MS: Readonly<Record<string, number>> = { ventilator: 25, 'patient-monitor': 50 };
const OTHER_PORT = 1884;

/** Latencies of a device type, ms, in order. */
function latencies(verdicts: readonly Verdict[], type: string): number[] {
  return verdicts
    .filter((v) => v.device.type === type && v.incident.state !== 'closed')
    .map((v) => v.latency_ms)
    .sort((a, b) => a - b);
}

function edges(list: readonly number[]): string {
  const counts = histogram(list, EDGES_MS);
  return [...EDGES_MS.map((edge, i) => `<=${edge}: ${counts[i]}`), `more: ${counts[EDGES_MS.length]}`].join(', ');
}

function words(type: string, list: readonly number[]): string {
  const q = [0.5, 0.99, 0.999, 1].map((x) => quantile(list, x).toFixed(1));
  return `${type}: ${list.length} verdicts, p50 ${q[0]}, p99 ${q[1]}, p99.9 ${q[2]}, most ${q[3]} ms (budget ${BUDGET_MS[type]})`;
}

/**
 * Packet to hand-over, from the kernel's timestamp to the broker's socket, as verdicts say it themselves: at the rated load with three
 * scrapers, a second broker that flaps and the log committing; then ten times the rated load; then back. `seconds` of rated load.
 */
export async function latency(seconds: number): Promise<Outcome> {
  const why = obstacle();
  if (why !== null) return skipped(why);
  const stand = new Stand(
    `inventory:\n  site_file: site.csv\n  max_devices: 16384\nmqtt:\n  brokers:\n    - name: other\n      url: mqtt://127.0.0.1:${OTHER_PORT}\nbaseline:\n  learning_s: 86400\n`,
  );
  try {
    const pairs = PER_S * (seconds + OVERLOAD_S + 90);
    const load = join(stand.dir, 'load.pcap');
    const mix = join(stand.dir, 'mix.pcap');
    writeLoad(load, { pairs });
    await generate({ kind: 'mixed', packets: 400_000, seed: 5, file: mix });
    const types = Object.keys(BUDGET_MS);
    const rows = Array.from({ length: Math.min(pairs, 4000) }, (_, n) => `${victimOf(n)},${types[n % types.length]}`);
    writeFileSync(join(stand.dir, 'site.csv'), `ip,type\n${rows.join('\n')}\n`);
    stand.startBroker();
    await sleep(300);
    await stand.subscribe();
    stand.startDaemon();
    await stand.up();
    const other = ['mosquitto', '-p', String(OTHER_PORT)];
    let flapping = stand.net.start(stand.net.b, other, { stdio: 'ignore' });
    const flap = setInterval(() => {
      flapping.kill('SIGKILL');
      flapping = stand.net.start(stand.net.b, other, { stdio: 'ignore' });
    }, FLAP_MS);
    const scrape = 'while :; do curl -s -o /dev/null http://127.0.0.1:9844/metrics; sleep 1; done';
    for (let i = 0; i < 3; i++) stand.net.start(stand.net.b, ['sh', '-c', scrape], { stdio: 'ignore' });
    const sender = ['nice', '-n', '-15', ...SENDER, '--loop', '0', '-i', stand.net.device];
    stand.net.start(stand.net.a, [...sender, ...paced(PER_S * PACKETS_A_VERDICT), load], { stdio: 'ignore' });
    stand.send(mix, RATED);
    await sleep(10_000);

    const warm = stand.heard.verdicts.length;
    const before = stand.scrape();
    await sleep(seconds * 1000);
    const rated = stand.heard.verdicts.slice(warm);
    const between = stand.scrape();

    const mark = stand.heard.verdicts.length;
    stand.send(mix, RATED * OVERLOAD);
    await sleep(OVERLOAD_S * 1000);
    stand.stopSending();
    const ended = performance.now();
    const calm = (): boolean => metric(stand.scrape(), 'wardwire_overload_rung') === 0;
    await waitFor('the end of the overload', calm, 30_000, 50);
    // the gauge is told once a second
    const back = (performance.now() - ended) / 1000;
    await sleep(500);
    const over = stand.heard.verdicts.slice(mark);
    const after = stand.scrape();
    clearInterval(flap);
    const lines: string[] = [];
    const grew = (name: string, from: string, to: string): number => metric(to, name) - metric(from, name);
    let ok = true;
    lines.push(
      `rated: ${Math.round(grew('wardwire_capture_packets_total', before, between) / seconds)} packets/s taken for ${seconds} s, ${grew('wardwire_capture_kernel_drops_total', before, between)} lost`,
    );
    for (const type of types) {
      const list = latencies(rated, type);
      ok &&= quantile(list, 0.999) <= BUDGET_MS[type];
      lines.push(`  ${words(type, list)}`, `    ${edges(list)}`);
    }
    const stage = (name: string): string => {
      const of = (what: string): number =>
        grew(`wardwire_stage_latency_seconds_${what}\\{stage="${name}"\\}`, before, between);
      return `${name} ${((1000 * of('sum')) / of('count')).toFixed(1)}`;
    };
    lines.push(`  mean ms by stage: ${['capture', 'decode', 'score', 'ipc', 'publish'].map(stage).join(', ')}`);
    const shed = (name: string): string =>
      `${grew(name, between, after)} ${name.replace('wardwire_', '').replace('_total', '')}`;
    const critical = latencies(over, 'ventilator');
    ok &&= quantile(critical, 0.99) <= BUDGET_MS.ventilator && back < 2;
    lines.push(
      `${OVERLOAD} times the rated load for ${OVERLOAD_S} s: ${words('ventilator', critical)}`,
      `    ${edges(critical)}`,
      `  shed and counted: ${[
        'wardwire_capture_low_lane_cut_packets_total',
        'wardwire_capture_low_lane_shed_packets_total',
        'wardwire_overload_undecoded_packets_total',
        'wardwire_capture_kernel_drops_total',
      ]
        .map(shed)
        .join(
          ', ',
        )}; told: ${stand.heard.verdicts.filter((v) => v.scenario === 'sensor.overload').length} sensor.overload`,
      `  back to normal ${back.toFixed(1)} s after (asked: 2)`,
    );
    return { ok, lines };
  } finally {
    stand.close();
  }
}
