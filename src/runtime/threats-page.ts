import { catalogue, DETECTOR_WORDS, type Scenario, UNSEEN } from '../detect/index.js';

const GROUPS: readonly (readonly [letter: string, title: string])[] = [
  ['D', 'DICOM'],
  ['H', 'HL7 v2 and device data'],
  ['N', 'The device network'],
  ['M', 'MQTT'],
];
const LETTERS: Readonly<Record<string, string>> = { critical: 'C', high: 'H', medium: 'M', low: 'L', info: 'I' };

const HEAD = `# What Wardwire names

Generated from \`src/detect/scenarios\` (\`npm run generate\`). The same list: \`wardwire scenarios list\`, as JSON with \`--json\`;
one with its text: \`wardwire scenarios show net.arp.spoof\`.

Severity is that of the device the verdict is about: C critical, H high, M medium, L low, I info; one step lower while the device is
still being learned, one higher with a patient connected, and moved by evidence. Device classes: LC life-critical (ventilator, pump,
anaesthesia, dialysis, defibrillator), PM patient monitor, central station, telemetry, IM imaging modality, PA archive and worklist,
IE interface engine, laboratory, records, WS workstation and everything else. ATT&CK: techniques of ICS (T0…) and Enterprise (T1…).

A verdict is advice to people. What to do first is the safe step: it never endangers a patient, whatever the sensor got wrong.
`;

const cell = (s: string): string => s.replaceAll('|', '\\|');

function section(scenarios: readonly Scenario[]): string[] {
  const rows = scenarios.map((s) => {
    const severity = Object.values(s.severity).map((v) => LETTERS[v]);
    return `| ${s.id ?? ''} | \`${s.scenario}\` | ${cell(s.title)} | ${severity.join(' \\| ')} | ${s.attack.map((a) => a.id).join(', ')} |`;
  });
  const texts = scenarios.flatMap((s) => [
    `**${s.id === null ? '' : `${s.id} `}\`${s.scenario}\`**: ${s.text} Noticed by: ${s.detectors.map((d) => DETECTOR_WORDS[d]).join(', ')}. *Safe step:* ${s.safeStep}`,
    '',
  ]);
  return [
    '| id | scenario | is | LC \\| PM \\| IM \\| PA \\| IE \\| WS | ATT&CK |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...texts,
  ];
}

/** `docs/threats.md`. */
export function threatsPage(): string {
  const parts = GROUPS.flatMap(([letter, title]) => [
    `## ${title}`,
    '',
    ...section(catalogue.filter((s) => s.id?.startsWith(letter) === true)),
  ]);
  return [
    HEAD,
    ...parts,
    '## Besides the catalogue of threats',
    '',
    ...section(catalogue.filter((s) => s.id === null && !s.scenario.startsWith('sensor.'))),
    '## What the sensor says of itself',
    '',
    ...section(catalogue.filter((s) => s.scenario.startsWith('sensor.'))),
    '## What cannot be seen yet',
    '',
    'Every scenario above is named on the wire; of some a part is not.',
    '',
    '| id | part | because |',
    '| --- | --- | --- |',
    ...UNSEEN.map((u) => `| ${u.id} | ${cell(u.part === '' ? 'all of it' : u.part)} | ${cell(u.because)} |`),
    '',
  ].join('\n');
}
