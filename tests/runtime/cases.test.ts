import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { comparable, outline } from '../support/verdicts.js';
import { projectRoot, wardwire } from '../support/wardwire.js';

// A case is a folder: pcaps/<case>/{capture.pcap, wardwire.yaml, expected.ndjson, attacks.tsv}.
// WARDWIRE_UPDATE=1 rewrites expected.ndjson; review the difference before you commit it.

const root = join(projectRoot(), 'pcaps');
const cases = readdirSync(root).filter((n) => existsSync(join(root, n, 'wardwire.yaml')));

function replay(dir: string): Verdict[] {
  const capture = readdirSync(dir).find((n) => /^capture\.pcap(ng)?(\.gz)?$/.test(n));
  const r = wardwire([
    'replay',
    '--json',
    '--config',
    join(dir, 'wardwire.yaml'),
    join(dir, capture ?? 'capture.pcap'),
  ]);
  if (r.code !== 0) throw new Error(`exit ${r.code}: ${r.err}`);
  return r.out
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as Verdict);
}

t.ok(cases.length > 0, 'there are cases');

for (const name of cases) {
  t.test(name, async (t) => {
    const dir = join(root, name);
    const verdicts = replay(dir);
    const lines = verdicts.map((v) => JSON.stringify(outline(v)));
    const expectedPath = join(dir, 'expected.ndjson');
    if (process.env.WARDWIRE_UPDATE === '1') writeFileSync(expectedPath, `${lines.join('\n')}\n`);
    t.same(lines, readFileSync(expectedPath, 'utf8').trim().split('\n'), 'verdicts as expected');
    t.same(comparable(replay(dir)), comparable(verdicts), 'the same capture gives the same verdicts');

    const attacks = join(dir, 'attacks.tsv');
    if (!existsSync(attacks)) return;
    const rows = readFileSync(attacks, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((l) => l.split('\t')); // prettier-ignore
    t.ok(rows.length >= 6, `${rows.length} attacks`);
    for (const [, what, scenario, actor, victim] of rows) {
      const seen = verdicts.find(
        (v) => v.scenario === scenario && [v.device.ip, v.peer?.ip].some((ip) => ip === actor || ip === victim),
      );
      t.ok(seen, `${what}: ${scenario} is named`);
    }
  });
}
