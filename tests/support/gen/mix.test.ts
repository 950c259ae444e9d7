import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { haveProgram } from '../namespace.js';
import { hospitalMix, MIX_KINDS, type MixOptions } from './mix.js';

const dir = mkdtempSync(join(tmpdir(), 'wardwire-gen-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

function make(name: string, options: Omit<MixOptions, 'path'>): { path: string; bytes: Buffer; packets: number } {
  const path = join(dir, name);
  const r = hospitalMix({ path, ...options });
  return { path, bytes: readFileSync(path), packets: r.packets };
}

interface Frame {
  readonly tsUs: number;
  readonly from: number;
  readonly length: number;
}
function framesOf(b: Buffer): Frame[] {
  const out: Frame[] = [];
  for (let at = 24; at < b.length; ) {
    const length = b.readUInt32LE(at + 8);
    out.push({ tsUs: b.readUInt32LE(at) * 1e6 + b.readUInt32LE(at + 4), from: at + 16, length });
    at += 16 + length;
  }
  return out;
}

t.test('the same seed writes the same bytes, another seed does not', async (t) => {
  const a = make('a.pcap', { packets: 3000, seed: 5, attackShare: 0.2 });
  const b = make('b.pcap', { packets: 3000, seed: 5, attackShare: 0.2 });
  const c = make('c.pcap', { packets: 3000, seed: 6, attackShare: 0.2 });
  t.ok(a.bytes.equals(b.bytes));
  t.notOk(a.bytes.equals(c.bytes));
});

for (const kind of MIX_KINDS) {
  t.test(`${kind}: whole records, times in order, as many frames as asked`, async (t) => {
    const m = make(`${kind}.pcap`, { packets: 20_000, kind, seed: 2 });
    const frames = framesOf(m.bytes);
    t.equal(frames.length, m.packets);
    t.ok(frames.length >= 20_000 && frames.length <= 20_002, `${frames.length} frames`);
    const last = frames[frames.length - 1];
    t.equal(last.from + last.length, m.bytes.length, 'the file ends with a whole record');
    t.ok(
      frames.every((f, i) => i === 0 || f.tsUs >= frames[i - 1].tsUs),
      'times never go back',
    );
    if (kind === 'small') t.ok(frames.every((f) => f.length === 64));
  });
}

t.test('the share of attacks is what was asked', async (t) => {
  const m = make('scan.pcap', { packets: 20_000, seed: 3, attackShare: 0.3 });
  const scanner = Buffer.from('0a6666', 'hex');
  const attack = framesOf(m.bytes).filter(
    (f) => m.bytes.indexOf(scanner, f.from) === f.from || m.bytes.indexOf(scanner, f.from + 6) === f.from + 6,
  );
  t.ok(Math.abs(attack.length / m.packets - 0.3) < 0.02, `${attack.length} of ${m.packets}`);
});

t.test('an impaired mirror loses, doubles and reorders what it is said to', async (t) => {
  const whole = make('whole.pcap', { packets: 60_000, seed: 8 });
  const bad = make('impaired-rates.pcap', { packets: 59_000, kind: 'impaired', seed: 8 });
  const key = (b: Buffer, f: Frame): string => b.toString('latin1', f.from, f.from + f.length);
  const places = new Map<string, number[]>();
  framesOf(whole.bytes).forEach((f, i) => {
    const k = key(whole.bytes, f);
    places.set(k, [...(places.get(k) ?? []), i]);
  });
  let doubled = 0;
  let late = 0;
  let newest = -1;
  const seen = new Set<number>();
  for (const f of framesOf(bad.bytes)) {
    const at = places.get(key(bad.bytes, f))?.shift();
    if (at === undefined) {
      doubled++;
      continue;
    }
    seen.add(at);
    if (at < newest) late++;
    newest = Math.max(newest, at);
  }
  const share = (n: number): number => n / newest;
  const lost = newest + 1 - seen.size;
  t.ok(Math.abs(share(lost) - 0.005) < 0.0015, `${lost} of ${newest} lost`);
  t.ok(Math.abs(share(doubled) - 0.01) < 0.002, `${doubled} doubled`);
  t.ok(Math.abs(share(late) - 0.01) < 0.002, `${late} out of order`);
});

t.test('tshark finds every layer well-formed', { skip: haveProgram('tshark') ? false : 'no tshark' }, async (t) => {
  for (const kind of ['mixed', 'dicom', 'hl7', 'small'] as const) {
    const { path } = make(`shark-${kind}.pcap`, { packets: 8000, kind, seed: 4 });
    const checks = ['tcp', 'ip', 'udp'].flatMap((p) => ['-o', `${p}.check_checksum:TRUE`]);
    const bad = ['_ws.malformed', 'tcp.analysis.flags', ...['tcp', 'ip', 'udp'].map((p) => `${p}.checksum.status==0`)];
    const r = spawnSync('tshark', ['-r', path, ...checks, '-Y', bad.join(' || ')], { encoding: 'utf8' });
    t.equal(r.status, 0, r.stderr);
    t.equal(r.stdout, '', `${kind}: nothing odd`);
  }
  const { path } = make('shark.pcap', { packets: 30_000, seed: 4 });
  const fields = ['-T', 'fields', '-e', 'dicom.assoc.ae.calling', '-e', '_ws.col.Info'];
  const r = spawnSync('tshark', ['-r', path, '-Y', 'dicom.assoc.ae.calling || hl7', ...fields], {
    encoding: 'utf8',
  });
  t.match(r.stdout, /VIEWER\d+/, 'DICOM associations are decoded');
  t.match(r.stdout, /ORU/, 'HL7 messages are decoded');
});
