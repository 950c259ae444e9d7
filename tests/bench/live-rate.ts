import type { ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cores, FIRST, type Stand, waitFor } from '../endurance/stand.js';
import { metric } from '../support/figures.js';
import { haveProgram } from '../support/namespace.js';
import { processTree } from './processes.js';

/** How long a rate is kept up. */
export const SECONDS = 1.5;
/** More than tcpreplay can send on anything we have seen. */
export const TOP_PER_S = 450_000;
const STEPS = 6;
/** A rate is borne when one of so many tries loses nothing: a neighbour's hiccup is not the receiver's. */
const TRIES = 2;

/** Where everything runs: receivers on one core, sender, broker and subscriber on the other. */
export const CORES: Cores = { sensor: ['taskset', '-c', '0'], others: ['taskset', '-c', '1'] };

/** Captures of one kind of traffic: several with other numbers in the same connections, so that none repeats the one before. */
export interface Traffic {
  readonly name: string;
  readonly files: readonly string[];
}

/** What a sending left behind at the receiver. */
export interface Received {
  /** Packets taken, decoded whole. */
  readonly got: number;
  /** CPU seconds of all its processes meanwhile. */
  readonly cpuS: number;
}

export interface Receiver {
  readonly name: string;
  /** Takes what `send` sends. */
  receive(send: () => Promise<number>): Promise<Received>;
}

/** The highest rate without a loss, packets/s, and the CPU µs a packet there; `sender`: it could not send faster. */
export interface Highest {
  readonly rate: number;
  readonly cpuUs: number;
  readonly sender: boolean;
}

function collected(child: ChildProcess): { value: string } {
  const out = { value: '' };
  for (const s of [child.stdout, child.stderr])
    s?.on('data', (d: Buffer) => {
      out.value += d.toString();
    });
  return out;
}

const ended = (child: ChildProcess): Promise<unknown> => new Promise((done) => child.once('exit', done));

const arrived = (stand: Stand): number =>
  Number(stand.net.run(stand.net.b, ['cat', `/sys/class/net/${stand.net.device}/statistics/rx_packets`]).stdout);

/**
 * Sends packets of captures one after the other, again and again; 0 packets/s is as fast as possible. Answers how many came out of the
 * other end of the wire, and how fast they were sent.
 */
export async function replay(
  stand: Stand,
  files: readonly string[],
  packets: number,
  perS: number,
): Promise<{ sent: number; perS: number }> {
  const speed = perS === 0 ? ['--topspeed'] : ['--pps', String(Math.round(perS))];
  const much = ['--loop', '100000', '--limit', String(packets)];
  const words = [
    ...FIRST,
    ...CORES.others,
    'tcpreplay',
    '-q',
    '-K',
    ...much,
    '-i',
    stand.net.device,
    ...speed,
    ...files,
  ];
  const before = arrived(stand);
  const child = stand.net.start(stand.net.a, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = collected(child);
  await ended(child);
  return {
    sent: arrived(stand) - before,
    perS: Number(/Rated:.*?([\d.]+) pps/.exec(said.value)?.[1] ?? Number.NaN),
  };
}

/** A program that counts what it took when it is told to stop. */
function program(stand: Stand, name: string, command: readonly string[], count: (said: string) => number): Receiver {
  return {
    name,
    async receive(send) {
      const words = [...FIRST, ...CORES.sensor, ...command];
      const child = stand.net.start(stand.net.b, words, { stdio: ['ignore', 'pipe', 'pipe'] });
      const said = collected(child);
      const gone = ended(child);
      for (let i = 0; i < 100 && !/ready|listening|Capture started|interface \S+ is up/.test(said.value); i++)
        await sleep(50);
      await send();
      // tcpdump's ring hands a block over a second late
      await sleep(1300);
      if (child.exitCode !== null) throw new Error(`${name} ended: ${said.value.slice(-500)}`);
      const { cpuS } = processTree(child.pid ?? 0);
      child.kill('SIGINT');
      await gone;
      return { got: count(said.value), cpuS };
    },
  };
}

/** Everything but the sensor that takes packets from an interface: our capture addon alone, and the field's programs at hand. */
export function receivers(stand: Stand): Receiver[] {
  const { device, b } = stand.net;
  const captured = (said: string): number => Number(/(\d+) packets? captured/.exec(said)?.[1] ?? Number.NaN);
  const addon = join(dirname(fileURLToPath(import.meta.url)), 'receive.js');
  const list = [
    program(stand, 'wardwire capture addon alone', [process.execPath, addon, device], captured),
    program(stand, 'tcpdump -w /dev/null', ['tcpdump', '-q', '-n', '-i', device, '-w', '/dev/null'], captured),
  ];
  if (haveProgram('argus') && haveProgram('racount')) {
    const records = join(stand.dir, 'argus.out');
    list.push(
      program(
        stand,
        'argus -w FILE',
        ['sh', '-c', `rm -f ${records}; exec argus -X -i ${device} -w ${records}`],
        () => {
          const said = stand.net.run(b, ['racount', '-r', records]).stdout;
          return Number(/sum\s+\d+\s+(\d+)/.exec(said)?.[1] ?? Number.NaN);
        },
      ),
    );
  }
  if (haveProgram('tshark'))
    list.push(program(stand, 'tshark -w /dev/null', ['tshark', '-q', '-n', '-i', device, '-w', '/dev/null'], captured));
  return list;
}

const LOST = [
  'wardwire_capture_kernel_drops_total',
  'wardwire_capture_low_lane_cut_packets_total',
  'wardwire_capture_low_lane_shed_packets_total',
  'wardwire_overload_undecoded_packets_total',
];

/** Packets that the sensor lost, cut, shed or did not decode so far, by its own counters. */
export const lost = (exposition: string): number => LOST.reduce((sum, name) => sum + metric(exposition, name), 0);

/** The whole sensor, running already; what it lost, cut, shed or did not decode it did not get. */
export function sensor(stand: Stand): Receiver {
  const taken = (text: string): number => metric(text, 'wardwire_capture_packets_total');
  return {
    name: 'wardwire, whole sensor',
    async receive(send) {
      // an overload of the trial before is no loss of this one
      await waitFor(
        'the end of the overload',
        () => metric(stand.scrape(), 'wardwire_overload_rung') === 0,
        30_000,
        200,
      );
      const before = stand.scrape();
      const pid = stand.daemon?.pid ?? 0;
      const cpu = processTree(pid).cpuS;
      const sent = await send();
      let after = before;
      // counters come once a second
      for (let i = 0; i < 10; i++) {
        await sleep(400);
        const now = stand.scrape();
        const complete = taken(now) - taken(before) >= sent;
        const still = i > 3 && taken(now) === taken(after);
        after = now;
        if (complete || still) break;
      }
      const got = Math.min(sent, taken(after) - taken(before)) - (lost(after) - lost(before));
      return { got, cpuS: processTree(pid).cpuS - cpu };
    },
  };
}

/** Halves the interval between what is borne and what is not. */
export async function highest(stand: Stand, receiver: Receiver, traffic: Traffic): Promise<Highest> {
  let turn = 0;
  const trial = async (perS: number): Promise<{ borne: boolean; perS: number; share: number; cpuUs: number }> => {
    const packets = Math.round((perS === 0 ? TOP_PER_S : perS) * SECONDS);
    let sending = { sent: 0, perS: 0 };
    let cpuUs = Number.NaN;
    let share = 0;
    for (let n = 0; n < TRIES; n++) {
      const file = traffic.files[turn++ % traffic.files.length];
      const { got, cpuS } = await receiver.receive(async () => {
        sending = await replay(stand, [file], packets, perS);
        return sending.sent;
      });
      cpuUs = (1e6 * cpuS) / got;
      share = got / sending.sent;
      if (share >= 1) return { borne: true, perS: sending.perS, share, cpuUs };
    }
    return { borne: false, perS: sending.perS, share, cpuUs };
  };
  const top = await trial(0);
  if (top.borne) return { rate: top.perS, cpuUs: top.cpuUs, sender: true };
  let low = 0;
  let high = top.perS;
  let cpuUs = Number.NaN;
  // what was taken of too much is a good first guess
  let rate = Math.max(high / 10, high * Math.max(0, top.share));
  for (let step = 0; step < STEPS; step++) {
    const x = await trial(rate);
    if (x.borne) {
      low = Math.min(rate, x.perS);
      cpuUs = x.cpuUs;
    } else high = rate;
    rate = (low + high) / 2;
  }
  return { rate: low, cpuUs, sender: false };
}
