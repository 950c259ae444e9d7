import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { readYaml } from '../../src/config/index.js';
import { projectRoot } from '../support/wardwire.js';

t.test('what was read at build time says what the files say, and an edited file is read anew', (t) => {
  const dir = join(projectRoot(), 'profiles');
  const kept = new Map<string, string>(
    JSON.parse(readFileSync(join(projectRoot(), 'dist', 'shipped-yaml.json'), 'utf8')),
  );
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.yaml'))) {
    const text = readFileSync(join(dir, name), 'utf8');
    t.ok(kept.has(text), `${name} was read at build time`);
    t.same(readYaml(text, name).value, parse(text), name);
    t.same(readYaml(`${text}\nadded: 1\n`, name).value, { ...parse(text), added: 1 }, `${name}, edited`);
  }
  const text = [...kept.keys()][0];
  const first = readYaml(text, 'a').value as Record<string, unknown>;
  first.type = 'changed';
  t.not((readYaml(text, 'a').value as Record<string, unknown>).type, 'changed', 'everybody gets an own value');
  t.match(readYaml(`${text}\n: [`, 'b.yaml').problems, [{ path: /b\.yaml line/ }]);
  t.end();
});
