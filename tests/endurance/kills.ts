import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/core/index.js';
import { PACKETS_A_VERDICT, writeLoad } from './load.js';
import { type Outcome, obstacle, Stand, skipped, waitFor } from './stand.js';

const PER_S = 50;
/** Duplicates a restart of the control process may cause: one window. */
const WINDOW = 16;
/** On a machine that has other work too nothing may be shed: what is killed here is not short of time. And every pair is two devices. */
const NO_LADDER =
  'capture:\n  overload_lag_ms: 10000\n  lane_lag_ms: 10000\n  shed_lag_ms: 60000\ninventory:\n  max_devices: 65536\n';

/** A stand under load: about 50 verdicts a second. */
async function loaded(): Promise<Stand> {
  const stand = new Stand(NO_LADDER);
  const capture = join(stand.dir, 'load.pcap');
  writeLoad(capture, { pairs: 30_000 });
  stand.startBroker();
  await sleep(300);
  await stand.subscribe();
  stand.startDaemon();
  await stand.up();
  stand.send(capture, PER_S * PACKETS_A_VERDICT);
  await waitFor('the first verdicts', () => stand.heard.copies.size > 20);
  return stand;
}

/** Lets the sensor catch up and stop, then compares its log with what the subscriber heard. */
async function settle(stand: Stand): Promise<{ logged: number; lost: number; acknowledged: number }> {
  stand.stopSending();
  let before = -1;
  for (let quiet = 0; quiet < 6; ) {
    await sleep(500);
    quiet = stand.heard.verdicts.length === before ? quiet + 1 : 0;
    before = stand.heard.verdicts.length;
  }
  const acknowledged = Number(/^wardwire_publish_total (\d+)$/m.exec(stand.scrape())?.[1]);
  await stand.killDaemon('SIGTERM');
  await sleep(1000);
  const logged = stand.logged();
  return { logged: logged.length, lost: logged.filter((id) => !stand.heard.copies.has(id)).length, acknowledged };
}

/** kill -9 of the control process at random moments under load. */
export async function killControl(count: number): Promise<Outcome> {
  const why = obstacle();
  if (why !== null) return skipped(why);
  const stand = await loaded();
  const random = new Random(1);
  const again: number[] = [];
  try {
    for (let i = 0; i < count; i++) {
      await sleep(random.int(700));
      const duplicates = stand.heard.duplicates;
      await stand.killDaemon();
      const had = stand.heard.copies.size;
      stand.startDaemon();
      await stand.verdicts('a restart', had);
      again.push(stand.heard.duplicates - duplicates);
      if (i % 10 === 9) console.error(`${i + 1} kills, at most ${Math.max(...again)} twice after one`);
    }
    const { logged, lost } = await settle(stand);
    const worst = Math.max(0, ...again);
    return {
      ok: lost === 0 && worst <= WINDOW && stand.heard.confused === 0,
      lines: [
        `${count} times kill -9 of the control process, ${stand.heard.copies.size} verdicts received, ${logged} logged`,
        `logged and not received: ${lost}`,
        `received twice: ${stand.heard.duplicates} in all, ${worst} at most after one restart, with another id: ${stand.heard.confused}`,
      ],
    };
  } finally {
    stand.close();
  }
}

/** kill -9 of the sensor process at random moments under load. */
export async function killSensor(count: number): Promise<Outcome> {
  const why = obstacle();
  if (why !== null) return skipped(why);
  const stand = await loaded();
  const random = new Random(2);
  const back: number[] = [];
  const blind = (): number => stand.heard.verdicts.filter((v) => v.scenario === 'sensor.blind').length;
  try {
    for (let i = 0; i < count; i++) {
      await sleep(random.int(700));
      const pid = stand.sensorPid();
      const before = blind();
      const at = performance.now();
      process.kill(pid, 'SIGKILL');
      await waitFor('the blind time to be published', () => blind() > before, 30_000, 5);
      back.push(performance.now() - at);
    }
    const { logged, lost } = await settle(stand);
    const said = stand.heard.verdicts
      .filter((v) => v.scenario === 'sensor.blind')
      .map((v) => Number(v.reasons[0].observed))
      .sort((a, b) => a - b);
    back.sort((a, b) => a - b);
    const at = (list: readonly number[], q: number): number => list[Math.max(0, Math.ceil(q * list.length) - 1)];
    return {
      ok: lost === 0 && said.length === count,
      lines: [
        `${count} times kill -9 of the sensor process, ${stand.heard.copies.size} verdicts received, ${logged} logged`,
        `logged and not received: ${lost}, received twice: ${stand.heard.duplicates}`,
        `blind times published: ${said.length}; they say p50 ${at(said, 0.5).toFixed(2)} s, p99 ${at(said, 0.99).toFixed(2)} s, most ${at(said, 1).toFixed(2)} s`,
        `from the kill to their arrival at the subscriber: p50 ${(at(back, 0.5) / 1000).toFixed(2)} s, most ${(at(back, 1) / 1000).toFixed(2)} s; back within a second: ${said.filter((s) => s <= 1).length} of ${count}`,
      ],
    };
  } finally {
    stand.close();
  }
}

/** kill -9 of mosquitto, run by the shipped configuration, with a persistent subscriber. */
export async function killBroker(count: number): Promise<Outcome> {
  const why = obstacle();
  if (why !== null) return skipped(why);
  const stand = await loaded();
  const random = new Random(3);
  try {
    for (let i = 0; i < count; i++) {
      await sleep(random.int(700));
      await stand.killBroker();
      await sleep(random.int(300));
      const had = stand.heard.copies.size;
      stand.startBroker();
      await stand.verdicts('a restart of the broker', had);
    }
    const { logged, lost, acknowledged } = await settle(stand);
    return {
      ok: lost === 0 && stand.heard.confused === 0,
      lines: [
        `${count} times kill -9 of mosquitto with the shipped configuration, ${stand.heard.copies.size} verdicts received, ${logged} logged`,
        `logged and not received by the persistent subscriber: ${lost}; received twice, under the same id: ${stand.heard.duplicates} (the sensor had ${acknowledged} acknowledged for good; the rest are the broker's)`,
      ],
    };
  } finally {
    stand.close();
  }
}
