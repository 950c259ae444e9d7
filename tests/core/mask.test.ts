import t from 'tap';
import { maskName } from '../../src/core/index.js';

const token = (_tag: string, value: string): string => Buffer.from(value).toString('hex').padEnd(16, '0');

t.test('names of machines stay readable', async (t) => {
  for (const name of [
    'RAD-WS-17',
    'DCS-930LB',
    'HAMILTON-C6',
    'ventilator-bed3',
    'PhilipsHue',
    'ESP_06D902',
    'xray2',
    'icu-monitor-04',
    'DESKTOP-7F3K',
    'lj400',
  ])
    t.equal(maskName(name, token), name);
});

t.test('what may be a person is masked, and stays apart', async (t) => {
  for (const name of [
    'Johannas-iPhone',
    'johanna',
    'SMITH-LAPTOP',
    'PCvonMueller',
    'Zoëlle-phone',
    'Müller',
    '12345678-PC',
  ]) {
    const masked = maskName(name, token);
    t.not(masked, name);
    t.notMatch(masked, /johanna|smith|mueller|zoë|müller|12345678/i);
  }
  t.not(maskName('anna-phone', token), maskName('bert-phone', token));
  t.match(maskName('Johannas-iPhone', token), /^x[0-9a-f]{4}-iPhone$/);
  t.ok(maskName('a'.repeat(500), token).length <= 80);
});
