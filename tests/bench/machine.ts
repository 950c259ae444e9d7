import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { haveProgram } from '../support/namespace.js';
import { projectRoot } from '../support/wardwire.js';
import { pythonWith } from './tools.js';

/** How each program is asked for its version, and where in the answer it stands. */
const ASK: readonly [string, readonly string[], RegExp][] = [
  ['tcpdump', ['--version'], /tcpdump version (\S+)/],
  ['ndpiReader', ['-h'], /nDPI (\S+)/],
  ['argus', ['-h'], /Argus Version (\S+)/],
  ['softflowd', ['-h'], /version ([\d.]+\d)/],
  ['nfpcapd', ['-V'], /Version: (\S+)/],
  ['tshark', ['-v'], /TShark[^\d]*(\S+)/],
  ['zeek', ['--version'], /version (\S+)/],
  ['suricata', ['-V'], /version (\S+)/],
  ['yaf', ['--version'], /version (\S+)/],
  ['tcpreplay', ['-V'], /version: (\S+)/],
  ['mosquitto', ['-h'], /version (\S+)/],
];

function line(file: string, pattern: RegExp): string {
  try {
    return pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function versions(): string[] {
  const out = ASK.filter(([program]) => haveProgram(program)).map(([program, args, pattern]) => {
    const r = spawnSync(program, args, { encoding: 'utf8' });
    return `${program} ${pattern.exec(`${r.stdout}\n${r.stderr}`)?.[1] ?? '(says no version)'}`;
  });
  for (const module of ['sklearn', 'nfstream']) {
    const python = pythonWith(module);
    if (python === null) continue;
    const r = spawnSync(python, ['-c', `import ${module}; print(${module}.__version__)`], { encoding: 'utf8' });
    out.push(`${module} ${r.stdout.trim()}`);
  }
  for (const name of ['ml-isolation-forest', 'hl7-standard']) {
    const manifest = readFileSync(join(projectRoot(), 'node_modules', name, 'package.json'), 'utf8');
    out.push(`${name} ${(JSON.parse(manifest) as { version: string }).version}`);
  }
  return out;
}

/** The machine and every program's version, as lines. */
export function machine(): string {
  const cpu = cpus();
  return [
    `${cpu.length} cores of ${cpu[0]?.model.trim()} (${arch()}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory`,
    `${line('/etc/os-release', /PRETTY_NAME="([^"]+)"/)}, Linux ${release()}, Node ${process.version}, V8 ${process.versions.v8}`,
    `load before the run: ${loadavg()
      .map((l) => l.toFixed(1))
      .join(', ')} (1, 5, 15 minutes)`,
    versions().join(', '),
  ].join('\n');
}
