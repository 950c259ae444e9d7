import { type Device, guardsPatient, type Profile, type Severity, type Verdict, WardwireError } from '../core/index.js';
import { type Advice, advise, type Case, Ends } from '../respond/index.js';
import { configuredProfiles, type LoadedConfig } from './assemble.js';
import type { InventoryView } from './inventory.js';

/** Time of a packet before its incident that may still be the incident's, µs. */
const SLACK_US = 1e6;

export interface AdvisedCase {
  readonly case: Case;
  readonly advice: Advice;
}

function profileOf(profiles: readonly Profile[], type: string): Profile {
  const p = profiles.find((x) => x.type === type) ?? profiles.find((x) => x.type === 'unknown');
  if (p === undefined)
    throw new WardwireError('config', `there is no profile for ${type} and none for unknown devices`);
  return p;
}

/** Whether a patient may depend on a device of the inventory; what is not in it is not known to. */
function guarded(profiles: readonly Profile[], d: Device | undefined): boolean {
  return d !== undefined && guardsPatient(profileOf(profiles, d.type).deviceClass, d.patientConnected === true);
}

/** What is advised for a verdict, from what the inventory knows. @throws WardwireError('usage') for a verdict about the sensor */
export function adviseVerdict(config: LoadedConfig, v: Verdict, view: InventoryView): AdvisedCase {
  if (v.device.id === 'sensor') {
    throw new WardwireError('usage', `${v.id} is about the sensor itself: ${v.advice.safe_step}`);
  }
  const profiles = configuredProfiles(config);
  const ends = new Ends(view.devices);
  const peer = v.peer === null ? null : (v.peer.device_id ?? v.peer.ip);
  const of: Case = {
    device: v.device.id,
    profile: profileOf(profiles, v.device.type),
    // what the verdict said then counts as much as what the inventory says now
    patientConnected: v.advice.do_not_isolate || ends.device(v.device.id)?.patientConnected === true,
    severity: v.severity,
    role: v.role,
    peer: peer === null ? null : { end: peer, guarded: guarded(profiles, ends.device(peer)) },
    sinceUs: Date.parse(v.incident.first_at) * 1000 - SLACK_US,
  };
  return { case: of, advice: advise(of, ends, view.conversations) };
}

/** What would be advised for a device at a severity, with no incident. @throws WardwireError('usage') */
export function adviseDevice(config: LoadedConfig, word: string, severity: Severity, view: InventoryView): AdvisedCase {
  const small = word.toLowerCase();
  const d = view.devices.find((x) => x.id === word || x.name === word || [...x.macs, ...x.addresses].includes(small));
  if (d === undefined) {
    throw new WardwireError('usage', `${word}: no device of this id, name or address`, [
      { path: '--device', text: `${view.devices.length} devices are known`, hint: 'devices list names them' },
    ]);
  }
  const of: Case = {
    device: d.id,
    profile: profileOf(configuredProfiles(config), d.type),
    patientConnected: d.patientConnected === true,
    severity,
    role: 'actor',
    peer: null,
    sinceUs: Number.POSITIVE_INFINITY,
  };
  return { case: of, advice: advise(of, new Ends(view.devices), view.conversations) };
}
