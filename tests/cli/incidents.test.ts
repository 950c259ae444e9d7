import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/index.js';
import { settingsDefaults, type Verdict } from '../../src/core/index.js';
import { openVerdictLog, storeSettings } from '../../src/store/index.js';
import { someVerdict } from '../support/some-verdict.js';
import { temporaryFolder } from '../support/wardwire.js';

// The commands on the files of a sensor that does not run.
t.setTimeout(120_000);

t.test('listed by device, severity, state and time; words are kept and refused', async (t) => {
  const dir = temporaryFolder(t);
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${dir}\n`);
  // in this process: a program for each of them would take longer than all they do
  const run = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const said = { out: '', err: '' };
    const code = await main(['incidents', ...args, '--config', config], {
      out: (text) => {
        said.out += `${text}\n`;
      },
      err: (text) => {
        said.err += `${text}\n`;
      },
      terminal: false,
    });
    return { code, ...said };
  };
  t.match(await run('list'), { code: 1, err: /no verdict log yet.*\n.*start the sensor/ });

  const log = await openVerdictLog({
    path: join(dir, 'verdicts.sqlite'),
    settings: settingsDefaults(storeSettings),
    logger: { log: () => undefined },
    nowMs: 0,
  });
  const basis = { key: 'k', lessons: [{ set: 1, device: 'mac-b', key: 7 }], row: null, flow: null } as const;
  const add = (n: string, more: Partial<Verdict>, made = true): void => {
    const id = `01M7Y4VFK${n}`.padEnd(26, '0');
    const incident = { id: `01M7Z${n}`.padEnd(26, '0'), state: 'open' as const, count: 1, first_at: '' };
    log.append(someVerdict(id, { incident, ...more }), made ? { basis } : {});
  };
  const bed = someVerdict().device;
  const printer = { ...bed, id: 'mac-b', ip: '10.1.2.9', name: 'PRN', type: 'printer', criticality: 'low' };
  const none = { safe_step: 's', isolate: false, do_not_isolate: false };
  add('AAAA', { severity: 'critical' });
  add('BBBB', { severity: 'low', device: printer, advice: none, observed_at: '2026-03-02T10:00:00.000000Z' });
  add('CCCC', {
    device: printer,
    advice: none,
    incident: { id: '01M7ZCCCC'.padEnd(26, '0'), state: 'closed', count: 9, first_at: '' },
  }); // prettier-ignore
  add('DDDD', { device: printer, advice: none }, false);
  await log.close();

  const listed = async (...args: string[]): Promise<string[]> =>
    (await run('list', '--json', ...args)).out
      .trim()
      .split('\n')
      .filter((l) => l !== '')
      .map((l) => (JSON.parse(l) as { incident: string }).incident.slice(5, 9));
  t.same(await listed(), ['DDDD', 'CCCC', 'BBBB', 'AAAA'], 'the newest first');
  t.same(await listed('--device', 'prn'), ['DDDD', 'CCCC', 'BBBB']);
  t.same(await listed('--device', '10.1.2.3'), ['AAAA']);
  t.same(await listed('--severity', 'critical', '--state', 'open'), ['DDDD', 'AAAA']);
  t.same(await listed('--state', 'closed'), ['CCCC']);
  t.same(await listed('--since', '2026-03-02'), ['BBBB']);
  t.same(await listed('--limit', '1'), ['DDDD']);
  t.same(await listed('--since', '1s'), []);
  t.match((await run('list')).out, /01M7ZAAAA0+ +2026-03-01T10:00:00Z +open +critical +1× +net\.cleartext/);
  t.match((await run('show', '01M7ZCCCC')).out, /closed/);

  for (const [args, says] of [
    [['list', '--since', 'yesterday'], /4h or 2026-03-01/],
    [['list', '--limit', '0'], /from 1 to/],
    [['ack'], /usage/],
    [['ack', '01M7Z'], /no incident/],
    [['ack', '01M7ZCCCC'], /is closed/],
    [['mute', '01M7ZBBBB'], /--reason/],
    [['mute', '--reason', 'x'], /mute INCIDENT/],
    [['mute', '01M7ZBBBB', '--peer', '10.1.1.1', '--reason', 'x'], /mute INCIDENT/],
    [['mute', '01M7ZBBBB', '--reason', 'x', '--for', 'soon'], /30m/],
    [['mute', '01M7ZBBBB', '--reason', 'x', '--for', '8d'], /longer than/],
    [['mute', '01M7ZAAAA', '--reason', 'x'], /keeps somebody alive/],
    [['mute', '--device', 'nobody', '--reason', 'x'], /no device/],
    [['unmute', 'x'], /usage/],
    [['unmute', '7'], /no mute 7/],
    [['normal', '01M7ZDDDD', '--reason', 'x'], /nothing to call normal/],
    [['normal', '01M7ZBBBB', '--reason', 'a\u0007b'], /control characters/],
    [['revoke', '1'], /no word 1/],
  ] as const) {
    const r = await run(...args);
    t.match(r, { code: 2, err: says }, args.join(' '));
  }
  t.equal((await run('ack', '01M7ZBBBB', '--by', 'Jörg', '--note', 'gesehen')).code, 0);
  const muted = await run('mute', '01M7ZAAAA', '--reason', 'service', '--for', '30m', '--json');
  t.match(JSON.parse(muted.out), { mute: 1, up_to: 'critical', life_critical: true });
  t.equal((await run('normal', '01M7ZBBBB', '--reason', 'new printer')).code, 0);
  t.match((await run('list')).out, /seen by Jörg/);
  t.match((await run('list')).out, /muted 1/);
  t.match((await run('mutes')).out, /1 +in force +mac-0030e6000001/);
  t.equal((await run('unmute', '1')).code, 0);
  t.match((await run('mutes', '--json')).out, /"state":"ended by /);
  t.equal((await run('revoke', '1', '--by', 'b')).code, 0);
  t.match((await run('normals')).out, /revoked by b/);
});
