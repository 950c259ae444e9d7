import { type Scenario, scenario } from './scenario.js';

// biome-ignore format: a table
/** What the sensor names besides the catalogue of threats. */
export const OWN: readonly Scenario[] = [
  scenario(null, 'hl7.link.fault', 'HL7 link with a fault', 'FSM', 'IIIIII', '',
    'A link that works but whose framing or acknowledgements other receivers would refuse.',
    'Tell the interface team: the link works, but receivers differ in what they accept.'),
  scenario(null, 'anomaly.profile', 'Behaviour unlike the learned normal', 'IF', 'HHMMML', 'T0846 T0869',
    'The learned detectors find this device\'s behaviour rarer than its alert budget allows.',
    'Look at the reasons; ask whether the device is serviced or used in a new way.'),
];
