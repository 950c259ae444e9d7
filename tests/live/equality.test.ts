// runs alone: compares a live run with a replay
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { faster } from '../support/faster.js';
import { runnerOn } from '../support/live-stage.js';
import { haveProgram, skipUnlessRoot, testNetwork } from '../support/namespace.js';
import { MAIN, projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

// The bundled capture played onto a veth pair and captured live by the addon gives the verdicts of `replay` of the same file.
// It is played ten times faster than it was recorded; the file given to replay has its times divided by ten, so that both
// see the same times.
t.setTimeout(300_000);
const FASTER = 10;
const demo = join(projectRoot(), 'pcaps', 'ward-demo');

/** What must be equal: who did what to whom and how grave it is. Counts of repeats hang on milliseconds and may differ. */
const outline = (verdicts: readonly Verdict[]): string[] =>
  verdicts
    .filter((v) => v.incident.state === 'open')
    .map((v) =>
      [
        v.scenario,
        v.scenario_id,
        v.severity,
        v.device.id,
        v.device.type,
        v.role,
        v.peer?.ip,
        v.flow?.community_id,
      ].join(' '),
    )
    .sort();

t.test('live and replay say the same', async (t) => {
  if (skipUnlessRoot(t)) return;
  for (const program of ['tcpreplay', 'mosquitto', 'mosquitto_sub', 'curl']) {
    if (!haveProgram(program)) {
      t.pass(`SKIPPED LOUDLY: ${program} is not installed`, { skip: program });
      return;
    }
  }
  const dir = temporaryFolder(t);
  mkdirSync(join(dir, 'data'));
  const config = join(dir, 'wardwire.yaml');
  // a busy machine may lag behind, and then bulk traffic would be cut and the overload told: neither is the question here
  writeFileSync(
    config,
    `capture:\n  lane_lag_ms: 10000\n  shed_lag_ms: 60000\n  overload_lag_ms: 10000\ninventory:\n  site_file: ${join(demo, 'site.csv')}\nbaseline:\n  learning_s: 9.5\n  min_rows: 100000\nstore:\n  data_dir: ${join(dir, 'data')}\n`,
  );
  const quick = join(dir, 'quick.pcap');
  writeFileSync(quick, faster(join(demo, 'capture.pcap'), FASTER));
  const replayed = wardwire(['replay', '--json', '--config', config, quick]);
  t.equal(replayed.code, 0, replayed.err);
  const expected = outline(
    replayed.out
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as Verdict),
  ); // prettier-ignore
  t.ok(expected.length >= 12, `${expected.length} incidents on replay`);

  const net = testNetwork(t);
  const run = runnerOn(t, net);
  run(['mosquitto', '-p', '1883']);
  await new Promise((r) => setTimeout(r, 500));
  const sub = run(['mosquitto_sub', '-t', 'wardwire/v1/#', '-v']);
  const daemon = run([process.execPath, MAIN, 'run', '--config', config, '--interface', net.device]);
  await daemon.until('the capture', () => daemon.err.includes('source.running'));
  const played = net.run(
    net.a,
    ['tcpreplay', '-q', '-i', net.device, '--multiplier', String(FASTER), join(demo, 'capture.pcap')],
    120_000,
  );
  t.equal(played.status, 0, played.stderr);
  const want = 9670;
  let metrics = '';
  for (let i = 0; i < 40 && !metrics.includes(`wardwire_capture_packets_total ${want}`); i++) {
    await new Promise((r) => setTimeout(r, 250));
    metrics = net.run(net.b, ['curl', '-s', 'http://127.0.0.1:9844/metrics']).stdout;
  }
  t.match(metrics, new RegExp(`wardwire_capture_packets_total ${want}\\n`), 'every packet was delivered');
  t.match(metrics, /wardwire_capture_kernel_drops_total 0\n/, 'none was dropped');
  const sent = net.run(net.b, ['cat', `/sys/class/net/${net.device}/statistics/tx_packets`]).stdout.trim();
  t.equal(sent, '0', 'nothing was sent on the captured interface');
  t.equal(await daemon.stop('SIGINT'), 0, daemon.err);
  await sub.until('the goodbye', () => sub.out.includes('"state":"stopping"'));
  const verdicts = sub.out
    .split('\n')
    .filter((l) => l.includes('/verdict/'))
    .map((l) => JSON.parse(l.slice(l.indexOf(' ') + 1)) as Verdict);
  t.same(outline(verdicts), expected);
  const open = verdicts.filter((v) => v.incident.state === 'open');
  t.comment(`live latency of ${open.length} verdicts, ms: ${open.map((v) => v.latency_ms.toFixed(1)).join(' ')}`);
  t.ok(
    open.every((v) => v.latency_ms > 0 && v.latency_ms < 60_000),
    'measured from the kernel timestamp',
  );
});

t.test('without the capability: which one, and the two ways to grant it', async (t) => {
  if (skipUnlessRoot(t)) return;
  if (!haveProgram('setpriv')) {
    t.pass('SKIPPED LOUDLY: setpriv is not installed', { skip: 'setpriv' });
    return;
  }
  const net = testNetwork(t);
  const dir = temporaryFolder(t);
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${dir}\nmetrics:\n  enabled: false\n`);
  const r = net.run(net.b, [
    'setpriv',
    '--bounding-set=-net_raw,-net_admin',
    '--inh-caps=-all',
    process.execPath,
    MAIN,
    'run',
    '--config',
    config,
    '--interface',
    net.device,
  ]);
  t.equal(r.status, 77, `${r.stdout}${r.stderr}`);
  t.match(r.stderr, /CAP_NET_RAW/);
  t.match(r.stderr, /setcap/);
  t.match(r.stderr, /root|AmbientCapabilities/);
});

t.test('an interface that is not there, and a filter that does not compile', async (t) => {
  if (skipUnlessRoot(t)) return;
  const dir = temporaryFolder(t);
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${dir}\nmetrics:\n  enabled: false\ncapture:\n  filter: "tcp prot 104"\n`);
  const none = wardwire(['run', '--config', config, '--interface', 'nosuchif0']);
  t.equal(none.code, 1, none.err);
  t.match(none.err, /nosuchif0/);
  const filter = wardwire(['run', '--config', config, '--interface', 'lo']);
  t.equal(filter.code, 1, filter.err);
  t.match(filter.err, /filter/);
});
