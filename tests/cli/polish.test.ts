import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/index.js';
import { haveProgram } from '../support/namespace.js';
import { MAIN, temporaryFolder, wardwire } from '../support/wardwire.js';

// What every command owes the people who type it.
t.setTimeout(120_000);

/** Commands that print no data: a service and a script. */
const NO_DATA = ['run', 'completion'];

/** The help of a command, in this process: a start of the program for each would take a minute. */
async function help(...words: string[]): Promise<string> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (...a: unknown[]) => void lines.push(a.join(' '));
  try {
    await main([...words, '--help']);
  } finally {
    console.log = log;
  }
  return `${lines.join('\n')}\n`;
}

const general = await help();
const commands = [...new Set([...general.matchAll(/^ {2}wardwire ([a-z][a-z-]*)/gm)].map((m) => m[1]))];

t.test('every command has examples, says what its options are, and prints its data as JSON on demand', async (t) => {
  t.ok(commands.length >= 22, commands.join(', '));
  t.match(general, /Exit codes: 0 done, 1 failed while running, 2 wrong usage, 70 .*77 .*78/s);
  for (const name of commands) {
    const out = await help(name);
    const examples = out.split(/^Examples:\n/m)[1] ?? '';
    t.match(examples, /^ {2}(source <\()?wardwire /, `${name} --help has examples`);
    if (!NO_DATA.includes(name)) t.match(out, /^ +--json /m, `${name} --json`);
    t.notMatch(out, /undefined|\[object/, name);
  }
  t.match(wardwire(['--version']).out, /^\d+\.\d+\.\d+\n$/);
  const unknown = wardwire(['staus']);
  t.equal(unknown.code, 2);
  t.match(unknown.err, /status/, 'the command that was meant is named');
});

t.test('no colour: off a terminal, and on one as NO_COLOR asks', async (t) => {
  const dir = temporaryFolder(t);
  const wrong = join(dir, 'wrong.yaml');
  writeFileSync(wrong, 'nonsense: 1\n');
  const calls = [['--help'], ['scenarios', 'list'], ['check-config', wrong], ['status', '--socket', join(dir, 'none')]];
  const colour = (text: string): boolean => text.includes('\u001b[') && /\[[\d;]*m/.test(text);
  for (const args of calls) {
    const r = wardwire(args);
    t.notOk(`${r.out}${r.err}`.includes('\u001b'), args.join(' '));
  }
  if (!haveProgram('script')) return void t.comment('SKIPPED LOUDLY: script (bsdutils) is not installed');
  for (const args of calls.slice(1, 3)) {
    const line = [process.execPath, MAIN, ...args].map((w) => `'${w}'`).join(' ');
    const env = { ...process.env, NO_COLOR: '1', TERM: 'xterm-256color' };
    const r = spawnSync('script', ['-qec', line, '/dev/null'], { encoding: 'utf8', env });
    t.ok(r.stdout.length > 0);
    t.notOk(colour(r.stdout), `on a terminal: ${args.join(' ')}`);
  }
});

t.test('completion of bash and zsh: commands, options, values', async (t) => {
  const dir = temporaryFolder(t);
  mkdirSync(join(dir, 'functions'));
  writeFileSync(join(dir, 'wardwire'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` };
  writeFileSync(join(dir, 'bash'), wardwire(['completion', 'bash']).out);
  writeFileSync(join(dir, 'functions', '_wardwire'), wardwire(['completion', 'zsh']).out);
  const bash = (...words: string[]): string[] => {
    const script = `source '${join(dir, 'bash')}'; COMP_WORDS=(${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _wardwire; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const r = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env });
    if (r.stderr !== '') throw new Error(r.stderr);
    return r.stdout.split('\n').filter(Boolean);
  };
  t.same(bash('wardwire', 'sta'), ['status']);
  t.same(bash('wardwire', 'tail', '--sev'), ['--severity']);
  t.same(bash('wardwire', 'tail', '--severity', 'cr'), ['critical']);
  t.same(bash('wardwire', 'completion', 'z'), ['zsh']);
  const bound = spawnSync('bash', ['--norc', '-c', `source '${join(dir, 'bash')}'; complete -p wardwire`], {
    encoding: 'utf8',
  });
  t.match(bound.stdout, /-F _wardwire wardwire/);

  if (!haveProgram('zsh')) return void t.comment('SKIPPED LOUDLY: zsh is not installed');
  const script = `fpath=('${join(dir, 'functions')}' $fpath); autoload -Uz compinit; compinit -u -d '${join(dir, 'dump')}'
print -r -- "$_comps[wardwire]"
_describe() { print -rl -- "\${(@P)2}" }
words=(wardwire ''); _wardwire
words=(wardwire tail --severity ''); _wardwire`;
  const r = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8', env });
  t.equal(r.stderr, '');
  const lines = r.stdout.split('\n');
  t.equal(lines[0], '_wardwire', 'found by compinit in its folder');
  t.ok(lines.includes('status:Show how the running sensor is doing'), r.stdout);
  t.ok(lines.includes('critical'));
});
