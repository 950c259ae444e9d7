import fc from 'fast-check';
import t from 'tap';
import { Exposition } from '../../src/ops/index.js';
import { wildText } from '../support/wild.js';

/** Reads a sample line by the rules of the Prometheus text format 0.0.4: `\\`, `\"` and `\n` in a label's value. */
function parseSample(line: string): { name: string; labels: Record<string, string>; value: string } {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? '';
  let at = name.length;
  const labels: Record<string, string> = {};
  const expect = (c: string): void => {
    if (line[at++] !== c) throw new Error(`no '${c}' at ${at - 1}: ${line}`);
  };
  if (line[at] === '{') {
    do {
      at++;
      const key = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(line.slice(at))?.[0] ?? '';
      at += key.length;
      expect('=');
      expect('"');
      let value = '';
      for (; line[at] !== '"'; at++) {
        if (at >= line.length) throw new Error('a value does not end');
        if (line[at] !== '\\') value += line[at];
        else {
          const c = line[++at];
          if (!'\\"n'.includes(c)) throw new Error(`no escape: \\${c}`);
          value += c === 'n' ? '\n' : c;
        }
      }
      at++;
      if (key in labels || key === '') throw new Error(`label '${key}'`);
      labels[key] = value;
    } while (line[at] === ',');
    expect('}');
  }
  expect(' ');
  return { name, labels, value: line.slice(at) };
}

t.test('labels and help: a strict reader gets back what was said, one sample a line', async (t) => {
  fc.assert(
    fc.property(wildText, wildText, wildText, (a, b, help) => {
      const e = new Exposition();
      e.add('gauge', 'g', help, 1, { a, b });
      e.add('gauge', 'g', help, 2, { a: b });
      const lines = e.text().split('\n');
      if (lines.length !== 5 || lines[4] !== '') throw new Error(`${lines.length} lines`);
      if (!lines[0].startsWith('# HELP g ') || lines[1] !== '# TYPE g gauge') throw new Error(lines[0]);
      const [x, y] = [parseSample(lines[2]), parseSample(lines[3])];
      if (x.labels.a !== a || x.labels.b !== b || x.value !== '1') throw new Error(JSON.stringify(x));
      if (y.labels.a !== b || y.value !== '2') throw new Error(JSON.stringify(y));
    }),
    { numRuns: 3000 },
  );
  t.pass('3000 labels');
});
