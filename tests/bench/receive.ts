import { captureSettings, openLive, wallUs } from '../../src/capture/index.js';
import { Counters, settingsDefaults, Weirds } from '../../src/core/index.js';

// Receives packets: `node receive.js addon|cap INTERFACE [MICROSECONDS]`; with a number it works so long on each packet.
// SIGINT prints what came, at which CPU time, how old packets were when JavaScript got them, and how long timers had to wait.

const [source, name, work = '0'] = process.argv.slice(2);
const workMs = Number(work) / 1000;
const live = openLive({
  interface: name,
  settings: settingsDefaults(captureSettings, { source: source as 'addon' | 'cap' }),
  counters: new Counters(),
  weirds: new Weirds(),
});
let packets = 0;
/** Packets by age in steps of 10 µs, the last step is everything older. */
const ages = new Float64Array(200_000);
await live.start(
  {
    packet: (v) => {
      packets++;
      // the clock is asked of every 16th: asking costs as much as receiving
      if ((packets & 15) === 0 || packets < 2000)
        ages[Math.min(ages.length - 1, Math.max(0, Math.floor((wallUs() - v.tsUs) / 10)))]++;
      if (workMs > 0) for (const end = performance.now() + workMs; performance.now() < end; );
    },
  },
  () => undefined,
);
/** Age in µs that a share of the packets does not exceed. */
function age(share: number): number {
  const all = ages.reduce((a, b) => a + b, 0);
  let sum = 0;
  let i = 0;
  for (; i < ages.length - 1; i++) {
    sum += ages[i];
    if (sum >= share * all) break;
  }
  return (i + 1) * 10;
}
const stalls: number[] = [];
let last = performance.now();
const timer = setInterval(() => {
  const now = performance.now();
  stalls.push(now - last - 1);
  last = now;
}, 1);
const before = process.cpuUsage();
process.stdout.write('ready\n');
process.on('SIGINT', () => {
  setTimeout(async () => {
    const { user, system } = process.cpuUsage(before);
    clearInterval(timer);
    stalls.sort((a, b) => a - b);
    const at = (share: number): number => stalls[Math.max(0, Math.ceil(share * stalls.length) - 1)];
    await live.stop();
    const said = {
      packets,
      cpuUs: user + system,
      ageUs: [age(0.5), age(0.99), age(1)],
      stallMs: [at(0.5), at(0.99), at(1)],
    };
    process.stdout.write(`${JSON.stringify(said)}\n`);
    process.exit(0);
  }, 200);
});
