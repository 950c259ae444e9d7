import { join } from 'node:path';
import t from 'tap';
import { assembleSpec, defaultConfig, Replay } from '../../src/runtime/index.js';
import { hospitalMix } from '../support/gen/index.js';
import { readManifest } from '../support/manifest.js';
import { sharedFolder, temporaryFolder } from '../support/wardwire.js';

// Benign traffic must stay benign for the rules that read monitors, discovery, address servers, web, shares, mining and MQTT. The long
// form: WARDWIRE_BENIGN_PACKETS=500000 (twenty minutes of a made-up ward) and every shared capture, WARDWIRE_BENIGN_ALL=1.

t.setTimeout(600_000);

const RULES = /^(vitals|discovery|mqtt)\.|^net\.(scan\.vulnerability|dhcp\.rogue|firmware\.push|ransomware|mining)$/;

/** What the rules said about a capture, and how many device-hours it holds. */
async function said(file: string, learningS: number): Promise<{ names: string[]; deviceHours: number }> {
  const config = defaultConfig();
  const { settings } = config;
  const spec = assembleSpec(
    { ...config, settings: { ...settings, baseline: { ...settings.baseline, learning_s: learningS } } },
    { kind: 'files', files: [file], speed: 'max' },
    { modelDir: null },
  );
  const names: string[] = [];
  const replay = new Replay(spec, { verdict: (v) => names.push(`${v.scenario}: ${v.reasons[0]?.text}`) });
  const { directory } = replay.pipeline.inventory;
  await replay.run();
  let us = 0;
  for (let d = 0; d < directory.size; d++) us += Math.max(0, directory.lastUs(d) - directory.firstUs(d)) || 0;
  return { names, deviceHours: us / 3.6e9 };
}

t.test('a made-up ward after learning', async (t) => {
  const path = join(temporaryFolder(t), 'mixed.pcap');
  const packets = Number(process.env.WARDWIRE_BENIGN_PACKETS ?? 60_000);
  const mix = hospitalMix({ path, packets, kind: 'mixed', devices: 20, seed: 3 });
  const { names, deviceHours } = await said(path, Math.min(300, mix.seconds / 2));
  const wrong = names.filter((n) => RULES.test(n.split(':')[0]));
  t.same(wrong, []);
  // other rules may meet habits that so short a learning time did not see
  t.comment(
    `${Math.round(mix.seconds)} s, ${deviceHours.toFixed(1)} device-hours: ${wrong.length} of these rules, ${names.length} of all`,
  );
});

const shared = sharedFolder();
if (shared === null) t.comment('SKIPPED LOUDLY: no shared captures on this machine (WARDWIRE_SHARED)');

t.test('shared captures without attacks', { skip: shared === null, timeout: 600_000 }, async (t) => {
  const every = process.env.WARDWIRE_BENIGN_ALL === '1' ? 1 : 12;
  const files = readManifest(shared as string)
    .map((col) => col('file'))
    .filter((f) => /^(iot|medical-made|medical-derived)\//.test(f))
    .filter((_, i) => i % every === 0);
  let deviceHours = 0;
  for (const f of files) {
    const r = await said(join(shared as string, 'pcaps', f), 86_400);
    deviceHours += r.deviceHours;
    t.same(
      r.names.filter((n) => RULES.test(n.split(':')[0])),
      [],
      f,
    );
  }
  t.comment(`${files.length} captures, ${deviceHours.toFixed(1)} device-hours`);
});
