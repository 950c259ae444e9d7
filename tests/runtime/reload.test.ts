// runs alone: counts packets lost
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { pcapBytes } from '../support/capture-bytes.js';
import { ethernet, ip4, tcp } from '../support/frames.js';
import { haveProgram, skipUnlessRoot, testNetwork } from '../support/namespace.js';
import { MAIN, Running, temporaryFolder } from '../support/wardwire.js';

// SIGHUP under traffic: live capture on a veth, two real brokers, the service manager's socket.
t.setTimeout(180_000);

const SERVER = '10.77.1.20';
const CLIENT = '10.77.1.30';
const SCANNER = '10.77.1.40';
const STRANGER = '10.77.1.50';
/** Packets of the long connection while settings are reloaded, and their pace. */
const PACKETS = 18_000;
const PER_SECOND = 2_000;

const mac = (address: string): string => `0200000000${Number(address.split('.')[3]).toString(16).padStart(2, '0')}`;

function frame(src: string, dst: string, segment: Buffer): Buffer {
  return ethernet(0x0800, ip4(6, segment, { src, dst }), mac(src), mac(dst));
}

/** One connection, each packet of which the next one follows in sequence. */
function longConnection(n: number): Buffer {
  const out: Buffer[] = [];
  const [port, to] = [40_000, 9000];
  const payload = Buffer.alloc(64, 0x2e);
  out.push(frame(CLIENT, SERVER, tcp(port, to, Buffer.alloc(0), { seq: 999, flags: 0x02 })));
  out.push(frame(SERVER, CLIENT, tcp(to, port, Buffer.alloc(0), { seq: 4999, ack: 1000, flags: 0x12 })));
  out.push(frame(CLIENT, SERVER, tcp(port, to, Buffer.alloc(0), { seq: 1000, ack: 5000, flags: 0x10 })));
  for (let i = 0; out.length < n; i++)
    out.push(frame(CLIENT, SERVER, tcp(port, to, payload, { seq: 1000 + 64 * i, ack: 5000, flags: 0x18 })));
  return pcapBytes(out.map((data, i) => ({ s: 1, f: i, data })));
}

interface Stage {
  readonly daemon: Running;
  readonly sub: Running;
  readonly net: ReturnType<typeof testNetwork>;
  readonly dir: string;
  run(command: string[]): Running;
  send(frames: readonly Buffer[], name: string): void;
  settings(text: string): void;
  /** Sends SIGHUP and waits until its answer is in the log. */
  reload(): Promise<void>;
  /** A sample not older than the call: the endpoint hands out what is half a second old. */
  metric(name: string, port?: number): Promise<number>;
  verdicts(): Verdict[];
}

const BASE = `baseline:
  learning_s: 0
  learning_rows: 0
verdict:
  update_min_s: 0
store:
  data_dir: data
inventory:
  site_file: site.csv
log:
  level: info
`;

async function stage(t: Test): Promise<Stage | null> {
  if (skipUnlessRoot(t)) return null;
  for (const program of ['tcpreplay', 'mosquitto', 'mosquitto_sub', 'curl']) {
    if (haveProgram(program)) continue;
    t.pass(`SKIPPED LOUDLY: ${program} is not installed`, { skip: program });
    return null;
  }
  const dir = temporaryFolder(t);
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(join(dir, 'site.csv'), `ip,type,name\n${SCANNER},ultrasound,US-1\n`);
  writeFileSync(config, BASE);
  const net = testNetwork(t);
  const run = (command: string[]): Running => {
    const words = net.inside(net.b, command);
    const r = new Running(words[0], words.slice(1));
    t.teardown(() => r.child.kill('SIGKILL'));
    return r;
  };
  run(['mosquitto', '-p', '1883']);
  await new Promise((r) => setTimeout(r, 500));
  const sub = run(['mosquitto_sub', '-V', '5', '-t', 'wardwire/v1/#', '-F', '%t|%p']);
  const notify = [`NOTIFY_SOCKET=${join(dir, 'notify')}`];
  const daemon = run(['env', ...notify, process.execPath, MAIN, 'run', '--config', config, '--interface', net.device]);
  await daemon.until('the capture', () => daemon.err.includes('source.running'));
  await daemon.until('the broker', () => daemon.err.includes('mqtt.connected'));
  const answers = (): number => (daemon.err.match(/event"?[=:]"?config\.(reloaded|kept)/g) ?? []).length;
  return {
    ...{ daemon, sub, net, dir, run },
    send(frames, name) {
      const file = join(dir, `${name}.pcap`);
      writeFileSync(file, pcapBytes(frames.map((data, i) => ({ s: 1, f: i, data }))));
      const r = net.run(net.a, ['tcpreplay', '-q', '-i', net.device, file]);
      if (r.status !== 0) throw new Error(r.stderr);
    },
    settings: (text) => writeFileSync(config, text),
    async reload() {
      const before = answers();
      daemon.child.kill('SIGHUP');
      await daemon.until('the answer to SIGHUP', () => answers() > before);
    },
    async metric(name, port = 9844) {
      await new Promise((r) => setTimeout(r, 600));
      const text = net.run(net.b, ['curl', '-s', `http://127.0.0.1:${port}/metrics`]).stdout;
      const line = text.split('\n').find((l) => l.startsWith(`${name} `) || l.startsWith(`${name}{`));
      return line === undefined ? Number.NaN : Number(line.slice(line.lastIndexOf(' ') + 1));
    },
    verdicts: () =>
      sub.out
        .split('\n')
        .slice(0, -1)
        .filter((l) => l.includes('/verdict/'))
        .map((l) => JSON.parse(l.slice(l.indexOf('|') + 1)) as Verdict),
  };
}

/** What the service manager was told, when this machine can listen. */
async function listen(t: Test, path: string): Promise<string[] | null> {
  const dgram = await import('unix-dgram').catch(() => null);
  if (dgram === null) return null;
  const heard: string[] = [];
  const server = dgram.createSocket('unix_dgram', (data) => heard.push(data.toString()));
  server.bind(path);
  t.teardown(() => server.close());
  return heard;
}

let port = 50_000;
/** Connection attempts at `n` ports of the server, none answered but by a reset. */
const scan = (n: number): Buffer[] =>
  Array.from({ length: n }, (_, i) => {
    const p = port++;
    return [
      frame(SCANNER, SERVER, tcp(p, 1000 + i, Buffer.alloc(0), { seq: 1, flags: 0x02 })),
      frame(SERVER, SCANNER, tcp(1000 + i, p, Buffer.alloc(0), { seq: 0, ack: 2, flags: 0x14 })),
    ];
  }).flat();
const contact = (from: string, outside: string): Buffer[] => [
  frame(from, outside, tcp(port++, 443, Buffer.alloc(0), { flags: 2 })),
];

t.test(
  'under traffic: nothing lost, no flow reset, thresholds, allow-list, brokers and endpoint changed',
  async (t) => {
    const s = await stage(t);
    if (s === null) return;
    const told = await listen(t, join(s.dir, 'notify'));
    if (told === null) t.comment('SKIPPED LOUDLY: unix-dgram is not built, the service manager is not heard');
    const { daemon, sub, net } = s;
    const about = (scenario: string): Verdict[] => s.verdicts().filter((v) => v.scenario === scenario);

    // before: eight ports are no scan, and a device that is not listed may talk to anybody
    s.send([...scan(8), ...contact(STRANGER, '198.51.100.1'), ...contact(SCANNER, '198.51.100.2')], 'before');
    await sub.until('the listed device', () => about('net.peer.external').length === 1);
    t.same(about('net.scan.ports'), []);
    await new Promise((r) => setTimeout(r, 1500));
    const created = await s.metric('wardwire_flows_created_total');
    const seen = await s.metric('wardwire_capture_packets_total');

    const file = join(s.dir, 'long.pcap');
    writeFileSync(file, longConnection(PACKETS));
    const sending = net.start(net.a, ['tcpreplay', '-q', '-K', '-i', net.device, `--pps=${PER_SECOND}`, file], {
      stdio: 'ignore',
    });
    const sent = new Promise((r) => sending.once('exit', r));
    await new Promise((r) => setTimeout(r, 1000));

    const began = Date.now();
    writeFileSync(join(s.dir, 'site.csv'), `ip,type,name\n${SCANNER},ultrasound,US-1\n${STRANGER},ultrasound,US-2\n`);
    s.run(['mosquitto', '-p', '1884']);
    await new Promise((r) => setTimeout(r, 300));
    const second = s.run(['mosquitto_sub', '-p', '1884', '-V', '5', '-t', 'wardwire/v1/#', '-F', '%t|%p']);
    s.settings(
      `${BASE}capture:\n  buffer_mib: 32\nflow:\n  max_flows: 1024\ndetect:\n  scan_ports: 5\nmqtt:\n  brokers:\n    - name: siem\n      url: mqtt://127.0.0.1:1884\nmetrics:\n  port: 9845\n`,
    );
    const hup = Date.now();
    await s.reload();
    const took = Date.now() - hup;
    t.match(daemon.err, /event=config\.reloaded.*detect\.scan_ports/);
    t.match(daemon.err, /event=config\.reloaded.*inventory\.site_file \(content\)/);
    t.match(
      daemon.err,
      /event=config\.restart.*capture\.buffer_mib, flow\.max_flows/,
      'what waits for a start is named',
    );
    await second.until('the new broker', () => second.out.includes('"state":"online"'));
    await second.until('known devices at the new broker', () => second.out.includes('/device/'));

    s.send([...scan(8), ...contact(STRANGER, '198.51.100.3')], 'after');
    await sub.until('the scan under the new threshold', () => about('net.scan.ports').length === 1);
    await sub.until('the device listed now', () =>
      about('net.peer.external').some((v) => v.device.type === 'ultrasound' && v.peer?.ip === '198.51.100.3'),
    );
    await second.until('the same verdict at the new broker', () => second.out.includes('net.scan.ports'));

    // and many times more, back and forth, with files that are wrong among them
    for (let i = 0; i < 6; i++) {
      s.settings(
        i % 2 === 0
          ? `${BASE}detect:\n  scan_ports: ten\nnonsense: 1\n`
          : `${BASE}detect:\n  scan_ports: 6\nlog:\n  format: json\n`.replace('log:\n  level: info\n', ''),
      );
      await s.reload();
    }
    t.ok(Date.now() - began < (PACKETS / PER_SECOND) * 1000, 'all of it while the connection ran');
    await sent;
    await new Promise((r) => setTimeout(r, 2500));

    t.equal(await s.metric('wardwire_capture_kernel_drops_total'), 0);
    const extra = 8 * 2 + 1;
    t.equal((await s.metric('wardwire_capture_packets_total')) - seen, PACKETS + extra, 'every packet was taken');
    t.equal(
      (await s.metric('wardwire_flows_created_total')) - created,
      1 + 8 + 1,
      'the long connection is one flow throughout',
    );
    t.equal(await s.metric('wardwire_reassembly_gaps_total'), 0);
    t.equal(await s.metric('wardwire_sensor_restarts_total'), 0);
    t.comment(`SIGHUP to in force ${took} ms; ${PACKETS} packets at ${PER_SECOND}/s during 7 reloads: none lost`);
    if (told !== null) {
      const words = told.map((m) => m.split('\n')[0]).filter((m) => m === 'RELOADING=1' || m === 'READY=1');
      t.same(words.slice(-2), ['RELOADING=1', 'READY=1']);
      t.equal(words.filter((m) => m === 'RELOADING=1').length, 7);
      t.match(
        told.find((m) => m.startsWith('RELOADING')),
        /\nMONOTONIC_USEC=\d+\n/,
      );
    }
    t.equal(await daemon.stop('SIGTERM'), 0);
  },
);

t.test('a wrong file is refused whole: place and remedy are said, everything stays', async (t) => {
  const s = await stage(t);
  if (s === null) return;
  const { daemon, sub } = s;
  const at = await s.metric('wardwire_config_last_reload_success_timestamp_seconds');
  t.equal(await s.metric('wardwire_config_last_reload_successful'), 1, 'the start counts');
  t.ok(Math.abs(at - Date.now() / 1000) < 60);
  s.settings(`${BASE}detect:\n  scan_ports: 5\n  scan_prots: 7\nmqtt:\n  url: mqtt://user:word@127.0.0.1\n`);
  await s.reload();
  t.match(
    daemon.err,
    /event=config\.refused.*detect\.scan_prots \(.*wardwire\.yaml line \d+\): is not a setting \(.*scan_ports/,
  );
  t.match(daemon.err, /event=config\.kept/);
  t.equal(await s.metric('wardwire_config_last_reload_successful'), 0);
  t.equal(await s.metric('wardwire_config_last_reload_success_timestamp_seconds'), at);
  s.send(scan(8), 'eight');
  s.send(contact(SCANNER, '198.51.100.9'), 'outside');
  await sub.until('verdicts go on', () => s.verdicts().some((v) => v.scenario === 'net.peer.external'));
  t.notOk(
    s.verdicts().some((v) => v.scenario === 'net.scan.ports'),
    'not one of its settings is in force',
  );
  // an endpoint that cannot be had leaves the one there is
  s.settings(`${BASE}metrics:\n  port: 1883\n`);
  await s.reload();
  t.match(daemon.err, /event=config\.refused.*metrics.*EADDRINUSE/);
  t.equal(await s.metric('wardwire_config_last_reload_successful'), 0);
  s.settings(BASE);
  await s.reload();
  t.equal(await s.metric('wardwire_config_last_reload_successful'), 1);
  t.ok((await s.metric('wardwire_config_last_reload_success_timestamp_seconds')) > at);
  t.equal(await daemon.stop('SIGTERM'), 0);
});
