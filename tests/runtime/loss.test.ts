import t from 'tap';
import type { SourceStats } from '../../src/core/index.js';
import { Loss } from '../../src/runtime/loss.js';

const stats = (received: number, droppedKernel: number, droppedInterface = 0): SourceStats => ({
  delivered: received - droppedKernel,
  octets: 0,
  received,
  droppedKernel,
  droppedInterface,
  lastUs: 0,
  bytesRead: 0,
  bytesTotal: -1,
});

t.test('losses of the last minute, blind above one in twenty, seeing again a minute later', async (t) => {
  const loss = new Loss();
  t.same(loss.coverage(), { drops: 0, blind: false });
  loss.note(stats(1000, 50));
  t.same(loss.coverage(), { drops: 50, blind: false });
  loss.note(stats(1100, 70, 3));
  t.same(loss.coverage(), { drops: 73, blind: true });
  for (let s = 1; s <= 58; s++) loss.note(stats(1100 + 100 * s, 70, 3));
  t.same(loss.coverage(), { drops: 73, blind: false }, 'more was seen meanwhile');
  loss.note(stats(7000, 70, 3));
  loss.note(stats(7100, 70, 3));
  t.same(loss.coverage(), { drops: 0, blind: false });
  loss.note({ ...stats(0, 0), received: -1, droppedKernel: -1, droppedInterface: -1 });
  t.same(loss.coverage().drops, 0, 'a file cannot know');
});
