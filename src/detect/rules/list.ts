import { arpSpoof } from './arp-spoof.js';
import { arpSweep } from './arp-sweep.js';
import { cleartext } from './cleartext.js';
import type { RuleContext } from './context.js';
import { dicomAe } from './dicom-ae.js';
import { dicomBruteForce } from './dicom-brute-force.js';
import { dicomFind } from './dicom-find.js';
import { dicomFlood } from './dicom-flood.js';
import { dicomMove } from './dicom-move.js';
import { externalPeer } from './external-peer.js';
import { hl7Replay } from './hl7-replay.js';
import { hl7Sender } from './hl7-sender.js';
import type { Rule } from './rule.js';
import { scan } from './scan.js';
import { weirdRules } from './weirds.js';

/** Every rule, in the order of the catalogue. To add one: a file here and a line below. */
export const RULES: readonly ((c: RuleContext) => Rule)[] = [
  dicomAe,
  dicomBruteForce,
  dicomFind,
  dicomMove,
  dicomFlood,
  weirdRules,
  hl7Sender,
  hl7Replay,
  scan,
  arpSweep,
  arpSpoof,
  externalPeer,
  cleartext,
];
