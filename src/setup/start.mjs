// npm start [-- --interface eth1 …]: set-up, then the sensor on embedded defaults.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
const main = join(root, 'dist', 'src', 'main.js');
const child = spawn(process.execPath, [main, 'run', '--embedded', ...process.argv.slice(2)], { stdio: 'inherit' });
// A terminal sends Ctrl-C to the whole group, so the child has it already; otherwise it is handed on.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT');
});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (e) => {
  process.stderr.write(`setup: cannot start: ${e.message}\n`);
  process.exitCode = 70;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
});
