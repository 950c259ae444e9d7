import fc from 'fast-check';
import t from 'tap';
import { toLine } from '../../../src/publish/index.js';
import { parsePoint } from '../../support/line-protocol.js';
import { someVerdict } from '../../support/some-verdict.js';
import { wildText } from '../../support/wild.js';

const RUNS = 3000;
const TAGS = ['site', 'sensor', 'device_type', 'severity', 'scenario', 'device'] as const;
/** What a string may keep: no line ends, no halves of pairs (they have no UTF-8). */
const clean = (s: string): string => Buffer.from(s.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' '), 'utf8').toString('utf8');

t.test('whatever stands in a verdict, a strict reader gets it back, and nothing else', async (t) => {
  const plain = parsePoint(toLine(someVerdict(), 'm', TAGS));
  fc.assert(
    fc.property(wildText, wildText, wildText, (a, b, c) => {
      const v = someVerdict();
      const dirty = {
        ...v,
        sensor: { ...v.sensor, site: a, name: b },
        scenario: c,
        boot_id: c,
        device: { ...v.device, id: b, name: a },
        reasons: [{ ...v.reasons[0], text: c }],
      };
      // as it goes over the wire
      const line = Buffer.from(toLine(dirty, 'm', TAGS), 'utf8').toString('utf8');
      const p = parsePoint(line);
      const tags = { site: a, sensor: b, scenario: c, device: b };
      for (const [name, said] of Object.entries(tags))
        if ((p.tags[name] ?? '') !== clean(said).replaceAll('\\', '/')) throw new Error(`${name}: ${p.tags[name]}`);
      for (const [name, said] of Object.entries({ device_name: a, boot_id: c, message: c }))
        if ((p.fields[name] ?? '') !== clean(said)) throw new Error(`${name}: ${p.fields[name]}`);
      const names = [...Object.keys(p.tags), ...Object.keys(p.fields)];
      const known = new Set([...Object.keys(plain.tags), ...Object.keys(plain.fields)]);
      for (const n of names) if (!known.has(n)) throw new Error(`'${n}' came from a text`);
      if (p.time !== plain.time || p.fields.score !== 0.97 || p.tags.severity !== 'critical') throw new Error(line);
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} verdicts`);
});

t.test('what is not there is left out; numbers keep their type', async (t) => {
  const bare = parsePoint(
    toLine(
      someVerdict('x', { peer: null, flow: null, evidence: null, attack: [], p_value: 1e-7, score: 1 }),
      'm',
      TAGS,
    ),
  );
  for (const name of ['peer_ip', 'peer_port', 'vlan', 'protocol', 'attack', 'evidence'])
    t.notOk(name in bare.fields, name);
  t.equal(bare.fields.p_value, 1e-7);
  t.match(toLine(someVerdict(), 'm', TAGS), /,seq=412i,/);
  t.match(toLine(someVerdict('x', { score: 1 }), 'm', TAGS), /,score=1,/, 'a float without digits is a float still');
  t.notOk('id' in parsePoint(toLine(someVerdict(), 'm', TAGS)).tags);
});
