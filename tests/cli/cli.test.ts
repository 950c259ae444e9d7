import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { MAIN, projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

// every case starts the program anew
t.setTimeout(300_000);

const demo = join(projectRoot(), 'pcaps', 'ward-demo');

t.test('help and version', async (t) => {
  const version = (JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
  t.equal(wardwire(['--version']).out.trim(), version);
  const help = wardwire(['--help']);
  t.equal(help.code, 0);
  for (const c of ['run', 'replay', 'train', 'decode', 'check-config', 'interfaces', 'completion'])
    t.match(help.out, new RegExp(`\\b${c}\\b`));
  for (const c of ['run', 'replay', 'train', 'decode', 'check-config', 'interfaces']) {
    const h = wardwire([c, '--help']);
    t.equal(h.code, 0, c);
    t.match(h.out, /Options:/, c);
  }
});

t.test('the completion script is printed', async (t) => {
  const r = wardwire(['completion']);
  t.equal(r.code, 0);
  t.match(r.out, /wardwire/);
});

t.test('wrong usage exits 2 and says what was wrong', async (t) => {
  for (const [args, text] of [
    [[], /Name a command/],
    [['replai'], /replay/],
    [['replay'], /Not enough non-option arguments/],
    [['replay', 'x.pcap', '--sped', 'max'], /Unknown argument/],
    [['replay', 'x.pcap', '--speed', 'abc'], /--speed must be/],
    [['replay', 'x.pcap', '--speed', '0'], /--speed must be/],
    [['replay', 'x.pcap', '--speed', '1', '--speed', '2'], /given 2 times/],
    [['run'], /no interface/],
    [['run', '--embedded', '--config', 'x'], /leave --config out/],
    [['decode', 'x.pcap', '--proto', 'dicm'], /none of/],
    [['train', '--pcap', 'x.pcap'], /out/],
  ] as [string[], RegExp][]) {
    const r = wardwire(args);
    t.equal(r.code, 2, `${args.join(' ')}: ${r.err}`);
    t.match(r.err, text, args.join(' '));
  }
});

t.test('files that are not there or not captures exit 1 and are named', async (t) => {
  const dir = temporaryFolder(t);
  const missing = wardwire(['replay', join(dir, 'none.pcap')]);
  t.equal(missing.code, 1);
  t.match(missing.err, /none\.pcap/);
  const text = join(dir, 'text.pcap');
  writeFileSync(text, 'this is not a capture, only some text that is long enough');
  const r = wardwire(['replay', text]);
  t.equal(r.code, 1);
  t.match(r.err, /text\.pcap/);
  t.equal(wardwire(['replay', dir]).code, 1, 'a folder without captures… has one that is not a capture');
});

t.test('a configuration with mistakes: every one at once, with hints, exit 78', async (t) => {
  const dir = temporaryFolder(t);
  const path = join(dir, 'bad.yaml');
  writeFileSync(path, 'capture:\n  bufer_mib: 64\n  snaplen: many\nflow:\n  max_flows: -3\nmqttt: {}\n');
  const r = wardwire(['check-config', path]);
  t.equal(r.code, 78);
  t.match(r.err, /bufer_mib[\s\S]*buffer_mib/, 'nearest name');
  t.match(r.err, /snaplen/);
  t.match(r.err, /max_flows/);
  t.match(r.err, /mqttt/);
  const json = JSON.parse(wardwire(['check-config', '--json', path]).out) as { valid: boolean; problems: unknown[] };
  t.equal(json.valid, false);
  t.ok(json.problems.length >= 4);
  t.equal(wardwire(['run', '--config', path]).code, 78);
  t.equal(wardwire(['check-config', join(dir, 'none.yaml')]).code, 78);
});

t.test('sinks are judged with the files they name, all at once', async (t) => {
  const dir = temporaryFolder(t);
  const path = join(dir, 'w.yaml');
  const check = (yaml: string): string => {
    writeFileSync(path, yaml);
    const r = wardwire(['check-config', path]);
    t.equal(r.code, yaml.startsWith('# right') ? 0 : 78, r.err);
    return r.err;
  };
  const bad = check(`
mqtt:
  url: mqtts://user:pw@broker:8883
  ca_file: none.pem
  brokers:
    - {name: siem, url: "mqtt://a"}
    - {name: siem, url: "mqtt://b", cert_file: w.yaml}
influx: {url: "https://db:8086", api: v2, bucket: ""}
webhook: {url: "https://hook"}
`);
  for (const said of [
    /mqtt\.url: holds a user or password/,
    /mqtt\.ca_file: .*none\.pem/,
    /mqtt\.brokers: two are called 'siem'/,
    /mqtt\.brokers 'siem'\.cert_file: holds no certificate/,
    /mqtt\.brokers 'siem'\.key_file: is empty/,
    /influx\.org: is empty/,
    /influx\.bucket: is empty/,
    /influx\.token_file: is empty/,
    /webhook\.secret_file: holds 0 secrets .*openssl rand/,
  ])
    t.match(bad, said);
  t.match(check('mqtt: {brokers: [{nam: x}]}'), /entry 1: nam is not a setting; entry 1: name is missing.*name/);
  t.match(check('mqtt: {url: ""}'), /no sink is switched on/);
  writeFileSync(join(dir, 'secret'), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n');
  check('# right\nmqtt: {url: ""}\nwebhook: {url: "https://hook", secret_file: secret}');
});

t.test('the shipped configuration is valid', async (t) => {
  const r = wardwire(['check-config', join(projectRoot(), 'config', 'wardwire.yaml')]);
  t.equal(r.code, 0, r.err);
});

t.test('interfaces', async (t) => {
  const r = wardwire(['interfaces', '--json']);
  t.equal(r.code, 0, r.err);
  const list = JSON.parse(r.out) as { name: string }[];
  t.ok(
    list.some((i) => i.name === 'lo'),
    'the loopback interface is listed',
  );
});

t.test('replay reads standard input, and train feeds replay', async (t) => {
  const dir = temporaryFolder(t);
  const capture = join(demo, 'capture.pcap');
  const piped = wardwire(['replay', '--json', '-'], { input: readFileSync(capture) });
  t.equal(piped.code, 0, piped.err);
  const trained = wardwire([
    'train',
    '--pcap',
    capture,
    '--out',
    join(dir, 'models'),
    '--config',
    join(demo, 'wardwire.yaml'),
    '--json',
  ]);
  t.equal(trained.code, 0, trained.err);
  const types = trained.out
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as { type: string; path: string | null }); // prettier-ignore
  t.ok(
    types.some((x) => x.path !== null),
    'at least one device type learned',
  );
  const again = wardwire([
    'replay',
    '--json',
    '--models',
    join(dir, 'models'),
    '--config',
    join(demo, 'wardwire.yaml'),
    capture,
  ]);
  t.equal(again.code, 0, again.err);
});

t.test('a reader that has seen enough ends it quietly', async (t) => {
  const r = spawnSync(
    'bash',
    ['-c', `"${process.execPath}" "${MAIN}" decode "${join(demo, 'capture.pcap')}" | head -n 1`],
    { encoding: 'utf8' },
  );
  t.equal(r.stdout.trim().split('\n').length, 1);
  t.equal(r.stderr, '');
});

t.test('decode summary has exactly the promised keys', async (t) => {
  const r = wardwire(['decode', '--summary', '--json', join(demo, 'capture.pcap')]);
  t.equal(r.code, 0, r.err);
  const s = JSON.parse(r.out) as Record<string, unknown>;
  t.same(Object.keys(s), [
    'file',
    'packets',
    'tcp_streams',
    'dicom_pdus',
    'dimse',
    'hl7_messages',
    'hl7_types',
    'hl7_acks',
    'weirds',
    'gaps',
  ]);
  t.ok((s.hl7_messages as number) > 0);
});
