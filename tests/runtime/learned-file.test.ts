import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { LearnedFile } from '../../src/runtime/learned-file.js';
import { temporaryFolder } from '../support/wardwire.js';

t.test('a state comes in pieces and is there whole or not at all', async (t) => {
  const dir = join(temporaryFolder(t), 'models');
  const said: string[] = [];
  const file = new LearnedFile(dir, { log: (...words: unknown[]) => said.push(words.join(' ')) });
  const path = join(dir, 'learned.json');
  let done = 0;
  const piece = (text: string, first: boolean, last: boolean): void => file.piece(text, first, last, () => done++);
  piece('never ', true, false);
  await file.settled();
  t.notOk(existsSync(path), 'half a state is none');
  // the sensor died, and the next one begins anew
  piece('one ', true, false);
  piece('two', false, true);
  await file.settled();
  t.equal(readFileSync(path, 'utf8'), 'one two');
  t.equal(done, 1);
  piece('three', true, false);
  await file.settled();
  t.equal(readFileSync(path, 'utf8'), 'one two', 'the old one stays until the new one is whole');
  piece('', false, true);
  for (let i = 0; i < 50; i++) piece(`${i},`, i === 0, i === 49);
  await file.settled();
  t.equal(readFileSync(path, 'utf8'), Array.from({ length: 50 }, (_, i) => `${i},`).join(''));
  t.same(readdirSync(dir), ['learned.json'], 'nothing is left over');
  t.same([done, said], [3, []]);
});

t.test('a disk that refuses costs that state only, and it is said', async (t) => {
  const dir = join(temporaryFolder(t), 'models');
  writeFileSync(dir, 'a file where the folder should be');
  const said: string[] = [];
  const file = new LearnedFile(dir, { log: (...words: unknown[]) => said.push(words.join(' ')) });
  let done = 0;
  file.piece('a', true, false, () => done++);
  file.piece('b', false, true, () => done++);
  await file.settled();
  t.match(said, [/error model.unwritten the learned state cannot be written: .*models/]);
  t.equal(done, 0, 'what was ordered is not done');
  rmSync(dir);
  file.piece('c', true, true, () => done++);
  await file.settled();
  t.equal(readFileSync(join(dir, 'learned.json'), 'utf8'), 'c');
  t.equal(done, 1);
});
