import type { AppEvent, EvidenceField, FlowColumns, Profile } from '../core/index.js';
import { AppProto, cleanText, fold32 } from '../core/index.js';
import { familyOf, isAcquired, Role, requestRole, responseRole, roleEvidence } from './dicom-role.js';
import { EvidenceList } from './evidence.js';
import { headerHint } from './header-evidence.js';
import { hinted, hintedByMaker } from './hints.js';
import { listenerEvidence, measuredEvidence, senderEvidence } from './hl7-role.js';
import { Naming } from './naming.js';
import { DeviceFlag, type DeviceTable } from './table.js';

/** Who answers queries or accepts images keeps what others made. */
const ARCHIVE = Role.MoveSource | Role.StoreScp | Role.FindScp | Role.MoveScp;
const MAX_SENDERS = 8;
const MAX_VALUE = 96;
const FORMER_WEIGHT = 0.8;
/** Share of the table that devices taken for life-critical may hold for good; a forger cannot fill more. */
const KEPT_SHARE = 0.75;
/** Results, alarms and events (IHE PCD-01, PCD-04, PCD-10), pump orders and administrations. */
const BEDSIDE = /^(ORU_R(01|30|31|32|40|42)|RAS_O17|RGV_O15)$/;

/** Sender and receiver of an HL7 message: MSH-3 and MSH-4, MSH-5 and MSH-6. */
function tupleOf(ev: Extract<AppEvent, { kind: 'hl7.message' }>): string {
  const side = (app = '', facility = ''): string => (facility === '' ? app : `${app}^${facility}`);
  const to = side(ev.receivingApp, ev.receivingFacility);
  const from = side(ev.sendingApp, ev.sendingFacility);
  return to === '' ? from : `${from} to ${to}`;
}

/** What is remembered about a device to judge its type. */
interface Clues {
  readonly evidence: EvidenceList;
  roles: number;
  /** The one family of images it makes; null not yet, '' several. */
  family: string | null;
  /** Kinds of observation it reported (bits). */
  measured: number;
  /** Type its interface's maker hints at. */
  makerType: string;
  readonly naming: Naming;
  /** Devices that sent HL7 to it, and whether it acknowledged. */
  readonly senders: Set<number>;
  acks: boolean;
  sendsHl7: boolean;
  /** Sender names and message type last looked at. */
  lastSaid: number;
}

/** A habit that comes with a device's software is another than before. */
export type FingerprintChanged = (device: number, tsUs: number, what: string, before: string, after: string) => void;

/** Turns evidence into types. At the rate of application events. */
export class Typing {
  readonly #table: DeviceTable;
  readonly #columns: FlowColumns;
  readonly #profiles: readonly Profile[];
  readonly #byType = new Map<string, number>();
  readonly #clues: (Clues | undefined)[] = [];
  readonly #minConfidence: number;
  readonly #changed: FingerprintChanged;

  constructor(
    table: DeviceTable,
    columns: FlowColumns,
    profiles: readonly Profile[],
    minConfidence: number,
    changed: FingerprintChanged,
  ) {
    this.#changed = changed;
    this.#table = table;
    this.#columns = columns;
    this.#profiles = profiles;
    this.#minConfidence = minConfidence;
    for (let i = 0; i < profiles.length; i++) this.#byType.set(profiles[i].type, i);
  }

  forget(device: number): void {
    this.#clues[device] = undefined;
  }

  /** Number of the profile of a type; that of `unknown` when there is none. */
  profileNumber(type: string): number {
    return this.#byType.get(type) ?? this.#byType.get('unknown') ?? 0;
  }

  /** Sets a device's type and what follows from it. `criticality` null: the profile's. */
  setType(d: number, type: string, confidence: number, criticality: Profile['criticality'] | null): void {
    const r = this.#table.records[d]!;
    const profile = this.profileNumber(type);
    r.type = type;
    r.typeConfidence = confidence;
    r.criticality = criticality ?? this.#profiles[profile]?.criticality ?? 'medium';
    this.#table.profile[d] = profile;
    const kept = (this.#table.flags[d] & DeviceFlag.Kept) !== 0;
    const room = kept || this.#table.kept < this.#table.capacity * KEPT_SHARE;
    this.#table.keep(d, r.typePinned || (r.criticality === 'life-critical' && room));
  }

  /** The operator says what a device is (`type` null: only how critical). Never overruled by evidence. */
  pin(d: number, type: string | null, criticality: Profile['criticality'] | null): void {
    const r = this.#table.records[d]!;
    if (type !== null) {
      r.typePinned = true;
      r.evidence = [
        { source: 'operator', value: `${type}: set by the operator`, weight: 1 },
        ...r.evidence.filter((e) => e.source !== 'operator'),
      ];
      this.setType(d, type, 1, criticality);
    } else if (criticality !== null) {
      r.criticality = criticality;
      this.#table.keep(d, r.typePinned || criticality === 'life-critical');
    }
  }

  /** The operator took his word back: evidence decides again. */
  unpin(d: number): void {
    const r = this.#table.records[d]!;
    if (r.evidence.some((e) => e.source === 'site')) return;
    r.typePinned = false;
    r.evidence = r.evidence.filter((e) => e.source !== 'operator');
    this.#decide(d, this.#clue(d));
  }

  /** What was known of a device before a restart counts as one piece of evidence among others. */
  remember(d: number, type: string, confidence: number): void {
    if (type === 'unknown' || !(confidence > 0)) return;
    const weight = Math.min(FORMER_WEIGHT, confidence);
    this.#add(d, { source: 'former', type, value: 'known from before', weight });
  }

  event(ev: AppEvent): void {
    if (ev.flow < 0) {
      if (ev.kind === 'evidence' && ev.device !== undefined && ev.device >= 0) this.#header(ev.device, ev);
      return;
    }
    const sender = this.#columns.device[2 * ev.flow + ev.dir];
    const receiver = this.#columns.device[2 * ev.flow + 1 - ev.dir];
    switch (ev.kind) {
      case 'dicom.associate.rq':
        if (sender >= 0 && ev.callingAe !== '') this.#note(sender, 'dicom.ae.calling', ev.callingAe);
        return;
      case 'dicom.associate.ac':
        return;
      case 'dicom.command': {
        if (sender < 0) return;
        const bits = ev.name.endsWith('-RSP')
          ? responseRole(ev.name, ev.sopClass, ev.status)
          : requestRole(ev.name, ev.sopClass, ev.moveOriginator !== '' || ev.dir === 1);
        if (bits !== 0) this.#role(sender, bits);
        if (ev.name === 'C-STORE-RQ' && ev.moveOriginator === '' && ev.dir === 0 && isAcquired(ev.sopClass))
          this.#family(sender, ev.sopClass);
        // a title is the acceptor's when it answers to it, not when somebody tries it
        if (ev.status === 0 && ev.calledAe !== '' && ev.dir === 1) this.#note(sender, 'dicom.ae.called', ev.calledAe);
        return;
      }
      case 'dicom.dataset':
        if (sender >= 0 && ev.command === 'C-STORE-RQ') this.#equipment(sender, ev.manufacturer, ev.model);
        return;
      case 'hl7.message': {
        if (sender >= 0) {
          const c = this.#clue(sender);
          c.sendsHl7 = true;
          // the same names and type say nothing more
          const said = fold32(ev.senderKey, ev.typeKey);
          if (said !== c.lastSaid) {
            c.lastSaid = said;
            if (ev.sendingApp !== '' || ev.sendingFacility !== '') this.#note(sender, 'hl7.tuple', tupleOf(ev));
            for (const e of senderEvidence(ev.messageType, ev.sendingApp, ev.sendingFacility)) this.#add(sender, e);
            this.#equipmentOf(sender, c, ev);
          }
          if (ev.measured !== undefined && (c.measured | ev.measured) !== c.measured)
            this.#measures(sender, c, ev.measured);
          if (this.#atBedside(sender) && BEDSIDE.test(ev.messageType)) this.#table.patientUs[sender] = ev.tsUs;
        }
        if (receiver >= 0 && sender >= 0) {
          const c = this.#clue(receiver);
          if (c.senders.size < MAX_SENDERS && !c.senders.has(sender)) {
            c.senders.add(sender);
            this.#listener(receiver, c);
          }
        }
        return;
      }
      case 'hl7.ack': {
        if (sender < 0) return;
        const c = this.#clue(sender);
        if (!c.acks) {
          c.acks = true;
          this.#listener(sender, c);
        }
        return;
      }
      case 'service':
        if (ev.app === AppProto.Vitals) this.vitals(this.#columns.device[2 * ev.flow + 1]);
        // an analyser sends its results, the information system only answers
        else if ((ev.app === AppProto.Astm || ev.app === AppProto.Poct1a) && sender >= 0)
          this.#add(sender, { source: 'service', type: 'lab-analyser', value: 'sends ASTM or POCT1-A', weight: 0.5 });
        return;
      case 'evidence': {
        const d = this.#columns.device[2 * ev.flow + (ev.about === 'initiator' ? 0 : 1)];
        if (d >= 0) this.#header(d, ev);
        return;
      }
    }
  }

  /** The device speaks the vital-signs data export protocol as the side that has the data. */
  vitals(d: number): void {
    if (d < 0) return;
    const value = 'offers vital signs on UDP 24105';
    this.#table.flags[d] |= DeviceFlag.Vitals;
    this.#add(d, { source: 'udp.vitals', type: 'patient-monitor', value, weight: 0.8 });
  }

  /** A life-critical device or a patient monitor. */
  #atBedside(d: number): boolean {
    const c = this.#profiles[this.#table.profile[d]]?.deviceClass;
    return c === 'LC' || c === 'PM';
  }

  #note(d: number, source: string, value: string): void {
    const c = this.#clue(d);
    if (c.evidence.note(source, value)) this.#decide(d, c);
  }

  #role(d: number, bits: number): void {
    const c = this.#clue(d);
    if ((c.roles & bits) === bits) return;
    c.roles |= bits;
    c.evidence.replace('dicom.role', roleEvidence(c.roles));
    // an archive passes on what others made
    if ((c.roles & ARCHIVE) !== 0 && c.family !== '') {
      c.family = '';
      c.evidence.replace('dicom.class', []);
    }
    this.#decide(d, c);
  }

  #listener(d: number, c: Clues): void {
    if (!c.acks) return;
    c.evidence.replace('hl7.role', listenerEvidence(c.senders.size, c.sendsHl7));
    this.#decide(d, c);
  }

  /** Manufacturer and model in an image name the device only when the sender made it (not a store passing it on). */
  #equipment(d: number, manufacturer: string, model: string): void {
    const c = this.#clue(d);
    if ((c.roles & ARCHIVE) !== 0) return;
    this.#name(d, c, 'dicom', 'vendor', manufacturer);
    this.#name(d, c, 'dicom', 'model', model);
    for (const text of [manufacturer, model]) {
      const h = hinted(text);
      if (h.type !== '') this.#add(d, { source: 'dicom.equipment', type: h.type, value: text, weight: h.weight });
    }
  }

  /** Device reports of a new kind. Who passes on others' reports tells nothing of himself by them. */
  #measures(d: number, c: Clues, measured: number): void {
    if (c.senders.size > 0) return;
    c.measured |= measured;
    c.evidence.replace('hl7.device', []);
    for (const e of measuredEvidence(c.measured, c.makerType)) {
      c.evidence.replace(e.source, this.#byType.has(e.type) ? [e] : []);
    }
    this.#decide(d, c);
  }

  /** The device's identity as HL7 tells it: UDI device identifier (a model), serial number as token. */
  #equipmentOf(d: number, c: Clues, ev: Extract<AppEvent, { kind: 'hl7.message' }>): void {
    if (ev.deviceIdentifier !== undefined && ev.deviceIdentifier !== '') {
      this.#note(d, 'hl7.udi', cleanText(ev.deviceIdentifier, MAX_VALUE));
    }
    const serial = ev.serialToken ?? '';
    const equipment = ev.equipmentToken ?? '';
    if (serial !== '' || equipment !== '') this.#name(d, c, 'hl7', 'serial', serial === '' ? equipment : serial);
  }

  /** The kind of images a device makes tells the kind of device, as long as it makes one kind only. */
  #family(d: number, sopClass: string): void {
    const family = familyOf(sopClass);
    const c = this.#clue(d);
    if ((c.roles & ARCHIVE) !== 0 || c.family === family || c.family === '') return;
    c.family = c.family === null ? family : '';
    const item = { source: 'dicom.class', type: c.family, value: 'makes images of one class', weight: 0.6 };
    c.evidence.replace('dicom.class', c.family === '' || !this.#byType.has(c.family) ? [] : [item]);
    this.#decide(d, c);
  }

  /** A MAC was seen with a device: its maker. */
  maker(d: number, maker: string): void {
    const c = this.#clue(d);
    this.#name(d, c, 'oui', 'vendor', maker);
    const h = hintedByMaker(maker);
    c.makerType = h.type;
    if (h.type !== '') this.#add(d, { source: 'oui', type: h.type, value: maker, weight: h.weight });
  }

  /** A device's MAC carries the traffic of many addresses. */
  router(d: number): void {
    this.#add(d, { source: 'router', type: 'network-gear', value: 'carries traffic of many addresses', weight: 0.7 });
  }

  #header(d: number, ev: Extract<AppEvent, { kind: 'evidence' }>): void {
    const { field, source } = ev;
    const value = cleanText(ev.value, MAX_VALUE);
    if (value === '') return;
    const c = this.#clue(d);
    this.#name(d, c, source, field, value);
    if (field === 'fingerprint' || field === 'class') {
      const before = c.naming.habit(`${source}.${field}`, value, ev.tsUs);
      if (before !== null) this.#changed(d, ev.tsUs, `${source}.${field}`, before, value);
    }
    const h = headerHint(field, value);
    if (h !== null) this.#add(d, { source: `${source}.${field}`, group: field, type: h.type, value, weight: h.weight });
    else if (field !== 'fingerprint' && field !== 'role' && field !== 'serial')
      this.#note(d, `${source}.${field}`, value);
  }

  #name(d: number, c: Clues, source: string, field: EvidenceField, value: string): void {
    if (c.naming.name(this.#table.records[d]!, source, field, value)) {
      const odd = c.naming.contradiction();
      if (odd !== '') this.#note(d, 'oui.mismatch', odd);
      this.#table.records[d]!.changed = true;
    }
  }

  #add(d: number, item: Parameters<EvidenceList['add']>[0]): void {
    if (!this.#byType.has(item.type)) return;
    const c = this.#clue(d);
    if (c.evidence.add(item)) this.#decide(d, c);
  }

  #decide(d: number, c: Clues): void {
    const r = this.#table.records[d]!;
    r.changed = true;
    r.evidence = [
      ...r.evidence.filter((e) => e.source === 'site' || e.source === 'operator'),
      ...c.evidence.toEvidence(),
    ];
    if (r.typePinned) return;
    const { type, confidence } = c.evidence.decide();
    const sure = confidence >= this.#minConfidence;
    const next = sure && this.#byType.has(type) ? type : 'unknown';
    if (next !== r.type || confidence !== r.typeConfidence) this.setType(d, next, sure ? confidence : 0, null);
  }

  #clue(d: number): Clues {
    let c = this.#clues[d];
    if (c === undefined) {
      c = {
        evidence: new EvidenceList(),
        roles: 0,
        family: null,
        measured: 0,
        makerType: '',
        naming: new Naming(),
        senders: new Set(),
        acks: false,
        sendsHl7: false,
        lastSaid: 0,
      };
      this.#clues[d] = c;
    }
    return c;
  }
}
