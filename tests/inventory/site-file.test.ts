import t from 'tap';
import { readSiteFile } from '../../src/inventory/index.js';

t.test('a good file in any column order', async (t) => {
  const text =
    '\uFEFF# ward 3\r\nname,type,IP,mac,criticality,location\r\n"Vent, 1",ventilator,10.0.0.1,00-1B-44-11-3A-B7,,"ICU ""A"""\r\n,pacs,,001b44113ab8,high,\r\n\r\n';
  const { site, problems } = readSiteFile(text, 'site.csv');
  t.same(problems, []);
  t.same(site.devices, [
    {
      macs: [[0x001b44, 0x113ab7]],
      ips: [[0, 0, 0xffff, (10 << 24) | 1]],
      type: 'ventilator',
      name: 'Vent, 1',
      location: 'ICU "A"',
      criticality: null,
      line: 3,
    },
    { macs: [[0x001b44, 0x113ab8]], ips: [], type: 'pacs', name: null, location: null, criticality: 'high', line: 4 },
  ]);
});

t.test('several addresses of one device', async (t) => {
  const text = 'mac,ip,type\n00:1b:44:11:3a:b7 00:1b:44:11:3a:b8,10.0.0.1;10.0.0.2,ventilator\n,10.0.0.2,pacs\n';
  const { site, problems } = readSiteFile(text, 'site.csv');
  t.equal(site.devices[0].macs.length, 2);
  t.equal(site.devices[0].ips.length, 2);
  t.match(problems, [{ path: 'site.csv:3', text: /already listed on line 2/ }]);
});

t.test('every bad row is named, the good ones are kept', async (t) => {
  const rows = [
    'mac,type,criticality',
    'zz:1b:44:11:3a:b7,pacs,',
    '00:1b:44:11:3a:b7,Patient Monitor,',
    '00:1b:44:11:3a:b8,pacs,extreme',
    ',pacs,',
    '00:1b:44:11:3a:b9,pacs,high,too,many',
    '"00:1b:44:11:3a:ba,pacs,high',
    '00:1b:44:11:3a:bb,pacs,high',
    '00:1b:44:11:3a:bb,pacs,high',
    '00:1b:44:11:3a:bc,,',
  ];
  const { site, problems } = readSiteFile(rows.join('\n'), 'a/site.csv');
  t.same(
    problems.map((p) => p.path),
    [2, 3, 4, 5, 6, 7, 9, 10].map((n) => `a/site.csv:${n}`),
  );
  t.match(problems[0].text, /not a MAC/);
  t.match(problems[2].hint ?? '', /life-critical/);
  t.match(problems[6].text, /already listed on line 8/);
  t.equal(site.devices[0].line, 8);
});

t.test('headers that cannot work', async (t) => {
  t.match(readSiteFile('', 's').problems, [{ path: 's:1', text: 'no header row' }]);
  t.match(readSiteFile('name,type\n', 's').problems[0], { text: 'no column mac or ip' });
  t.match(readSiteFile('ip\n', 's').problems[0], { text: 'no column type' });
  t.match(readSiteFile('ip,typ\n', 's').problems[0], { path: 's:1', text: 'unknown column "typ"' });
});

t.test('types without a profile are named when the profiles are known', async (t) => {
  const text = 'ip,type\n10.0.0.1,pacs\n10.0.0.2,toaster\n';
  t.same(readSiteFile(text, 's').problems, []);
  const { site, problems } = readSiteFile(text, 's', ['pacs', 'unknown']);
  t.match(problems, [{ path: 's:3', text: 'no profile for type "toaster"' }]);
  t.equal(site.devices.length, 1);
});
