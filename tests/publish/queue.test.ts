import t from 'tap';
import type { Severity, VerdictDraft } from '../../src/core/index.js';
import { Queue, type Waiting } from '../../src/publish/queue.js';
import { someVerdict } from '../support/some-verdict.js';

let seq = 0;
function waiting(device: string, severity: Severity, budgetMs: number): Waiting {
  const verdict = someVerdict(`${device}-${severity}`, { severity, budget_ms: budgetMs });
  verdict.device = { ...verdict.device, id: device };
  return { draft: { verdict } as VerdictDraft, seq: ++seq, takenUs: 0 };
}

function order(queue: Queue): string[] {
  const out: string[] = [];
  for (let w = queue.shift(); w !== undefined; w = queue.shift()) out.push(w.draft.verdict.id);
  return out;
}

t.test('of equals the shorter deadline goes first, severity before that', async (t) => {
  const queue = new Queue(100);
  for (const [device, severity, ms] of [
    ['pacs', 'high', 250],
    ['monitor', 'high', 50],
    ['ct', 'critical', 100],
    ['ventilator', 'high', 25],
    ['pump', 'low', 25],
  ] as const)
    queue.push(waiting(device, severity, ms));
  t.same(order(queue), ['ct-critical', 'ventilator-high', 'monitor-high', 'pacs-high', 'pump-low']);
  t.equal(queue.size, 0);
});

t.test('a device is never told out of order, whatever its verdicts weigh', async (t) => {
  const queue = new Queue(100);
  for (const severity of ['low', 'critical', 'medium'] as const) queue.push(waiting('a', severity, 250));
  queue.push(waiting('b', 'high', 25));
  // b goes first as soon as a's critical one is out: what is left of a weighs less
  t.same(order(queue), ['a-low', 'a-critical', 'b-high', 'a-medium']);
});
