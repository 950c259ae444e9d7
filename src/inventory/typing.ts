import type { AppEvent, FlowColumns, Profile } from '../core/index.js';
import { AppProto, cleanText, fold32 } from '../core/index.js';
import { Role, requestRole, responseRole, roleEvidence } from './dicom-role.js';
import { EvidenceList } from './evidence.js';
import { hintedType, listenerEvidence, senderEvidence } from './hl7-role.js';
import { DeviceFlag, type DeviceTable } from './table.js';

const MAX_SENDERS = 8;
const FORMER_WEIGHT = 0.8;
/** Share of the table that devices taken for life-critical may hold for good; a forger cannot fill more. */
const KEPT_SHARE = 0.75;
/** Results, alarms and events (IHE PCD-01, PCD-04, PCD-10), pump orders and administrations. */
const BEDSIDE = /^(ORU_R(01|30|31|32|40|42)|RAS_O17|RGV_O15)$/;

/** What is remembered about a device to judge its type. */
interface Clues {
  readonly evidence: EvidenceList;
  roles: number;
  /** Devices that sent HL7 to it, and whether it acknowledged. */
  readonly senders: Set<number>;
  acks: boolean;
  sendsHl7: boolean;
  /** Sender names and message type last looked at. */
  lastSaid: number;
}

/** Turns evidence into types. At the rate of application events. */
export class Typing {
  readonly #table: DeviceTable;
  readonly #columns: FlowColumns;
  readonly #profiles: readonly Profile[];
  readonly #byType = new Map<string, number>();
  readonly #clues: (Clues | undefined)[] = [];
  readonly #minConfidence: number;

  constructor(table: DeviceTable, columns: FlowColumns, profiles: readonly Profile[], minConfidence: number) {
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

  /** What was known of a device before a restart counts as one piece of evidence among others. */
  remember(d: number, type: string, confidence: number): void {
    if (type === 'unknown' || !(confidence > 0)) return;
    const weight = Math.min(FORMER_WEIGHT, confidence);
    this.#add(d, { source: 'former', type, value: 'known from before', weight });
  }

  event(ev: AppEvent): void {
    if (ev.flow < 0) return;
    const sender = this.#columns.device[2 * ev.flow + ev.dir];
    const receiver = this.#columns.device[2 * ev.flow + 1 - ev.dir];
    switch (ev.kind) {
      case 'dicom.associate.rq':
        if (sender >= 0 && ev.callingAe !== '') this.#note(sender, 'dicom.ae', ev.callingAe);
        return;
      case 'dicom.associate.ac':
        return;
      case 'dicom.command': {
        if (sender < 0) return;
        const bits = ev.name.endsWith('-RSP')
          ? responseRole(ev.name, ev.sopClass, ev.status)
          : requestRole(ev.name, ev.sopClass, ev.moveOriginator !== '');
        if (bits !== 0) this.#role(sender, bits);
        // a title is the acceptor's when it answers to it, not when somebody tries it
        if (ev.status === 0 && ev.calledAe !== '' && ev.dir === 1) this.#note(sender, 'dicom.ae', ev.calledAe);
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
            if (ev.sendingApp !== '') this.#note(sender, 'hl7.app', ev.sendingApp);
            for (const e of senderEvidence(ev.messageType, ev.sendingApp, ev.sendingFacility)) this.#add(sender, e);
          }
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
        return;
      case 'evidence': {
        const d = this.#columns.device[2 * ev.flow + (ev.about === 'initiator' ? 0 : 1)];
        if (d >= 0) this.#header(d, ev.source, ev.field, ev.value);
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
    if ((c.roles & (Role.MoveSource | Role.StoreScp | Role.FindScp)) !== 0) return;
    const r = this.#table.records[d]!;
    if (r.vendor === null && manufacturer !== '') r.vendor = manufacturer;
    if (r.model === null && model !== '') r.model = model;
  }

  #header(d: number, source: string, field: string, text: string): void {
    const value = cleanText(text);
    if (value === '') return;
    const r = this.#table.records[d]!;
    if (field === 'vendor' || field === 'manufacturer') r.vendor ??= value;
    else if (field === 'model') r.model ??= value;
    else if (field === 'name' || field === 'hostname') r.name ??= value;
    const type = hintedType(value);
    // host names are chosen by people, the other fields are built in
    const weight = field === 'name' || field === 'hostname' ? 0.4 : 0.6;
    if (type !== '') this.#add(d, { source: `${source}.${field}`, type, value, weight });
  }

  #add(d: number, item: Parameters<EvidenceList['add']>[0]): void {
    if (!this.#byType.has(item.type)) return;
    const c = this.#clue(d);
    if (c.evidence.add(item)) this.#decide(d, c);
  }

  #decide(d: number, c: Clues): void {
    const r = this.#table.records[d]!;
    r.evidence = [...r.evidence.filter((e) => e.source === 'site'), ...c.evidence.toEvidence()];
    if (r.typePinned) return;
    const { type, confidence } = c.evidence.decide();
    const sure = confidence >= this.#minConfidence;
    const next = sure ? type : 'unknown';
    if (next !== r.type || confidence !== r.typeConfidence) this.setType(d, next, sure ? confidence : 0, null);
  }

  #clue(d: number): Clues {
    let c = this.#clues[d];
    if (c === undefined) {
      c = { evidence: new EvidenceList(), roles: 0, senders: new Set(), acks: false, sendsHl7: false, lastSaid: 0 };
      this.#clues[d] = c;
    }
    return c;
  }
}
