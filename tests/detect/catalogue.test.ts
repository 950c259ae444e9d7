import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ATTACK_NAMES } from '../../src/detect/attack.js';
import { catalogue, scenarioOf } from '../../src/detect/index.js';
import { projectRoot } from '../support/wardwire.js';

t.test('every scenario is complete and named once', async (t) => {
  const names = catalogue.map((s) => s.scenario);
  t.equal(new Set(names).size, names.length);
  for (const s of catalogue) {
    t.match(s.scenario, /^[a-z0-9]+(\.[a-z0-9_]+)+$/);
    t.ok(s.id === null || /^[DHNM]\d\d$/.test(s.id), s.scenario);
    t.ok(s.safeStep.length > 20, s.scenario);
    t.same(Object.keys(s.severity), ['LC', 'PM', 'IM', 'PA', 'IE', 'WS']);
    t.notOk(Object.values(s.severity).includes(undefined as never), s.scenario);
    for (const a of s.attack) t.ok(ATTACK_NAMES[a.id], `${s.scenario}: ${a.id}`);
  }
  t.match(scenarioOf('net.scan.ports'), { id: 'N01', severity: { LC: 'critical', IM: 'high', WS: 'medium' } });
  t.match(scenarioOf('dicom.find.enumeration').severity, { PA: 'critical', IM: 'high', LC: 'medium' });
  t.throws(() => scenarioOf('no.such'), /no scenario/);
});

t.test('every scenario but the learned one is reported by some rule', async (t) => {
  const { readdirSync } = await import('node:fs');
  const dir = join(projectRoot(), 'src', 'detect', 'rules');
  const text = readdirSync(dir)
    .map((f) => readFileSync(join(dir, f), 'utf8'))
    .join('\n');
  for (const s of catalogue) if (s.id !== null) t.ok(text.includes(`'${s.scenario}'`), s.scenario);
});
