import type { Tokenizer } from './protocol.js';

/**
 * Words of host names that name a machine and nobody: kinds of device, makers, places of a network. A word that is not
 * here may be a person's name.
 */
const KNOWN = new Set(
  (
    'admin agfa alaris alpine amazon anaesthesia analyser analyzer android apache apple archive arjo axis backup barco baxter ' +
    'bedside belkin bennett biomed bosch braun bridge broker brother build camera cannon canon cardio carefusion carescape ' +
    'carestream central centos cerner chrome cisco client cloud cobas compass control controller core corepoint covidien ' +
    'data database debian default defib defibrillator dell desktop device dhcp dialysis dicom dlink doppler draeger drager ' +
    'echo edimax ednet elekta email endo engine ensemble epic epson esaote espressif evita fedora file firewall fitbit fluke fresenius ' +
    'fuji fujifilm gateway gain gainspan generic getinge google guest hamilton hikvision hitachi hologic homematic host hospital hospira ' +
    'huawei hub icu image imaging infinity infusion intel intellivue interface intern internal iphone ipad iris jetdirect ' +
    'juniper kettle kitchen kodak konica kyocera laboratory laptop laserjet lexmark lifepak light lightify lights linux live ' +
    'local localhost macbook machine mail main masimo medtronic meraki meter microscope microsoft minolta mindray mirth ' +
    'mobile modality monitor monitoring motorola netatmo netgear network nihon kohden node notebook nurse officejet oncology ' +
    'operating optiplex oracle orthanc osram oxylog pacs patient perfusor pharmacy philips phone phones plug plum portal portable ' +
    'power print printer prod proxy public puritan pump query radiology radius rapid raspberry raspberrypi recorder redhat relay ' +
    'remote review rhapsody ricoh roche root router samsung scale scan scanner sensor server servers service shared shimadzu ' +
    'siemens smart smarter socket sonos sonosite spectrum staging station storage storz strahlen stryker suse switch sysmex syringe ' +
    'telemetry terminal test thermo thermostat toshiba tplink trilogy tunnel ubuntu ultrasound unifi unknown update upload ' +
    'user ventilator version viewer vital vitals ward watch welch allyn wemo wifi windows winxp wireless withings work workstation ' +
    'amicas homematic icomen keq lpb openwrt withings world worklist xerox xray zebra zoll zigbee ' +
    'airplay anest bed beds bmet cath ceph clin corp dept diag emergency floor germany home hosp main ' +
    'cardiology dermatology intensive laboratory maternity neurology nursing orthopaedics paediatrics pathology pharmacy physio psychiatry reception urology ' +
    'mammo neonatal neuro office pediatric ring room surgery theatre time triage unit urgent wing ' +
    'http https upnp basic device internetgatewaydevice mediarenderer mediaserver adhoc samba client'
  ).split(' '),
);
/** Runs of letters this long may be somebody's name. */
const NAME = 4;
const MAX_HOST = 64;

/**
 * A host name as it may leave the sensor: words of four or more letters that are not known to name machines are replaced by
 * `x` and four hex digits of their keyed token (`john-iphone` → `x3f1c-iphone`), so that names stay apart and nobody is named;
 * numbers of six or more digits likewise with `n`. Short codes (`RAD-12`), known words and the domain's dots stay.
 */
export function maskName(text: string, token: Tokenizer): string {
  const cut = text.length > MAX_HOST ? text.slice(0, MAX_HOST) : text;
  // words also end where small letters turn into capitals: WithingsScale
  return cut.replace(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{L}+|\d{6,}/gu, (word) => {
    // a long number may be somebody's
    if (/^\d/.test(word)) return `n${token('name', word).slice(0, 4)}`;
    const small = word.toLowerCase();
    if (small.length < NAME || KNOWN.has(small)) return word;
    // serial numbers and MAC addresses are written in hexadecimal letters
    if (/^[a-f]+$/.test(small)) return word;
    // a possessive of a known word: printers
    if (small.endsWith('s') && KNOWN.has(small.slice(0, -1))) return word;
    return `x${token('name', small).slice(0, 4)}`;
  });
}
