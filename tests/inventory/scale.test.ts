import t from 'tap';
import { Counters, settingsDefaults, Weirds } from '../../src/core/index.js';
import { createInventory, inventorySettings } from '../../src/inventory/index.js';
import { HandFlows, profiles, us } from '../support/hand-packets.js';

// 20,000 devices and a million pieces of evidence: what it costs must not grow with how many there are.
t.setTimeout(300_000);

const DEVICES = 20_000;
const FEW = 1000;

function build(n: number) {
  const flows = new HandFlows(2 * n + 16);
  const inventory = createInventory({
    settings: settingsDefaults(inventorySettings, { max_devices: 65_536 }),
    profiles: profiles(),
    site: null,
    columns: flows.columns,
    identity: { identity: () => undefined },
    weirds: new Weirds(),
    counters: new Counters(),
    seed: 7,
  });
  const slots = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const v = flows.packet({
      at: i / 1000,
      from: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
      to: '10.255.255.254',
      mac: `b0:c5:54:${[i >> 16, (i >> 8) & 255, i & 255].map((x) => x.toString(16).padStart(2, '0')).join(':')}`,
      sport: 1000 + (i % 60_000),
    });
    inventory.observe(v);
    slots[i] = v.slot;
  }
  return { inventory, slots };
}

const FIELDS = [
  ['dhcp', 'name', (k: number) => `host-${k}`],
  ['dhcp', 'fingerprint', (k: number) => `f${k % 9}`],
  ['mdns', 'service', (k: number) => `_s${k % 50}._tcp`],
  ['http', 'agent', (k: number) => (k % 3 ? 'curl/8' : 'Mozilla/5.0 (Windows NT 10.0)')],
  ['ssdp', 'server', (k: number) => `Linux UPnP/1.${k % 40}`],
] as const;

/** Seconds that so many pieces of evidence take, spread over all devices. */
function pour(w: ReturnType<typeof build>, events: number): number {
  const before = performance.now();
  for (let k = 0; k < events; k++) {
    const [source, field, value] = FIELDS[k % FIELDS.length];
    const flow = w.slots[(k * 7919) % w.slots.length];
    const at = { flow, dir: 0 as const, tsUs: us(100 + k / 1000) };
    w.inventory.event({ kind: 'evidence', ...at, source, field, value: value(k), about: 'initiator' });
  }
  return (performance.now() - before) / 1000;
}

t.test('cost and memory', async (t) => {
  const few = build(FEW);
  const many = build(DEVICES);
  t.equal(many.inventory.directory.size, DEVICES);
  pour(few, 200_000);
  pour(many, 200_000);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const fewS = pour(few, 500_000);
  const manyS = pour(many, 1_000_000) / 2;
  globalThis.gc?.();
  const grown = (process.memoryUsage().heapUsed - before) / 1e6;
  t.comment(
    `${(manyS * 2).toFixed(2)} us a piece of evidence with ${DEVICES} devices, ${(fewS * 2).toFixed(2)} with ${FEW}; heap grew ${grown.toFixed(0)} MB`,
  );
  // more devices miss the caches more often; a search through all of them would cost twenty times as much
  t.ok(manyS < 6 * fewS, `${manyS} s against ${fewS} s`);
  t.ok(grown < 200, `${grown} MB`);
  for (let d = 0; d < DEVICES; d += 997)
    t.ok(many.inventory.directory.get(d).evidence.length <= 40, 'evidence of a device is bounded');
  const first = performance.now();
  const all = many.inventory.changes(us(1e6), 65_536).devices.length;
  t.equal(all, DEVICES);
  t.equal(many.inventory.changes(us(1e6), 65_536).devices.length, 0, 'nothing new the second time');
  t.comment(`handing ${all} devices out takes ${(performance.now() - first).toFixed(0)} ms`);
});
