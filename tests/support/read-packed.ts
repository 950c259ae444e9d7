import { readFileSync } from 'node:fs';
import { captureSettings, openFiles } from '../../src/capture/index.js';
import { Counters, settingsDefaults, Weirds } from '../../src/core/index.js';

// Reads one capture in a process of its own: `node read-packed.js FILE` prints packets, what was told, oddities and the peak memory.

const weirds = new Weirds();
const notices: string[] = [];
let packets = 0;
let error = '';
const source = openFiles([process.argv[2]], {
  speed: 'max',
  settings: settingsDefaults(captureSettings),
  counters: new Counters(),
  weirds,
});
try {
  await source.start(
    {
      packet: () => {
        packets++;
      },
    },
    (n) => notices.push(n.text),
  );
  await source.done;
} catch (thrown) {
  error = (thrown as Error).message;
}
const damaged = weirds.count('file.damaged') + weirds.count('file.cut');
// the peak of this program alone: what getrusage says begins with the memory of whoever started it
const peakMib = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024;
process.stdout.write(`${JSON.stringify({ packets, notices, error, damaged, peakMib })}\n`);
