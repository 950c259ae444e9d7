import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { freePort } from '../mosquitto.js';
import { haveProgram } from '../namespace.js';
import { temporaryFolder } from '../wardwire.js';
import { hospitalMix } from './index.js';

// What generated modalities say is said once more to DCMTK's own storage provider: it must accept the association, take every object,
// answer every command, and its dump must find the objects well formed.

const missing = ['tshark', 'storescp', 'dcmdump'].filter((p) => !haveProgram(p));
const RELEASE_RQ = '05000000000400000000';
const RELEASE_RP = 6;

/** What requestors say in a capture, one connection after the other, whole associations only. */
function requests(file: string): Buffer[] {
  const fields = ['-T', 'fields', '-e', 'tcp.stream', '-e', 'tcp.payload'];
  const r = spawnSync('tshark', ['-n', '-r', file, '-Y', 'tcp.dstport == 104 && tcp.len > 0', ...fields], {
    encoding: 'utf8',
    maxBuffer: 1 << 29,
  });
  const streams = new Map<string, string[]>();
  for (const line of r.stdout.split('\n')) {
    const [stream, payload] = line.split('\t');
    if (payload === undefined) continue;
    const parts = streams.get(stream) ?? [];
    parts.push(payload.replaceAll(':', ''));
    streams.set(stream, parts);
  }
  return [...streams.values()].filter((p) => p.at(-1) === RELEASE_RQ).map((p) => Buffer.from(p.join(''), 'hex'));
}

/** Types of the PDUs (PS3.8 9.3.1) of one direction. */
function types(bytes: Buffer): number[] {
  const out: number[] = [];
  for (let at = 0; at + 6 <= bytes.length; at += 6 + bytes.readUInt32BE(at + 2)) out.push(bytes[at]);
  return out;
}

t.test(
  'DCMTK takes what generated modalities send',
  { skip: missing.length > 0 ? `no ${missing.join(', ')}` : false },
  async (t) => {
    const dir = temporaryFolder(t);
    const file = join(dir, 'dicom.pcap');
    hospitalMix({ kind: 'dicom', packets: 40_000, seed: 9, devices: 30, path: file });
    const said = requests(file);
    t.ok(said.length >= 2, `${said.length} whole associations in the capture`);
    const port = await freePort();
    const store = join(dir, 'store');
    mkdirSync(store);
    const provider = spawn('storescp', ['-q', '-od', store, String(port)], { stdio: 'ignore' });
    t.teardown(() => provider.kill('SIGKILL'));
    let objects = 0;
    for (const bytes of said.slice(0, 3)) {
      let socket = connect(port, '127.0.0.1');
      for (let i = 0; i < 100; i++) {
        const up = await Promise.race([
          once(socket, 'connect').then(() => true),
          once(socket, 'error').then(() => false),
        ]).catch(() => false);
        if (up) break;
        await sleep(50);
        socket = connect(port, '127.0.0.1');
      }
      const heard: Buffer[] = [];
      socket.on('data', (d: Buffer) => heard.push(d));
      socket.write(bytes);
      for (let i = 0; i < 400 && types(Buffer.concat(heard)).at(-1) !== RELEASE_RP; i++) await sleep(25);
      socket.destroy();
      const [accepted, ...rest] = types(Buffer.concat(heard));
      t.equal(accepted, 2, 'the association is accepted');
      t.equal(rest.pop(), RELEASE_RP, 'and released');
      t.ok(rest.length > 0 && rest.every((x) => x === 4), `${rest.length} commands answered`);
      objects += rest.length;
    }
    const files = readdirSync(store);
    t.equal(files.length, objects, 'every object that was sent is stored');
    const dump = spawnSync('dcmdump', ['-q', '+P', '7fe0,0010', ...files.map((f) => join(store, f))], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    t.equal(dump.status, 0, dump.stderr);
    t.equal(dump.stderr, '', 'nothing is wrong with any of them');
    t.equal(dump.stdout.match(/^\(7fe0,0010\) O[BW]/gm)?.length, objects, 'each has its pixels');
  },
);
