import t from 'tap';
import {
  auroc,
  averagePrecision,
  confusionAt,
  foundAt,
  meanCurve,
  prCurve,
  rocCurve,
  spread,
  thresholdAt,
} from '../../../src/detect/evaluate/metrics.js';

const of = (benign: number[], attack: number[]) => ({
  benign: Float64Array.from(benign),
  attack: Float64Array.from(attack),
});

t.test('AUROC: share of pairs in order, ties half', async (t) => {
  t.equal(auroc(of([1, 2, 3], [4, 5])), 1);
  t.equal(auroc(of([4, 5], [1, 2, 3])), 0);
  t.equal(auroc(of([1, 1], [1, 1])), 0.5);
  t.equal(auroc(of([1, 2, 3, 4], [2, 5])), (1.5 + 4) / 8);
  t.ok(Number.isNaN(auroc(of([], [1]))));
});

t.test('average precision by hand: attacks at ranks 1 and 3 of 4', async (t) => {
  t.equal(averagePrecision(of([3, 1], [4, 2])), 0.5 * 1 + 0.5 * (2 / 3));
  t.equal(averagePrecision(of([1], [1])), 0.5, 'a tie is one threshold');
});

t.test('found at a share of false alarms: the threshold lets no more benign rows through', async (t) => {
  const s = of(
    Array.from({ length: 100 }, (_, i) => i),
    [50, 98.5, 99, 200],
  );
  t.equal(thresholdAt(s.benign, 0.01), 98);
  t.equal(foundAt(s, 0.01), 0.75);
  t.equal(foundAt(s, 0.001), 0.25, 'below one row: above all of them');
  t.equal(foundAt(of([], [1]), 0.01), 0, 'without benign rows nothing is an alarm');
});

t.test('confusion at a threshold', async (t) => {
  t.match(confusionAt(of([1, 2, 3, 4], [3, 5, 6]), 3), {
    truePositive: 2,
    falsePositive: 1,
    trueNegative: 3,
    falseNegative: 1,
    precision: 2 / 3,
    f1: 4 / 6,
    falseAlarms: 0.25,
  });
});

t.test('curves start and end where they must and stay short', async (t) => {
  const s = of(
    Array.from({ length: 5000 }, (_, i) => i),
    Array.from({ length: 3000 }, (_, i) => i + 2500.5),
  );
  const roc = rocCurve(s);
  t.same(roc[0], { x: 0, y: 0 });
  t.same(roc.at(-1), { x: 1, y: 1 });
  t.ok(roc.length <= 200 && prCurve(s).length <= 200);
  const m = meanCurve([roc, roc], [0, 0.5, 1]);
  t.ok(m[1].y > 0.9 && m[2].y === 1);
});

t.test('mean and spread over seeds leave out what could not be told', async (t) => {
  t.same(spread([1, 3]), { mean: 2, sd: Math.SQRT2 });
  t.same(spread([5, Number.NaN]), { mean: 5, sd: 0 });
});
