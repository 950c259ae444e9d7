import { captureSettings, openLive } from '../../src/capture/index.js';
import { Counters, settingsDefaults, Weirds } from '../../src/core/index.js';

// Receives packets by the capture addon and does nothing with them: `node receive.js INTERFACE`. SIGINT prints how many came.

const live = openLive({
  interface: process.argv[2],
  settings: settingsDefaults(captureSettings, { source: 'addon' }),
  counters: new Counters(),
  weirds: new Weirds(),
});
let packets = 0;
await live.start(
  {
    packet: () => {
      packets++;
    },
  },
  () => undefined,
);
process.stdout.write('ready\n');
process.on('SIGINT', () => {
  setTimeout(async () => {
    await live.stop();
    process.stdout.write(`${packets} packets captured\n`);
    process.exit(0);
  }, 200);
});
