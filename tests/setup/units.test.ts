import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { haveProgram } from '../support/namespace.js';
import { projectRoot, temporaryFolder } from '../support/wardwire.js';

const root = projectRoot();
const UNITS = readdirSync(join(root, 'systemd')).filter((n) => n.endsWith('.service'));
/** What the units may expose at most (systemd-analyze security, 0 to 10). */
const MOST = 1.7;

t.test('the unit of a further sensor is made from the first one', async (t) => {
  const { units } = (await import(pathToFileURL(join(root, 'src/setup/units.mjs')).href)) as {
    units: () => Record<string, string>;
  };
  for (const [path, text] of Object.entries(units()))
    t.equal(readFileSync(join(root, path), 'utf8'), text, `${path} is current (npm run generate)`);
  const first = readFileSync(join(root, 'systemd/wardwire.service'), 'utf8').split('\n');
  const further = readFileSync(join(root, 'systemd/wardwire@.service'), 'utf8').split('\n');
  const hardening = (lines: string[]) =>
    lines.filter((l) => /^(Protect|Private|Restrict|System|Cap|No|Lock|IP)/.test(l));
  t.same(hardening(further), hardening(first));
  t.ok(hardening(first).length > 20);
});

t.test('systemd takes the units, and their exposure is low', async (t) => {
  if (!haveProgram('systemd-analyze')) return void t.comment('SKIPPED LOUDLY: systemd-analyze is not installed');
  // a root of its own, in which what the units start is there
  const dir = temporaryFolder(t);
  const units = join(dir, 'etc/systemd/system');
  mkdirSync(units, { recursive: true });
  for (const u of UNITS) cpSync(join(root, 'systemd', u), join(units, u));
  cpSync(join(units, 'wardwire@.service'), join(units, 'wardwire@lo.service'));
  for (const program of ['usr/bin/wardwire', 'sbin/ethtool', 'sbin/sysctl', 'sbin/ip']) {
    mkdirSync(join(dir, program, '..'), { recursive: true });
    writeFileSync(join(dir, program), '#!/bin/sh\n', { mode: 0o755 });
  }
  for (const unit of ['wardwire.service', 'wardwire@lo.service']) {
    const r = spawnSync('systemd-analyze', ['security', '--offline=true', `--root=${dir}`, '--no-pager', unit], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    const score = /Overall exposure level for \S+: ([\d.]+)/.exec(`${r.stdout}${r.stderr}`)?.[1];
    t.ok(score !== undefined && Number(score) <= MOST, `${unit}: exposure ${score ?? `${r.stdout}${r.stderr}`}`);
    t.comment(`${unit}: exposure ${score} of at most ${MOST}`);
    const v = spawnSync('systemd-analyze', ['verify', `--root=${dir}`, '--man=no', unit], { encoding: 'utf8' });
    const about = `${v.stdout}${v.stderr}`
      .split('\n')
      .filter((l) => /wardwire/.test(l) && !/Unit \S+\.target not found/.test(l));
    t.same(about, [], 'no complaint about a line');
  }
});
