import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SENSOR_FLAGS } from '../../src/runtime/sensor.js';
import { generate } from '../support/gen/index.js';
import { projectRoot } from '../support/wardwire.js';
import { fit, slope, svg } from './plot.js';
import type { Report } from './report.js';
import type { Point, PointOptions } from './scale-point.js';
import { benchShare } from './share.js';
import type { Target } from './targets.js';
import { CORE, table } from './tools.js';

const DEVICES = [10, 100, 1_000, 5_000, 20_000];
const FLOWS = [1_000, 10_000, 100_000, 1_000_000];
/** Flows while devices differ, and devices while flows do. */
const FLOWS_THEN = 20_000;
const DEVICES_THEN = 100;
/** The shipped tables hold 4,096 devices and 65,536 flows: raised to hold the largest point. */
const ROWS = { maxDevices: 32_768, maxFlows: 1_048_576 };
/** A cost that grows by more than this power of what grows is more than linear in all. */
const LINEAR = 0.3;
const TARGET_MIB = 250;

const PORTS: readonly (readonly [string, readonly number[] | null])[] = [
  ['none', []],
  ['DICOM', [104, 11112]],
  ['HL7', [2575]],
  ['names (DNS, mDNS, NetBIOS)', [53, 137, 138, 5353, 5355]],
  ['HTTP, TLS, SMB', [80, 443, 445, 8080]],
  ['MQTT', [1883, 8883]],
  ['all', null],
];

/** One point, in a process of its own on one core. */
function point(o: PointOptions): Point {
  const args = [...CORE.slice(1), process.execPath, '--expose-gc', ...SENSOR_FLAGS];
  const script = join(projectRoot(), 'dist', 'tests', 'bench', 'scale-point.js');
  const r = spawnSync(CORE[0], [...args, script, JSON.stringify(o)], { encoding: 'utf8', timeout: 600_000 });
  if (r.status !== 0) throw new Error(`scale point ${JSON.stringify(o)}: ${r.stderr}`);
  return JSON.parse(r.stdout) as Point;
}

const number = (n: number): string => n.toLocaleString('en');

/** Times and memory of one place: two processes, because what warms the compiler up takes memory. */
function both(devices: number, flows: number, packets: number, rows = ROWS): Point {
  const o = { devices, flows, packets, ...rows };
  const time = point({ ...o, warm: true });
  return { ...point({ ...o, warm: false }), openUs: time.openUs, packetUs: time.packetUs };
}

/** Cost and memory against devices, flows and decoders: tables into the report, plots beside it. */
export async function benchScale(dir: string, quick: boolean, report: Report): Promise<void> {
  const most = quick ? 0.02 : 1;
  const packets = quick ? 100_000 : 1_000_000;
  const devices = DEVICES.filter((n) => n <= Math.max(1_000, 20_000 * most));
  const flows = FLOWS.filter((n) => n <= Math.max(10_000, 1_000_000 * most));
  const byDevices = devices.map((n) => both(n, FLOWS_THEN, packets));
  const byFlows = flows.map((n) => both(DEVICES_THEN, n, packets));
  const row = (p: Point): string[] => [
    number(p.devices),
    number(p.flows),
    p.packetUs.toFixed(2),
    p.openUs.toFixed(1),
    p.rssMib.toFixed(0),
    p.heapMib.toFixed(0),
    p.buffersMib.toFixed(0),
  ];
  const head = ['devices', 'flows', 'CPU µs/packet', 'CPU µs/first 8', 'RSS MiB', 'heap', 'buffers'];
  const costOf = (ps: readonly Point[], x: 'devices' | 'flows', y: 'packetUs' | 'openUs' | 'rssMib') =>
    ps.map((p) => [p[x], p[y]] as const);
  const perDevice = fit(costOf(byDevices, 'devices', 'rssMib'));
  const perFlow = fit(costOf(byFlows, 'flows', 'rssMib'));
  const kib = (f: ReturnType<typeof fit>): string =>
    `${(f.slope * 1024).toFixed(1)} ± ${(f.error * 1024).toFixed(1)} KiB`;
  const slopes = [
    ['a packet, against devices', slope(costOf(byDevices, 'devices', 'packetUs'))],
    ['a packet, against flows', slope(costOf(byFlows, 'flows', 'packetUs'))],
    ['the first eight packets of a flow, against flows', slope(costOf(byFlows, 'flows', 'openUs'))],
  ] as const;
  const grown = both(5_000, 100_000, packets, { maxDevices: 8192, maxFlows: 131_072 });
  const targets: Target[] = slopes.map(([what, s]) => ({
    what: `scale: cost of ${what}, power of growth`,
    found: s,
    limit: LINEAR,
    sense: 'at most',
    unit: '',
  }));
  targets.push({
    what: 'scale: RSS with 5,000 devices and 100,000 flows',
    found: grown.rssMib,
    limit: TARGET_MIB,
    sense: 'at most',
    unit: ' MiB',
  });
  const lines = [
    `packets of known flows, and the first eight of a flow; tables of ${number(ROWS.maxDevices)} devices and ${number(ROWS.maxFlows)} flows (shipped: 4,096 and 65,536)`,
    table(head, [...byDevices, ...byFlows].map(row)),
    '',
    `memory of a device ${kib(perDevice)}, of a flow ${kib(perFlow)} (regression of RSS); empty sensor ${grown.emptyMib.toFixed(0)} MiB, of it Node.js and the program ${grown.baseMib.toFixed(0)}`,
    `5,000 devices and 100,000 flows in tables of 8,192 and 131,072: ${grown.rssMib.toFixed(0)} MiB RSS, heap ${grown.heapMib.toFixed(0)}, buffers ${grown.buffersMib.toFixed(0)}`,
    ...slopes.map(([what, s]) => `cost of ${what}: grows with power ${s.toFixed(2)} (1 would be in proportion)`),
  ];
  report.part('scale', lines.join('\n'), targets);
  report.part('scale-protocols', await protocols(dir, quick));
  report.part('scale-share', await benchShare(dir, quick, point));
  if (quick) return;
  const docs = join(projectRoot(), 'docs');
  const save = (
    name: string,
    title: string,
    x: string,
    y: string,
    points: readonly (readonly [number, number])[][],
    names: string[],
  ): void =>
    writeFileSync(join(docs, name), svg({ title, x, y, lines: points.map((p, i) => ({ name: names[i], points: p })) }));
  for (const [x, ps] of [
    ['devices', byDevices],
    ['flows', byFlows],
  ] as const) {
    const other = x === 'devices' ? `${number(FLOWS_THEN)} flows` : `${DEVICES_THEN} devices`;
    save(
      `scale-cpu-${x}.svg`,
      `CPU against ${x} (${other})`,
      x,
      'CPU, µs',
      [costOf(ps, x, 'packetUs'), costOf(ps, x, 'openUs')],
      ['a packet of a known flow', 'the first eight packets of a flow'],
    );
    save(
      `scale-memory-${x}.svg`,
      `Memory against ${x} (${other})`,
      x,
      'resident, MiB',
      [costOf(ps, x, 'rssMib')],
      ['the sensor process'],
    );
  }
}

/** The hospital mix with each decoder alone, with none and with all. */
async function protocols(dir: string, quick: boolean): Promise<string> {
  const file = join(dir, 'scale-mixed.pcap');
  await generate({ kind: 'mixed', packets: quick ? 50_000 : 500_000, seed: 1, file });
  const o = { devices: 0, flows: 0, packets: 0, maxDevices: 4096, maxFlows: 65_536, warm: false, file };
  const rows = PORTS.map(([name, ports]) => {
    const runs = [0, 1, 2].map(() => point({ ...o, ports }));
    const cost = runs.map((p) => p.packetUs).sort((a, b) => a - b)[1];
    return [name, cost.toFixed(2), runs[0].rssMib.toFixed(0), runs[0].heapMib.toFixed(0)];
  });
  return `decoders on, hospital mix (compiling included, median of three)\n${table(['decoders', 'CPU µs/packet', 'RSS MiB', 'heap'], rows)}`;
}
