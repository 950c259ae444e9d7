import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Device } from '../../src/core/index.js';
import { defaultConfig, inventoryOfCaptures } from '../../src/runtime/index.js';
import { sharedFolder } from '../support/wardwire.js';

// Devices of real captures whose truth is known: by the experiment's own description (IoT Sentinel: one device a file name), or by
// what the hosts of a made capture were set up to be. A type is judged where the device showed any telling evidence.
t.setTimeout(300_000);

interface Label {
  /** MAC of the device. */
  readonly mac: string;
  readonly vendor: RegExp;
  /** Types that are right; null: nothing in its traffic tells. */
  readonly types: readonly string[] | null;
}

/** By beginning of the file name. Scales, kettles and modules of other makers show no type the catalogue has. */
const IOT: Readonly<Record<string, Label>> = {
  Aria: { mac: '20:f8:5e:ca:91:52', vendor: /fitbit/i, types: null },
  'D-LinkDayCam': { mac: 'b0:c5:54:1c:71:85', vendor: /d-link/i, types: ['camera'] },
  'D-LinkDoorSensor': { mac: '1c:5f:2b:aa:fd:4e', vendor: /d-link/i, types: null },
  EdimaxPlug1101W: { mac: '74:da:38:4a:76:49', vendor: /edimax/i, types: null },
  EdnetCam1: { mac: '3c:49:37:03:17:db', vendor: /assmann|ednet/i, types: null },
  EdnetGateway: { mac: 'ac:cf:23:62:3c:6e', vendor: /hi-?flying|ednet/i, types: null },
  HomeMaticPlug: { mac: '00:1a:22:05:c4:2e', vendor: /eq-3/i, types: ['building-control'] },
  Lightify: { mac: '84:18:26:7b:5f:6b', vendor: /osram/i, types: ['building-control'] },
  MAXGateway: { mac: '00:1a:22:03:cb:be', vendor: /eq-3/i, types: ['building-control'] },
  'TP-LinkPlugHS100': { mac: '50:c7:bf:00:fc:a3', vendor: /tp-link/i, types: ['building-control'] },
  Withings: { mac: '00:24:e4:24:80:2a', vendor: /withings/i, types: null },
  iKettle2: { mac: '5c:cf:7f:06:d9:02', vendor: /espressif|smarter/i, types: null },
};
/** The experiment's access point. */
const ROUTER = '00:b5:6d:06:08:ba';

const IMAGING = ['imaging-modality', 'ct-scanner', 'mr-scanner', 'x-ray', 'ultrasound'];
/** Hosts of the made captures, by address. */
const MADE: Readonly<Record<string, readonly string[]>> = {
  '10.77.0.10': ['pacs'],
  '10.77.0.21': IMAGING,
  '10.77.0.22': ['ultrasound', 'imaging-modality'],
  '10.77.0.23': ['mr-scanner', 'imaging-modality'],
  '10.77.0.88': IMAGING,
  '10.77.0.51': ['ventilator', 'patient-monitor', 'anaesthesia-machine'],
  '10.77.0.52': ['patient-monitor'],
  '10.77.0.53': ['infusion-pump'],
};
/** Captures in which hosts were set up as something else than elsewhere. */
const OTHER_SETUP =
  /hl7_(pyhl7_fhirconverter|framing_oddities|simplehl7|pyhl7_lossy|pyhl7_slow)|dcmjsdimse|store_mixed|mwl/;

interface Tally {
  telling: number;
  typeRight: number;
  sureWrong: string[];
  devices: number;
  vendorRight: number;
  wrong: string[];
}

const told = (d: Device): boolean => d.evidence.some((e) => e.weight >= 0.4);

function judge(sum: Tally, where: string, d: Device, types: readonly string[] | null, vendor: RegExp | null): void {
  sum.devices++;
  if (vendor === null || vendor.test(d.vendor ?? '')) sum.vendorRight++;
  else sum.wrong.push(`${where}: vendor ${d.vendor}`);
  const right = types === null ? d.type === 'unknown' : types.includes(d.type);
  if (told(d) && types !== null) {
    sum.telling++;
    if (right) sum.typeRight++;
    else sum.wrong.push(`${where}: ${d.type} ${d.typeConfidence.toFixed(2)}, not ${types.join('|')}`);
  }
  if (!right && d.type !== 'unknown' && d.typeConfidence >= 0.8) sum.sureWrong.push(`${where}: ${d.type}`);
}

t.test('devices of real captures are who they are', async (t) => {
  const shared = sharedFolder();
  const folder = join(shared ?? '', 'pcaps');
  if (shared === null || !existsSync(join(folder, 'iot'))) {
    t.comment('SKIPPED LOUDLY: the captures are not here');
    return;
  }
  const sum: Tally = { telling: 0, typeRight: 0, sureWrong: [], devices: 0, vendorRight: 0, wrong: [] };
  const dir = join(folder, 'iot', 'IoT_Sentinel');
  for (const file of readdirSync(dir).sort()) {
    const label = IOT[file.split('_Setup')[0]];
    const { devices } = await inventoryOfCaptures(defaultConfig(), [join(dir, file)]);
    for (const d of devices) {
      if (label !== undefined && d.macs.includes(label.mac)) judge(sum, file, d, label.types, label.vendor);
      else if (d.macs.includes(ROUTER)) judge(sum, file, d, ['network-gear', 'server'], null);
    }
  }
  const made = join(folder, 'medical-made');
  for (const file of readdirSync(made)
    .filter((f) => !OTHER_SETUP.test(f))
    .sort()) {
    const { devices } = await inventoryOfCaptures(defaultConfig(), [join(made, file)]);
    for (const d of devices) {
      const types = d.addresses.map((a) => MADE[a]).find((x) => x !== undefined);
      if (types !== undefined) judge(sum, file, d, types, null);
    }
  }
  const share = (a: number, b: number): string => `${a} of ${b} (${((100 * a) / b).toFixed(1)} %)`;
  t.comment(
    `type right ${share(sum.typeRight, sum.telling)} where evidence tells, vendor right ${share(sum.vendorRight, sum.devices)}`,
  );
  t.comment(`${sum.sureWrong.length} surely wrong of ${sum.devices}`);
  t.ok(sum.telling > 100);
  t.ok(sum.typeRight >= 0.9 * sum.telling, sum.wrong.join('\n'));
  t.ok(sum.vendorRight >= 0.95 * sum.devices, sum.wrong.join('\n'));
  t.ok(sum.sureWrong.length <= 0.01 * sum.devices, sum.sureWrong.join('\n'));
});
