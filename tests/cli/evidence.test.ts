import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(120_000);

t.test('evidence list, show, export, verify', async (t) => {
  const dir = temporaryFolder(t);
  const folder = join(dir, 'data', 'evidence');
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, 'store:\n  data_dir: data\n');
  const run = (...args: string[]): ReturnType<typeof wardwire> => wardwire(['evidence', ...args, '--config', config]);
  t.match(run('list'), { code: 1, err: /there is no evidence here/ });
  const capture = join(projectRoot(), 'pcaps', 'ward-demo', 'capture.pcap');
  const verdicts = wardwire(['replay', '--json', '--evidence', folder, capture]);
  t.equal(verdicts.code, 0);
  const received = join(dir, 'received.ndjson');
  writeFileSync(received, verdicts.out);

  const all = run('list', '--json')
    .out.trim()
    .split('\n')
    .map((l) => JSON.parse(l)); // prettier-ignore
  t.ok(all.length >= 6);
  t.match(run('list').out, new RegExp(`${all[0].id}.*${all[0].scenario}`));
  const high = run('list', '--json', '--severity', 'critical')
    .out.trim()
    .split('\n')
    .map((l) => JSON.parse(l)); // prettier-ignore
  t.ok(high.length > 0 && high.length < all.length && high.every((e) => e.severity === 'critical'));
  t.match(run('list', '--device', 'nobody').out, /no captures/);

  const e = all[1];
  for (const id of [e.id, e.verdict, e.incident]) t.match(run('show', id).out, /Deciding packet|Last packet before/);
  const shown = JSON.parse(run('show', e.id, '--json').out);
  t.equal(shown.packet_list.length, e.packets + e.packets_after);
  t.match(run('show'), { code: 2, err: /needs the id/ });
  t.match(run('show', 'nothing'), { code: 2, err: /no capture of this id/ });

  const out = join(dir, 'proof.pcapng');
  t.equal(run('export', e.id, '-o', out).code, 0);
  t.ok(readFileSync(out).equals(readFileSync(join(folder, e.file))));
  t.match(run('export', e.id, '-o', out), { code: 1, err: /cannot be written/ }, 'never over a file');
  t.equal(Buffer.from(run('export', e.id, '-o', '-').out).length > 100, true);

  t.match(run('verify'), { code: 0, out: /captures hold; 0 breaks/ });
  t.equal(JSON.parse(run('verify', e.id, '--json').out).captures.length, 1);
  t.match(run('verify', '--verdicts', received), { code: 0 });
  writeFileSync(received, verdicts.out.replaceAll(e.packets_sha256, '0'.repeat(64)));
  t.match(run('verify', '--verdicts', received), { code: 1, out: /the verdict named other packets/ });
  t.match(run('verify', '--verdicts', capture), { code: 1, err: /cannot be read as verdicts/ });
  const bytes = readFileSync(join(folder, e.file));
  bytes[bytes.length - 40] ^= 1;
  writeFileSync(join(folder, e.file), bytes);
  const bad = run('verify', '--json');
  t.equal(bad.code, 1);
  const judged = JSON.parse(bad.out);
  t.notOk(judged.ok);
  t.same(
    judged.captures.filter((c: { ok: boolean }) => !c.ok).map((c: { id: string }) => c.id),
    [e.id],
  ); // prettier-ignore
  t.match(run('verify').out, /is not what was written/);
});
