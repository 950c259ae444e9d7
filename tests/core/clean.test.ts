import fc from 'fast-check';
import t from 'tap';
import { cleanBytes, cleanLevel, cleanText } from '../../src/core/index.js';

t.test('what comes from traffic can never speak to a reader', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (s) => {
      const c = cleanText(s);
      return c.length <= 64 && !/[^A-Za-z0-9._\-+/:@^ ]/.test(c);
    }),
  );
  t.equal(cleanText('CT_01\n"}{|='), 'CT_01______');
  t.equal(cleanText('  PACS  '), 'PACS');
});

t.test('topic levels', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (s) => /^[a-z0-9._-]{1,64}$/.test(cleanLevel(s))),
  );
  t.equal(cleanLevel('Ward 3 / Bed#2+'), 'ward-3-bed-2');
  t.equal(cleanLevel('#'), 'unknown');
});

t.test('bytes are trimmed of spaces and NULs', async (t) => {
  t.equal(cleanBytes(Buffer.from('xx  ANY-SCP \0\0yy'), 2, 14), 'ANY-SCP');
  t.equal(cleanBytes(Buffer.from('    '), 0, 4), '');
});
