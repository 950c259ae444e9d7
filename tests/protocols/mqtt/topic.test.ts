import t from 'tap';
import { wider, wildOf } from '../../../src/protocols/mqtt/topic.js';

t.test('how much a filter takes in', async (t) => {
  for (const [filter, want] of [
    ['#', 'all'],
    ['+/#', 'all'],
    ['/#', 'all'],
    ['+/+/#', 'all'],
    ['$share/g/#', 'all'],
    ['$SYS/#', 'broker'],
    ['$SYS/broker/clients/#', 'broker'],
    ['$SYS/broker/uptime', 'broker'],
    ['ward/#', 'tree'],
    ['ward/1/#', 'tree'],
    ['$share/g/ward/#', 'tree'],
    ['ward/1/vitals', ''],
    ['ward/+/vitals', ''],
    ['+', ''],
    ['', ''],
    ['a#', ''],
    ['$share/g', ''],
  ] as const) {
    const b = Buffer.from(`..${filter}??`);
    t.equal(wildOf(b, 2, 2 + filter.length), want, filter);
  }
  t.equal(wider('tree', ''), 'tree');
  t.equal(wider('', 'broker'), 'broker');
  t.equal(wider('all', 'broker'), 'all');
});
