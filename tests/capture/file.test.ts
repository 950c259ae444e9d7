import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { captureSettings, fileInfo, openFiles } from '../../src/capture/index.js';
import { Counters, settingsDefaults, Weirds } from '../../src/core/index.js';
import { Keeper, pcapBytes, readAll, type TestPacket } from '../support/capture-bytes.js';
import { readManifest } from '../support/manifest.js';
import { haveProgram } from '../support/namespace.js';
import { sharedFolder } from '../support/wardwire.js';

const dir = mkdtempSync(join(tmpdir(), 'wardwire-file-'));
t.teardown(() => rmSync(dir, { recursive: true }));

const packets = (n: number, s = 1_700_000_000, stepUs = 1000): TestPacket[] =>
  Array.from({ length: n }, (_, i) => ({
    s: s + Math.floor((i * stepUs) / 1e6),
    f: (i * stepUs) % 1e6,
    data: Buffer.alloc(60 + (i % 1400), i),
  }));
const options = (): { settings: ReturnType<typeof settings>; counters: Counters; weirds: Weirds } => ({
  settings: settings(),
  counters: new Counters(),
  weirds: new Weirds(),
});
const settings = () => settingsDefaults(captureSettings);

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await sleep(25);
}

t.test('packed files give the same packets, cut ones what they hold', async (t) => {
  const plain = join(dir, 'plain.pcap');
  const bytes = pcapBytes(packets(5000));
  writeFileSync(plain, bytes);
  const want = (await readAll([plain])).packets;
  t.equal(want.length, 5000);
  const gz = join(dir, 'x.pcap.gz');
  writeFileSync(gz, Buffer.concat([gzipSync(bytes.subarray(0, 100_000)), gzipSync(bytes.subarray(100_000))]));
  t.same((await readAll([gz])).packets, want, 'gzip in two members');
  const whole = readFileSync(gz);
  writeFileSync(gz, whole.subarray(0, whole.length >> 1));
  const half = await readAll([gz]);
  t.ok(half.packets.length > 100 && half.packets.length < 5000, `${half.packets.length} of a cut gzip`);
  t.equal(half.weirds.count('file.cut'), 1);
  writeFileSync(gz, Buffer.concat([whole.subarray(0, 2000), Buffer.alloc(3000, 0xee), whole.subarray(5000)]));
  const broken = await readAll([gz]).catch((e) => e);
  t.ok(
    broken.code === 'file' || broken.weirds.count('file.damaged') + broken.weirds.count('file.cut') > 0,
    'damaged gzip',
  );
  if (spawnSync('zstd', ['--version']).error) {
    t.comment('SKIPPED: zstd is not installed');
    return;
  }
  const zst = join(dir, 'x.pcap.zst');
  t.equal(spawnSync('zstd', ['-q', '-f', plain, '-o', zst]).status, 0);
  t.same((await readAll([zst])).packets, want, 'zstd');
  writeFileSync(zst, readFileSync(zst).subarray(0, 20_000));
  const cut = await readAll([zst]);
  t.equal(cut.weirds.count('file.damaged') + cut.weirds.count('file.cut'), 1, 'cut zstd is told');
});

t.test('a folder is read in order of first packet time', async (t) => {
  const folder = join(dir, 'folder');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a-late.pcap'), pcapBytes(packets(3, 1_700_000_300)));
  writeFileSync(join(folder, 'b-early.pcap.gz'), gzipSync(pcapBytes(packets(3, 1_700_000_100))));
  writeFileSync(join(folder, 'c-middle.pcap'), pcapBytes(packets(3, 1_700_000_200)));
  writeFileSync(join(folder, 'notes.txt'), 'no capture');
  writeFileSync(join(folder, 'empty.pcap'), pcapBytes([]));
  const r = await readAll([folder]);
  const times = r.packets.map((p) => p.tsUs);
  t.equal(times.length, 9);
  t.same(times, [...times].sort());
  t.match(r.notices[0], /notes\.txt: not a pcap/);
  mkdirSync(join(dir, 'nothing'));
  await t.rejects(readAll([join(dir, 'nothing')]), { code: 'file', message: /no capture file/ });
});

t.test('a pipe and standard input', async (t) => {
  const plain = join(dir, 'plain.pcap');
  const fifo = join(dir, 'fifo');
  if (spawnSync('mkfifo', [fifo]).status !== 0) {
    t.comment('SKIPPED: mkfifo is not available');
    return;
  }
  const cat = spawn('sh', ['-c', `cat "${plain}" > "${fifo}"`]);
  const r = await readAll([fifo]);
  cat.kill();
  t.equal(r.packets.length, 5000);
  t.equal(r.source.stats().bytesTotal, -1);
  // a pipe nobody writes to can be left
  const silent = spawn('sh', ['-c', `exec sleep 20 > "${fifo}"`]);
  const source = openFiles([fifo], { speed: 'max', ...options() });
  await source.start(new Keeper(), () => undefined);
  await sleep(100);
  await source.stop();
  silent.kill();
  t.pass('stopped while waiting');
});

t.test('recorded pace keeps the distances, a factor divides them', async (t) => {
  const plain = join(dir, 'pace.pcap');
  writeFileSync(plain, pcapBytes(packets(20, 1_700_000_000, 20_000)));
  const spans: number[] = [];
  for (const speed of ['recorded', 4] as const) {
    const began = performance.now();
    await readAll([plain], { speed });
    spans.push(performance.now() - began);
  }
  t.ok(spans[0] > 375, `recorded: ${spans[0].toFixed()} ms for 380`);
  t.ok(spans[1] > 90 && spans[1] < spans[0], `four times as fast: ${spans[1].toFixed()} ms`);
});

t.test('at full speed timers still run, and stop ends it', async (t) => {
  const big = join(dir, 'big.pcap');
  writeFileSync(big, pcapBytes(packets(40_000)));
  const source = openFiles([big, big, big], { speed: 'max', ...options() });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  let seen = 0;
  const slow = {
    packet: () => {
      seen++;
      for (const end = performance.now() + 0.01; performance.now() < end; );
    },
  };
  await source.start(slow, () => undefined);
  await sleep(300);
  await source.stop();
  clearInterval(timer);
  t.ok(seen > 1000 && seen < 120_000, `${seen} packets`);
  t.ok(ticks > 20, `${ticks} timer ticks between`);
  const after = seen;
  await sleep(20);
  t.equal(seen, after, 'nothing after stop');
  await source.stop();
});

t.test('a growing, rotating recording is followed', async (t) => {
  const folder = join(dir, 'ring');
  mkdirSync(folder);
  const all = packets(30, 1_700_000_000, 1_000_000);
  const part = (a: number, b: number): Buffer => pcapBytes(all.slice(a, b));
  writeFileSync(join(folder, 'r1.pcap'), part(0, 5));
  const source = openFiles([folder], { speed: 'max', follow: true, ...options() });
  const keeper = new Keeper();
  await source.start(keeper, () => undefined);
  await until(() => keeper.packets.length === 5);
  appendFileSync(join(folder, 'r1.pcap'), part(5, 8).subarray(24, 60));
  await sleep(50);
  appendFileSync(join(folder, 'r1.pcap'), part(5, 8).subarray(60));
  await until(() => keeper.packets.length === 8);
  t.equal(keeper.packets.length, 8, 'appended, in two halves of a record');
  writeFileSync(join(folder, 'r2.pcap'), part(8, 12));
  await until(() => keeper.packets.length === 12);
  writeFileSync(join(folder, 'r1.pcap'), part(12, 15));
  await until(() => keeper.packets.length === 15);
  t.equal(keeper.packets.length, 15, 'an old name written anew');
  await source.stop();
  t.same(
    keeper.packets.map((p) => p.tsUs),
    all.slice(0, 15).map((p) => p.s * 1e6),
  );

  const single = join(dir, 'single.pcap');
  writeFileSync(single, part(0, 3));
  const one = openFiles([single], { speed: 'max', follow: true, ...options() });
  const kept = new Keeper();
  await one.start(kept, () => undefined);
  await until(() => kept.packets.length === 3);
  renameSync(single, `${single}.1`);
  writeFileSync(single, part(3, 6));
  await until(() => kept.packets.length === 6);
  await one.stop();
  t.equal(kept.packets.length, 6, 'the same name, another file');
});

t.test('every shared capture: counts of the manifest, and of pcap-parser where it reads the file', async (t) => {
  const root = sharedFolder();
  if (root === null) {
    t.comment('SKIPPED: the shared captures are not on this machine');
    return;
  }
  const shared = join(root, 'pcaps');
  const rows = readManifest(root);
  const wrong: string[] = [];
  const oracle: string[] = [];
  let compared = 0;
  let libpcap = 0;
  const tcpdump = haveProgram('tcpdump');
  if (!tcpdump) t.comment('SKIPPED LOUDLY: tcpdump is not installed, libpcap is not asked');
  for (const col of rows) {
    const path = join(shared, col('file'));
    let n = 0;
    let octets = 0;
    const source = openFiles([path], { speed: 'max', ...options() });
    const sink = {
      packet: (v: { capLen: number }) => {
        n++;
        octets += v.capLen;
      },
    };
    try {
      await source.start(sink, () => undefined);
      await source.done;
    } catch (error) {
      // refused where libpcap refuses too; nothing else may be
      if (!/version 1\.1 is not known/.test((error as Error).message)) wrong.push(`${col('file')}: ${error}`);
      continue;
    }
    // a manifest without a file type: capinfos does not know the link type and counted nothing
    if (col('filetype') !== '' && n !== Number(col('packets')))
      wrong.push(`${col('file')}: ${n}, manifest ${col('packets')}`);
    const theirs = libpcapCount(path);
    if (theirs !== null) {
      libpcap++;
      if (theirs !== n) wrong.push(`${col('file')}: ${n}, libpcap ${theirs}`);
    }
    const other = await pcapParserCount(path);
    if (other === null) continue;
    compared++;
    if (other.packets !== n || other.bytes !== octets)
      oracle.push(`${col('file')}: ${n}, pcap-parser ${other.packets}`);
  }
  t.same(wrong, [], `${rows.length} files against the manifest`);
  t.same(oracle, [], `${compared} files against pcap-parser`);
  t.ok(compared > 1000, `${compared} files were compared with pcap-parser`);
  t.ok(libpcap > 1000 || !tcpdump, `${libpcap} files were compared with libpcap`);
});

/** Packets libpcap reads by way of tcpdump; null when it refuses the file, knows no printer for its links, or is absent. */
function libpcapCount(path: string): number | null {
  const r = spawnSync('tcpdump', ['--count', '-r', path], { encoding: 'utf8' });
  const count = /^(\d+) packets?$/m.exec(r.stdout ?? '');
  return r.status === 0 && count !== null ? Number(count[1]) : null;
}

/** Packets and bytes pcap-parser finds; null when it refuses the file. */
function pcapParserCount(path: string): Promise<{ packets: number; bytes: number } | null> {
  const require = createRequire(import.meta.url);
  const parser = require('pcap-parser').parse(path);
  return new Promise((resolve) => {
    let count = 0;
    let bytes = 0;
    parser.on('packet', (p: { data: Buffer }) => {
      count++;
      bytes += p.data.length;
    });
    parser.on('error', () => resolve(null));
    parser.on('end', () => resolve({ packets: count, bytes }));
  });
}

t.test('what a file holds', async (t) => {
  const info = await fileInfo(join(dir, 'plain.pcap'));
  t.match(info, { format: 'pcap', compression: 'none', packets: 5000, linkTypes: { 1: 5000 }, problem: '' });
  t.equal(info.firstUs, 1.7e15);
  t.equal(info.lastUs, 1.7e15 + 4_999_000);
});
