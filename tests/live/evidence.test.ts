// runs alone: live traffic at its own pace
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readAll } from '../support/capture-bytes.js';
import { haveProgram, noNamespaces, testNetwork } from '../support/namespace.js';
import { MAIN, projectRoot, Running, temporaryFolder, wardwire } from '../support/wardwire.js';

// The demo's capture is sent over a real interface: captures of the incidents hold the headers that were sent, byte for byte.
t.setTimeout(180_000);

t.test('captures of a live sensor', async (t) => {
  const why = noNamespaces();
  if (why !== null || !haveProgram('tcpreplay'))
    return t.comment(`SKIPPED LOUDLY: ${why ?? 'tcpreplay is not installed'}`);
  const net = testNetwork(t);
  const dir = temporaryFolder(t);
  const config = join(dir, 'wardwire.yaml');
  const capture = join(projectRoot(), 'pcaps', 'ward-demo', 'capture.pcap');
  writeFileSync(
    config,
    [
      `capture:\n  interface: ${net.device}`,
      `store:\n  data_dir: ${join(dir, 'data')}`,
      'metrics:\n  port: 0',
      "mqtt:\n  url: ''",
      `file:\n  path: ${join(dir, 'verdicts.ndjson')}`,
      'evidence:\n  after_s: 1\n',
    ].join('\n'),
  );
  const [program, ...args] = net.inside(net.b, [process.execPath, MAIN, 'run', '--config', config]);
  const sensor = new Running(program, args);
  t.teardown(() => sensor.child.kill('SIGKILL'));
  await sensor.until('the sensor', () => sensor.err.includes('source.running'), 60_000);
  const sent = net.run(net.a, ['tcpreplay', '-q', '--pps', '2500', '-i', net.device, capture], 60_000);
  t.equal(sent.status, 0, sent.stderr);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  t.equal(await sensor.stop('SIGINT'), 0, sensor.err);

  const r = wardwire(['evidence', 'list', '--json', '--config', config]);
  t.equal(r.code, 0, r.err);
  const list = r.out
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l)); // prettier-ignore
  t.ok(list.length >= 3, `${list.length} captures`);
  t.match(wardwire(['evidence', 'verify', '--config', config]), { code: 0 });
  const frames = (await readAll([capture])).packets.map((p) => p.data);
  const heads = new Set(frames.flatMap((f) => [42, 54, 58, 62, 66, 74, 86].map((n) => f.slice(0, 2 * n))));
  const verdicts = readFileSync(join(dir, 'verdicts.ndjson'), 'utf8');
  for (const e of list) {
    const { packets } = await readAll([join(dir, 'data', 'evidence', e.file)]);
    t.equal(packets.length, e.packets + e.packets_after);
    const strange = packets.filter((p) => p.capLen > 40 && !heads.has(p.data));
    t.equal(strange.length, 0, `${e.scenario}: ${strange[0]?.data}`);
    t.match(verdicts, `"sha256":"${e.packets_sha256}"`, 'a published verdict names it');
  }
  t.comment(`${list.length} captures of a live sensor`);
});
