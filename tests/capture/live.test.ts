// runs alone: measures loss and stalls
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { captureSettings, hasPriorities, openLive } from '../../src/capture/index.js';
import {
  Counters,
  type PacketSink,
  type PacketSource,
  type PacketView,
  type SettingsOf,
  Share,
  type ShareSpec,
  type SourceNotice,
  settingsDefaults,
  Takes,
  Weirds,
} from '../../src/core/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';
import { Keeper, pcapBytes, readAll, type TestPacket } from '../support/capture-bytes.js';
import { inNamespace, interfaceCount, liveObstacle, run, send, udpFrame, vethPair } from '../support/capture-sender.js';

// The same file twice: outside it makes a network namespace and runs itself inside; there the real tests are.
const INSIDE = 'WARDWIRE_LIVE_INSIDE';
type Changes = Partial<SettingsOf<typeof captureSettings>>;

interface Opened {
  readonly source: PacketSource;
  readonly notices: SourceNotice[];
  readonly counters: Counters;
}

async function open(
  iface: string,
  sink: PacketSink,
  changes: Changes = {},
  low: string[] = [],
  share: ShareSpec | null = null,
): Promise<Opened> {
  const counters = new Counters();
  const settings = settingsDefaults(captureSettings, { buffer_mib: 16, link_check_ms: 50, reopen_s: 0.1, ...changes });
  const source = openLive({ interface: iface, settings, counters, weirds: new Weirds(), share });
  if (hasPriorities(source)) source.setLowPriority(low);
  const notices: SourceNotice[] = [];
  await source.start(sink, (n) => notices.push(n));
  return { source, notices, counters };
}

async function until(what: () => boolean, tries = 300): Promise<boolean> {
  for (let i = 0; i < tries && !what(); i++) await sleep(20);
  return what();
}

/** A sink that costs time: overload on purpose. */
class Slow implements PacketSink {
  n = 0;
  constructor(
    readonly us: number,
    readonly seen: (v: PacketView) => void = () => undefined,
  ) {}
  packet(v: PacketView): void {
    this.n++;
    this.seen(v);
    for (const end = performance.now() + this.us / 1000; performance.now() < end; );
  }
}

/** How late a timer of 1 ms comes while something runs, ms. */
async function stallsWhile(what: () => Promise<void>): Promise<{ p90: number; worst: number }> {
  const gaps: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last - 1);
    last = now;
  }, 1);
  await what();
  clearInterval(timer);
  gaps.sort((a, b) => a - b);
  return { p90: gaps[Math.floor(gaps.length * 0.9)] ?? 0, worst: gaps.at(-1) ?? 0 };
}

function write(file: string, frames: readonly Buffer[]): string {
  const packets: TestPacket[] = frames.map((data, i) => ({ s: 1.7e9, f: i, data }));
  writeFileSync(file, pcapBytes(packets));
  return file;
}

if (process.env[INSIDE] === undefined) {
  t.test('live capture in a namespace', { timeout: 120_000 }, async (t) => {
    const obstacle = liveObstacle('tcpdump');
    if (obstacle !== '') {
      t.comment(`SKIPPED: ${obstacle}`);
      return;
    }
    // loss and delay are measured on cores shared with whatever else runs: a disturbed run is repeated, three are a defect
    let { code, out } = await inNamespace(fileURLToPath(import.meta.url), INSIDE);
    for (let again = 0; code !== 0 && again < 2; again++) {
      t.comment(
        out
          .split('\n')
          .filter((l) => /not ok/.test(l))
          .join('\n'),
      ); // prettier-ignore
      ({ code, out } = await inNamespace(fileURLToPath(import.meta.url), INSIDE));
    }
    t.equal(code, 0, 'the tests inside pass');
    if (code !== 0) t.comment(out);
    for (const line of out.split('\n').filter((l) => /^\s*#.*(measured|SKIPPED)/.test(l))) t.comment(line.trim());
  });
} else {
  const dir = mkdtempSync(join(tmpdir(), 'wardwire-live-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  vethPair('a0', 'b0');
  const MIX = write(
    join(dir, 'mix.pcap'),
    Array.from({ length: 4000 }, (_, i) =>
      udpFrame(`10.0.0.${1 + (i % 50)}`, '10.0.1.1', Buffer.alloc([18, 260, 1400][i % 3], i), i % 5 === 0 ? [7] : []),
    ),
  );

  t.test('what was sent arrives whole, with the times tcpdump sees, and nothing is sent back', async (t) => {
    const dump = join(dir, 'dump.pcap');
    const tcpdump = spawn(
      'tcpdump',
      [
        '-i',
        'b0',
        '--immediate-mode',
        '--nano',
        '--time-stamp-precision=nano',
        '-s',
        '2000',
        '-B',
        '32768',
        '-U',
        '-w',
        dump,
      ],
      { stdio: 'ignore' },
    );
    // the file's header is written once the interface is open
    await until(() => existsSync(dump) && statSync(dump).size >= 24);
    const sentBack = interfaceCount('b0', 'tx_packets');
    const keeper = new Keeper();
    const { source } = await open('b0', keeper);
    await send(MIX, 'a0', 20_000);
    await until(() => keeper.packets.length >= 4000);
    const { packets } = await readAll([MIX]);
    // at the signal tcpdump leaves what is still in its ring unwritten
    const whole = packets.reduce((bytes, p) => bytes + 16 + p.data.length, 24);
    await until(() => statSync(dump).size >= whole);
    const closed = new Promise((resolve) => tcpdump.once('close', resolve));
    tcpdump.kill('SIGINT');
    await closed;
    const stats = source.stats();
    await source.stop();
    t.equal(keeper.packets.length, 4000);
    t.same(
      keeper.packets.map((p) => p.data),
      packets.map((p) => p.data),
      'bytes and order, VLAN tags restored',
    );
    t.equal(stats.received, 4000);
    t.equal(stats.delivered + stats.droppedKernel, stats.received);
    t.equal(interfaceCount('b0', 'tx_packets'), sentBack, 'no frame was sent');
    const theirs = (await readAll([dump])).packets;
    t.equal(theirs.length, 4000, 'tcpdump saw them all');
    let worst = 0;
    for (let i = 0; i < theirs.length; i++) worst = Math.max(worst, Math.abs(theirs[i].tsUs - keeper.packets[i].tsUs));
    t.ok(worst <= 1, `times differ by at most ${worst} µs`);
  });

  t.test('overload: every packet is accounted for and timers keep running', async (t) => {
    const slow = new Slow(50);
    const { source, counters } = await open('b0', slow, { buffer_mib: 2 });
    const stalls = await stallsWhile(() => send(MIX, 'a0', 0, 25));
    await until(() => source.stats().delivered + source.stats().droppedKernel >= 100_000);
    const s = source.stats();
    await sleep(120);
    await source.stop();
    t.equal(s.received, 100_000, 'the ring saw every packet');
    t.ok(s.droppedKernel > 0, `${s.droppedKernel} dropped by the kernel`);
    t.equal(s.delivered + s.droppedKernel, s.received, 'delivered + dropped = received');
    t.equal(slow.n, s.delivered);
    t.equal(counters.get('wardwire_capture_unaccounted_packets'), 0);
    // the same flood while a bare loop works in turns of the same length: what the machine itself costs
    let on = true;
    const settings = settingsDefaults(captureSettings);
    const turn = (): void => {
      for (const end = performance.now() + settings.turn_ms; performance.now() < end; );
      if (on) setImmediate(turn);
    };
    turn();
    const bare = await stallsWhile(() => send(MIX, 'a0', 0, 25));
    on = false;
    const text = `stalls p90 ${stalls.p90.toFixed(1)} ms, worst ${stalls.worst.toFixed(1)}; bare loop ${bare.p90.toFixed(1)}, ${bare.worst.toFixed(1)}`;
    t.comment(`measured: ${text}`);
    // draining all that waits in one go would stall for the queue's length times 50 µs: seconds
    t.ok(stalls.p90 < 3 * bare.p90 + 10, text);
    t.ok(stalls.worst < 250, text);
  });

  t.test('under load hosts of low priority are cut and shed, all others come whole', async (t) => {
    const frames = Array.from({ length: 4000 }, (_, i) =>
      i % 10 === 0
        ? udpFrame('10.9.9.9', '10.0.1.1', Buffer.alloc(1000, i))
        : udpFrame('10.0.0.5', '10.0.1.1', Buffer.alloc(1000, i), i % 3 === 0 ? [5] : []),
    );
    const file = write(join(dir, 'lanes.pcap'), frames);
    let whole = 0;
    let cut = 0;
    const slow = new Slow(30, (v) => {
      const unknown =
        v.buf.includes(Buffer.from([10, 9, 9, 9]), v.off) && v.buf.readUInt32BE(v.off + 26) === 0x0a090909;
      if (unknown && v.capLen === v.wireLen) whole++;
      if (v.capLen < v.wireLen) cut++;
    });
    const low = ['10.0.0.5', '10.0.1.1'];
    const { source, counters } = await open('b0', slow, { buffer_mib: 64, lane_lag_ms: 5, shed_lag_ms: 20 }, low);
    await send(file, 'a0', 0, 5);
    const seen = (): number => source.stats().delivered + counters.get('wardwire_capture_low_lane_shed_packets_total');
    t.ok(await until(() => seen() >= 20_000), 'delivered and shed are all');
    await sleep(120);
    const shed = counters.get('wardwire_capture_low_lane_shed_packets_total');
    await source.stop();
    t.equal(source.stats().droppedKernel, 0);
    t.equal(whole, 2000, 'a host that is not listed loses nothing');
    t.ok(shed > 1000, `${shed} shed`);
    t.ok(cut > 0, `${cut} cut`);
    t.equal(counters.get('wardwire_capture_low_lane_cut_packets_total'), cut);
    t.equal(source.stats().delivered + shed, 20_000);
  });

  t.test('two interfaces are one source in time order', async (t) => {
    vethPair('a1', 'b1');
    const keeper = new Keeper();
    const { source } = await open('b0,b1', keeper);
    await Promise.all([send(MIX, 'a0', 4000), send(MIX, 'a1', 4000)]);
    await until(() => keeper.packets.length >= 8000);
    await source.stop();
    t.equal(keeper.packets.length, 8000);
    for (const i of [0, 1]) {
      const times = keeper.packets.filter((p) => p.iface === i).map((p) => p.tsUs);
      t.equal(times.length, 4000);
      t.ok(
        times.every((x, k) => k === 0 || x >= times[k - 1]),
        `interface ${i} in order`,
      );
    }
    let newest = 0;
    let back = 0;
    for (const p of keeper.packets) {
      back = Math.max(back, newest - p.tsUs);
      newest = Math.max(newest, p.tsUs);
    }
    t.comment(`measured: times run back by at most ${back.toFixed()} µs between two interfaces`);
    run('ip', 'link', 'del', 'a1');
  });

  t.test('an interface is divided by device, as core/share.ts says', async (t) => {
    const frames: Buffer[] = [];
    for (let i = 0; i < 3000; i++) {
      const device = `10.0.0.${1 + (i % 40)}`;
      const peer = ['10.0.200.1', '10.0.200.2', `10.0.0.${1 + ((i * 7) % 40)}`, '239.1.1.1', '0.0.0.0'][(i >> 3) % 5];
      const [src, dst] =
        i % 2 && !peer.startsWith('239')
          ? [device, peer]
          : [peer.startsWith('239') ? device : peer, peer.startsWith('239') ? peer : device];
      frames.push(udpFrame(src, dst, Buffer.alloc(40, i), i % 7 === 0 ? [9] : i % 31 === 0 ? [9, 10] : []));
    }
    const file = write(join(dir, 'share.pcap'), frames);
    for (const servers of [[], ['10.0.200.1', '10.0.200.2']]) {
      const of = 3;
      const settings = settingsDefaults(layersSettings, {});
      const layers = createLayers({ settings, weirds: new Weirds(), counters: new Counters() });
      const shares = Array.from({ length: of }, (_, index) => ({ index, of, servers }));
      let first = 0;
      let more = 0;
      const took = shares.map(() => 0);
      const sources = [];
      for (const spec of shares) {
        const share = new Share(spec);
        const sink: PacketSink = {
          packet: (v) => {
            layers.decode(v);
            const takes = share.takes(v);
            if (takes === Takes.First) first++;
            if (takes === Takes.No) more++;
            else took[spec.index]++;
          },
        };
        sources.push((await open('b0', sink, {}, [], spec)).source);
      }
      // what the rule in TypeScript takes of all packets, process by process
      const expected = shares.map(() => 0);
      const all = await open('b0', {
        packet: (v) => {
          layers.decode(v);
          shares.forEach((s) => {
            if (new Share(s).takes(v) !== Takes.No) expected[s.index]++;
          });
        },
      });
      await send(file, 'a0', 20_000);
      await until(() => first >= 3000 && all.source.stats().delivered >= 3000);
      await sleep(100);
      for (const s of sources) await s.stop();
      await all.source.stop();
      t.equal(first, 3000, 'every packet is counted once');
      t.same(took, expected, 'the kernel lets through what the rule takes');
      t.ok(more < 600, `and little more (${more}: tags within tags)`);
      t.ok(
        took.every((n) => n > 300),
        `divided ${took.join(', ')}`,
      );
    }
  });

  t.test('link down and up, interface gone and back', async (t) => {
    const keeper = new Keeper();
    const { source, notices, counters } = await open('b0', keeper);
    const said = (state: string, n = 1): boolean => notices.filter((x) => x.state === state).length >= n;
    run('ip', 'link', 'set', 'b0', 'down');
    t.ok(await until(() => said('link_down')), 'told that the link is down');
    run('ip', 'link', 'set', 'b0', 'up');
    t.ok(await until(() => said('running', 2)), 'told that it is up');
    await send(MIX, 'a0', 20_000);
    t.ok(await until(() => keeper.packets.length === 4000), 'packets again');
    run('ip', 'link', 'del', 'a0');
    t.ok(await until(() => said('failed')), 'told that the interface is gone');
    vethPair('a0', 'b0');
    t.ok(await until(() => said('running', 3)), 'opened again');
    await send(MIX, 'a0', 20_000);
    t.ok(await until(() => keeper.packets.length === 8000), 'packets again');
    const s = source.stats();
    await source.stop();
    await source.stop();
    t.equal(s.received, 8000, 'counts go on over the reopening');
    t.equal(counters.get('wardwire_capture_reopens_total'), 1);
  });

  t.test('filters, and what cannot be opened', async (t) => {
    const keeper = new Keeper();
    const filter = 'udp and src host 10.0.0.7 or (vlan and src host 10.0.0.7)';
    const { source } = await open('b0', keeper, { filter });
    await send(MIX, 'a0', 20_000);
    await until(() => keeper.packets.length >= 80);
    await sleep(100);
    await source.stop();
    t.equal(keeper.packets.length, 80);
    const nothing: PacketSink = { packet: () => undefined };
    await t.rejects(open('b0', nothing, { filter: 'tcp prot 3' }), { code: 'filter', message: /syntax error/ });
    await t.rejects(open('nosuch0', nothing), { code: 'interface', message: /No such device/ });
    await t.rejects(open('', nothing), { code: 'interface' });
    run('ip', 'link', 'set', 'b0', 'down');
    await t.rejects(open('b0', nothing), { code: 'interface', problems: [{ hint: /ip link set b0 up/ }] });
    run('ip', 'link', 'set', 'b0', 'up');
  });

  t.test('without the capability both ways to grant it are named', async (t) => {
    if (spawnSync('setpriv', ['--version']).error) {
      t.comment('SKIPPED: setpriv is not installed');
      return;
    }
    const door = new URL('../../src/capture/index.js', import.meta.url);
    const core = new URL('../../src/core/index.js', import.meta.url);
    const code = `const c = await import('${door}'); const k = await import('${core}');
      const o = { interface: 'b0', settings: k.settingsDefaults(c.captureSettings), counters: new k.Counters(), weirds: new k.Weirds() };
      await c.openLive(o).start({ packet() {} }, () => {}).catch((e) => process.stdout.write(e.code + e.message + JSON.stringify(e.problems)));`;
    const drop = ['--bounding-set=-net_raw,-net_admin', '--inh-caps=-net_raw,-net_admin'];
    const r = spawnSync('setpriv', [...drop, process.execPath, '--input-type=module', '-e', code], {
      encoding: 'utf8',
    });
    t.match(r.stdout, /^permission.*CAP_NET_RAW.*AmbientCapabilities.*setcap cap_net_raw\+ep/s, r.stderr);
  });

  t.test('the portable source behind the same contract', async (t) => {
    const keeper = new Keeper();
    let opened: Opened;
    try {
      opened = await open('b0', keeper, { source: 'cap' });
    } catch (error) {
      t.comment(`SKIPPED: ${(error as Error).message}`);
      return;
    }
    t.match(opened.notices[0].text, /no kernel timestamps, no drop counts/);
    await send(MIX, 'a0', 5000);
    await until(() => keeper.packets.length >= 4000);
    const s = opened.source.stats();
    await opened.source.stop();
    t.equal(keeper.packets.length, 4000);
    t.same([s.received, s.droppedKernel], [-1, -1]);
    await t.rejects(open('nosuch0', keeper, { source: 'cap' }), { code: 'interface' });
  });
}
