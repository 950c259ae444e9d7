import { Counters, IpProto, type PacketView, settingsDefaults, TcpFlag, Weirds } from '../../src/core/index.js';
import { createFeatures, FEATURES, featuresSettings } from '../../src/features/index.js';
import { createInventory, inventorySettings } from '../../src/inventory/index.js';
import { HandLearned } from '../support/hand-features.js';
import { HandFlows, profiles, us } from '../support/hand-packets.js';

/** Cost of inventory and features a packet, beside an empty loop; 200 devices, 2,000 flows. Prints ns. */
const DEVICES = 200;
const FLOWS = 2000;
const PACKETS = 2_000_000;

const flows = new HandFlows(4096);
const counters = new Counters();
const learned = new HandLearned();
const inventory = createInventory({
  settings: settingsDefaults(inventorySettings),
  profiles: profiles(),
  site: null,
  columns: flows.columns,
  identity: { identity: (ev) => features.identity(ev) },
  weirds: new Weirds(),
  counters,
  seed: 1,
});
const features = createFeatures({
  settings: settingsDefaults(featuresSettings),
  columns: flows.columns,
  directory: inventory.directory,
  learned,
  counters,
  seed: 1,
});

interface Step {
  view: (v: PacketView, i: number) => void;
}
const payload = Buffer.alloc(1400, 'wardwire');
const steps: Step[] = [];
for (let f = 0; f < FLOWS; f++) {
  const a = f % DEVICES;
  const b = (f * 7 + 1) % DEVICES;
  const h = {
    at: f / 1000,
    from: `10.0.${a >> 8}.${(a & 255) + 1}`,
    to: `10.0.${b >> 8}.${(b & 255) + 1}`,
    mac: `00:1b:44:00:00:${a.toString(16).padStart(2, '0')}`,
    sport: 1024 + f,
    proto: IpProto.Tcp,
    flags: TcpFlag.Ack,
  };
  const v = flows.packet(h);
  inventory.observe(v);
  if (v.newFlow) features.flowOpened(v.slot, v);
  features.packet(v);
  const keep = { slot: v.slot, s3: v.src3, d3: v.dst3, hi: v.srcMacHi, lo: v.srcMacLo, sport: v.srcPort };
  steps.push({
    view: (v, i) => {
      v.slot = keep.slot;
      v.src3 = keep.s3;
      v.dst3 = keep.d3;
      v.srcMacHi = keep.hi;
      v.srcMacLo = keep.lo;
      v.srcPort = keep.sport;
      v.newFlow = false;
      v.dir = 0;
      v.tsUs = us(10) + i * 20;
      v.payBuf = payload;
      v.payOff = 0;
      v.payLen = 1400;
      v.payWireLen = 1400;
      v.ipLen = 1440;
    },
  });
}

function run(what: string, body: (v: PacketView, i: number) => void, n = PACKETS): number {
  const v = flows.view;
  for (let i = 0; i < 200_000; i++) {
    steps[i % FLOWS].view(v, i);
    body(v, i);
  }
  const t0 = process.hrtime.bigint();
  for (let i = 0; i < n; i++) {
    steps[i % FLOWS].view(v, i + 200_000);
    body(v, i + 200_000);
  }
  const ns = Number(process.hrtime.bigint() - t0) / n;
  process.stdout.write(`${what.padEnd(28)} ${ns.toFixed(0).padStart(7)} ns\n`);
  return ns;
}

run('loop alone', () => undefined);
run('+ inventory.observe', (v) => inventory.observe(v));
run('+ features.packet', (v) => {
  inventory.observe(v);
  features.packet(v);
});
run('+ due and row', (v) => {
  inventory.observe(v);
  features.packet(v);
  if (v.srcDev >= 0 && features.due(v.srcDev, v.tsUs)) features.row(v.srcDev, v.tsUs);
  if (v.dstDev >= 0 && features.due(v.dstDev, v.tsUs)) features.row(v.dstDev, v.tsUs);
});
run(
  `one row of ${FEATURES.length}`,
  (_v, i) => {
    features.row(i % DEVICES, us(60));
  },
  200_000,
);
