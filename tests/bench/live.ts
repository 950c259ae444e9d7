import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PACKETS_A_VERDICT, victimOf, writeLoad } from '../endurance/load.js';
import { paced, SENDER } from '../endurance/stand.js';
import { generate } from '../support/gen/index.js';
import { haveProgram, noNamespaces, TestNetwork } from '../support/namespace.js';
import { MAIN } from '../support/wardwire.js';
import { processesWith } from './processes.js';
import { table } from './tools.js';

const RATE = 20_000;
/** Verdicts a second: telnet sessions between hosts that never met. */
const VERDICTS = 20;
const LIMITS_MS = [1, 2.5, 5, 10, 25];

interface Heard {
  readonly latency_ms: number;
  readonly observed_at: string;
}

function metric(text: string, name: string): number {
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/**
 * The daemon on one end of a veth pair, tcpreplay on the other, mosquitto beside it: packet to verdict (kernel timestamp to
 * broker socket, as the verdicts themselves say) at 20,000 packets/s of the hospital mix, beside which telnet sessions begin
 * so that verdicts come all the while. The first half warms the code and is not counted.
 */
export async function benchLive(dir: string, quick: boolean): Promise<void> {
  const missing = ['tcpreplay', 'mosquitto', 'mosquitto_sub', 'curl'].filter((p) => !haveProgram(p));
  const why = noNamespaces() ?? (missing.length > 0 ? `${missing.join(', ')} not installed` : null);
  if (why !== null) {
    console.log(`\nlive: skipped: ${why}`);
    return;
  }
  const packets = RATE * (quick ? 4 : 20);
  const file = join(dir, 'live.pcap');
  await generate({ kind: 'mixed', packets: 2 * packets, seed: 3, file });
  const load = join(dir, 'load.pcap');
  const pairs = (2 * packets * VERDICTS) / RATE;
  writeLoad(load, { pairs });
  // of what nobody has named the overload ladder would decode least
  const hosts = Array.from({ length: pairs }, (_, n) => `${victimOf(n)},ventilator`);
  writeFileSync(join(dir, 'site.csv'), `ip,type\n${hosts.join('\n')}\n`);
  const data = join(dir, 'data');
  mkdirSync(data, { recursive: true });
  const config = join(dir, 'live.yaml');
  writeFileSync(
    config,
    `inventory:\n  site_file: site.csv\nbaseline:\n  learning_s: 86400\nstore:\n  data_dir: ${data}\n`,
  );
  const net = new TestNetwork();
  try {
    net.start(net.b, ['mosquitto', '-p', '1883'], { stdio: 'ignore' });
    await sleep(500);
    const daemon = net.start(net.b, [process.execPath, MAIN, 'run', '--config', config, '--interface', net.device], {
      stdio: 'ignore',
    });
    const sub = net.start(net.b, ['mosquitto_sub', '-t', 'wardwire/v1/+/+/verdict/#'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    sub.stdout?.on('data', (d: Buffer) => {
      said += d.toString();
    });
    const scrape = (): string => net.run(net.b, ['curl', '-s', 'http://127.0.0.1:9844/metrics']).stdout;
    for (let i = 0; i < 100 && metric(scrape(), 'wardwire_sensor_up') !== 1; i++) await sleep(100);
    const send = (pps: number, path: string) =>
      net.start(net.a, [...SENDER, '-i', net.device, ...paced(pps), path], { stdio: 'ignore' });
    send(VERDICTS * PACKETS_A_VERDICT, load);
    const sender = send(RATE, file);
    const sent = new Promise((done) => sender.once('exit', done));
    await sleep((1000 * packets) / RATE);
    const warm = said.length;
    await sent;
    await sleep(1500);
    const end = scrape();
    const { rssMib, cpuS } = processesWith('__sensor').reduce((a, b) => (b.rssMib > a.rssMib ? b : a));
    const gone = new Promise((done) => daemon.once('exit', done));
    daemon.kill('SIGINT');
    await gone;
    const heard = said
      .slice(warm)
      .split('\n')
      .filter((l) => l.startsWith('{'))
      .map((l) => (JSON.parse(l) as Heard).latency_ms)
      .sort((a, b) => a - b);
    const at = (q: number): string => (heard[Math.max(0, Math.ceil(q * heard.length) - 1)] ?? Number.NaN).toFixed(1);
    const received = metric(end, 'wardwire_capture_packets_total');
    console.log(
      `\nlive: ${RATE.toLocaleString('en')} packets/s on a veth pair, second half of ${(2 * packets).toLocaleString('en')}`,
    );
    console.log(
      table(
        ['delivered', 'not delivered', 'CPU-s/M', 'RSS MiB', 'verdicts', 'p50 ms', 'p99 ms', 'max ms'],
        [
          [
            String(received),
            String(2 * packets - received),
            (cpuS / (received / 1e6)).toFixed(2),
            rssMib.toFixed(0),
            String(heard.length),
            at(0.5),
            at(0.99),
            at(1),
          ],
        ],
      ),
    );
    const share = (ms: number): string =>
      `${((100 * heard.filter((l) => l <= ms).length) / heard.length).toFixed(1)} %`;
    console.log(`within: ${LIMITS_MS.map((ms) => `${ms} ms ${share(ms)}`).join(', ')}`);
  } finally {
    net.close();
  }
}
