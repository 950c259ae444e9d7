import type { ResponsePlan } from './response.js';

/** Device types shipped as profiles; a site may add its own profile files, so the type is a plain string. */
export const DEVICE_TYPES = [
  'ventilator',
  'anaesthesia-machine',
  'infusion-pump',
  'dialysis',
  'defibrillator',
  'patient-monitor',
  'central-station',
  'telemetry-gateway',
  'ct-scanner',
  'mr-scanner',
  'x-ray',
  'ultrasound',
  'imaging-modality',
  'pacs',
  'ris',
  'viewer',
  'hl7-engine',
  'lis',
  'lab-analyser',
  'ehr',
  'wearable-gateway',
  'printer',
  'camera',
  'building-control',
  'workstation',
  'server',
  'network-gear',
  'unknown',
] as const; // prettier-ignore

export type Criticality = 'life-critical' | 'high' | 'medium' | 'low';

/** Classes of the threat catalogue (threats.md): severity is looked up by these. */
export type DeviceClass = 'LC' | 'PM' | 'IM' | 'PA' | 'IE' | 'WS';

export interface Evidence {
  /** Where it comes from, e.g. `site`, `dicom.role`, `hl7.sender`, `dhcp.vendor`. */
  readonly source: string;
  readonly value: string;
  /** 0…1, share of trust. */
  readonly weight: number;
}

/** Cold record of a device; the packet path knows only its index. */
export interface Device {
  readonly index: number;
  /** Stable id over restarts: `mac-aabbccddeeff` or `ip-10.1.2.3`, or the site file's name when it gives one. */
  id: string;
  type: string;
  typeConfidence: number;
  /** True when the operator said so (site file): never overruled. */
  typePinned: boolean;
  criticality: Criticality;
  name: string | null;
  location: string | null;
  vendor: string | null;
  model: string | null;
  /** Firmware or operating system as the device tells it. */
  software: string | null;
  /** Serial number as a keyed token. */
  serial: string | null;
  /** Host name the device gives itself, words of no known meaning masked. */
  hostname: string | null;
  /** Textual MACs and addresses, newest first, bounded. */
  macs: string[];
  addresses: string[];
  firstUs: number;
  lastUs: number;
  evidence: Evidence[];
  /** Vital-sign or therapy messages flow from it: somebody is connected. */
  patientConnected?: boolean;
}

/** Read side of the device table, handed to rooms that need to name a device. */
export interface DeviceDirectory {
  readonly size: number;
  get(index: number): Device;
  /** Capture time of the first and last packet of a device, µs (hot columns). */
  firstUs(index: number): number;
  lastUs(index: number): number;
  /** Profile number of the device's type (index into the profile list handed at start). */
  profileOf(index: number): number;
  /** True when an address belongs to the site (configured or private prefixes). */
  isSite(w0: number, w1: number, w2: number, w3: number): boolean;
  /** Device holding an address, −1 none. */
  byIp(w0: number, w1: number, w2: number, w3: number): number;
  /** Whether a patient is connected to a device, as of the last tick. */
  patientConnected?(index: number): boolean;
}

/** A device type as its profile file says it (`profiles/<type>.yaml`). */
export interface Profile {
  readonly type: string;
  readonly title: string;
  readonly deviceClass: DeviceClass;
  readonly criticality: Criticality;
  /** Deadline from packet to verdict, ms. */
  readonly budgetMs: number;
  /** AppProto names expected, e.g. `dicom`, `hl7`. */
  readonly protocols: readonly string[];
  /** Types of peers expected. */
  readonly peers: readonly string[];
  /** Whether traffic to addresses outside the site is expected at all. */
  readonly external: boolean;
  /** Advice to people; `isolate` is never true for LC and PM. */
  readonly isolate: boolean;
  readonly safeStep: string;
  /** What people are advised by severity; a profile without it has a careful default (`planOf`). */
  readonly response?: ResponsePlan;
  /** Prior ranges by feature name: [low, high] seen as normal before the site is learned. */
  readonly expect: Readonly<Record<string, readonly [number, number]>>;
  /** Silence is reported for this type after this many seconds without a packet, 0 never. */
  readonly silenceS: number;
}
