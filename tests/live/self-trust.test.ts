// runs alone: silence and links are measured in seconds
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { pcapBytes } from '../support/capture-bytes.js';
import { ethernet, ip4, tcp, udp } from '../support/frames.js';
import { haveProgram, skipUnlessRoot, testNetwork } from '../support/namespace.js';
import { MAIN, projectRoot, Running, temporaryFolder } from '../support/wardwire.js';

t.setTimeout(120_000);

/** A program that sends 50 datagrams the kernel hands over in one piece each (UDP_SEGMENT, udp(7)). */
const MERGED = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(17, 103, 1400)
for i in range(50): s.sendto(bytes(14000), ('10.9.0.9', 9000))
`;

t.test('the sensor on a real interface: it doubts what it should, and never says a word there', async (t) => {
  if (skipUnlessRoot(t)) return;
  for (const program of ['tcpreplay', 'ethtool', 'python3', 'curl', 'ss']) {
    if (haveProgram(program)) continue;
    t.pass(`SKIPPED LOUDLY: ${program} is not installed`, { skip: program });
    return;
  }
  const dir = temporaryFolder(t);
  const net = testNetwork(t, { addresses: ['10.9.0.1/24', '10.9.0.2/24'] });
  // the capture interface as the package sets it: the lines of wardwire-nic@.service
  const unit = readFileSync(join(projectRoot(), 'systemd', 'wardwire-nic@.service'), 'utf8');
  for (const [, may, command] of unit.matchAll(/^ExecStart=(-?)(.+)$/gm)) {
    const r = net.run(net.b, ['sh', '-c', command.replaceAll('%i', net.device)]);
    if (may === '') t.equal(r.status, 0, `${command} ${r.stderr}`);
  }
  const fit = net.run(net.b, [process.execPath, MAIN, 'interfaces', '--check', net.device]);
  t.equal(fit.status, 0, `fit to capture from, says the check: ${fit.stdout}`);

  const sent = (): number => Number(net.run(net.b, ['cat', '/sys/class/net/eth0/statistics/tx_packets']).stdout);
  const before = sent();
  const log = join(dir, 'verdicts.jsonl');
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(
    config,
    `mqtt:\n  url: ""\nfile:\n  path: ${log}\nmetrics:\n  port: 9844\ncapture:\n  link_check_ms: 100\n  buffer_mib: 2\n` +
      `trust:\n  silent_interface_s: 3\n  one_sided_flows: 5\nstore:\n  data_dir: ${dir}\n`,
  );
  const words = net.inside(net.b, [process.execPath, MAIN, 'run', '--config', config, '--interface', net.device]);
  const daemon = new Running(words[0], words.slice(1));
  t.teardown(() => daemon.child.kill('SIGKILL'));
  await daemon.until('the capture', () => daemon.err.includes('source.running'));
  const told = (): Verdict[] =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((l) => JSON.parse(l) as Verdict)
      : [];
  const state = (doubt: string): string =>
    told()
      .filter((v) => v.scenario === `sensor.${doubt}`)
      .map((v) => v.incident.state)
      .join(' ');
  const heard = (doubt: string, states: string, what: string): Promise<void> =>
    daemon.until(`${doubt} ${states}: ${what}`, () => state(doubt) === states, 15_000);

  // a silent line first: the link is up and nobody talks
  await heard('silent', 'open', 'no packet since the start');

  const play = (name: string, frames: readonly Buffer[], speed = '--pps=4000'): void => {
    const file = join(dir, `${name}.pcap`);
    writeFileSync(file, pcapBytes(frames.map((data, i) => ({ s: 1, f: i, data }))));
    const r = net.run(net.a, ['tcpreplay', '-q', speed, '-i', net.device, file]);
    if (r.status !== 0) throw new Error(r.stderr);
  };
  const MACS = ['020000000001', '020000000002'] as const;
  const twice = Array.from({ length: 4000 }, (_, i) => {
    const payload = Buffer.from(`number ${i >> 1}`);
    return ethernet(
      0x0800,
      ip4(17, udp(4000, 4001, payload), { src: '10.9.1.1', dst: '10.9.1.2', id: i >> 1 }),
      ...MACS,
    );
  });
  play('twice', twice);
  await heard('silent', 'open closed', 'packets come in');
  await heard('duplicates', 'open', 'every packet came twice');

  // one direction of twenty connections with data
  const half = Array.from({ length: 20 }, (_, n) => {
    const segment = (seq: number, flags: number, text: string): Buffer =>
      ethernet(
        0x0800,
        ip4(6, tcp(30_000 + n, 104, Buffer.from(text), { seq, flags }), { src: '10.9.1.1', dst: '10.9.1.3' }),
        ...MACS,
      );
    return [segment(0, 2, ''), segment(1, 16, ''), ...[1, 6, 11, 16].map((seq) => segment(seq, 24, 'hello'))];
  }).flat();
  play('half', half);
  await heard('one_sided', 'open', 'nobody is seen to answer');

  // frames larger than the network allows: the sender's card would have cut them
  net.run(net.a, ['ethtool', '-K', net.device, 'tx', 'on', 'gso', 'on', 'tso', 'on', 'tx-udp-segmentation', 'on']);
  net.run(net.a, ['ip', 'neigh', 'add', '10.9.0.9', 'lladdr', '02:00:00:00:00:09', 'dev', net.device]);
  const merged = net.run(net.a, ['python3', '-c', MERGED]);
  t.equal(merged.status, 0, merged.stderr);
  await heard('offload', 'open', 'frames above the MTU');

  // a sensor that gets no time: the ring overflows, and the sums are right all the same
  const children = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(daemon.child.pid)], {
    encoding: 'utf8',
  });
  // the one at work, and the one that waits for its turn
  const pids = children.stdout
    .split('\n')
    .flatMap((l) => /^\s*(\d+) .*__sensor/.exec(l)?.[1] ?? [])
    .map(Number);
  const bulk = Array.from({ length: 12_000 }, (_, i) =>
    ethernet(
      0x0800,
      ip4(17, udp(4000, 4002, Buffer.alloc(1000, i)), { src: '10.9.1.1', dst: '10.9.1.4', id: i }),
      ...MACS,
    ),
  );
  t.ok(pids.length > 0);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  play('bulk', bulk, '--topspeed');
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  await heard('loss', 'open', 'packets did not find room');
  const lossOf = (text: string, name: string): number =>
    Number(new RegExp(`^wardwire_capture_${name}_total (\\d+)$`, 'm').exec(text)?.[1]);
  await sleep(1500);
  const sums = net.run(net.b, ['curl', '-sf', 'http://127.0.0.1:9844/metrics']).stdout;
  const [delivered, dropped, received] = ['packets', 'kernel_drops', 'received'].map((n) => lossOf(sums, n));
  t.ok(dropped > 1000, `${dropped} packets lost`);
  t.equal(delivered + dropped, received, 'delivered and dropped are received');

  net.link(net.a, 'down');
  await heard('link', 'open', 'the cable is out');
  t.ok(told().find((v) => v.scenario === 'sensor.link')?.coverage.blind, 'and the verdict says that it is blind');
  net.link(net.a, 'up');
  await heard('link', 'open closed', 'and in again');

  const metrics = net.run(net.b, ['curl', '-sf', 'http://127.0.0.1:9844/metrics']).stdout;
  t.match(metrics, /^wardwire_sensor_doubt\{reason="offload"\} 1$/m);
  t.match(metrics, /^wardwire_capture_oversize_frames_total 50$/m);
  t.match(metrics, /^wardwire_flows_one_sided 20$/m);
  const copies = Number(/^wardwire_duplicate_packets_total (\d+)$/m.exec(metrics)?.[1]);
  t.ok(copies > 1500 && copies <= 2000, `${copies} of 2000 copies came within milliseconds`);
  t.match(metrics, /^wardwire_sensor_doubt\{reason="loss"\} 1$/m);
  const known = new Set(told().map((v) => v.scenario));
  t.notOk(known.has('sensor.unexplained'), 'every packet is accounted for');

  // what the two processes hold open in this namespace
  const owners = net.run(net.b, ['ss', '-Htunap']).stdout.trim().split('\n');
  t.same(
    owners.filter((l) => l.includes('%') || !/127\.0\.0\.1:9844|^$/.test(l)),
    [],
    'no socket is bound to the interface or to an address of it',
  );
  const sensor = net.run(net.b, ['ss', '-Haewp', '--packet']).stdout;
  t.match(sensor, /eth0/, 'the ring alone');
  const symbols = spawnSync('nm', [
    '-D',
    '--undefined-only',
    join(projectRoot(), 'build/native/wardwire_capture.node'),
  ]);
  if (symbols.status === 0)
    t.notMatch(
      symbols.stdout.toString(),
      /pcap_inject|pcap_sendpacket|\bsend(to|msg|mmsg)?\b/,
      'nothing that sends is linked',
    );
  else t.comment('SKIPPED LOUDLY: nm (binutils) is not installed');

  const stopped = daemon.exited;
  daemon.child.kill('SIGTERM');
  t.equal(await stopped, 0);
  await sleep(200);
  t.equal(sent() - before, 0, 'not one frame left the capture interface');
  t.comment('frames sent on the capture interface: 0');
});
