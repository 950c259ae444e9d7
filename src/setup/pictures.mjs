// node src/setup/pictures.mjs: docs/pictures/*.png, the queries of each screen as drawn by Prometheus itself over a replay of the bundled
// capture. Needs prometheus and chromium (Debian packages), a build, and the ports of npm start free. Takes about two minutes.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { dashboards } from './dashboards/index.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const out = join(root, 'docs', 'pictures');
const work = mkdtempSync(join(tmpdir(), 'wardwire-pictures.'));
const PORT = 9190;
const MOST_KIB = 150;
/** Panels of each screen that are drawn, by title: curves, and few enough to be read. */
const DRAWN = {
  fleet: ['Verdicts by severity', 'Devices by type'],
  device: ['Score', 'Features against what is usual'],
  dicom: ['Associations by outcome', 'Requests by service'],
  hl7: ['Messages by code', 'Time to the acknowledgement'],
  sensor: ['Packets', 'Verdicts taken by sinks'],
};
const VALUES = { __rate_interval: '15s', __range: '2m', job: '.+', instance: '.+', device: 'mac-0030e6771001' };

const started = [];
function start(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: root });
  started.push(child);
  let said = '';
  for (const s of [child.stdout, child.stderr]) {
    s.on('data', (d) => {
      said += d;
    });
  }
  return async (what) => {
    for (let i = 0; !what.test(said); i++) {
      if (i > 1800 || child.exitCode !== null) throw new Error(`${program} never said ${what}:\n${said.slice(-1000)}`);
      await sleep(100);
    }
  };
}

function draw(name, panels) {
  // the first query of each, without the matchers that take everything
  const filled = panels.map((p) =>
    Object.entries(VALUES)
      .reduce((q, [name, value]) => q.replaceAll(`$${name}`, value), p.targets[0].expr)
      .replaceAll(/job=~"\.\+",instance=~"\.\+",?/g, '')
      .replaceAll('{}', ''),
  );
  const words = filled.flatMap((q, i) => [
    `g${i}.expr=${encodeURIComponent(q)}`,
    `g${i}.tab=0`,
    `g${i}.range_input=2m`,
    `g${i}.step_input=1`,
  ]);
  const url = `http://127.0.0.1:${PORT}/classic/graph?${words.join('&')}`;
  const path = join(out, `${name}.png`);
  const size = `--window-size=900,${100 + filled.length * 780}`;
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--virtual-time-budget=15000',
    size,
  ];
  const r = spawnSync('chromium', [...args, `--user-data-dir=${join(work, 'chromium')}`, `--screenshot=${path}`, url], {
    encoding: 'utf8',
    timeout: 90_000,
  });
  if (r.status !== 0) throw new Error(`chromium: ${r.error?.message ?? r.stderr}`);
  const kib = Math.ceil(statSync(path).size / 1024);
  process.stdout.write(`docs/pictures/${name}.png ${kib} KiB\n`);
  if (kib > MOST_KIB) throw new Error(`${name}.png is larger than ${MOST_KIB} KiB`);
}

try {
  mkdirSync(out, { recursive: true });
  const config = readFileSync(join(root, 'config', 'prometheus', 'prometheus.yml'), 'utf8')
    .replace('scrape_interval: 15s', 'scrape_interval: 1s')
    .replace("'127.0.0.1:9093'", '');
  writeFileSync(join(work, 'prometheus.yml'), config);
  for (const name of ['wardwire-rules.yml', 'wardwire-alerts.yml'])
    cpSync(join(root, 'config', 'prometheus', name), join(work, name));
  const main = join(root, 'dist', 'src', 'main.js');
  const sensor = start(process.execPath, [main, 'run', '--embedded', '--speed', '2', '--data', join(work, 'data')]);
  await sensor(/metrics +http/);
  const prometheus = start('prometheus', [
    `--config.file=${join(work, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(work, 'prometheus')}`,
    `--web.listen-address=127.0.0.1:${PORT}`,
  ]);
  await prometheus(/Server is ready/);
  await sensor(/the capture has ended/);
  for (const [name, titles] of Object.entries(DRAWN)) {
    const { panels } = JSON.parse(dashboards()[`config/grafana/dashboards/${name}.json`]);
    draw(
      name,
      titles.map((title) => panels.find((p) => p.title === title)),
    );
  }
} finally {
  for (const child of started) child.kill('SIGTERM');
  await sleep(3000);
  rmSync(work, { recursive: true, force: true });
}
