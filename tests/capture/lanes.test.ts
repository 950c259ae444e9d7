import t from 'tap';
import { captureSettings } from '../../src/capture/index.js';
import { hostWords, Lanes } from '../../src/capture/lanes.js';
import { serverWords, settingsDefaults } from '../../src/core/index.js';

t.test('lanes follow the lag and do not flutter', async (t) => {
  const lanes = new Lanes(settingsDefaults(captureSettings, { lane_lag_ms: 10, shed_lag_ms: 100 }));
  const steps: [number, number][] = [
    [0, 0],
    [9_000, 0],
    [11_000, 1],
    [6_000, 1],
    [4_000, 0],
    [150_000, 2],
    [60_000, 2],
    [40_000, 1],
    [4_000, 0],
    [200_000, 2],
    [1_000, 0],
  ];
  for (const [lagUs, mode] of steps) t.equal(lanes.next(lagUs), mode, `lag ${lagUs} µs`);
});

t.test('addresses become words', async (t) => {
  t.same([...hostWords(['10.0.0.1', 'nonsense', '2001:db8::1'])], [0, 0, 0xffff, 0x0a000001, 0x20010db8, 0, 0, 1]);
  t.same([...serverWords(['192.168.1.2'])], [0xc0a80102]);
  t.throws(() => serverWords(['10.0.0.1', '::1']), { code: 'config' });
});
