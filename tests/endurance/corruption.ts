import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random, settingsDefaults, type Verdict } from '../../src/core/index.js';
import {
  type DeviceLog,
  openDeviceLog,
  openVerdictLog,
  storeSettings,
  type VerdictLog,
} from '../../src/store/index.js';
import { someDevice } from '../support/some-device.js';
import { someVerdict } from '../support/some-verdict.js';
import type { Outcome } from './stand.js';

const VERDICTS = 800;
const EVIDENCE = [{ source: 'site', value: 'ventilator:x', weight: 1 }];
const settings = settingsDefaults(storeSettings, { log_max_mib: 16 });
const MUTES = { usualS: 3600, maxS: 86400, guardedMaxS: 3600, most: 100, guardedTypes: [] };

interface Opened {
  readonly log: VerdictLog;
  readonly devices: DeviceLog;
}

async function open(dir: string, said: string[]): Promise<Opened> {
  const logger = { log: (_l: string, event: string, text: string) => said.push(`${event}: ${text}`) };
  const log = await openVerdictLog({ path: join(dir, 'verdicts.sqlite'), settings, logger, nowMs: Date.now() });
  const devices = await openDeviceLog({
    path: join(dir, 'devices.sqlite'),
    settings,
    logger,
    nowMs: Date.now(),
    verdictsPath: join(dir, 'verdicts.sqlite'),
    muteLimits: MUTES,
    operator: () => undefined,
  });
  return { log, devices };
}

/** Both files as a crash leaves them: full of rows, with write-ahead files. */
async function makeFiles(dir: string): Promise<void> {
  mkdirSync(dir);
  const live = `${dir}-live`;
  mkdirSync(live);
  const changes = (n: number) => ({
    devices: Array.from({ length: 300 }, (_, i) =>
      someDevice(`mac-${i}`, { index: i, lastUs: 1e15 + n, macs: [`00:00:00:00:00:${i}`], evidence: EVIDENCE }),
    ),
    gone: [],
    conversations: [],
  });
  const fill = async ({ log, devices }: Opened, from: number, to: number): Promise<void> => {
    log.begin('mqtt');
    for (let n = from; n < to; n++) {
      log.append(someVerdict(`v${n}`, { seq: n, severity: n % 2 === 0 ? 'critical' : 'low' }) as Verdict);
      if (n < VERDICTS / 2) log.acked('mqtt', `v${n}`);
      if (n % 100 === 0) {
        devices.save(changes(n));
        await sleep(10);
      }
    }
    await log.pending('mqtt', 1);
    await sleep(100);
  };
  // most of it in the files themselves, the newest beside them
  const first = await open(live, []);
  await fill(first, 0, VERDICTS * 0.8);
  await first.log.close();
  await first.devices.close();
  const { log, devices } = await open(live, []);
  await fill({ log, devices }, VERDICTS * 0.8, VERDICTS);
  // copied while they are open: closing would fold the write-ahead files in
  for (const f of readdirSync(live)) copyFileSync(join(live, f), join(dir, f));
  await log.close();
  await devices.close();
}

/** Changes a file in one random way. @returns what was done */
function damage(path: string, random: Random): string {
  const { size } = statSync(path);
  const at = random.int(Math.max(1, size));
  switch (random.int(4)) {
    case 0:
      truncateSync(path, at);
      return `cut at ${at} of ${size}`;
    case 1: {
      const b = readFileSync(path);
      if (b.length === 0) return 'empty';
      b[at] ^= 1 << random.int(8);
      writeFileSync(path, b);
      return `bit at ${at} of ${size}`;
    }
    case 2: {
      const b = readFileSync(path);
      const n = Math.min(1 + random.int(8192), size - at);
      for (let i = 0; i < n; i++) b[at + i] = random.int(256);
      writeFileSync(path, b);
      return `${n} bytes at ${at} of ${size}`;
    }
    default: {
      const b = readFileSync(path);
      const page = Math.floor(at / 4096) * 4096;
      b.fill(0, page, Math.min(size, page + 4096));
      writeFileSync(path, b);
      return `page at ${page} of ${size} zeroed`;
    }
  }
}

/** Random corruptions and truncations of the database files and what lies beside them: it always starts, and says what was lost. */
export async function corruption(count: number): Promise<Outcome> {
  const base = mkdtempSync(join(tmpdir(), 'wardwire-corruption-'));
  const random = new Random(7);
  const sound = join(base, 'sound');
  const problems: string[] = [];
  const of: Record<string, { tried: number; said: number; short: number }> = {};
  let unsaid = 0;
  try {
    await makeFiles(sound);
    const names = readdirSync(sound).filter((f) => statSync(join(sound, f)).size > 0);
    for (let i = 0; i < count; i++) {
      const dir = join(base, 'try');
      rmSync(dir, { recursive: true, force: true });
      mkdirSync(dir);
      for (const f of readdirSync(sound)) copyFileSync(join(sound, f), join(dir, f));
      const name = names[i % names.length];
      const how = damage(join(dir, name), random);
      const said: string[] = [];
      const entry = (of[name] ??= { tried: 0, said: 0, short: 0 });
      entry.tried++;
      try {
        const { log, devices } = await open(dir, said);
        log.begin('mqtt');
        log.append(someVerdict(`new${i}`, { seq: 1 }) as Verdict);
        devices.save({ devices: [someDevice('mac-new')], gone: [], conversations: [] });
        // the look at every page comes after the start, and the damaged file is read piece by piece
        const ends = (): boolean =>
          !said.some((s) => s.includes('what can be read')) || said.some((s) => s.includes('were taken over from'));
        let owed: Verdict[] = [];
        for (let turn = 0; turn < 200; turn++) {
          owed = await log.pending('mqtt', 2 * VERDICTS);
          if (turn >= 2 && ends()) break;
          await sleep(10);
        }
        if (!ends()) problems.push(`#${i} ${name}, ${how}: the damaged file was not read to its end`);
        if (!owed.some((v) => v.id === `new${i}`)) problems.push(`#${i} ${name}, ${how}: a new verdict was not kept`);
        const missing = VERDICTS / 2 - owed.filter((v) => Number(v.id.slice(1)) >= VERDICTS / 2).length;
        await log.close();
        await devices.close();
        const told = said.some((s) => s.startsWith('store.damaged'));
        if (told) entry.said++;
        if (missing > 0) {
          entry.short++;
          if (!told) unsaid++;
          if (!told && !(name.endsWith('-wal') || how.startsWith('cut')))
            problems.push(`#${i} ${name}, ${how}: ${missing} lost and nothing said`);
        }
      } catch (error) {
        problems.push(`#${i} ${name}, ${how}: ${(error as Error).message}`);
      }
    }
    return {
      ok: problems.length === 0,
      lines: [
        `${count} random corruptions and truncations: ${count - problems.length} started and kept what came`,
        ...Object.entries(of).map(
          ([f, n]) => `${f}: ${n.tried} tried, ${n.said} said to be damaged, ${n.short} lost owed verdicts`,
        ),
        `lost without a word: ${unsaid} (write-ahead files that were cut off tell nothing of what is missing)`,
        ...problems.slice(0, 20),
      ],
    };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
