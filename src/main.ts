#!/usr/bin/env node
import { runSensorProcess, SENSOR_ARGUMENT } from './runtime/sensor.js';

// argv in, exit code out; the same file is the forked sensor process
if (process.argv[2] === SENSOR_ARGUMENT) {
  runSensorProcess((code) => process.exit(code));
} else {
  // a reader that has seen enough (… | head) ends us quietly
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const { main } = await import('./cli/index.js');
  process.exitCode = await main(process.argv.slice(2));
}
