import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { haveProgram } from '../support/namespace.js';
import { MAIN, projectRoot, Running, temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(180_000);

const demo = join(projectRoot(), 'pcaps', 'ward-demo');
const capture = join(demo, 'capture.pcap');
const source = ['--pcap', capture, '--config', join(demo, 'wardwire.yaml')];

t.test('advice for verdicts of a capture: levels, steps, proposals that nft takes', async (t) => {
  const r = wardwire(['replay', '--json', '--config', join(demo, 'wardwire.yaml'), capture]);
  const verdicts = r.out
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Verdict); // prettier-ignore
  const pick = (type: string): Verdict =>
    verdicts.find((v) => v.device.type === type && v.severity === 'critical') as Verdict;
  const advise = (v: Verdict, ...args: string[]): ReturnType<typeof wardwire> =>
    wardwire(['advise', '--verdict', '-', ...source, ...args], { input: Buffer.from(JSON.stringify(v)) });

  const vent = pick('ventilator');
  const a = JSON.parse(advise(vent, '--json').out);
  t.match(a, { verdict: vent.id, type: 'ventilator', level: vent.advice.level, isolate: false, do_not_isolate: true });
  t.match(a.proposals, [{ what: 'peer', dry_run: { dropped: 0, text: /would have dropped 0 of \d+ flows/ } }]);
  t.match(
    advise(vent).out,
    /level: emergency; tell clinical-engineering[\s\S]*isolate: no \(never for this device\)[\s\S]*dry run: would have dropped 0 of/,
  );

  const other = pick('unknown');
  t.equal(other.advice.level, 'emergency');
  const out = advise(other, '--format', 'nftables');
  t.equal(out.code, 0, out.err);
  t.match(out.out, /A proposal to be read by people/);
  if (!haveProgram('nft')) t.comment('SKIPPED LOUDLY: nft is not installed');
  else {
    const check = spawnSync('nft', ['-c', '-f', '-'], { input: out.out, encoding: 'utf8' });
    if (/Operation not permitted/.test(check.stderr)) t.comment('SKIPPED LOUDLY: nft may not check here');
    else t.equal(check.status, 0, check.stderr);
  }
  t.match(wardwire(['advise', '--device', vent.device.id, '--severity', 'medium', ...source]), {
    code: 0,
    out: /level: notify/,
  });
  t.match(wardwire(['advise', ...source]), { code: 2, err: /needs one of/ });
  t.match(wardwire(['advise', '--verdict', capture, ...source]), { code: 1, err: /cannot be read as a verdict/ });
});

t.test('advice for a verdict of the log, by its id and by its incident', async (t) => {
  const dir = temporaryFolder(t);
  const data = join(dir, 'data');
  const daemon = new Running(process.execPath, [
    MAIN,
    'run',
    '--embedded',
    '--replay',
    capture,
    '--speed',
    'max',
    '--data',
    data,
  ]);
  t.teardown(() => daemon.child.kill('SIGKILL'));
  await daemon.until('the end of the capture', () => daemon.out.includes('the capture has ended'), 90_000);
  t.equal(await daemon.stop('SIGINT'), 0, daemon.err);
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${data}\n`);
  const list = wardwire(['incidents', 'list', '--json', '--config', config])
    .out.trim()
    .split('\n')
    .map((l) => JSON.parse(l)); // prettier-ignore
  t.ok(list.length > 3);
  const text = JSON.stringify(list[0]);
  const id = /"incident":(?:\{"id":)?"([0-9A-Z]{26})"/.exec(text)?.[1] ?? /"id":"([0-9A-Z]{26})"/.exec(text)?.[1];
  const a = wardwire(['advise', id as string, '--json', '--config', config]);
  t.equal(a.code, 0, a.err);
  t.ok(['monitor', 'notify', 'restrict-recommended', 'emergency'].includes(JSON.parse(a.out).level));
  t.match(wardwire(['advise', JSON.parse(a.out).verdict, '--config', config]), { code: 0, out: /^level: /m });
  t.match(wardwire(['advise', '01XXXXXXXXXXXXXXXXXXXXXXXX', '--config', config]), {
    code: 2,
    err: /no verdict or incident/,
  });
});
