import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { pcapBytes } from './capture-bytes.js';
import { ethernet, ip4, tcp } from './frames.js';
import { haveProgram, skipUnlessRoot, testNetwork } from './namespace.js';
import { MAIN, Running, temporaryFolder } from './wardwire.js';

// A daemon on a veth with a real broker beside it, as an operator would run it.

export const SERVER = '10.77.1.20';
export const CLIENT = '10.77.1.30';
export const SCANNER = '10.77.1.40';
export const STRANGER = '10.77.1.50';
const mac = (address: string): string => `0200000000${Number(address.split('.')[3]).toString(16).padStart(2, '0')}`;

/** A TCP segment from one host of the ward to another. */
export function frame(src: string, dst: string, segment: Buffer): Buffer {
  return ethernet(0x0800, ip4(6, segment, { src, dst }), mac(src), mac(dst));
}

export interface Stage {
  readonly daemon: Running;
  readonly sub: Running;
  readonly net: ReturnType<typeof testNetwork>;
  readonly dir: string;
  run(command: string[]): Running;
  send(frames: readonly Buffer[], name: string): void;
  settings(text: string): void;
  /** Sends SIGHUP and waits until its answer is in the log. */
  reload(): Promise<void>;
  /** Samples not older than the call, by name: the endpoint hands out what is half a second old. */
  metrics(port?: number): Promise<(name: string) => number>;
  metric(name: string, port?: number): Promise<number>;
  verdicts(): Verdict[];
}

/** Settings that learn nothing, so that rules judge at once. */
export const BASE = `baseline:
  learning_s: 0
  learning_rows: 0
verdict:
  update_min_s: 0
store:
  data_dir: data
inventory:
  site_file: site.csv
log:
  level: info
`;

/** Starts programs on the sensor's side of a network; they end with the test. */
export function runnerOn(t: Test, net: ReturnType<typeof testNetwork>): (command: string[]) => Running {
  return (command) => {
    const words = net.inside(net.b, command);
    const r = new Running(words[0], words.slice(1));
    t.teardown(() => r.child.kill('SIGKILL'));
    return r;
  };
}

/** Starts everything; null, and the test is skipped, where that cannot be. */
export async function stage(t: Test): Promise<Stage | null> {
  if (skipUnlessRoot(t)) return null;
  for (const program of ['tcpreplay', 'mosquitto', 'mosquitto_sub', 'curl']) {
    if (haveProgram(program)) continue;
    t.pass(`SKIPPED LOUDLY: ${program} is not installed`, { skip: program });
    return null;
  }
  const dir = temporaryFolder(t);
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(join(dir, 'site.csv'), `ip,type,name\n${SCANNER},ultrasound,US-1\n`);
  writeFileSync(config, BASE);
  const net = testNetwork(t);
  const run = runnerOn(t, net);
  run(['mosquitto', '-p', '1883']);
  await new Promise((r) => setTimeout(r, 500));
  const sub = run(['mosquitto_sub', '-V', '5', '-t', 'wardwire/v1/#', '-F', '%t|%p']);
  const notify = [`NOTIFY_SOCKET=${join(dir, 'notify')}`];
  const daemon = run(['env', ...notify, process.execPath, MAIN, 'run', '--config', config, '--interface', net.device]);
  await daemon.until('the capture', () => daemon.err.includes('source.running'));
  await daemon.until('the broker', () => daemon.err.includes('mqtt.connected'));
  const metrics: Stage['metrics'] = async (port = 9844) => {
    await new Promise((r) => setTimeout(r, 600));
    const lines = net.run(net.b, ['curl', '-s', `http://127.0.0.1:${port}/metrics`]).stdout.split('\n');
    return (name) => {
      const line = lines.find((l) => l.startsWith(`${name} `) || l.startsWith(`${name}{`));
      return line === undefined ? Number.NaN : Number(line.slice(line.lastIndexOf(' ') + 1));
    };
  };
  const answers = (): number => (daemon.err.match(/event"?[=:]"?config\.(reloaded|kept)/g) ?? []).length;
  return {
    ...{ daemon, sub, net, dir, run },
    send(frames, name) {
      const file = join(dir, `${name}.pcap`);
      writeFileSync(file, pcapBytes(frames.map((data, i) => ({ s: 1, f: i, data }))));
      const r = net.run(net.a, ['tcpreplay', '-q', '-i', net.device, file]);
      if (r.status !== 0) throw new Error(r.stderr);
    },
    settings: (text) => writeFileSync(config, text),
    async reload() {
      const before = answers();
      daemon.child.kill('SIGHUP');
      await daemon.until('the answer to SIGHUP', () => answers() > before);
    },
    metrics,
    metric: async (name, port) => (await metrics(port))(name),
    verdicts: () =>
      sub.out
        .split('\n')
        .slice(0, -1)
        .filter((l) => l.includes('/verdict/'))
        .map((l) => JSON.parse(l.slice(l.indexOf('|') + 1)) as Verdict),
  };
}

let port = 50_000;
/** Connection attempts at `n` ports of the server, none answered but by a reset. */
export const scan = (n: number): Buffer[] =>
  Array.from({ length: n }, (_, i) => {
    const p = port++;
    return [
      frame(SCANNER, SERVER, tcp(p, 1000 + i, Buffer.alloc(0), { seq: 1, flags: 0x02 })),
      frame(SERVER, SCANNER, tcp(1000 + i, p, Buffer.alloc(0), { seq: 0, ack: 2, flags: 0x14 })),
    ];
  }).flat();
export const contact = (from: string, outside: string): Buffer[] => [
  frame(from, outside, tcp(port++, 443, Buffer.alloc(0), { flags: 2 })),
];
