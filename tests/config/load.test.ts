import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { jsonSchemaOf, loadConfig, readYaml, sampleYaml } from '../../src/config/index.js';
import { defaultSettings, generatedFiles, MANIFEST } from '../../src/runtime/index.js';
import { projectRoot } from '../support/wardwire.js';

const load = (text: string) => loadConfig(text, 'w.yaml', MANIFEST);

t.test('nothing said: the defaults', async (t) => {
  t.same(load('').values, defaultSettings());
  t.same(load('').problems, []);
  t.same(load('capture:\n').problems, []);
});

t.test('every mistake at once, with its place and a hint', async (t) => {
  const cases: readonly [string, RegExp, RegExp, RegExp][] = [
    ['captur: {}', /captur .*line 1/, /not a section/, /did you mean capture/],
    ['flow:\n  max_flow: 5', /flow\.max_flow .*line 2/, /not a setting/, /did you mean max_flows/],
    ['flow:\n  max_flows: 1', /flow\.max_flows/, /must be from 256/, /default/],
    ['flow:\n  max_flows: 300.5', /flow\.max_flows/, /whole number/, /.?/],
    ['capture:\n  promiscuous: maybe', /promiscuous/, /true or false/, /.?/],
    ['log:\n  level: loud', /log\.level/, /one of debug/, /.?/],
    ['mqtt:\n  url: http://x', /mqtt\.url/, /does not match/, /.?/],
    ['inventory:\n  networks: 10.0.0.0/8', /networks/, /must be a list/, /.?/],
    ['flow: 7', /flow/, /must be a map/, /.?/],
    ['- a', /w\.yaml/, /map of sections/, /.?/],
  ];
  for (const [text, path, what, hint] of cases) {
    const { problems } = load(text);
    t.equal(problems.length, 1, text);
    t.match(problems[0].path, path);
    t.match(problems[0].text, what);
    t.match(problems[0].hint ?? '', hint);
  }
  t.equal(load('flow:\n  max_flow: 5\n  tcp_new_s: x\nlogg: {}\n').problems.length, 3);
  t.match(load('flow:\n  a: [').problems[0].path, /line \d/, 'a syntax error names its line');
  t.equal(readYaml('a: {', 'p.yaml').problems.length > 0, true);
});

t.test('the shipped files are the generated ones and say the defaults', async (t) => {
  for (const [path, text] of Object.entries(generatedFiles()))
    t.equal(readFileSync(join(projectRoot(), path), 'utf8'), text, `${path}: npm run generate`);
  const sample = sampleYaml(MANIFEST);
  t.same(load(sample), { values: defaultSettings(), problems: [] });
  const validate = new Ajv2020({ strict: false }).compile(jsonSchemaOf(MANIFEST));
  t.ok(validate(readYaml(sample, 's').value), JSON.stringify(validate.errors));
  t.notOk(validate({ flow: { max_flow: 1 } }));
});
