import t from 'tap';
import { OrderHistory } from '../../../src/protocols/hl7/orders.js';

const BAR = 0x7c;
const HAT = 0x5e;

/** Orders of a drug one after the other; what was odd, by its number. */
function orders(list: readonly (readonly [drug: string, amount: string, rate: string])[]): string[] {
  const history = new OrderHistory(7, 3);
  const odd: string[] = [];
  list.forEach(([drug, amount, rate], i) => {
    const b = Buffer.from(`RXG|1|1||${drug}^Name^L|${amount}||ml||||||||${rate}|ml/h`);
    history.take(b, 0, b.length, BAR, HAT, 1, (what, code, _index, detail) => {
      odd.push(`${i} ${what} ${b.toString('latin1', code.from, code.to)}`);
      t.notMatch(detail, /24|500|1\.4/, 'no amount leaves');
    });
  });
  return odd;
}
const usual = Array.from({ length: 6 }, (_, i) => ['A1', '50', String(5 + i / 2)] as const);

t.test('an order far from those of the same drug before', async (t) => {
  t.same(orders([...usual, ['A1', '50', '21']]), [], 'within three times the highest');
  t.same(orders([...usual, ['A1', '50', '24']]), ['6 order.rate A1']);
  t.same(orders([...usual, ['A1', '50', '1.4']]), ['6 order.rate A1'], 'and below');
  t.same(orders([...usual, ['A1', '500', '6']]), ['6 order.dose A1']);
  t.same(orders([...usual, ['B2', '500', '600']]), [], 'another drug has a range of its own');
  t.same(
    orders([
      ['A1', '50', '5'],
      ['A1', '50', '500'],
    ]),
    [],
    'one order is no range',
  );
  t.same(
    orders([...usual, ['A1', '50', '24'], ['A1', '50', '24']]),
    ['6 order.rate A1', '7 order.rate A1'],
    'does not widen the range',
  );
  t.same(orders([...usual, ['A1', '', ''], ['A1', 'x', '-3'], ['', '1', '1']]), [], 'what is no number is nothing');
});
