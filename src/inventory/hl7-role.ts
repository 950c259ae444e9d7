import type { TypeEvidence } from './evidence.js';

/**
 * Words in MSH-3/MSH-4 (and in vendor strings elsewhere) that tell a device type. A type without a profile at the site is
 * not used.
 */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /ventilat|\bvent ?\d*\b|evita|\bservo-?[iun]\b|hamilton-?[cgt]|puritan|bennett|pb ?980|savina|oxylog|trilogy|\bmindray sv/i,
    'ventilator',
  ],
  [
    /infus|syringe|alaris|\bplum\b|medfusion|spectrum ?iq|infusomat|perfusor|agilia|\bpump|cadd-?solis|bd ?pyxis|sigma ?spectrum/i,
    'infusion-pump',
  ],
  [/defib|lifepak|heartstart|zoll|corpuls/i, 'defibrillator'],
  [
    /intellivue|patient.?monitor|\bmonitor|carescape|bedside|infinity.?(delta|acute|gamma)|nihon|kohden|beneview|benevision|\bicentral|vital.?sign|spacelabs|xprezzon/i,
    'patient-monitor',
  ],
  [
    /cobas|sysmex|architect|centaur|advia|atellica|dxh|\bdxi\b|vitros|\babl\d|gem ?premier|i-?stat|analy[sz]er|\banlz/i,
    'lab-analyser',
  ],
  [/\bpacs\b|\bvna\b|orthanc|dcm4chee|conquest/i, 'pacs'],
  [/mirth|rhapsody|ensemble|cloverleaf|iguana|\bengine\b|corepoint|qdoc|healthconnect|interface.?eng/i, 'hl7-engine'],
  [/an(a)?esthesia|perseus a500|primus ie|aisys|avance cs/i, 'anaesthesia-machine'],
  [/dialys|fresenius (4008|5008|6008)|prismaflex|prismax|dialog\+/i, 'dialysis'],
  [/central.?station|centralscope|\bpic ?ix\b|cic ?pro/i, 'central-station'],
  [/\bprinter|jetdirect|laserjet|officejet|deskjet/i, 'printer'],
  [/ip ?cam|\bcamera|hikvision|axis communications/i, 'camera'],
  [/telemetry.?gateway|wearable|biosensor|vitalpatch|body.?guardian/i, 'wearable-gateway'],
]; // prettier-ignore

/** Names looked at before: the same few come with every message. */
const looked = new Map<string, string>();
const MAX_LOOKED = 1024;

/** Type that a name hints at, '' none. */
export function hintedType(text: string): string {
  if (text === '') return '';
  let type = looked.get(text);
  if (type === undefined) {
    type = look(text);
    if (looked.size >= MAX_LOOKED) looked.clear();
    looked.set(text, type);
  }
  return type;
}

function look(text: string): string {
  const words = text.replace(/[_./^@:+]+/g, ' ');
  for (const [re, type] of HINTS) if (re.test(words)) return type;
  return '';
}

/** What one HL7 message says about its sender. */
export function senderEvidence(messageType: string, sendingApp: string, sendingFacility: string): TypeEvidence[] {
  const out: TypeEvidence[] = [];
  const results = messageType === 'ORU_R01' || messageType === 'ORU_R40' || messageType === 'ORU_R42';
  const hinted = hintedType(sendingApp) || hintedType(sendingFacility);
  if (hinted !== '') {
    // names are given by people: telling only together with what such a device sends (IHE PCD TF-2)
    const device = hinted !== 'hl7-engine' && hinted !== 'pacs';
    const weight = device ? (results || messageType.startsWith('OUL') ? 0.7 : 0.4) : 0.5;
    out.push({ source: 'hl7.sender', type: hinted, value: `sends ${messageType || 'HL7'} as ${sendingApp}`, weight });
  }
  // specimen oriented results and analyser work queries (IHE LAW)
  if (messageType === 'OUL_R22' || messageType === 'OUL_R23') {
    out.push({ source: 'hl7.type', type: 'lab-analyser', value: `sends ${messageType}`, weight: 0.7 });
  }
  return out;
}

/** What the number of its senders says about a listener that acknowledges. */
export function listenerEvidence(senders: number, forwards: boolean): TypeEvidence[] {
  if (senders < 2) return [];
  const weight = Math.min(0.9, (senders >= 5 ? 0.8 : senders >= 3 ? 0.7 : 0.5) + (forwards ? 0.1 : 0));
  return [{ source: 'hl7.role', type: 'hl7-engine', value: `acknowledges ${senders} senders`, weight }];
}
