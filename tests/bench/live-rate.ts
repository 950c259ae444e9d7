import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pcapBytes } from '../support/capture-bytes.js';
import { ethernet, ip4, udp } from '../support/frames.js';
import { generate } from '../support/gen/index.js';
import { haveProgram, noNamespaces, TestNetwork } from '../support/namespace.js';
import { processesWith } from './processes.js';
import { table } from './tools.js';

const SECONDS = 1.5;
const RECEIVE = join(dirname(fileURLToPath(import.meta.url)), 'receive.js');

interface Receiver {
  readonly name: string;
  readonly command: (device: string) => string[];
}
const RECEIVERS: readonly Receiver[] = [
  { name: 'wardwire addon', command: (d) => [process.execPath, RECEIVE, 'addon', d] },
  { name: 'cap', command: (d) => [process.execPath, RECEIVE, 'cap', d] },
  { name: 'tcpdump -w', command: (d) => ['tcpdump', '-q', '-n', '-i', d, '-w', '/dev/null'] },
  { name: 'tshark -w', command: (d) => ['tshark', '-q', '-n', '-i', d, '-w', '/dev/null'] },
];
/** A receiver that needs 50 µs for each packet: what the sender sends is ten times too much for it. */
const BUSY: Receiver = { name: 'busy', command: (d) => [process.execPath, RECEIVE, 'addon', d, '50'] };

const PIN_RECEIVER = ['taskset', '-c', '0'];
const PIN_SENDER = ['taskset', '-c', '1'];

interface Trial {
  readonly sent: number;
  readonly got: number;
  readonly sentPerS: number;
  /** CPU µs a packet. */
  readonly cpuUs: number;
  /** Of receivers of ours: half, 99 of 100 and all packets were no older (µs), and timers no later (ms), than this. */
  readonly ageUs: readonly number[];
  readonly stallMs: readonly number[];
}

function text(child: ChildProcess): { value: string } {
  const out = { value: '' };
  for (const s of [child.stdout, child.stderr]) {
    s?.on('data', (d: Buffer) => {
      out.value += d.toString();
    });
  }
  return out;
}

/** One sending at a rate (packets/s, 0 as fast as possible) into one receiver. */
async function trial(
  net: TestNetwork,
  r: Receiver,
  file: string,
  rate: number,
  packets: number,
  [receiverCore, senderCore]: readonly (readonly string[])[] = [[], []],
): Promise<Trial> {
  const child = net.start(net.b, [...receiverCore, ...r.command(net.device)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = text(child);
  for (let i = 0; i < 100 && !/ready|listening|Capturing on/.test(said.value); i++) await sleep(50);
  const speed = rate === 0 ? ['--topspeed'] : ['--pps', String(Math.round(rate))];
  const replay = net.run(net.a, [
    ...senderCore,
    'tcpreplay',
    '-q',
    '-K',
    '--loop',
    '1000',
    '--limit',
    String(packets),
    '-i',
    net.device,
    ...speed,
    file,
  ]);
  const sent = Number(/Successful packets:\s+(\d+)/.exec(replay.stdout)?.[1] ?? Number.NaN);
  const sentPerS = Number(/Rated:.*?([\d.]+) pps/.exec(replay.stdout)?.[1] ?? Number.NaN);
  // tcpdump's ring hands a block over a second late
  await sleep(1300);
  const used = processesWith(r.command(net.device).slice(1).join(' ')).reduce((sum, p) => sum + p.cpuS, 0);
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGINT');
  await gone;
  const own = /^\{"packets".*\}$/m.exec(said.value);
  if (own !== null) {
    const { packets: got, cpuUs, ageUs, stallMs } = JSON.parse(own[0]);
    return { sent, got, sentPerS, cpuUs: cpuUs / got, ageUs, stallMs };
  }
  const got = Number(/(\d+) packets? captured/.exec(said.value)?.[1] ?? Number.NaN);
  return { sent, got, sentPerS, cpuUs: (1e6 * used) / got, ageUs: [], stallMs: [] };
}

/** Highest rate at which nothing is lost, packets/s, by halving the interval; and the CPU per packet there. */
async function highest(
  net: TestNetwork,
  r: Receiver,
  file: string,
  cores?: readonly (readonly string[])[],
  seconds = SECONDS,
): Promise<{ rate: number; cpuUs: number; sender: boolean }> {
  const top = await trial(net, r, file, 0, Math.round(270_000 * seconds), cores);
  if (top.got >= top.sent) return { rate: top.sentPerS, cpuUs: top.cpuUs, sender: true };
  let low = 0;
  let high = top.sentPerS;
  let cpuUs = Number.NaN;
  for (let step = 0; step < 5; step++) {
    const rate = (low + high) / 2;
    const x = await trial(net, r, file, rate, Math.round(rate * seconds), cores);
    if (x.got >= x.sent) {
      low = Math.min(rate, x.sentPerS);
      cpuUs = x.cpuUs;
    } else high = rate;
  }
  return { rate: low, cpuUs, sender: false };
}

/** What a receiver takes from a veth pair without losing a packet, sender and receiver on the same cores. */
export async function benchLiveRate(dir: string): Promise<void> {
  const missing = ['tcpreplay', 'tcpdump', 'tshark', 'taskset'].filter((p) => !haveProgram(p));
  const why = noNamespaces() ?? (missing.length > 0 ? `${missing.join(', ')} not installed` : null);
  if (why !== null) {
    console.log(`\nlive rates: skipped: ${why}`);
    return;
  }
  const works: [string, string][] = [];
  for (const size of [64, 300, 1400]) {
    const file = join(dir, `size${size}.pcap`);
    const frame = ethernet(0x0800, ip4(17, udp(4000, 5000, Buffer.alloc(size - 42, 1))));
    writeFileSync(file, pcapBytes(Array.from({ length: 1000 }, (_, i) => ({ s: 1, f: i, data: frame }))));
    works.push([`${size} octets`, file]);
  }
  const mix = join(dir, 'mix.pcap');
  await generate({ kind: 'mixed', packets: 100_000, seed: 1, file: mix });
  works.push(['hospital mix', mix]);
  const net = new TestNetwork();
  const rows: string[][] = [];
  const ages: string[][] = [];
  const ms = (us: number): string => (us / 1000).toFixed(2);
  try {
    for (const [work, file] of works) {
      const found = [];
      for (const r of RECEIVERS) found.push(await highest(net, r, file));
      for (const [i, r] of RECEIVERS.entries()) {
        const { rate, cpuUs, sender } = found[i];
        rows.push([
          i === 0 ? work : '',
          r.name,
          `${sender ? '>= ' : ''}${Math.round(rate).toLocaleString('en')}`,
          `${(found[0].rate / rate).toFixed(2)}x`,
          cpuUs.toFixed(2),
        ]);
      }
      for (const rate of [100, 10_000, 0.9 * found[0].rate]) {
        const x = await trial(net, RECEIVERS[0], file, rate, Math.max(300, Math.round(rate * SECONDS)));
        ages.push([rate === 100 ? work : '', Math.round(rate).toLocaleString('en'), ...x.ageUs.map(ms)]);
      }
    }
    const [mixName, mixFile] = works[works.length - 1];
    // the sender is not faster than most receivers: with other work on its core a receiver shows what it needs
    const spin = Array.from({ length: 15 }, () =>
      net.start(net.b, [...PIN_RECEIVER, 'sh', '-c', 'while :; do :; done']),
    );
    const sixteenth = [];
    for (const r of RECEIVERS) sixteenth.push((await highest(net, r, mixFile, [PIN_RECEIVER, PIN_SENDER], 4)).rate);
    for (const s of spin) s.kill('SIGKILL');
    for (const [i, r] of RECEIVERS.entries()) {
      const work = i === 0 ? `${mixName}, a sixteenth of a core` : '';
      const rate = Math.round(sixteenth[i]).toLocaleString('en');
      rows.push([work, r.name, rate, `${(sixteenth[0] / sixteenth[i]).toFixed(2)}x`, '']);
    }
    const busy = await trial(net, BUSY, mixFile, 200_000, 600_000);
    const [p50, p99, max] = busy.stallMs.map((x) => x.toFixed(1));
    console.log(`\nlive rates: highest without a loss on a veth pair; >= the sender was not faster`);
    console.log(table(['work', 'receiver', 'packets/s', 'wardwire/receiver', 'CPU µs/packet'], rows));
    console.log('\nage of packets when JavaScript gets them, ms, sender on the same cores');
    console.log(table(['work', 'packets/s', 'p50', 'p99', 'max'], ages));
    console.log(
      `\n${Math.round(busy.sentPerS).toLocaleString('en')} packets/s at a receiver that can take 20,000: ` +
        `${busy.got.toLocaleString('en')} of ${busy.sent.toLocaleString('en')} taken; timers late by p50 ${p50}, p99 ${p99}, max ${max} ms`,
    );
  } finally {
    net.close();
  }
}
