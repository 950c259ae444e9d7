// npm run package: a Debian package that needs neither Node.js nor npm on the machine it is installed on, and its bill of
// materials. Built twice it is the same, byte by byte: every time in it is the one of the last commit.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { billOfMaterials } from './bill.mjs';
import { bundle } from './bundle.mjs';
import { manual } from './manual.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const debian = join(root, 'src', 'setup', 'debian');
const HOME = 'usr/lib/wardwire';
/** Node's name of a machine, and Debian's. */
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
/** Compiled packages the program uses, with what they load; `cap` stays out: the own addon captures on Linux. */
const COMPILED = {
  'better-sqlite3': ['package.json', 'lib', 'build/Release/better_sqlite3.node', 'LICENSE'],
  bindings: ['package.json', 'bindings.js', 'LICENSE.md'],
  'file-uri-to-path': ['package.json', 'index.js', 'LICENSE'],
  'unix-dgram': ['package.json', 'lib', 'build/Release/unix_dgram.node', 'LICENSE'],
};

function run(program, args, options = {}) {
  const r = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (r.error) throw new Error(`${program} is missing: ${r.error.message}`);
  if (r.status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${r.stdout}${r.stderr}`);
  return r.stdout;
}

/** Seconds since 1970 that stand in the package: SOURCE_DATE_EPOCH, else the last commit's. */
function sourceDate() {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) return Number(given);
  const r = spawnSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { encoding: 'utf8' });
  return r.status === 0 ? Number(r.stdout) : 0;
}

/** Commit the package is built from, '' outside a repository. */
function revision() {
  const r = spawnSync('git', ['-C', root, 'rev-parse', 'HEAD'], { encoding: 'utf8' });
  return r.status === 0 ? r.stdout.trim() : '';
}

/** Node's own binary for this machine, as the registry ships it, of the version that compiled the addons. */
function nodeRuntime(to, work) {
  const name = `node-linux-${process.arch}`;
  const version = process.versions.node;
  const file = run('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', work], { cwd: work }).trim();
  run('tar', ['-xzf', join(work, file.split('\n').at(-1)), '-C', work]);
  mkdirSync(join(to, 'bin'), { recursive: true });
  cpSync(join(work, 'package', 'bin', 'node'), join(to, 'bin', 'node'));
  const licence = join(work, 'package', 'LICENSE');
  if (existsSync(licence)) cpSync(licence, join(to, 'bin', 'LICENSE'));
}

const compressed = (text) => {
  const z = gzipSync(text, { level: 9 });
  z[9] = 255; // operating system: unknown, wherever it was built
  return z;
};

function place(tree, path, data, mode = 0o644) {
  const full = join(tree, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, data, { mode });
}

/** The tree the package installs, below `tree`. */
async function fill(tree, work, version, date) {
  const home = join(tree, HOME);
  await bundle(root, join(home, 'dist', 'src'));
  // started by the wrapper alone, with the runtime beside it
  const program = join(home, 'dist', 'src', 'main.js');
  writeFileSync(program, readFileSync(program, 'utf8').replace(/^#!.*\n/, ''), { mode: 0o644 });
  nodeRuntime(home, work);
  const addon = join(home, 'build', 'native', 'wardwire_capture.node');
  mkdirSync(dirname(addon), { recursive: true });
  cpSync(join(root, 'build', 'native', 'wardwire_capture.node'), addon);
  for (const [name, files] of Object.entries(COMPILED)) {
    for (const file of files) {
      const from = join(root, 'node_modules', name, file);
      if (existsSync(from)) cpSync(from, join(home, 'node_modules', name, file), { recursive: true });
      else if (!file.startsWith('LICENSE'))
        throw new Error(`node_modules/${name}/${file} is missing: run npm test or npm start once`);
    }
  }
  for (const path of run('find', [home, '-name', '*.node']).trim().split('\n'))
    run('strip', ['--strip-unneeded', path]);
  for (const folder of ['profiles', 'config/schema', 'pcaps'])
    cpSync(join(root, folder), join(home, folder), { recursive: true });
  place(
    tree,
    `${HOME}/package.json`,
    `${JSON.stringify({ name: 'wardwire', version, revision: revision(), type: 'module', private: true })}\n`,
  );
  place(tree, 'usr/bin/wardwire', `#!/bin/sh\nexec /${HOME}/bin/node /${HOME}/dist/src/main.js "$@"\n`, 0o755);
  place(tree, 'etc/wardwire/wardwire.yaml', installedSettings());
  mkdirSync(join(tree, 'etc/wardwire/credentials'));
  for (const unit of readdirSync(join(root, 'systemd'))) {
    if (unit.endsWith('.service'))
      place(tree, `usr/lib/systemd/system/${unit}`, readFileSync(join(root, 'systemd', unit)));
  }
  place(tree, 'usr/lib/sysusers.d/wardwire.conf', readFileSync(join(debian, 'sysusers.conf')));
  place(tree, 'usr/share/lintian/overrides/wardwire', readFileSync(join(debian, 'lintian-overrides')));

  const share = 'usr/share/doc/wardwire';
  for (const folder of readdirSync(join(root, 'config'), { withFileTypes: true })) {
    if (!folder.isDirectory() || folder.name === 'schema') continue;
    cpSync(join(root, 'config', folder.name), join(tree, share, 'examples', folder.name), { recursive: true });
  }
  cpSync(join(root, 'docs'), join(tree, share, 'docs'), { recursive: true });
  for (const name of ['README.md', 'SECURITY.md']) place(tree, `${share}/${name}`, readFileSync(join(root, name)));
  place(tree, `${share}/copyright`, copyright());
  place(tree, `${share}/changelog.gz`, compressed(readFileSync(join(root, 'CHANGELOG.md'))));
  place(tree, `${share}/changelog.Debian.gz`, compressed(debianChangelog(version, date)));
  place(tree, `${share}/wardwire.cdx.json`, billOfMaterials(root));

  const say = (...args) => run(process.execPath, [program, ...args], { env: { ...process.env, COLUMNS: '90' } });
  place(tree, 'usr/share/man/man1/wardwire.1.gz', compressed(manual(say, version, date)));
  place(tree, 'usr/share/bash-completion/completions/wardwire', say('completion', 'bash'));
  place(tree, 'usr/share/zsh/vendor-completions/_wardwire', say('completion', 'zsh'));
}

/** The documented defaults, with the places an installed service may write to and the log as journald reads it. */
function installedSettings() {
  let text = readFileSync(join(root, 'config', 'wardwire.yaml'), 'utf8');
  for (const [line, installed] of [
    ['  site_key_file: site.key', '  site_key_file: /var/lib/wardwire/site.key'],
    ['  data_dir: data', '  data_dir: /var/lib/wardwire'],
    ['  socket: control.sock', '  socket: /run/wardwire/control.sock'],
    ['  priority_prefix: false', '  priority_prefix: true'],
  ]) {
    if (!text.includes(`${line}\n`)) throw new Error(`config/wardwire.yaml has no line '${line}'`);
    text = text.replace(`${line}\n`, `${installed}\n`);
  }
  return text;
}

const copyright = () =>
  `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: wardwire
Comment: /${HOME}/dist holds the program together with the libraries it uses; every one of them, with its version and
 licence, stands in wardwire.cdx.json beside this file. /${HOME}/bin/node is Node.js with its own LICENSE beside it.

Files: *
Copyright: 2026 the Wardwire authors
License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
`;

const debianChangelog = (version, date) =>
  `wardwire (${version}) stable; urgency=medium

  * See changelog.gz.

 -- Wardwire authors <wardwire@localhost>  ${new Date(date * 1000).toUTCString().replace('GMT', '+0000')}
`;

function control(version, architecture, sizeKib) {
  return `Package: wardwire
Version: ${version}
Architecture: ${architecture}
Maintainer: Wardwire authors <wardwire@localhost>
Installed-Size: ${sizeKib}
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1, libpcap0.8 | libpcap0.8t64
Recommends: ethtool, iproute2
Suggests: mosquitto, prometheus, prometheus-alertmanager
Section: net
Priority: optional
Description: passive network sensor for hospital device networks
 Listens on a mirror port, decodes DICOM and HL7, learns what each medical
 device normally does and publishes explained verdicts over MQTT within a
 deadline. It never sends a packet into the watched network.
`;
}

/** Everything below `folder`, sorted, gets the one time and plain permissions. */
function settle(folder, date) {
  const all = run('find', [folder, '-depth', '-print0']).split('\0').filter(Boolean);
  for (const path of all) {
    const s = lstatSync(path);
    if (!s.isSymbolicLink())
      chmodSync(path, s.isDirectory() || (s.mode & 0o111 && !/\.(node|js)$/.test(path)) ? 0o755 : 0o644);
    lutimesSync(path, date, date);
  }
}

function checksums(tree) {
  const files = run('find', ['.', '-type', 'f', '-not', '-path', './DEBIAN/*'], { cwd: tree })
    .trim()
    .split('\n')
    .sort();
  return files
    .map(
      (f) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, f)))
          .digest('hex')}  ${f.slice(2)}\n`,
    )
    .join('');
}

/** Builds the package into `out`; answers its path. */
export async function buildPackage(out) {
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`no package for machines of kind ${process.arch}`);
  const date = sourceDate();
  const work = mkdtempSync(join(tmpdir(), 'wardwire-package.'));
  try {
    const tree = join(work, 'tree');
    await fill(tree, work, version, date);
    settle(tree, date);
    const size = Number(run('du', ['-sk', '--apparent-size', tree]).split('\t')[0]);
    place(tree, 'DEBIAN/control', control(version, architecture, size));
    place(tree, 'DEBIAN/conffiles', '/etc/wardwire/wardwire.yaml\n');
    place(tree, 'DEBIAN/md5sums', checksums(tree));
    for (const name of ['postinst', 'prerm', 'postrm'])
      place(tree, `DEBIAN/${name}`, readFileSync(join(debian, name)), 0o755);
    settle(tree, date);
    mkdirSync(out, { recursive: true });
    const deb = join(out, `wardwire_${version}_${architecture}.deb`);
    run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, deb], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(date) },
    });
    writeFileSync(join(out, `wardwire_${version}.cdx.json`), billOfMaterials(root));
    return deb;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { prepare } = await import('./prepare.mjs');
  prepare({ tests: false });
  const deb = await buildPackage(process.argv[2] ?? join(root, 'build', 'package'));
  const digest = createHash('sha256').update(readFileSync(deb)).digest('hex');
  process.stdout.write(`${deb}\nsha256 ${digest}\n`);
}
