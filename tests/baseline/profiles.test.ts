import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { parseProfile } from '../../src/baseline/index.js';
import { DEVICE_TYPES } from '../../src/core/index.js';
import { projectRoot } from '../support/wardwire.js';

const good = {
  title: 'Ventilator',
  device_class: 'LC',
  criticality: 'life-critical',
  budget_ms: 25,
  protocols: ['hl7'],
  peers: ['hl7-engine'],
  external: false,
  isolate: false,
  safe_step: 'Go to the bedside.',
  silence_s: 60,
  expect: { uniq_peers: [0, 4] },
};

t.test('every shipped type has a profile without problems', async (t) => {
  const dir = join(projectRoot(), 'profiles');
  const files = readdirSync(dir).filter((n) => n.endsWith('.yaml'));
  t.same(files.map((n) => n.replace('.yaml', '')).sort(), [...DEVICE_TYPES].sort());
  for (const f of files) {
    const { profile, problems } = parseProfile(parse(readFileSync(join(dir, f), 'utf8')), f, f.replace('.yaml', ''));
    t.same(problems, [], f);
    t.ok(profile!.budgetMs <= 250);
    for (const p of profile!.peers) t.ok((DEVICE_TYPES as readonly string[]).includes(p), `${f}: peer ${p}`);
  }
});

t.test('fields arrive under their names', async (t) => {
  const { profile } = parseProfile(good, 'p.yaml', 'ventilator');
  t.match(profile, {
    type: 'ventilator',
    deviceClass: 'LC',
    budgetMs: 25,
    silenceS: 60,
    expect: { uniq_peers: [0, 4] },
  });
});

t.test('every problem is named at once, with the nearest key', async (t) => {
  const { profile, problems } = parseProfile(
    {
      ...good,
      budget_ms: -1,
      safe_stp: 'x',
      safe_step: undefined,
      device_class: 'PN',
      protocols: ['hl77'],
      expect: { a: [2, 1] },
      external: 'no',
    },
    'p.yaml',
    'ventilator',
  );
  t.equal(profile, null);
  const by = (key: string) => problems.find((p) => p.path === `p.yaml: ${key}`);
  t.match(by('budget_ms'), { text: /number from 1/ });
  t.match(by('safe_stp'), { hint: 'did you mean safe_step?' });
  t.match(by('safe_step'), { text: 'is missing' });
  t.match(by('device_class'), { text: /one of LC/ });
  t.match(by('protocols[0]'), { hint: 'did you mean hl7?' });
  t.match(by('expect.a'), { hint: 'write [1, 2]' });
  t.match(by('external'), { text: 'must be true or false' });
  t.equal(problems.length, 7);
});

t.test('a life-critical device or monitor can never be advised to be isolated', async (t) => {
  for (const device_class of ['LC', 'PM']) {
    const { problems } = parseProfile({ ...good, device_class, isolate: true }, 'p.yaml', 'x');
    t.match(problems, [{ path: 'p.yaml: isolate', text: new RegExp(`never true for device class ${device_class}`) }]);
  }
  t.same(parseProfile({ ...good, device_class: 'WS', isolate: true }, 'p.yaml', 'x').problems, []);
});

const response = {
  levels: { info: 'monitor', low: 'monitor', medium: 'notify', high: 'restrict-recommended', critical: 'emergency' },
  notify: ['ward'],
  restrict: 'peer',
  steps: { notify: 'Tell the ward.', 'restrict-recommended': 'Restrict the peer.', emergency: 'Go to the bedside.' },
};

t.test('the response part: every problem with its place', async (t) => {
  t.match(parseProfile({ ...good, response }, 'p.yaml', 'x').profile, { response });
  const wrong = {
    levels: { ...response.levels, high: 'monitor', critical: 'emergancy', grave: 'monitor' },
    notify: ['The Ward'],
    restrict: 'isolate',
    steps: { notify: 'x', emergency: '' },
    extra: 1,
  };
  const { problems } = parseProfile({ ...good, device_class: 'WS', response: wrong }, 'p.yaml', 'x');
  t.same(problems.map((p) => p.path.replace('p.yaml: response', '')).sort(), [
    '.extra',
    '.levels.critical',
    '.levels.critical',
    '.levels.grave',
    '.levels.high',
    '.notify[0]',
    '.restrict',
    '.steps.emergency',
    '.steps.restrict-recommended',
  ]); // prettier-ignore
  t.match(problems.find((p) => p.path.endsWith('.levels.critical'))?.hint, 'did you mean emergency?');
  t.match(parseProfile({ ...good, response: [] }, 'p.yaml', 'x').problems[0], { text: 'must be a map' });
});

t.test('no response part may tell people to cut off what keeps somebody alive or watches him', async (t) => {
  const judge = (device_class: string, more: object, safe_step = good.safe_step): readonly { path: string }[] =>
    parseProfile({ ...good, device_class, safe_step, response: { ...response, ...more } }, 'p.yaml', 'x').problems;
  for (const c of ['LC', 'PM']) {
    for (const restrict of ['learned', 'isolate'])
      t.ok(
        judge(c, { restrict }).some((p) => p.path === 'p.yaml: response.restrict'),
        `${c}: ${restrict}`,
      );
    for (const text of [
      'Isolate it.',
      'Tell them. Then unplug the device.',
      'Have IT take it off the network.',
      'Power it off.',
    ]) {
      t.match(judge(c, { steps: { ...response.steps, emergency: text } }), [
        { path: 'p.yaml: response.steps.emergency' },
      ]);
      t.match(judge(c, {}, text), [{ path: 'p.yaml: safe_step' }], text);
    }
    t.same(judge(c, {}, 'Go there. Do not unplug or isolate it; never take it off the network.'), []);
  }
  t.same(judge('WS', { restrict: 'learned', steps: { ...response.steps, emergency: 'Unplug it.' } }), []);
});

t.test('what is no map, or no type name, is refused', async (t) => {
  t.match(parseProfile([], 'p.yaml', 'x').problems, [{ text: /map/ }]);
  t.match(parseProfile(null, 'p.yaml', 'x').problems, [{ text: /map/ }]);
  t.match(parseProfile(good, 'P Y.yaml', 'P Y').problems, [{ path: 'P Y.yaml: (file name)' }]);
});
