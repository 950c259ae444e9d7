import t from 'tap';
import { catalogue } from '../../src/detect/index.js';
import { wardwire } from '../support/wardwire.js';

t.setTimeout(120_000);

const lines = (text: string): string[] => text.trim().split('\n');

t.test('scenarios list: a table, and as JSON', async (t) => {
  const r = wardwire(['scenarios', 'list']);
  t.equal(r.code, 0, r.err);
  const table = lines(r.out);
  t.equal(table.length, catalogue.length + 1);
  t.match(table[0], /^id +scenario +LC +PM +IM +PA +IE +WS +ATT&CK +is$/);
  t.match(r.out, /^N03 +net\.arp\.spoof +critical +critical +high +critical +critical +high +T0830 T1557\.002/m);
  const all = lines(wardwire(['scenarios', '--json']).out).map((l) => JSON.parse(l) as Record<string, unknown>);
  t.same(
    all.map((s) => s.scenario),
    catalogue.map((s) => s.scenario),
  );
  for (const s of all) for (const key of ['title', 'text', 'safe_step', 'detectors', 'severity']) t.ok(s[key], key);
});

t.test('for one device class, gravest first', async (t) => {
  const table = lines(wardwire(['scenarios', 'list', '--class', 'LC']).out);
  t.match(table[0], /^id +scenario +LC +ATT&CK +is$/);
  const order = ['critical', 'high', 'medium', 'low', 'info'];
  const severities = table.slice(1).map((l) => order.indexOf(l.split(/ {2,}/)[2]));
  t.same(
    severities,
    [...severities].sort((a, b) => a - b),
  );
  const one = JSON.parse(lines(wardwire(['scenarios', 'list', '--class', 'WS', '--json']).out)[0]);
  t.type(one.severity, 'string');
});

t.test('one with its text, by name or by id; mistakes are told', async (t) => {
  const byName = wardwire(['scenarios', 'show', 'net.arp.spoof']);
  t.match(byName.out, /^net\.arp\.spoof \(N03\): Two hosts claim one address\n/);
  for (const word of ['severity', 'noticed by', 'ATT&CK', 'safe step']) t.match(byName.out, word);
  t.match(wardwire(['scenarios', 'show', 'h18']).out, /vitals\.client\.rogue[\s\S]*vitals\.disconnect/);
  t.match(wardwire(['scenarios', 'show', 'N11']).out, /not seen +TeamViewer/);
  t.match(JSON.parse(lines(wardwire(['scenarios', 'show', 'M07', '--json']).out)[0]), { id: 'M07', not_seen: [{}] });
  const wrong = wardwire(['scenarios', 'show', 'net.arp.spof']);
  t.equal(wrong.code, 2);
  t.match(wrong.err, /did you mean net\.arp\.spoof\?/);
  t.equal(wardwire(['scenarios', 'show']).code, 2);
  t.equal(wardwire(['scenarios', 'list', 'N03']).code, 2);
  t.equal(wardwire(['scenarios', 'list', '--class', 'XX']).code, 2);
});
