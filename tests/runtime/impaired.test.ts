import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Random } from '../../src/core/index.js';
import { generate } from '../support/gen/index.js';
import { temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(120_000);

// the long form: WARDWIRE_PACKETS=200000 and other seeds
const packets = Number(process.env.WARDWIRE_PACKETS ?? '80000');
const seed = Number(process.env.WARDWIRE_SEED ?? '1');

/** Verdicts of DICOM, HL7 and scan scenarios, how many of each. */
function told(file: string, config: string): Record<string, number> {
  const r = wardwire(['replay', '--json', '--config', config, file]);
  if (r.code !== 0) throw new Error(r.err);
  const counts: Record<string, number> = {};
  for (const line of r.out.split('\n').filter((l) => l !== '')) {
    const { scenario } = JSON.parse(line) as { scenario: string };
    if (/^(dicom|hl7|net\.scan)\./.test(scenario)) counts[scenario] = (counts[scenario] ?? 0) + 1;
  }
  return counts;
}

t.test('a span that loses, repeats and reorders packets: nobody is blamed for what was not seen', async (t) => {
  const dir = temporaryFolder(t);
  const [clean, impaired] = ['mixed', 'impaired'].map((kind) => join(dir, `${kind}.pcap`));
  await generate({ kind: 'mixed', packets, seed, file: clean });
  await generate({ kind: 'impaired', packets, seed, file: impaired });
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${dir}\n`);
  t.same(told(impaired, config), {}, 'before anything is learned');
  // a third of the capture is learned: what comes later for the first time is told, with and without impairment
  writeFileSync(config, `baseline:\n  learning_s: 8\n  learning_rows: 0\nstore:\n  data_dir: ${dir}\n`);
  const [whole, holed] = [told(clean, config), told(impaired, config)];
  t.ok(Object.keys(whole).length > 0);
  for (const [scenario, n] of Object.entries(holed))
    t.ok(
      n <= (whole[scenario] ?? 0),
      `${scenario}: ${n} times, on the same capture unimpaired ${whole[scenario] ?? 0}`,
    );
});

/** Ports of the frame's TCP or UDP header over IPv4, null for others. */
function ports(frame: Buffer): readonly [number, number] | null {
  if (frame.readUInt16BE(12) !== 0x0800 || (frame[23] !== 6 && frame[23] !== 17)) return null;
  const at = 14 + 4 * (frame[14] & 15);
  return [frame.readUInt16BE(at), frame.readUInt16BE(at + 2)];
}

/** The frames of a generated capture that a mirror shows. */
function shown(from: string, to: string, shows: (frame: Buffer) => boolean): void {
  const file = readFileSync(from);
  const parts = [file.subarray(0, 24)];
  for (let at = 24; at + 16 <= file.length; ) {
    const end = at + 16 + file.readUInt32LE(at + 8);
    if (shows(file.subarray(at + 16, end))) parts.push(file.subarray(at, end));
    at = end;
  }
  writeFileSync(to, Buffer.concat(parts));
}

t.test('a span of one direction, and one that loses a tenth: nobody breaks a protocol and nobody scans', async (t) => {
  const dir = temporaryFolder(t);
  const clean = join(dir, 'mixed.pcap');
  const seen = join(dir, 'seen.pcap');
  await generate({ kind: 'mixed', packets, seed, file: clean });
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${dir}\n`);
  const towards = (up: boolean) => (frame: Buffer) => {
    const p = ports(frame);
    return p === null || p[0] === p[1] || p[0] > p[1] === up;
  };
  const rng = new Random(seed);
  for (const [name, shows] of [
    ['towards servers only', towards(true)],
    ['towards clients only', towards(false)],
    ['a tenth is lost', () => rng.float() >= 0.1],
  ] as const) {
    shown(clean, seen, shows);
    t.same(told(seen, config), {}, name);
  }
});
