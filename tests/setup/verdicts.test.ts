import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { projectRoot } from '../support/wardwire.js';

const root = projectRoot();

t.test('the page about verdicts is current, names every field, and its example is a verdict', async (t) => {
  const { verdictsPage } = (await import(pathToFileURL(join(root, 'src', 'setup', 'verdicts.mjs')).href)) as {
    verdictsPage(root: string): string;
  };
  const page = verdictsPage(root);
  t.equal(readFileSync(join(root, 'docs', 'verdicts.md'), 'utf8'), page, 'npm run generate');
  for (const field of ['advice.safe_step', 'reasons[].text', 'coverage.blind', 'flow.tunnel.kind', 'evidence.sha256'])
    t.ok(page.includes(`| \`${field}\` |`), field);
  t.notMatch(page, /\| {2}\|/, 'every field has a meaning');
  const schema = JSON.parse(readFileSync(join(root, 'config', 'schema', 'verdict.schema.json'), 'utf8')) as {
    examples: unknown[];
  };
  const valid = new Ajv2020({ strict: false }).compile(schema);
  t.ok(valid(schema.examples[0]), JSON.stringify(valid.errors));
});
