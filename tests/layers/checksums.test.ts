import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { captureSettings, openFiles } from '../../src/capture/index.js';
import { Counters, type PacketView, settingsDefaults, Weirds } from '../../src/core/index.js';
import { createLayers, layersSettings } from '../../src/layers/index.js';
import { generate } from '../support/gen/index.js';
import { haveProgram } from '../support/namespace.js';
import { temporaryFolder } from '../support/wardwire.js';

t.setTimeout(60_000);

/** Packets of a capture, those that no host would believe, and the counter. */
async function look(
  file: string,
  verify: boolean,
): Promise<{ packets: number; corrupt: number; counted: number; weird: number }> {
  const counters = new Counters();
  const weirds = new Weirds();
  const layers = createLayers({
    settings: settingsDefaults(layersSettings, { verify_checksums: verify }),
    weirds,
    counters,
    seed: 1,
  });
  const source = openFiles([file], {
    speed: 'max',
    follow: false,
    settings: settingsDefaults(captureSettings),
    counters,
    weirds,
  });
  let packets = 0;
  let corrupt = 0;
  await source.start(
    {
      packet: (v: PacketView) => {
        packets++;
        if (!layers.decode(v)) corrupt++;
      },
    },
    () => undefined,
  );
  await source.done;
  const i = weirds.defs.findIndex((d) => d.id === 'header.checksum');
  return { packets, corrupt, counted: counters.get('wardwire_bad_checksums_total'), weird: weirds.counts[i] };
}

t.test(
  'packets with a wrong checksum are found, counted and marked to be dropped, when that is asked for',
  async (t) => {
    const file = join(temporaryFolder(t), 'sums.pcap');
    await generate({ kind: 'mixed', packets: 20_000, seed: 5, file });
    t.match(await look(file, true), { packets: 20_000, corrupt: 0, counted: 0 }, 'all are right');
    // one bit of the last byte of every fiftieth packet with a payload: what a host would throw away
    const b = readFileSync(file);
    let spoiled = 0;
    let n = 0;
    for (let at = 24; at < b.length; n++) {
      const size = b.readUInt32LE(at + 8);
      const end = at + 16 + size;
      const ip = at + 16 + 14;
      const proto = b[ip + 9];
      const total = b.readUInt16BE(ip + 2);
      if (n % 50 === 0 && b.readUInt16BE(ip - 2) === 0x0800 && (proto === 6 || proto === 17) && total > 60) {
        const none = proto === 17 && b.readUInt16BE(ip + 26) === 0;
        b[ip + total - 1] ^= 1;
        if (!none) spoiled++;
      }
      at = end;
    }
    writeFileSync(file, b);
    t.ok(spoiled > 50, `${spoiled} packets`);
    t.match(await look(file, true), { packets: 20_000, corrupt: spoiled, counted: spoiled, weird: spoiled });
    t.match(await look(file, false), { packets: 20_000, corrupt: 0, counted: 0 }, 'not looked at');
    if (!haveProgram('tshark')) return void t.comment('SKIPPED LOUDLY: tshark is not installed');
    const options = ['tcp', 'udp'].flatMap((p) => ['-o', `${p}.check_checksum:TRUE`]);
    const r = spawnSync(
      'tshark',
      ['-n', '-r', file, ...options, '-Y', 'tcp.checksum.status==0 || udp.checksum.status==0'],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      },
    );
    t.equal(r.stdout.trim().split('\n').length, spoiled, 'tshark finds the same');
  },
);
