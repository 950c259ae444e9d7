import type { TypeEvidence } from './evidence.js';
import { hinted } from './hints.js';

/** Types that forward or keep what others measured. */
const SYSTEMS = ['hl7-engine', 'pacs', 'ris', 'lis', 'ehr', 'server', 'viewer', 'workstation'];

/** What one HL7 message says about its sender. */
export function senderEvidence(messageType: string, sendingApp: string, sendingFacility: string): TypeEvidence[] {
  const out: TypeEvidence[] = [];
  const results = messageType === 'ORU_R01' || messageType === 'ORU_R40' || messageType === 'ORU_R42';
  const type = hinted(sendingApp).type || hinted(sendingFacility).type;
  if (type !== '') {
    // names are given by people: telling only together with what such a device sends (IHE PCD TF-2)
    const device = !SYSTEMS.includes(type);
    const weight = device ? (results || messageType.startsWith('OUL') ? 0.7 : 0.4) : 0.5;
    out.push({ source: 'hl7.sender', type, value: `sends ${messageType || 'HL7'} as ${sendingApp}`, weight });
  }
  // specimen oriented results and analyser work queries (IHE LAW)
  if (messageType === 'OUL_R22' || messageType === 'OUL_R23') {
    out.push({ source: 'hl7.type', type: 'lab-analyser', value: `sends ${messageType}`, weight: 0.7 });
  }
  return out;
}

/** Types of what is worn, watched or infused: senders of device observations. */
const BEDSIDE_TYPES = [
  'ventilator',
  'infusion-pump',
  'patient-monitor',
  'defibrillator',
  'anaesthesia-machine',
  'dialysis',
];

/**
 * What the observations of a device report (IHE PCD-01) tell of its sender: kinds measured (`measured` bits of the event), and
 * whether the maker of its interface makes such devices.
 */
export function measuredEvidence(measured: number, makerType: string): TypeEvidence[] {
  const source = 'hl7.measured';
  const out: TypeEvidence[] = [];
  // a ventilator reports vital signs too, so the rarer kind counts
  if (measured & 2) out.push({ source, type: 'ventilator', value: 'reports ventilation', weight: 0.6 });
  else if (measured & 4) out.push({ source, type: 'infusion-pump', value: 'reports infusion', weight: 0.6 });
  else if (measured & 1) out.push({ source, type: 'patient-monitor', value: 'reports vital signs', weight: 0.4 });
  if (BEDSIDE_TYPES.includes(makerType))
    out.push({ source: 'hl7.device', type: makerType, value: 'reports as devices of its maker do', weight: 0.4 });
  return out;
}

/** What the number of its senders says about a listener that acknowledges. */
export function listenerEvidence(senders: number, forwards: boolean): TypeEvidence[] {
  if (senders < 2) return [];
  const weight = Math.min(0.9, (senders >= 5 ? 0.8 : senders >= 3 ? 0.7 : 0.5) + (forwards ? 0.1 : 0));
  return [{ source: 'hl7.role', type: 'hl7-engine', value: `acknowledges ${senders} senders`, weight }];
}
