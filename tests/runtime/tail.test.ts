import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { Tail, tailFilter } from '../../src/runtime/tail.js';

const verdict = (severity: string, device: object): Verdict =>
  ({
    severity,
    device: { id: 'mac-1', name: 'VENT-1', ip: '10.0.0.1', mac: '00:1b:44:11:3a:b7', type: 'ventilator', ...device },
  }) as unknown as Verdict;

t.test('readers hear what they asked for; who has gone is forgotten', async (t) => {
  const tail = new Tail();
  const reader = (request: object) => {
    const lines: string[] = [];
    const listener = { closed: false, tell: (l: string) => void lines.push(l) };
    tail.add(tailFilter(request as never), listener);
    return { lines, listener };
  };
  const all = reader({});
  const grave = reader({ severity: 'high' });
  const pumps = reader({ type: 'infusion-pump' });
  const named = ['mac-1', 'vent-1', '10.0.0.1', '00:1B:44:11:3A:B7'].map((device) => reader({ device }));
  const other = reader({ device: '10.0.0.2' });
  tail.verdict(verdict('medium', {}), false);
  tail.verdict(verdict('critical', { type: 'infusion-pump', id: 'x', name: null, ip: null, mac: null }), true);
  t.same(
    [all, grave, pumps, other, ...named].map((r) => r.lines.length),
    [2, 1, 1, 0, 1, 1, 1, 1],
  );
  t.match(JSON.parse(all.lines[1]), { quiet: true, verdict: { severity: 'critical' } });
  all.listener.closed = true;
  tail.verdict(verdict('info', {}), false);
  t.equal(all.lines.length, 2);
  t.equal(tail.size, 7);
  t.throws(() => tailFilter({ severity: 'grave' }), /one of info/);
  t.throws(() => tailFilter({ device: 7 }), /device must be a word/);
});
