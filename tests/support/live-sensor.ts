import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './mosquitto.js';
import { MAIN, Running, temporaryFolder } from './wardwire.js';

/**
 * A sensor that watches loopback, with a metrics endpoint of its own and no broker. `metrics`: further lines of that section. Needs the
 * right to capture.
 */
export async function liveSensor(
  t: { teardown(f: () => Promise<void>): void },
  metrics: readonly string[] = [],
): Promise<{ readonly address: string; readonly running: Running }> {
  const dir = temporaryFolder(t as never);
  const port = await freePort();
  const path = join(dir, 'wardwire.yaml');
  const lines = [
    ...['sensor:', `  site_key_file: ${dir}/site.key`, 'capture:', '  interface: lo', 'mqtt:', '  url: ""'],
    ...['file:', `  path: ${dir}/verdicts.ndjson`, 'store:', `  data_dir: ${dir}`],
    ...['metrics:', `  port: ${port}`, ...metrics.map((l) => `  ${l}`)],
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  const running = new Running(process.execPath, [MAIN, 'run', '--config', path]);
  t.teardown(async () => {
    await running.stop('SIGKILL');
  });
  return { address: `127.0.0.1:${port}`, running };
}
