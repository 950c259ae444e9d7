// runs alone: counts packets lost
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { pcapBytes } from '../support/capture-bytes.js';
import { tcp } from '../support/frames.js';
import { BASE, CLIENT, contact, frame, SCANNER, SERVER, STRANGER, scan, stage } from '../support/live-stage.js';

// SIGHUP under traffic: live capture on a veth, two real brokers, the service manager's socket.
t.setTimeout(180_000);

/** Packets of the long connection at most, and their pace: it ends when everything else is done. */
const PACKETS = 60_000;
const PER_SECOND = 2_000;

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
    const before = await s.metrics();
    /** Packets the kernel has sent from the other end. */
    const transmitted = (): number =>
      Number(net.run(net.a, ['cat', '/sys/class/net/eth0/statistics/tx_packets']).stdout);
    const sentBefore = transmitted();

    const file = join(s.dir, 'long.pcap');
    writeFileSync(file, longConnection(PACKETS));
    const sending = net.start(net.a, ['tcpreplay', '-q', '-K', '-i', net.device, `--pps=${PER_SECOND}`, file], {
      stdio: 'ignore',
    });
    const sent = new Promise((r) => sending.once('exit', r));
    await new Promise((r) => setTimeout(r, 1000));

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
    t.equal(sending.exitCode, null, 'all of it while the connection ran');
    sending.kill('SIGINT');
    await sent;
    await new Promise((r) => setTimeout(r, 2000));

    const after = await s.metrics();
    const packets = transmitted() - sentBefore;
    const grew = (name: string): number => after(name) - before(name);
    t.ok(packets > 2 * PER_SECOND, `${packets} packets`);
    t.equal(after('wardwire_capture_kernel_drops_total'), 0);
    t.equal(grew('wardwire_capture_packets_total'), packets, 'every packet was taken');
    t.equal(grew('wardwire_flows_created_total'), 1 + 8 + 1, 'the long connection is one flow throughout');
    t.equal(after('wardwire_reassembly_gaps_total'), 0);
    t.equal(after('wardwire_sensor_restarts_total'), 0);
    t.comment(`SIGHUP to in force ${took} ms; ${packets} packets at ${PER_SECOND}/s during 7 reloads: none lost`);
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
  const start = await s.metrics();
  const at = start('wardwire_config_last_reload_success_timestamp_seconds');
  t.equal(start('wardwire_config_last_reload_successful'), 1, 'the start counts');
  t.ok(Math.abs(at - Date.now() / 1000) < 60);
  s.settings(`${BASE}detect:\n  scan_ports: 5\n  scan_prots: 7\nmqtt:\n  url: mqtt://user:word@127.0.0.1\n`);
  await s.reload();
  t.match(
    daemon.err,
    /event=config\.refused.*detect\.scan_prots \(.*wardwire\.yaml line \d+\): is not a setting \(.*scan_ports/,
  );
  t.match(daemon.err, /event=config\.kept/);
  const refused = await s.metrics();
  t.equal(refused('wardwire_config_last_reload_successful'), 0);
  t.equal(refused('wardwire_config_last_reload_success_timestamp_seconds'), at);
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
  const again = await s.metrics();
  t.equal(again('wardwire_config_last_reload_successful'), 1);
  t.ok(again('wardwire_config_last_reload_success_timestamp_seconds') > at);
  t.equal(await daemon.stop('SIGTERM'), 0);
});
