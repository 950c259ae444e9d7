import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import t from 'tap';
import type { Conversation, Device } from '../../src/core/index.js';
import { settingsDefaults } from '../../src/core/index.js';
import { DeviceStore, openDeviceLog, storeSettings } from '../../src/store/index.js';
import { someDevice } from '../support/some-device.js';
import { temporaryFolder } from '../support/wardwire.js';

// The same file twice: as a child it writes until it is killed.
const CHILD = 'WARDWIRE_DEVICE_STORE_CHILD';
const MUTES = { usualS: 3600, maxS: 7200, guardedMaxS: 1800, most: 10, guardedTypes: ['patient-monitor'] };
const LIMITS = { maxDevices: 65_536, maxConversations: 200_000 };

const device = (n: number, more: Partial<Device> = {}): Device =>
  someDevice(`mac-${n.toString(16).padStart(12, '0')}`, {
    index: n,
    macs: [`00:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`],
    addresses: [`10.0.${n >> 8}.${n & 255}`],
    firstUs: 1e15,
    lastUs: 1e15 + n,
    evidence: [{ source: 'oui', value: 'x', weight: 0.1 }],
    ...more,
  });
const talk = (n: number): Conversation => ({
  src: `a${n}`,
  dst: 'b',
  transport: 'tcp',
  port: 104,
  app: 'dicom',
  flows: 1,
  octetsOut: 10,
  octetsIn: 5,
  ephiMessages: 2,
  ephiOctets: 7,
  firstUs: n,
  lastUs: n,
});
const nothing = { type: null, name: null, location: null, criticality: null, mergedInto: null };

if (process.env[CHILD] !== undefined) {
  const store = new DeviceStore({ path: process.env[CHILD] as string, ...LIMITS });
  for (let round = 0; ; round++) {
    const devices = Array.from({ length: 200 }, (_, i) => device((round * 200 + i) % 20_000));
    store.save({
      devices,
      gone: [],
      conversations: Array.from({ length: 50 }, (_, i) => talk((round * 50 + i) % 500)),
    });
    if (round === 5) process.stdout.write('going\n');
  }
}

t.test('what was saved is there again; conversations add up', async (t) => {
  const path = join(temporaryFolder(t), 'sub', 'devices.sqlite');
  const store = new DeviceStore({ path, ...LIMITS });
  store.save({ devices: [device(1), device(2, { vendor: 'X', serial: 'token' })], gone: [], conversations: [talk(1)] });
  store.save({ devices: [device(1, { type: 'pacs', typeConfidence: 0.9 })], gone: [], conversations: [talk(1)] });
  store.close();
  const again = new DeviceStore({ path, ...LIMITS, readonly: true });
  t.match(again.devices(), [
    { id: 'mac-000000000002', vendor: 'X', serial: 'token', addresses: ['10.0.0.2'] },
    { id: 'mac-000000000001', type: 'pacs', typeConfidence: 0.9, evidence: [{ source: 'oui' }] },
  ]);
  t.match(again.conversations(), [{ src: 'a1', flows: 2, octetsOut: 20, ephiMessages: 4, ephiOctets: 14 }]);
  again.close();
});

t.test('an address has one holder', async (t) => {
  const store = new DeviceStore({ path: join(temporaryFolder(t), 'd.sqlite'), ...LIMITS });
  store.save({ devices: [device(1)], gone: [], conversations: [] });
  store.save({ devices: [device(2, { addresses: ['10.0.0.1', '10.0.0.2'] })], gone: [], conversations: [] });
  t.same(
    store.devices().map((d) => [d.id.slice(-1), d.addresses]),
    [
      ['2', ['10.0.0.1', '10.0.0.2']],
      ['1', []],
    ],
  );
  store.close();
});

t.test('the operator’s word: kept, shown at once, added to, taken back; a joined row leaves', async (t) => {
  const store = new DeviceStore({ path: join(temporaryFolder(t), 'd.sqlite'), ...LIMITS });
  store.save({ devices: [device(1), device(2)], gone: [], conversations: [] });
  store.say({ ...nothing, id: device(1).id, type: 'ventilator' });
  store.say({ ...nothing, id: device(1).id, name: 'Vent 7' });
  t.match(store.devices()[1], { type: 'ventilator', typeConfidence: 1, typePinned: true, name: 'Vent 7' });
  t.match(store.operator(), [{ type: 'ventilator', name: 'Vent 7' }]);
  store.say({ ...nothing, id: device(2).id, mergedInto: device(1).id });
  store.save({ devices: [device(1, { macs: [...device(1).macs, ...device(2).macs] })], gone: [], conversations: [] });
  t.same(
    store.devices().map((d) => d.id),
    [device(1).id],
  );
  t.equal(store.unsay(device(1).id), true);
  t.equal(store.unsay(device(1).id), false);
  store.close();
});

t.test('bounded: the longest silent leave', async (t) => {
  const store = new DeviceStore({ path: join(temporaryFolder(t), 'd.sqlite'), maxDevices: 10, maxConversations: 20 });
  store.save({
    devices: Array.from({ length: 30 }, (_, i) => device(i)),
    gone: [],
    conversations: Array.from({ length: 50 }, (_, i) => talk(i)),
  });
  t.same(store.devices().map((d) => d.index).length, 10);
  t.equal(store.devices()[9].lastUs, 1e15 + 20);
  t.equal(store.conversations().length, 20);
  store.close();
});

t.test('a newer schema is refused, a damaged file set aside', async (t) => {
  const dir = temporaryFolder(t);
  const path = join(dir, 'd.sqlite');
  new DeviceStore({ path, ...LIMITS }).close();
  const db = new Database(path);
  db.pragma('user_version = 99');
  db.close();
  t.throws(() => new DeviceStore({ path, ...LIMITS, damaged: () => undefined }), /newer than this program/);
  t.equal(existsSync(path), true, 'and left as it is');
  const bad = join(dir, 'bad.sqlite');
  writeFileSync(bad, 'x'.repeat(10_000));
  let aside = '';
  const store = new DeviceStore({
    path: bad,
    ...LIMITS,
    atMs: 7,
    damaged: (a) => {
      aside = a;
    },
  });
  t.equal(aside, `${bad}.damaged-7`);
  t.ok(existsSync(aside));
  store.close();
});

t.test('killed while writing, the file is whole and of one piece', async (t) => {
  const dir = temporaryFolder(t);
  for (let round = 0; round < 3; round++) {
    const path = join(dir, `k${round}.sqlite`);
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { env: { ...process.env, [CHILD]: path } });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
    child.removeAllListeners('exit');
    await new Promise((resolve) => setTimeout(resolve, 50 + round * 37));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    for (const suffix of ['', '-wal'])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, `${path}.copy${suffix}`);
    const db = new Database(path);
    t.equal(db.pragma('integrity_check', { simple: true }), 'ok');
    t.same(db.pragma('foreign_key_check'), []);
    const n = db.prepare('SELECT COUNT(*) AS n FROM device').get() as { n: number };
    t.ok(n.n >= 1000 && n.n % 200 === 0, `${n.n} devices: whole transactions only`);
    db.close();
    const store = new DeviceStore({ path, ...LIMITS });
    t.equal(store.devices().length, n.n);
    store.close();
  }
});

t.test('the daemon’s side: opened with what was known, the command line’s word is heard', async (t) => {
  const dir = temporaryFolder(t);
  const path = join(dir, 'd.sqlite');
  const first = new DeviceStore({ path, ...LIMITS });
  first.save({ devices: [device(1)], gone: [], conversations: [] });
  const heard: unknown[] = [];
  const log = await openDeviceLog({
    path,
    settings: settingsDefaults(storeSettings),
    nowMs: 1,
    logger: { log: () => undefined },
    verdictsPath: '',
    muteLimits: MUTES,
    operator: (words) => heard.push(words),
  });
  t.match(log.devices, [{ id: device(1).id }]);
  log.save({ devices: [device(2)], gone: [], conversations: [talk(1)] });
  first.say({ ...nothing, id: device(1).id, type: 'pacs' });
  for (let i = 0; i < 100 && heard.length === 0; i++) await new Promise((r) => setTimeout(r, 50));
  t.match(heard.at(-1), [{ id: device(1).id, type: 'pacs' }]);
  await log.close();
  await log.close();
  t.equal(first.devices().length, 2);
  first.close();
  t.notOk(readdirSync(dir).some((f) => f.includes('damaged')));
  await t.rejects(
    openDeviceLog({
      path: join(dir, 'd.sqlite', 'x', 'y'),
      settings: settingsDefaults(storeSettings),
      nowMs: 1,
      logger: { log: () => undefined },
      verdictsPath: '',
      muteLimits: MUTES,
      operator: () => undefined,
    }),
    { code: 'outside' },
  );
});
