import t from 'tap';
import { TaughtKeys } from '../../src/baseline/taught.js';
import { LearnedSet, type Lesson } from '../../src/core/index.js';

t.test('what was taught is known to its device, under a newer id too, until it is taken back', async (t) => {
  const owners: Record<string, number> = { 'ip-1': 4, 'mac-2': 5 };
  const keys = new TaughtKeys((id) => owners[id]);
  const lesson = (device: string, key: number, set: Lesson['set'] = LearnedSet.Peer): Lesson => ({ set, device, key });
  t.notOk(keys.has(LearnedSet.Peer, 4, -7));
  keys.replace(
    [
      { id: 'n1', lessons: [lesson('ip-1', -7), lesson('ip-1', 9)], row: null },
      { id: 'n2', lessons: [lesson('mac-2', 9)], row: null },
      { id: 'n3', lessons: [lesson('gone', 11)], row: null },
    ],
    's',
  );
  t.ok(keys.has(LearnedSet.Peer, 4, -7));
  t.notOk(keys.has(LearnedSet.App, 4, -7), 'another set');
  t.notOk(keys.has(LearnedSet.Peer, 5, -7), 'another device');
  t.ok(keys.has(LearnedSet.Peer, 5, 9));
  t.notOk(keys.has(LearnedSet.Peer, 6, 11));
  owners.gone = 6;
  t.ok(keys.has(LearnedSet.Peer, 6, 11), 'a device that is seen later');
  keys.replace([], 's');
  t.notOk(keys.has(LearnedSet.Peer, 4, -7));
  const row = { device: 'd', type: 'pacs', schema: 's', tsUs: 1, values: [1, null] };
  t.equal(keys.replace([{ id: 'n4', lessons: [], row }], 's').length, 1);
  t.equal(keys.replace([{ id: 'n4', lessons: [], row }], 's').length, 0, 'a row is given once');
  t.equal(keys.replace([{ id: 'n5', lessons: [], row }], 'other').length, 0, 'and never to other features');
});
