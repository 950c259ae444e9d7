import { parseArgs } from 'node:util';
import { hospitalMix, MIX_KINDS, type MixKind } from './mix.js';

// node dist/tests/support/gen/main.js --kind mixed --packets 1000000 --seed 1 --out FILE

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'mixed' },
    packets: { type: 'string', default: '1000000' },
    devices: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    'attack-share': { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});
const kind = MIX_KINDS.find((k) => k === values.kind);
if (kind === undefined || values.out === undefined) {
  process.stderr.write(
    `usage: --out FILE [--kind ${MIX_KINDS.join('|')}] [--packets N] [--devices N] [--seed N] [--attack-share S]\n`,
  );
  process.exitCode = 2;
} else {
  const began = performance.now();
  const r = hospitalMix({
    path: values.out,
    kind: kind as MixKind,
    packets: Number(values.packets),
    devices: Number(values.devices),
    seed: Number(values.seed),
    attackShare: Number(values['attack-share']),
  });
  const s = (performance.now() - began) / 1000;
  process.stdout.write(
    `${r.packets} packets, ${(r.octets / 1e6).toFixed(1)} MB, ${r.devices} devices, ${r.seconds.toFixed(1)} s of traffic; ` +
      `written in ${s.toFixed(1)} s (${Math.round(r.packets / s)} packets/s)\n`,
  );
}
