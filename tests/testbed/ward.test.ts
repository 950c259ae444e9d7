import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { report, score } from './score.js';
import { labelsOf, noWard, playWard, recordWard, wardSettings } from './ward.js';

// The short form of `npm run testbed`: half a minute of work, then attacks whose names need no long learning.
const KINDS = [
  'port scan',
  'telnet',
  'unknown AE title',
  'AE titles guessed',
  'unknown HL7 sender',
  'DICOM out of order',
  'built-in call home',
  'arp sweep',
  'MQTT snooping',
];
const CALM_S = 30;

t.test('a ward of namespaces: real programs attack it, and every attack is named', async (t) => {
  const why = noWard();
  if (why !== null) {
    t.pass('skipped', { skip: why });
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-ward-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const said: string[] = [];
  await recordWard(
    dir,
    { calmS: CALM_S, episodes: KINDS.length, gapS: 0.5, tailS: 2, kinds: KINDS, fewImages: true },
    (line) => {
      said.push(line);
    },
  );
  const labels = labelsOf(dir);
  t.equal(labels.length, KINDS.length, said.join('\n'));
  // devices are judged from shortly before the first attack on
  const s = score(labels, playWard(dir, wardSettings(dir, CALM_S - 4)));
  const [headline, ...rest] = report(s);
  const lines = [headline, ...rest].join('\n');
  t.comment(headline);
  t.ok(s.found >= KINDS.length - 1, lines);
  t.ok(s.named >= KINDS.length - 1, lines);
});
