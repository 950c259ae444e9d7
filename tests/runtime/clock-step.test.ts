import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseTimeUs, type VerdictDraft } from '../../src/core/index.js';
import { assembleSpec, readConfig } from '../../src/runtime/assemble.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { changesInWallTime, draftInWallTime } from '../../src/runtime/wall-time.js';
import { udpFrame } from '../support/capture-sender.js';
import { Machine } from '../support/machine.js';
import { someDevice } from '../support/some-device.js';
import { temporaryFolder } from '../support/wardwire.js';

const TALKER = '10.0.0.1';
const VENTILATOR = '10.0.0.2';

for (const stepMs of [-3_600_000, 3_600_000, -2000]) {
  t.test(`a clock set by ${stepMs / 1000} s: nothing stops, nothing ends, silence is told in time`, async (t) => {
    const dir = temporaryFolder(t);
    const site = join(dir, 'site.csv');
    const path = join(dir, 'wardwire.yaml');
    writeFileSync(site, `ip,type,name\n${VENTILATOR},ventilator,V\n${TALKER},server,S\n`);
    writeFileSync(
      path,
      `inventory:\n  site_file: ${site}\nbaseline:\n  learning_s: 0\n  learning_rows: 0\nstore:\n  data_dir: ${dir}\n`,
    );
    const m = new Machine();
    const told: VerdictDraft[] = [];
    const spec = assembleSpec(readConfig(path), { kind: 'live', interface: 'x' }, { modelDir: null });
    const p = new Pipeline(spec, { verdict: (d) => told.push(d), train: () => undefined });
    const source = await m.source(t, p);
    const active = (): number => p.counters.get('wardwire_flows_active');
    let ticks = 0;
    let last = 0;
    /** Seconds pass, in which the server talks, and the ventilator when it is there. */
    const pass = (seconds: number, ventilator: boolean): void => {
      for (let i = 0; i < seconds; i++) {
        m.mono += 1000;
        m.frame(udpFrame(TALKER, '10.0.0.9', Buffer.from('talk')));
        if (ventilator) m.frame(udpFrame(VENTILATOR, TALKER, Buffer.from('breathe')));
        m.handOver();
        if (p.nowUs > last) ticks++;
        if (last > 0) t.ok(p.nowUs - last < 2.5e6 && p.nowUs >= last, `no jump: ${(p.nowUs - last) / 1e6} s`);
        last = p.nowUs;
      }
    };
    pass(30, true);
    const flows = active();
    m.offset += stepMs;
    pass(30, true);
    // a packet that comes a hair before the second is over leaves the tick to the next
    t.ok(ticks > 50, `event time moved every second: ${ticks} of 60`);
    t.same(told, [], 'nobody fell silent');
    t.equal(active(), flows, 'no flow ended');
    pass(75, false);
    t.match(
      told.map((d) => d.verdict.scenario),
      ['device.silent'],
      'a real silence is told, no hour later',
    );
    const { shiftUs } = m.clock.steps();
    const { verdict } = draftInWallTime(told[0], shiftUs);
    const wallUs = (m.mono + m.offset) * 1000;
    const age = wallUs - parseTimeUs(verdict.observed_at);
    t.ok(age >= 0 && age < 20e6, `its time is that of the new clock: ${age / 1e6} s ago`);
    t.equal(draftInWallTime(told[0], 0), told[0], 'without a step nothing is touched');
    t.ok(Math.abs(source.stats().lastUs - wallUs) < 2e6, 'and so is that of the newest packet');
  });
}

t.test('devices and conversations leave with the times of the wall clock', async (t) => {
  const changes = { devices: [someDevice('d', { firstUs: 10e6, lastUs: 20e6 })], gone: ['x'], conversations: [] };
  t.match(changesInWallTime(changes, 4e6), { devices: [{ id: 'd', firstUs: 6e6, lastUs: 16e6 }], gone: ['x'] });
  t.equal(changesInWallTime(changes, 0), changes);
});
