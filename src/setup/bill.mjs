// What the package is made of, as CycloneDX (ECMA-424): every library of the lock file, and the runtime.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The bill of materials as text; the same for the same lock file and Node. */
export function billOfMaterials(root) {
  const args = [
    '--package-lock-only',
    '--omit',
    'dev',
    '--output-reproducible',
    '--spec-version',
    '1.6',
    '--output-file',
    '-',
  ];
  const r = spawnSync(
    process.execPath,
    [join(root, 'node_modules/@cyclonedx/cyclonedx-npm/bin/cyclonedx-npm-cli.js'), ...args],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  if (r.status !== 0) throw new Error(`the bill of materials cannot be written:\n${r.stderr}`);
  const bill = JSON.parse(r.stdout);
  // the portable capture source is not shipped: the own addon captures
  bill.components = bill.components.filter((c) => c.name !== 'cap');
  const stays = (ref) => !/\|cap@/.test(ref);
  bill.dependencies = bill.dependencies
    ?.filter((d) => stays(d.ref))
    .map((d) => ({ ...d, ...(d.dependsOn && { dependsOn: d.dependsOn.filter(stays) }) }));
  const version = process.versions.node;
  bill.components.push({
    type: 'application',
    name: 'node',
    version,
    'bom-ref': `node@${version}`,
    description: 'Node.js runtime, shipped inside the package',
    licenses: [{ license: { id: 'MIT' } }],
    purl: `pkg:generic/node@${version}`,
  });
  return `${JSON.stringify(bill, null, 2)}\n`;
}
