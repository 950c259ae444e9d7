import { Random } from '../../../src/core/index.js';
import { scanner } from './attacks.js';
import { Chatter } from './chatter.js';
import { Dicom } from './dicom.js';
import { Hl7 } from './hl7.js';
import { buildHospital, type Hospital } from './hosts.js';
import { Net } from './net.js';
import { Schedule } from './schedule.js';
import { smallTalk } from './small.js';
import type { Script } from './tcp.js';
import { Web } from './web.js';
import { type Impairment, PcapWriter } from './writer.js';

export const MIX_KINDS = ['mixed', 'small', 'dicom', 'hl7', 'impaired'] as const;
export type MixKind = (typeof MIX_KINDS)[number];

export interface MixOptions {
  /** File to write (pcap). */
  readonly path: string;
  readonly packets: number;
  /** Default `mixed`. */
  readonly kind?: MixKind;
  /** About how many devices; default 500. */
  readonly devices?: number;
  /** Same seed and options, same bytes. Default 1. */
  readonly seed?: number;
  /** Share of frames that belong to scans, 0 to 0.9; default 0. */
  readonly attackShare?: number;
  /** Event time of the start, µs since 1970; default 2030-01-07T08:00:00Z, a Monday. */
  readonly startUs?: number;
}

export interface MixResult {
  readonly packets: number;
  /** Octets of frames, without record headers. */
  readonly octets: number;
  /** Event time covered, s. */
  readonly seconds: number;
  readonly devices: number;
}

const START_US = Date.UTC(2030, 0, 7, 8) * 1000;
const BAD_MIRROR: Impairment = { loss: 0.005, duplicate: 0.01, reorder: 0.01 };

// Seconds between happenings of one device in the mixed hospital; about 2,800 packets/s at 500 devices.
const RATE = {
  study: 150,
  query: 30,
  report: 2,
  labReport: 10,
  vitals: 1,
  publish: 3,
  tls: 8,
  http: 10,
  dns: 20,
  ntp: 64,
  dhcp: 300,
  arp: 60,
};

function mixed(h: Hospital, net: Net, rng: Random): Script[] {
  const dicom = new Dicom(net, h, rng);
  const hl7 = new Hl7(net, h, rng);
  const web = new Web(net, h, rng);
  const chatter = new Chatter(net, h, rng);
  return [
    ...h.modalities.map((d, i) => dicom.modality(d, i, RATE.study)),
    ...h.workstations.map((d, i) => dicom.workstation(d, i, RATE.query)),
    ...h.ventilators.map((d) => hl7.reporter(d, 'ventilator', RATE.report)),
    ...h.pumps.map((d) => hl7.reporter(d, 'pump', RATE.report)),
    ...h.monitors.map((d) => hl7.reporter(d, 'monitor', RATE.report)),
    ...h.analysers.map((d) => hl7.reporter(d, 'analyser', RATE.labReport)),
    ...h.monitors.map((d, i) => chatter.vitals(d, i, RATE.vitals)),
    ...h.wearables.map((d, i) => web.mqtt(d, i, RATE.publish)),
    ...h.workstations.flatMap((d) => [web.tls(d, RATE.tls), web.http(d, RATE.http)]),
    ...h.inside.flatMap((d) => [
      chatter.dns(d, RATE.dns),
      chatter.ntp(d, RATE.ntp),
      chatter.dhcp(d, RATE.dhcp),
      chatter.arp(d, RATE.arp),
    ]),
  ];
}

function bulkDicom(h: Hospital, net: Net, rng: Random): Script[] {
  const dicom = new Dicom(net, h, rng);
  return h.modalities.map((d, i) => dicom.bulk(d, i));
}

function busyHl7(h: Hospital, net: Net, rng: Random): Script[] {
  const hl7 = new Hl7(net, h, rng);
  return [
    ...h.ventilators.map((d) => hl7.reporter(d, 'ventilator', 0.5)),
    ...h.pumps.map((d) => hl7.reporter(d, 'pump', 0.5)),
    ...h.monitors.map((d) => hl7.reporter(d, 'monitor', 0.5)),
    ...h.analysers.map((d) => hl7.reporter(d, 'analyser', 1)),
  ];
}

/** Writes a capture of a made-up hospital, streaming, and says what was written. */
export function hospitalMix(options: MixOptions): MixResult {
  const kind = options.kind ?? 'mixed';
  const seed = options.seed ?? 1;
  const share = options.attackShare ?? 0;
  if (!(share >= 0 && share <= 0.9)) throw new RangeError(`attackShare ${share} is not in 0 … 0.9`);
  const rng = new Random(seed);
  const hospital = buildHospital(options.devices ?? 500, rng);
  const writer = new PcapWriter(options.path, kind === 'impaired' ? BAD_MIRROR : null, seed);
  const net = new Net(writer);
  if (kind === 'small') net.minFrame = 64;
  const makers: Record<MixKind, () => Script[]> = {
    mixed: () => mixed(hospital, net, rng),
    impaired: () => mixed(hospital, net, rng),
    dicom: () => bulkDicom(hospital, net, rng),
    hl7: () => busyHl7(hospital, net, rng),
    small: () => hospital.inside.map((d, i) => smallTalk(net, hospital, rng, d, i)),
  };
  const startUs = options.startUs ?? START_US;
  const schedule = new Schedule(net);
  for (const script of makers[kind]()) schedule.add(startUs, script);
  if (share > 0) {
    schedule.add(
      startUs + 1,
      scanner(net, hospital, rng, hospital.attackers[0], share, () => writer.frames),
    );
  }
  schedule.run(() => writer.frames >= options.packets);
  writer.close();
  return {
    packets: writer.frames,
    octets: writer.octets,
    seconds: (net.nowUs - startUs) / 1e6,
    devices: hospital.inside.length,
  };
}
