import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { victimOf, writeIntroductions, writeLoad } from '../endurance/load.js';
import { obstacle, Stand } from '../endurance/stand.js';
import { pcapBytes } from '../support/capture-bytes.js';
import { ethernet, ip4, udp } from '../support/frames.js';
import { generate } from '../support/gen/index.js';
import { haveProgram } from '../support/namespace.js';
import { HISTOGRAM_HEAD, LATENCY_HEAD, latencyAt, verdictLoad } from './live-latency.js';
import {
  CORES,
  type Highest,
  highest,
  receivers,
  replay,
  SECONDS,
  sensor,
  TOP_PER_S,
  type Traffic,
} from './live-rate.js';
import type { Report } from './report.js';
import type { Target } from './targets.js';
import { count, table } from './tools.js';

const MIX = 'hospital mix';
/** Code is compiled and tables have grown after so many packets: sensors run for weeks. */
const WARM_PER_S = 30_000;
const WARM_S = 25;
/** Verdicts a second: the first telnet sessions of known hosts. */
const VERDICTS = 50;
/** Known because they said something before, hosts a second. */
const INTRODUCED_PER_S = 1000;
/** Shares of the highest rate at which latency is measured; targets hold at half of it. */
const SHARES = [0.1, 0.5, 0.9];
const HALF = 0.5;

/** What a part of the live bench is measured with. */
interface Extent {
  /** Packets of each mix, and how many mixes. */
  readonly packets: number;
  readonly mixes: number;
  readonly seconds: number;
  readonly warmS: number;
}
const FULL: Extent = { packets: SECONDS * TOP_PER_S, mixes: 3, seconds: 40, warmS: 5 };
const QUICK: Extent = { packets: 100_000, mixes: 2, seconds: 6, warmS: 4 };
const QUICK_PER_S = 20_000;

async function mixes(dir: string, e: Extent): Promise<Traffic> {
  const files = Array.from({ length: e.mixes }, (_, i) => join(dir, `mix${i}.pcap`));
  for (const [i, file] of files.entries()) await generate({ kind: 'mixed', packets: e.packets, seed: 31 + i, file });
  return { name: MIX, files };
}

/** UDP datagrams of one flow in frames of a size. */
function framesOf(dir: string, size: number): Traffic {
  const file = join(dir, `size${size}.pcap`);
  const frame = ethernet(0x0800, ip4(17, udp(4000, 5000, Buffer.alloc(size - 42, 1))));
  writeFileSync(file, pcapBytes(Array.from({ length: 1000 }, (_, i) => ({ s: 1, f: i, data: frame }))));
  return { name: `${size} octets`, files: [file] };
}

function rateTable(works: readonly Traffic[], found: ReadonlyMap<string, ReadonlyMap<string, Highest>>): string {
  const rows: string[][] = [];
  for (const w of works) {
    const own = [...found.values()][0].get(w.name) as Highest;
    let first = true;
    for (const [name, by] of found) {
      const h = by.get(w.name) as Highest;
      const rate = `${h.sender ? '>= ' : ''}${count(h.rate)}`;
      rows.push([first ? w.name : '', name, rate, `${(own.rate / h.rate).toFixed(2)}x`, h.cpuUs.toFixed(2)]);
      first = false;
    }
  }
  return table(['traffic', 'receiver', 'packets/s', 'whole sensor/it', 'CPU µs/packet'], rows);
}

/**
 * The whole sensor (both processes, against a real broker) on a veth pair: the highest rate at which nothing is lost beside what other
 * receivers bear, and packet to verdict at shares of it. `quick`: only the latter, at a modest rate.
 */
export async function benchLive(dir: string, quick: boolean, report: Report): Promise<void> {
  const two = haveProgram('taskset') && cpus().length > 1;
  const why = obstacle() ?? (two ? null : 'two cores and taskset are needed');
  if (why !== null) {
    console.log(`\nlive: skipped: ${why}`);
    return;
  }
  const e = quick ? QUICK : FULL;
  const mix = await mixes(dir, e);
  const pairs = VERDICTS * (quick ? 30 : SHARES.length * (e.seconds + e.warmS + 5));
  const stand = new Stand(
    `inventory:\n  site_file: site.csv\n  max_devices: ${2 * pairs + 2000}\nbaseline:\n  learning_s: 86400\n`,
    { cores: CORES, broker: 'memory' },
  );
  try {
    const load = join(dir, 'load.pcap');
    writeLoad(load, { pairs });
    const introductions = join(dir, 'introductions.pcap');
    writeIntroductions(introductions, pairs);
    // of what nobody has named the overload ladder would decode least
    const named = Array.from({ length: pairs }, (_, n) => `${victimOf(n)},ventilator`);
    writeFileSync(join(stand.dir, 'site.csv'), `ip,type\n${named.join('\n')}\n`);
    stand.startBroker();
    await sleep(300);
    await stand.subscribe();
    stand.startDaemon();
    await stand.up();
    await replay(stand, [introductions], 2 * pairs, INTRODUCED_PER_S);
    if (quick) {
      verdictLoad(stand, load, VERDICTS);
      const x = await latencyAt(stand, mix, QUICK_PER_S, e.seconds, e.warmS);
      report.part('live', ['live: packet to verdict', table(LATENCY_HEAD, [x.row])].join('\n'));
      return;
    }
    const works = [...[64, 300, 1400].map((size) => framesOf(dir, size)), mix];
    const found = new Map<string, Map<string, Highest>>();
    const all = [sensor(stand), ...receivers(stand)];
    await replay(stand, mix.files, WARM_S * WARM_PER_S, WARM_PER_S);
    for (const r of all) {
      // the others are measured when the sensor has gone
      if (r === all[1]) {
        await benchLatency(stand, mix, load, found.get(all[0].name)?.get(MIX)?.rate ?? Number.NaN, e, report);
        await stand.killDaemon('SIGINT');
      }
      const by = new Map<string, Highest>();
      for (const w of works) by.set(w.name, await highest(stand, r, w));
      found.set(r.name, by);
    }
    const rate = (name: string): number => found.get(name)?.get(MIX)?.rate ?? Number.NaN;
    const target: Target = {
      what: 'live, hospital mix: highest rate without a loss against tcpdump -w /dev/null',
      found: rate(all[0].name) / rate('tcpdump -w /dev/null'),
      limit: 0.8,
      sense: 'at least',
      unit: 'x',
    };
    const head =
      'live rates: highest without a loss on a veth pair, receiver on one core, sender on the other; >= it could not send faster';
    report.part('rates', `${head}\n${rateTable(works, found)}`, [target]);
  } finally {
    stand.close();
  }
}

async function benchLatency(
  stand: Stand,
  mix: Traffic,
  load: string,
  rate: number,
  e: Extent,
  report: Report,
): Promise<void> {
  verdictLoad(stand, load, VERDICTS);
  // only for the rates all of it has to do with one core
  for (const pid of [stand.daemon?.pid, stand.sensorPid()])
    spawnSync('taskset', ['-a', '-c', '-p', '0,1', String(pid)], { stdio: 'ignore' });
  const rows = [];
  const targets: Target[] = [];
  for (const share of SHARES) {
    const x = await latencyAt(stand, mix, share * rate, e.seconds, e.warmS);
    rows.push(x);
    if (share !== HALF) continue;
    const half = { sense: 'at most', unit: ' ms' } as const;
    targets.push(
      { what: 'live latency at half that rate, p99', found: x.p99, limit: 2, ...half },
      { what: 'live latency at half that rate, p99.9', found: x.p999, limit: 10, ...half },
    );
  }
  const text = [
    `live: packet to verdict at ${SHARES.map((s) => `${100 * s} %`).join(', ')} of the whole sensor's highest rate on the ${MIX}, ${e.seconds} s each`,
    table(
      LATENCY_HEAD,
      rows.map((x) => x.row),
    ),
    '',
    table(
      HISTOGRAM_HEAD,
      rows.map((x) => x.histogram),
    ),
  ];
  report.part('live', text.join('\n'), targets);
}
