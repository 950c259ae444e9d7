import type { DeviceClass, Severity } from '../../core/index.js';
import { technique } from '../attack.js';

/** Ways a scenario is noticed, as the threat catalogue abbreviates them, in words. */
export const DETECTOR_WORDS = {
  FSM: 'protocol state machine',
  LEN: 'length and limit check',
  PEER: 'learned peers, ports, titles and senders',
  RATE: 'rate in a window against what was learned',
  RULE: 'content rule',
  IF: 'learned profile of the device type',
  L2: 'ARP, MAC and DHCP logic',
  TIME: 'clock',
  XCMP: 'comparison of two sightings',
  TI: 'list of known addresses and signatures',
  SELF: 'the sensor watching itself',
} as const;
export type Detector = keyof typeof DETECTOR_WORDS;

/** One scenario of the threat catalogue. */
export interface Scenario {
  /** Catalogue id (D01, H01, N01 …); null for what the sensor names besides. */
  readonly id: string | null;
  /** Dotted stable name. */
  readonly scenario: string;
  readonly title: string;
  /** How it is noticed. */
  readonly detectors: readonly Detector[];
  /** Base severity when a device of the class is the victim or the actor. */
  readonly severity: Readonly<Record<DeviceClass, Severity>>;
  readonly attack: readonly { framework: string; id: string; name: string }[];
  /** What is seen and what is not taken for it, one or two plain sentences. */
  readonly text: string;
  readonly safeStep: string;
}

export const CLASSES: readonly DeviceClass[] = ['LC', 'PM', 'IM', 'PA', 'IE', 'WS'];
const LETTER: Readonly<Record<string, Severity>> = {
  C: 'critical',
  H: 'high',
  M: 'medium',
  L: 'low',
  I: 'info',
  // the class is not expected to meet this scenario; should it, somebody must look
  '–': 'medium',
};

/**
 * One row. `severities` in the order LC PM IM PA IE WS: C critical, H high, M medium, L low, I info, – not expected;
 * `detectors` and `attack` as words with blanks between.
 */
export function scenario(
  id: string | null,
  name: string,
  title: string,
  detectors: string,
  severities: string,
  attack: string,
  text: string,
  safeStep: string,
): Scenario {
  const words = (s: string): string[] => s.split(' ').filter((w) => w !== '');
  const severity = Object.fromEntries(CLASSES.map((c, i) => [c, LETTER[[...severities][i]]])) as Scenario['severity'];
  return {
    id,
    scenario: name,
    title,
    detectors: words(detectors) as Detector[],
    severity,
    attack: words(attack).map(technique),
    text,
    safeStep,
  };
}
