import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SENSOR_FLAGS } from '../../src/runtime/sensor.js';
import { fit } from '../bench/plot.js';
import { generate } from '../support/gen/index.js';
import { projectRoot } from '../support/wardwire.js';
import type { SoakStep } from './soak-run.js';
import type { Outcome } from './stand.js';

const MIB = 1048576;
/** Captures that take turns, so that two hours after each other have other devices, flows and orders of things. */
const HOURS = 4;
/** Packets a second of the load that the sensor is made for (docs/endurance.md): so many make an hour of it. */
const RATED = 20_000;
/** Asked: growth of RSS in an hour of rated load once everything is warm, MB. */
const ASKED_MB = 1;
/** From so many steps on a slope says something; fewer are judged by their ends alone. */
const STEPS = 40;
/** A run too short for a slope may move by so much from its middle to its end, MiB: the collector's own breathing. */
const BREATH_MIB = 40;

/** The lower quartile: what else the machine does makes times longer, never shorter. */
const undisturbed = (of: readonly number[]): number => [...of].sort((a, b) => a - b)[Math.floor(of.length / 4)];

const median = (of: readonly number[]): number => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)];

/** Packets at the pace the machine takes them, an hour of event time a step; memory, handles and times of single packets step by step. */
export async function soak(packets: number): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-soak-'));
  const each = Math.min(1_000_000, Math.floor(packets / 12));
  const steps: SoakStep[] = [];
  try {
    const files = [];
    for (let seed = 1; seed <= HOURS; seed++) {
      const file = join(dir, `${seed}.pcap`);
      await generate({ kind: 'mixed', packets: each, seed, file });
      files.push(file);
    }
    const script = join(projectRoot(), 'dist', 'tests', 'endurance', 'soak-run.js');
    const child = spawn(process.execPath, ['--expose-gc', ...SENSOR_FLAGS, script, String(packets), ...files], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    // Ctrl-C ends it early with what there is
    const end = (): boolean => child.kill('SIGTERM');
    process.once('SIGINT', end);
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    for await (const line of createInterface({ input: child.stdout })) steps.push(JSON.parse(line) as SoakStep);
    const code = await ended;
    process.off('SIGINT', end);
    if (code !== 0) return { ok: false, lines: [`the process ended with ${code} after ${steps.length} steps`] };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return judge(steps);
}

/** What the steps show. */
export function judge(steps: readonly SoakStep[]): Outcome {
  const long = steps.length >= STEPS;
  // every device, table and compiled function has had its turn
  const warm = steps.slice(Math.floor(steps.length / 3));
  const half = Math.floor(warm.length / 2);
  const [early, late] = [warm.slice(0, half), warm.slice(-half)];
  const hours = (s: SoakStep): number => s.packets / (RATED * 3600);
  const growth = fit(warm.map((s) => [hours(s), s.rss / 1e6]));
  const heap = fit(warm.map((s) => [hours(s), s.heap / 1e6]));
  const wall = fit(warm.map((s) => [s.atS / 3600, s.rss / 1e6]));
  const event = fit(warm.map((s) => [steps.indexOf(s), s.rss / 1e6]));
  const breath = Math.abs(median(late.map((s) => s.rss)) - median(early.map((s) => s.rss))) / MIB;
  // flat within what it is known to, or the run is too short for a slope
  const flat = long ? growth.slope - 2 * growth.error < ASKED_MB : breath < BREATH_MIB;
  const counted = (s: SoakStep): string => `${s.handles}/${s.descriptors}/${s.threads}`;
  const handles = [...new Set(warm.map(counted))];
  const steady = (of: (s: SoakStep) => number): boolean => Math.max(...late.map(of)) <= Math.max(...early.map(of));
  const held = steady((s) => s.handles) && steady((s) => s.descriptors) && steady((s) => s.threads);
  const [p0, p1] = [undisturbed(early.map((s) => s.p999Us)), undisturbed(late.map((s) => s.p999Us))];
  // a few seconds on a busy machine say nothing of times
  const timely = !long || p1 < 1.5 * p0;
  const last = steps[steps.length - 1];
  const plus = (f: { slope: number; error: number }): string => `${f.slope.toFixed(2)} ± ${f.error.toFixed(2)} MB`;
  const shown = steps.filter((_, i) => i % Math.max(1, Math.floor(steps.length / 12)) === 0 || i === steps.length - 1);
  return {
    ok: flat && held && timely,
    lines: [
      `${last.packets.toLocaleString('en')} packets, ${steps.length} hours of event time, ${last.flows.toLocaleString('en')} flows, ${last.devices} devices, ${last.verdicts} verdicts, ${last.atS.toFixed(0)} s; ${hours(last).toFixed(2)} h of ${RATED.toLocaleString('en')} packets/s`,
      long
        ? `RSS after warm-up: ${plus(growth)} an hour of rated load (asked: < ${ASKED_MB}), ${plus(event)} an hour of event time, ${plus(wall)} an hour of the clock; heap ${plus(heap)} an hour of rated load`
        : 'too short for a slope',
      `RSS of the halves after warm-up differ by ${breath.toFixed(1)} MiB; ${flat ? 'flat' : 'not flat'}`,
      `handles/descriptors/threads: ${handles.join(', ')}; ${held ? 'flat' : 'not flat'}`,
      `p99.9 of a packet: ${p0.toFixed(0)} µs, then ${p1.toFixed(0)} µs; ${timely ? 'flat' : 'not flat'}`,
      'packets, RSS MiB, heap, buffers, p99.9 µs, most µs, CPU µs/packet',
      ...shown.map((s) =>
        [
          s.packets.toLocaleString('en'),
          ...[s.rss, s.heap, s.buffers].map((b) => (b / MIB).toFixed(0)),
          ...[s.p999Us, s.mostUs].map((us) => us.toFixed(0)),
          s.cpuUs.toFixed(2),
        ].join('  '),
      ),
    ],
  };
}
