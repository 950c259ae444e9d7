import { captureSettings, openLive } from '../../src/capture/index.js';
import { Counters, settingsDefaults, Weirds } from '../../src/core/index.js';

// Receives packets and does nothing with them: `node receive.js addon|cap INTERFACE`; SIGINT prints what came.

const [source, name] = process.argv.slice(2);
const live = openLive({
  interface: name,
  settings: settingsDefaults(captureSettings, { source: source as 'addon' | 'cap' }),
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
const before = process.cpuUsage();
process.stdout.write('ready\n');
process.on('SIGINT', () => {
  setTimeout(async () => {
    const { user, system } = process.cpuUsage(before);
    await live.stop();
    process.stdout.write(`${JSON.stringify({ packets, cpuUs: user + system })}\n`);
    process.exit(0);
  }, 200);
});
