import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  Counters,
  formatIp,
  type PacketView,
  Share,
  type ShareSpec,
  settingsDefaults,
  Takes,
  Weirds,
} from '../../src/core/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';
import { eachPacket } from '../support/capture-bytes.js';
import { generate } from '../support/gen/index.js';
import type { Point, PointOptions } from './scale-point.js';
import { median, table } from './tools.js';

/** Addresses with the most peers count as listed servers. */
const SERVERS = 8;
const RUNS = 3;

/** Hands over every packet of a capture with its headers read. */
async function eachDecoded(file: string, packet: (v: PacketView) => void): Promise<void> {
  const settings = settingsDefaults(layersSettings, {});
  const layers = createLayers({ settings, weirds: new Weirds(), counters: new Counters() });
  await eachPacket(file, (v) => {
    layers.decode(v);
    packet(v);
  });
}

async function busiest(file: string): Promise<string[]> {
  const peers = new Map<number, Set<number>>();
  const note = (a: number, b: number): void => void peers.set(a, (peers.get(a) ?? new Set()).add(b));
  await eachDecoded(file, (v) => {
    if (v.ipVersion !== 4 || v.dst3 >>> 28 >= 0xe) return;
    note(v.src3, v.dst3);
    note(v.dst3, v.src3);
  });
  const order = [...peers].sort((a, b) => b[1].size - a[1].size).slice(0, SERVERS);
  return order.map(([w]) => formatIp(0, 0, 0xffff, w));
}

/** What the kernel would let through to a process, as a capture; answers how many packets. */
async function part(file: string, out: string, spec: ShareSpec): Promise<number> {
  const share = new Share(spec);
  const fd = openSync(out, 'w');
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(1, 20);
  writeSync(fd, head);
  const record = Buffer.alloc(16 + 262_144);
  let n = 0;
  await eachDecoded(file, (v) => {
    if (share.takes(v) === Takes.No) return;
    n++;
    record.writeUInt32LE(Math.floor(v.tsUs / 1e6), 0);
    record.writeUInt32LE(Math.floor(v.tsUs % 1e6), 4);
    record.writeUInt32LE(v.capLen, 8);
    record.writeUInt32LE(v.wireLen, 12);
    v.buf.copy(record, 16, v.off, v.end);
    writeSync(fd, record, 0, 16 + v.capLen);
  });
  closeSync(fd);
  return n;
}

/** The hospital mix divided among processes: what each takes and costs beside one process, and so how much more they carry together. */
export async function benchShare(dir: string, quick: boolean, point: (o: PointOptions) => Point): Promise<string> {
  const file = join(dir, 'share-mixed.pcap');
  const packets = quick ? 50_000 : 500_000;
  await generate({ kind: 'mixed', packets, seed: 1, file });
  const o = { devices: 0, flows: 0, packets: 0, maxDevices: 4096, maxFlows: 65_536, warm: false };
  const cost = (more: Partial<PointOptions>): number =>
    median(Array.from({ length: RUNS }, () => point({ ...o, ...more }).packetUs));
  const whole = cost({ file }) * packets;
  const rows = [['1', '', packets.toLocaleString('en'), (whole / 1e6).toFixed(2), '1.00', '1.00']];
  for (const servers of [[], await busiest(file)]) {
    for (const of of [2, 4]) {
      const taken: number[] = [];
      const times: number[] = [];
      for (let index = 0; index < of; index++) {
        const share = { index, of, servers };
        const out = join(dir, `share-${index}.pcap`);
        const n = await part(file, out, share);
        taken.push(n);
        times.push(cost({ file: out, share }) * n);
      }
      const sum = times.reduce((a, b) => a + b, 0);
      rows.push([
        String(of),
        servers.length > 0 ? `${servers.length} listed` : 'none listed',
        taken.map((n) => n.toLocaleString('en')).join(' + '),
        times.map((us) => (us / 1e6).toFixed(2)).join(' + '),
        (sum / whole).toFixed(2),
        (whole / Math.max(...times)).toFixed(2),
      ]);
    }
  }
  const head = ['processes', 'servers', 'packets taken', 'CPU s', 'CPU in all', 'rate'];
  return `hospital mix divided by device; CPU beside one process, and the rate until the busiest process is full\n${table(head, rows)}`;
}
