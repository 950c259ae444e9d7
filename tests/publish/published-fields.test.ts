import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SEVERITIES, type Verdict } from '../../src/core/index.js';
import { encode } from '../../src/publish/index.js';
import { someVerdict } from '../support/some-verdict.js';
import { projectRoot, wardwire } from '../support/wardwire.js';

// The schemas others have published, as lists of fields in golden/: what we write under their names is theirs.

const lines = (name: string): string[] =>
  readFileSync(join(projectRoot(), 'tests', 'publish', 'golden', name), 'utf8')
    .split('\n')
    .filter((l) => l !== '' && !l.startsWith('#'));

const demo = join(projectRoot(), 'pcaps', 'ward-demo');
const replayed = wardwire(['replay', '--json', '--config', join(demo, 'wardwire.yaml'), join(demo, 'capture.pcap')]);
const verdicts: Verdict[] = [
  someVerdict(),
  someVerdict('bare', { peer: null, flow: null, p_value: null, attack: [], evidence: null }),
  ...SEVERITIES.map((severity) => someVerdict(severity, { severity })),
  ...(['open', 'update', 'closed'] as const).map((state) =>
    someVerdict(state, { incident: { ...someVerdict().incident, state }, role: 'actor' }),
  ),
  ...replayed.out
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Verdict),
];

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const IP = /^([0-9.]+|[0-9a-f:]+)$/;
const isType: Readonly<Record<string, (x: unknown) => boolean>> = {
  keyword: (x) => typeof x === 'string' && x.length <= 1024,
  match_only_text: (x) => typeof x === 'string',
  date: (x) => typeof x === 'string' && ISO.test(x),
  ip: (x) => typeof x === 'string' && IP.test(x),
  long: Number.isSafeInteger,
  float: (x) => Number.isFinite(x),
  string: (x) => typeof x === 'string',
  boolean: (x) => typeof x === 'boolean',
  integer: (x) => Number.isSafeInteger(x) && Math.abs(x as number) < 2 ** 31,
  timestamp: (x) => Number.isSafeInteger(x) && (x as number) > 1e12,
};

t.test('ECS 9.0: every field outside our own namespace is a field of theirs, of its type', async (t) => {
  const fields = new Map(
    lines('ecs-9.0.0-fields.txt').map((l) => {
      const [name, type, allowed] = l.split(' ');
      return [name, { type: type.replace('[]', ''), list: type.endsWith('[]'), allowed: allowed?.split('|') }];
    }),
  );
  const used = new Set<string>();
  const problems = new Set<string>();
  const walk = (x: unknown, name: string): void => {
    const field = fields.get(name);
    if (field === undefined) {
      if (typeof x !== 'object' || x === null || Array.isArray(x)) problems.add(`${name} is no field`);
      else for (const [k, y] of Object.entries(x)) walk(y, `${name}.${k}`);
      return;
    }
    used.add(name);
    if (Array.isArray(x) !== field.list) problems.add(`${name} is ${field.list ? 'no' : 'a'} list`);
    for (const one of Array.isArray(x) ? x : [x]) {
      if (!isType[field.type](one)) problems.add(`${name} is no ${field.type}: ${JSON.stringify(one)}`);
      if (field.allowed?.includes(one) === false) problems.add(`${name} may not be ${one}`);
    }
  };
  for (const v of verdicts) {
    const { wardwire: own, ...rest } = JSON.parse(encode('ecs', v));
    t.ok(typeof own === 'object');
    t.ok('@timestamp' in rest && rest.ecs.version === '9.0.0');
    for (const [k, x] of Object.entries(rest)) walk(x, k);
  }
  t.same([...problems], []);
  t.comment(`${verdicts.length} verdicts, ${used.size} fields of ${fields.size}`);
});

t.test('OCSF 1.5 Detection Finding: every attribute is theirs, of its type, and what must be there is', async (t) => {
  const objects = new Map<string, Map<string, { type: string; list: boolean; must: boolean }>>();
  for (const l of lines('ocsf-1.5.0-fields.txt')) {
    const [object, name, text] = l.split(' ');
    const of = objects.get(object) ?? new Map();
    objects.set(object, of);
    of.set(name, { type: text.replace(/\[\]|!/g, ''), list: text.includes('[]'), must: text.endsWith('!') });
  }
  const problems = new Set<string>();
  const walk = (x: Record<string, unknown>, object: string): void => {
    const attributes = objects.get(object);
    if (attributes === undefined) throw new Error(`the list lacks ${object}`);
    for (const [name, a] of attributes) if (a.must && !(name in x)) problems.add(`${object}.${name} is missing`);
    for (const [name, y] of Object.entries(x)) {
      const a = attributes.get(name);
      if (a === undefined) problems.add(`${object}.${name} is no attribute`);
      else if (Array.isArray(y) !== a.list) problems.add(`${object}.${name} is ${a.list ? 'no' : 'a'} list`);
      else
        for (const one of Array.isArray(y) ? y : [y]) {
          if (a.type.startsWith('@')) walk(one, a.type.slice(1));
          else if (a.type !== 'json' && !isType[a.type](one)) problems.add(`${object}.${name} is no ${a.type}: ${one}`);
        }
    }
  };
  for (const v of verdicts) {
    const finding = JSON.parse(encode('ocsf', v));
    walk(finding, 'detection_finding');
    t.equal(finding.type_uid, finding.class_uid * 100 + finding.activity_id);
    t.equal(finding.metadata.version, '1.5.0');
  }
  t.same([...problems], []);
});
