import { FEATURES } from '../features/index.js';

const GROUPS = {
  A: 'Volume and timing',
  B: 'Connectivity',
  C: 'DICOM, in either role',
  D: 'HL7, as sender or listener',
  E: 'Optional streams: MQTT in either role, vital signs by UDP at their sender',
} as const; // prettier-ignore

const HEAD = `# Features

Generated from \`src/features\` (\`npm run generate\`). The same list: \`wardwire features list\`, as JSON with \`--json\`.

A feature is a number about one device, now. Directions are the device's own (out, in), whoever opened a flow. Everything
runs on event time and is brought up to date with every packet or event in constant time; damped statistics fade by half in
1, 10 or 60 s. A number that was not observed is empty (NaN): a pump that speaks no HL7 has no HL7 numbers, it has not zero
of them. \`source\` begins with the number in the catalogue and names where the idea comes from; definitions are our own.

\`wardwire replay ward.pcapng --features csv --features-out rows.csv\` writes the rows of a capture (time, device as keyed
token, type, every number), so that other models can be trained on them.
`;

/** \`docs/features.md\`. */
export function featuresPage(): string {
  const cell = (s: string): string => s.replaceAll('|', '\\|');
  const parts = Object.entries(GROUPS).map(([group, title]) => {
    const rows = FEATURES.filter((f) => f.group === group).map(
      (f) => `| \`${f.name}\` | ${f.unit} | ${f.transform} | ${cell(f.text)} | ${cell(f.source)} |`,
    );
    return [
      `## ${group}: ${title}`,
      '',
      '| name | unit | seen as | definition | source |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return [HEAD, ...parts].join('\n');
}
