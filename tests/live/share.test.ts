// runs alone: compares live runs with a replay, and measures how long a process is away
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import type { DaemonStatus } from '../../src/runtime/index.js';
import { faster } from '../support/faster.js';
import { runnerOn } from '../support/live-stage.js';
import { haveProgram, skipUnlessRoot, testNetwork } from '../support/namespace.js';
import { MAIN, projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

// Several sensor processes on one interface: together they say what one says of the same capture, and one that dies takes nobody along.
t.setTimeout(200_000);
const FASTER = 10;
const PACKETS = 9670;
const demo = join(projectRoot(), 'pcaps', 'ward-demo');

/** The flow that makes a flood one depends on milliseconds. */
const flowOf = (v: Verdict): string | undefined => (v.scenario.endsWith('.flood') ? '' : v.flow?.community_id);

/** Who did what to whom, and apart from it how grave it is: a peer's patient is known to other processes some seconds later. */
const outline = (verdicts: readonly Verdict[]): string[] =>
  verdicts
    .filter((v) => v.incident.state === 'open' && v.scenario !== 'sensor.blind')
    .map((v) => [v.scenario, v.device.id, v.device.type, v.role, v.peer?.ip, v.peer?.type, flowOf(v)].join(' '))
    .sort();

const parse = (lines: readonly string[]): Verdict[] =>
  lines.filter((l) => l !== '').map((l) => JSON.parse(l) as Verdict);

// WARDWIRE_SENSORS=2,3,4 for more
for (const sensors of (process.env.WARDWIRE_SENSORS ?? '3').split(',').map(Number)) {
  t.test(`${sensors} processes say what one says`, async (t) => {
    if (skipUnlessRoot(t)) return;
    if (!haveProgram('tcpreplay')) {
      t.pass('SKIPPED LOUDLY: tcpreplay is not installed', { skip: 'tcpreplay' });
      return;
    }
    const dir = temporaryFolder(t);
    mkdirSync(join(dir, 'data'));
    const config = join(dir, 'wardwire.yaml');
    const file = join(dir, 'verdicts.ndjson');
    writeFileSync(
      config,
      [
        ...['capture:', '  lane_lag_ms: 10000', '  shed_lag_ms: 60000', '  overload_lag_ms: 10000'],
        ...[`  sensors: ${sensors}`, 'inventory:', `  site_file: ${join(demo, 'site.csv')}`],
        ...['baseline:', '  learning_s: 9.5', '  min_rows: 100000', 'mqtt:', '  url: ""'],
        ...[
          'file:',
          `  path: ${file}`,
          'store:',
          `  data_dir: ${join(dir, 'data')}`,
          'metrics:',
          '  enabled: false',
          '',
        ],
      ].join('\n'),
    );
    const quick = join(dir, 'quick.pcap');
    writeFileSync(quick, faster(join(demo, 'capture.pcap'), FASTER));
    const replayed = wardwire(['replay', '--json', '--config', config, quick]);
    t.equal(replayed.code, 0, replayed.err);
    const expected = parse(replayed.out.trim().split('\n'));

    const net = testNetwork(t);
    const run = runnerOn(t, net);
    const daemon = run([process.execPath, MAIN, 'run', '--config', config, '--interface', net.device]);
    const running = (): number => daemon.err.split('source.running').length - 1;
    for (let i = 0; i < 200 && running() < sensors; i++) await sleep(50);
    t.equal(running(), sensors, daemon.err);
    const status = (): DaemonStatus => {
      const said = net.run(net.b, [process.execPath, MAIN, 'status', '--json', '--config', config]);
      return JSON.parse(said.stdout) as DaemonStatus;
    };
    const play = ['tcpreplay', '-q', '-i', net.device, '--multiplier', String(FASTER), join(demo, 'capture.pcap')];
    const played = net.run(net.a, play, 120_000);
    t.equal(played.status, 0, played.stderr);
    const text = net.run(net.b, [process.execPath, MAIN, 'status', '--config', config]).stdout;
    t.match(text, /packets counted once.*process 1 took [\d,]+.*process 2 took/);
    let now = status();
    for (let i = 0; i < 20 && now.capture.packets_once < PACKETS; i++) {
      await sleep(300);
      now = status();
    }
    t.equal(now.capture.packets_once, PACKETS, 'every packet was counted by one of them');
    t.ok(
      now.capture.processes.every((p) => p.packets > 100 && p.packets < PACKETS),
      now.capture.processes.map((p) => p.packets).join(' and '),
    );
    t.equal(now.devices.known, 16, 'each device once');
    const had = parse(readFileSync(file, 'utf8').split('\n'));
    t.same(outline(had), outline(expected));

    // one dies: it is told, the others go on, it is back
    const [first, last] = [now.capture.processes[0], now.capture.processes[sensors - 1]];
    process.kill(last.pid as number, 'SIGKILL');
    const died = Date.now();
    do {
      await sleep(100);
      now = status();
    } while ((now.blind.count === 0 || !now.capture.up) && Date.now() - died < 10_000);
    t.equal(now.blind.count, 1);
    t.ok(now.blind.seconds < 2.5, `blind for ${now.blind.seconds.toFixed(2)} s`);
    t.match(now.blind.newest[0].cause, new RegExp(`SIGKILL.*process ${sensors} of ${sensors}`));
    t.equal(now.capture.processes[0].pid, first.pid, 'the others are the same');
    t.same(
      now.capture.processes.map((p) => p.restarts),
      [...new Array<number>(sensors - 1).fill(0), 1],
    );
    t.equal(await daemon.stop('SIGINT'), 0, daemon.err);
  });
}
