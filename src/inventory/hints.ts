/** How sure a word makes: a product's own name, or a general word that people give as a name too. */
export const Surety = { Product: 0.7, Word: 0.4 } as const;

interface Hint {
  readonly type: string;
  readonly words: RegExp;
  readonly weight: number;
}

const product = (type: string, words: RegExp): Hint => ({ type, words, weight: Surety.Product });
const word = (type: string, words: RegExp): Hint => ({ type, words, weight: Surety.Word });

/**
 * Words in vendor strings, models, host names and HL7 sender names that tell a device type; the first that fits counts, so
 * special ones stand before general ones. A type without a profile at the site is not used.
 */
const HINTS: readonly Hint[] = [
  product('telemetry-gateway', /telemetry.?gateway|apexpro.?gateway/i),
  product('wearable-gateway', /wearable|biosensor|vitalpatch|body.?guardian|bio.?patch.?gateway/i),
  product(
    'central-station',
    /central.?station|centralscope|\bpic ?ix\b|cic ?pro|\bicentral|benevision cms|central.?monitor/i,
  ),
  product(
    'ventilator',
    /ventilator|evita|\bservo-?[iun]\b|hamilton-?[cgt]|puritan|pb ?980|savina|oxylog|trilogy|\bmindray sv/i,
  ),
  word('ventilator', /ventilat|\bvent ?\d*\b|bennett/i),
  product('anaesthesia-machine', /an(a)?esthesia|perseus a500|primus ie|aisys|avance cs/i),
  product('dialysis', /dialys|fresenius (4008|5008|6008)|prismaflex|prismax|dialog\+/i),
  product(
    'infusion-pump',
    /infusion|syringe.?pump|alaris|\bplum (a|360)|medfusion|spectrum ?iq|infusomat|perfusor|agilia|cadd-?solis|bd ?pyxis|sigma ?spectrum/i,
  ),
  word('infusion-pump', /infus|syringe|\bplum\b|\bpump/i),
  product('defibrillator', /defib|lifepak|heartstart|corpuls/i),
  word('defibrillator', /zoll/i),
  product(
    'patient-monitor',
    /intellivue|patient.?monitor|carescape|infinity.?(delta|acute|gamma)|beneview|benevision|vital.?sign|xprezzon/i,
  ),
  word('patient-monitor', /\bmonitor|bedside|nihon|kohden|spacelabs/i),
  product(
    'ct-scanner',
    /somatom|brilliance ?(ict|ct)|aquilion|revolution ?ct|optima ?ct|lightspeed|ingenuity ct|scanner ct/i,
  ),
  product('mr-scanner', /magnetom|\bsigna\b|ingenia|achieva|vantage ?(titan|orian|galan)|biograph mmr/i),
  product(
    'ultrasound',
    /\bvivid ?[a-z]?\d|logiq|voluson|\bepiq\b|affiniti|acuson|sonosite|aplio|ultrasound|sonograph/i,
  ),
  product(
    'x-ray',
    /digital ?diagnost|carestream drx|ysio|multix|definium|\bdrx-|artis ?(zee|q|pheno)|selenia|mammomat|x-?ray/i,
  ),
  product(
    'lab-analyser',
    /cobas|sysmex|architect|centaur|advia|atellica|dxh|\bdxi\b|vitros|\babl ?\d|gem ?premier|i-?stat|analy[sz]er|\banlz/i,
  ),
  word('pacs', /\bpacs\b|\bvna\b|orthanc|dcm4chee|conquest/i),
  word('ris', /\bris\b|radiology.?information/i),
  word('lis', /\blis\b|\blims\b|sunquest|labor.?information/i),
  word('ehr', /\behr\b|\bemr\b|\bhis\b|\bepic\b|cerner|meditech|allscripts/i),
  word('viewer', /osirix|horos|weasis|radiant|microdicom|\bviewer\b/i),
  word(
    'hl7-engine',
    /mirth|rhapsody|ensemble|cloverleaf|iguana|\bengine\b|corepoint|qdoc|healthconnect|interface.?eng/i,
  ),
  product(
    'printer',
    /laserjet|officejet|deskjet|jetdirect|\becotank|workforce|\bimagerunner|\bpixma|bizhub|phaser|workcentre|\bmfc-|\bhl-l?\d{3,4}|\bdcp-\w?\d{3,4}|taskalfa|zebra ?(zt|zd|gk)|hp http server|epson_linux|virata-emweb|ks_http|debut\/|\bnpi[0-9a-f]{6}\b/i,
  ),
  word('printer', /\bprinter/i),
  product(
    'camera',
    /ip ?cam|network.?camera|\bdcs-\d{3}|ipcamera|hikvision|dvrdvs|dahua|axis communications|webcam|\bic-\d{4}|\bipc-\w|netcam|nvr\b/i,
  ),
  word('camera', /\bcamera|\bcam\d*\b/i),
  product(
    'building-control',
    /\bhs1\d\d\b|\bhs200|\bdsp-w|\bdch-|\bsp-?1101w|\bsp-?2101w|lightify|philips.?hue|hue.?bridge|\bhue\b|wemo|homematic|homekit|smart.?plug|smart.?switch|thermostat|bacnet|niagara|desigo|metasys|\bknx\b|\blutron|netatmo|tado|belkin (device|insight|light|bridge|controllee)|\bsmarter|kettle|max!? ?cube|home ?automation/i,
  ),
  product(
    'network-gear',
    /cisco (ios|nx-os|adaptive)|\bios.?xe\b|routeros|mikrotik|openwrt|\bdd-wrt|edgeos|unifi ap|aruba ?(ap|os)|junos|fortigate|pfsense|fritz!?.?box|\bwlc\b|catalyst|\bws-c\d|procurve|comware|airos|internet ?gateway/i,
  ),
  word('network-gear', /\brouter\b|\bswitch\b|\bfirewall\b|access.?point|\bgateway\b/i),
  word('server', /windows server|\bserver\b|vmware esx|proxmox|synology|diskstation|qnap/i),
  word(
    'workstation',
    /\bdesktop-|\blaptop|optiplex|latitude|thinkpad|thinkcentre|elitebook|prodesk|macbook|imac\b|\bws\d+\b|workstation/i,
  ),
]; // prettier-ignore

/** Makers whose network interfaces are found in little else than one type; general makers are not listed. */
const MAKER_HINTS: readonly Hint[] = [
  {
    type: 'camera',
    words: /hikvision|dahua|\baxis comm|mobotix|vivotek|hanwha (techwin|vision)|reolink|amcrest/i,
    weight: 0.6,
  },
  {
    type: 'building-control',
    words:
      /eq-3|signify|philips lighting|osram|ledvance|tridium|distech|belimo|loxone|lutron|johnson controls|sauter|wago|beckhoff|netatmo|tado/i,
    weight: 0.6,
  },
  {
    type: 'printer',
    words: /brother industries|lexmark|kyocera|ricoh|xerox|zebra tech|konica minolta|seiko epson/i,
    weight: 0.55,
  },
  {
    type: 'network-gear',
    words: /juniper|mikrotik|routerboard|ubiquiti|ruckus|extreme networks|fortinet|palo alto|aruba|arista|avm /i,
    weight: 0.5,
  },
  { type: 'network-gear', words: /^cisco/i, weight: 0.4 },
  { type: 'ventilator', words: /hamilton medical|maquet|resmed|breas/i, weight: 0.4 },
  { type: 'infusion-pump', words: /carefusion|smiths medical|hospira|icu medical|b\.? ?braun|ivac/i, weight: 0.4 },
  { type: 'defibrillator', words: /zoll|physio-?control|corpuls/i, weight: 0.3 },
  {
    type: 'patient-monitor',
    words: /nihon kohden|spacelabs|mindray|welch allyn|masimo|philips (medical|patient)/i,
    weight: 0.3,
  },
  { type: 'lab-analyser', words: /sysmex|radiometer|roche diag|beckman coulter|abbott (point|diag)/i, weight: 0.4 },
  { type: 'server', words: /vmware|xensource|proxmox|super ?micro/i, weight: 0.3 },
]; // prettier-ignore

/** Makers of modules built into other makers' devices: their prefix does not tell whose device it is. */
const MODULE_MAKERS =
  /gainspan|espressif|hi-flying|murata|azurewave|lite-?on|hon hai|universal global|texas instruments|realtek|silex|lantronix|digi international|moxa|delta electronics|cambridge industries|fn-?link|tuya|ampak|broadcom|intel\b|raspberry|wiznet|microchip|u-blox|qualcomm|mediatek|sierra wireless|telit|quectel/i;

export interface Hinted {
  readonly type: string;
  readonly weight: number;
}

const NONE: Hinted = { type: '', weight: 0 };
/** Names looked at before: the same few come with every message. */
const looked = new Map<string, Hinted>();
const MAX_LOOKED = 1024;

function first(hints: readonly Hint[], text: string): Hinted {
  const words = text.replace(/[_./^@:+]+/g, ' ');
  // both spellings: `DCS-930LB` needs its hyphen, `hue_bridge` a space for its underscore
  for (const h of hints) if (h.words.test(text) || h.words.test(words)) return h;
  return NONE;
}

/** Type that a name or product string hints at, and how far; type '' none. */
export function hinted(text: string): Hinted {
  if (text === '') return NONE;
  let found = looked.get(text);
  if (found === undefined) {
    found = first(HINTS, text);
    if (looked.size >= MAX_LOOKED) looked.clear();
    looked.set(text, found);
  }
  return found;
}

/** Type that the maker of a network interface hints at. */
export const hintedByMaker = (maker: string): Hinted => first(MAKER_HINTS, maker);

export const makesModules = (maker: string): boolean => MODULE_MAKERS.test(maker);
