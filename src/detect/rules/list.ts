import { arpSpoof } from './arp-spoof.js';
import { arpSweep } from './arp-sweep.js';
import { beacon } from './beacon.js';
import { callHome } from './call-home.js';
import { cleartext } from './cleartext.js';
import type { RuleContext } from './context.js';
import { dhcp } from './dhcp.js';
import { dicomAe } from './dicom-ae.js';
import { dicomBruteForce } from './dicom-brute-force.js';
import { dicomContent } from './dicom-content.js';
import { dicomEnds } from './dicom-ends.js';
import { dicomFind } from './dicom-find.js';
import { dicomFlood } from './dicom-flood.js';
import { dicomGet } from './dicom-get.js';
import { dicomMove } from './dicom-move.js';
import { dicomOpening } from './dicom-opening.js';
import { dicomService } from './dicom-service.js';
import { dicomStore } from './dicom-store.js';
import { dicomSweep } from './dicom-sweep.js';
import { discovery } from './discovery.js';
import { dnsTunnel } from './dns-tunnel.js';
import { exfiltration } from './exfiltration.js';
import { externalPeer } from './external-peer.js';
import { flood } from './flood.js';
import { hl7Acks } from './hl7-acks.js';
import { hl7Alarms } from './hl7-alarms.js';
import { hl7Content } from './hl7-content.js';
import { hl7Injection } from './hl7-injection.js';
import { hl7Rates } from './hl7-rates.js';
import { hl7Replay } from './hl7-replay.js';
import { hl7Sender } from './hl7-sender.js';
import { hl7Values } from './hl7-values.js';
import { mining } from './mining.js';
import { mqttAccess } from './mqtt-access.js';
import { mqttRates } from './mqtt-rates.js';
import { push } from './push.js';
import { ransomware } from './ransomware.js';
import type { Rule } from './rule.js';
import { scan } from './scan.js';
import { services } from './services.js';
import { silence } from './silence.js';
import { tls } from './tls.js';
import { vitalsClient } from './vitals-client.js';
import { vitalsStream } from './vitals-stream.js';
import { vulnerability } from './vulnerability.js';
import { weirdRules } from './weirds.js';

/** Every rule, in the order of the catalogue. To add one: a file here and a line below. */
export const RULES: readonly ((c: RuleContext) => Rule)[] = [
  dicomAe,
  dicomBruteForce,
  dicomSweep,
  dicomFind,
  dicomMove,
  dicomGet,
  dicomContent,
  dicomOpening,
  dicomFlood,
  dicomEnds,
  dicomStore,
  dicomService,
  weirdRules,
  hl7Sender,
  hl7Replay,
  hl7Content,
  hl7Rates,
  hl7Injection,
  hl7Values,
  hl7Alarms,
  hl7Acks,
  vitalsStream,
  vitalsClient,
  discovery,
  scan,
  arpSweep,
  vulnerability,
  arpSpoof,
  dhcp,
  beacon,
  exfiltration,
  externalPeer,
  callHome,
  cleartext,
  services,
  tls,
  push,
  silence,
  dnsTunnel,
  ransomware,
  flood,
  mining,
  mqttRates,
  mqttAccess,
];
