import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pcapBytes } from '../support/capture-bytes.js';
import { ethernet, ip4, udp } from '../support/frames.js';
import { haveProgram, noNamespaces, TestNetwork } from '../support/namespace.js';
import { MAIN, Running } from '../support/wardwire.js';
import { median } from './tools.js';

const DEVICES = 1000;
const SCRAPES = 120;
/** A text is given to everybody who asks within half a second: each scrape here is a fresh one. */
const BETWEEN_MS = 520;

/** Processor time of a process's main thread so far, ms (proc(5), schedstat). */
function cpuMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** The sensor at work among the children of the control process: the one that has done most; another one waits for its turn. */
function sensorOf(pid: number): number {
  let most = { pid: 0, ms: 0 };
  for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const ms = parent === pid ? cpuMs(Number(name)) : 0;
      if (ms > most.ms) most = { pid: Number(name), ms };
    } catch {
      // gone meanwhile
    }
  }
  return most.pid;
}

/**
 * A sensor on a real interface with a thousand devices, scraped over and over: how long a scrape takes, and what it costs the sensor
 * process. A stall that a scrape would bring there needs processor time there: the difference to as long a time without scrapes bounds it.
 */
export async function benchScrape(dir: string): Promise<string> {
  const why = noNamespaces();
  if (why !== null || !haveProgram('tcpreplay')) return `scrape: left out (${why ?? 'no tcpreplay'})`;
  const net = new TestNetwork();
  try {
    const frames = Array.from({ length: DEVICES * 4 }, (_, i) => {
      const n = i % DEVICES;
      const low = (x: number): string => x.toString(16).padStart(4, '0');
      const ip = `10.20.${n >> 8}.${n & 255}`;
      return ethernet(
        0x0800,
        ip4(17, udp(5000, 6000, Buffer.from(`hello ${i}`)), { src: ip, dst: '10.20.99.1' }),
        `02000000${low(n)}`,
        '02000000ffff',
      );
    });
    const file = join(dir, 'thousand.pcap');
    writeFileSync(file, pcapBytes(frames.map((data, i) => ({ s: 1, f: i, data }))));
    const config = join(dir, 'scrape.yaml');
    writeFileSync(
      config,
      `mqtt:\n  url: ""\nfile:\n  path: ${join(dir, 'v.jsonl')}\nmetrics:\n  port: 9844\nstore:\n  data_dir: ${dir}\n`,
    );
    const words = net.inside(net.b, [process.execPath, MAIN, 'run', '--config', config, '--interface', net.device]);
    const daemon = new Running(words[0], words.slice(1));
    await daemon.until('the capture', () => daemon.err.includes('source.running'));
    const player = net.start(net.a, ['tcpreplay', '-q', '-K', '--pps=2000', '--loop=100000', '-i', net.device, file], {
      stdio: 'ignore',
    });
    await sleep(12_000);
    const sensor = sensorOf(daemon.child.pid ?? 0);
    const alone = cpuMs(sensor);
    await sleep(SCRAPES * BETWEEN_MS);
    const without = cpuMs(sensor) - alone;
    // what compiles at the first scrape is compiled
    net.run(net.b, ['curl', '-s', '-o', '/dev/null', 'http://127.0.0.1:9844/metrics']);
    await sleep(1000);
    const scraper = net.start(net.b, [process.execPath, '--input-type=module', '-e', SCRAPER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    scraper.stdout?.on('data', (d: Buffer) => {
      out += d.toString();
    });
    const begin = performance.now();
    const before = cpuMs(sensor);
    await new Promise((resolve) => scraper.once('close', resolve));
    const seconds = (performance.now() - begin) / 1000;
    const during = cpuMs(sensor) - before;
    player.kill('SIGKILL');
    daemon.child.kill('SIGTERM');
    await daemon.exited;
    const { ms, series, bytes } = JSON.parse(out) as { ms: number[]; series: number; bytes: number };
    ms.sort((a, b) => a - b);
    const p99 = ms[Math.min(ms.length - 1, Math.ceil(0.99 * ms.length) - 1)];
    const perScrape = (during - without * (seconds / ((SCRAPES * BETWEEN_MS) / 1000))) / SCRAPES;
    return [
      `scrape of ${DEVICES} devices: ${series.toLocaleString('en')} series, ${(bytes / 1024).toFixed(0)} KiB, ${SCRAPES} scrapes of a live sensor (2,000 packets/s)`,
      `  a scrape takes p50 ${median(ms).toFixed(1)} ms, p90 ${ms[Math.floor(0.9 * ms.length)].toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (budget 100 ms)`,
      `  processor time of the sensor process: ${during.toFixed(0)} ms with scrapes, ${without.toFixed(0)} ms without: ${perScrape.toFixed(3)} ms a scrape (budget of a stall 1 ms)`,
    ].join('\n');
  } finally {
    net.close();
  }
}

/** Runs inside the sensor's namespace. */
const SCRAPER = `
const ms = []; let text = '';
for (let i = 0; i < ${SCRAPES}; i++) {
  const t = performance.now();
  text = await (await fetch('http://127.0.0.1:9844/metrics')).text();
  ms.push(performance.now() - t);
  await new Promise((r) => setTimeout(r, ${BETWEEN_MS}));
}
const series = text.split('\\n').filter((l) => l !== '' && l[0] !== '#').length;
console.log(JSON.stringify({ ms, series, bytes: text.length }));
`;
