import t from 'tap';
import { settingsDefaults } from '../../../src/core/index.js';
import { createTemplate, templateSettings } from '../../../src/protocols/_template/index.js';
import { cut, feed, type Step, timeless } from '../../support/stream-feed.js';

const run = (steps: readonly Step[]) =>
  feed((ctx) => createTemplate(ctx, settingsDefaults(templateSettings, { note_max_bytes: 5 })), steps);
const note = (n: number): Buffer =>
  Buffer.concat([Buffer.from('BN'), Buffer.from([n >> 8, n & 255]), Buffer.alloc(n, 1)]);

t.test('notes, whole and byte by byte', async (t) => {
  const steps: Step[] = [{ dir: 0, bytes: Buffer.concat([note(3), note(0), note(9)]) }];
  const whole = run(steps);
  t.same(
    whole.events.map((e) => (e as { value?: string }).value),
    ['3', '0', '9'],
  );
  t.equal(whole.weirds.count('template.long'), 1);
  t.same(timeless(run(cut(steps, 1)).events), timeless(whole.events));
});

t.test('a gap inside a note is eaten by it', async (t) => {
  const n = note(4);
  const { events } = run([
    { dir: 0, bytes: n.subarray(0, 5) },
    { dir: 0, gap: 2 },
    { dir: 0, bytes: Buffer.concat([n.subarray(7), note(1)]) },
  ]);
  t.same(
    events.map((e) => (e as { value?: string }).value),
    ['4', '1'],
  );
});
