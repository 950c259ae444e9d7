// runs alone: npm start has one port
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { executableBlocks } from '../../support/document.js';
import { noNamespaces, TestNetwork } from '../../support/namespace.js';
import { skipWithout } from '../../support/prometheus.js';
import { until } from '../../support/until.js';
import { projectRoot, Running } from '../../support/wardwire.js';

// The commands of docs/install.md, copied out of it and executed in order: the trial here, in a network of its own with nothing but
// loopback. What is done on the sensor as root takes a clean Debian: install-clean.test.ts.
t.setTimeout(240_000);
const root = projectRoot();
const path = join(root, 'docs', 'install.md');

t.test('the trial: npm start, a subscriber, Prometheus, an alert in Alertmanager', async (t) => {
  if (skipWithout(t, 'prometheus', 'prometheus-alertmanager', 'amtool', 'mosquitto_sub', 'npm')) return;
  const why = noNamespaces();
  if (why !== null) return void t.pass('skipped', { skip: why });
  // the set-up of npm start may need a registry, which is not inside
  const script = "const { prepare } = await import('./src/setup/prepare.mjs'); prepare();";
  t.equal(spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root }).status, 0);
  const net = new TestNetwork();
  const inside = (): string[] =>
    spawnSync('ip', ['netns', 'pids', net.a], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  t.teardown(async () => {
    // whatever the commands have started
    for (const pid of inside()) process.kill(Number(pid), 'SIGTERM');
    await until('the end of all', () => inside().length === 0, 15_000).catch(() => {
      for (const pid of inside()) process.kill(Number(pid), 'SIGKILL');
    });
    net.close();
  });
  const blocks = executableBlocks(path).filter((b) => ['run', 'run in the background until'].includes(b.how));
  t.equal(blocks.length, 5);
  for (const block of blocks) {
    const [program, ...args] = net.inside(net.a, ['bash', '-ec', block.text]);
    const running = new Running(program, args, root);
    const said = (): string => `${running.out}${running.err}`;
    if (block.how === 'run') {
      const timer = setTimeout(() => running.child.kill(), 130_000);
      const code = await running.exited;
      clearTimeout(timer);
      t.equal(code, 0, `${block.text}\n${said().slice(-1000)}`);
      t.match(running.out, block.expect, block.text);
    } else {
      await until(`${block.text}: ${block.expect}`, () => block.expect?.test(said()) === true, 120_000);
      t.equal(running.child.exitCode, null, `${block.text} runs`);
    }
  }
});

t.test('what the page points at is there', async (t) => {
  const text = readFileSync(path, 'utf8');
  for (const [, to] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) t.ok(existsSync(join(dirname(path), to)), to);
  const shell = [...text.matchAll(/^```sh\n/gm)].length;
  t.equal(executableBlocks(path).length, shell, 'every block of commands is executed by a test');
  t.equal(
    spawnSync('bash', ['-n'], {
      input: executableBlocks(path)
        .map((b) => b.text)
        .join('\n'),
    }).status,
    0,
  ); // prettier-ignore
});
