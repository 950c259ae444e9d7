import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { pcapBytes } from '../support/capture-bytes.js';
import { ethernet, ip4, tcp } from '../support/frames.js';
import { runnerOn } from '../support/live-stage.js';
import { haveProgram, skipUnlessRoot, testNetwork } from '../support/namespace.js';
import { MAIN, type Running, temporaryFolder, wardwire } from '../support/wardwire.js';

// What people say of incidents, end to end: live capture, a real mosquitto, processes killed in between.
t.setTimeout(240_000);
const ROOT = 'wardwire/v1/site/sensor';
/** A device whose type may talk to nobody outside, and one that keeps somebody alive. */
const SCANNER = '10.77.1.40';
const VENTILATOR = '10.77.1.11';

t.test('normal, ack and mute by the broker and by the command line survive kill -9 of either process', async (t) => {
  if (skipUnlessRoot(t)) return;
  for (const program of ['tcpreplay', 'mosquitto', 'mosquitto_rr', 'curl']) {
    if (haveProgram(program)) continue;
    t.pass(`SKIPPED LOUDLY: ${program} is not installed`, { skip: program });
    return;
  }
  const dir = temporaryFolder(t);
  mkdirSync(join(dir, 'data'));
  const site = join(dir, 'site.csv');
  writeFileSync(site, `ip,type,name\n${SCANNER},ultrasound,US-1\n${VENTILATOR},ventilator,VENT-1\n`);
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(
    config,
    `inventory:\n  site_file: ${site}\nbaseline:\n  learning_s: 0\n  learning_rows: 0\nverdict:\n  update_min_s: 0\ncommands:\n  enabled: [replay, ack, mute, unmute, normal]\nstore:\n  data_dir: ${join(dir, 'data')}\n`,
  );
  const net = testNetwork(t);
  const run = runnerOn(t, net);
  run(['mosquitto', '-p', '1883']);
  await new Promise((r) => setTimeout(r, 500));
  const sub = run(['mosquitto_sub', '-V', '5', '-t', 'wardwire/v1/#', '-F', '%t|%P|%p']);
  const verdicts = (): Verdict[] =>
    sub.out
      .split('\n')
      .slice(0, -1)
      .filter((l) => l.includes('/verdict/'))
      .map((l) => JSON.parse(l.slice(l.indexOf('|{') + 1)) as Verdict);
  const start = async (): Promise<Running> => {
    const d = run([process.execPath, MAIN, 'run', '--config', config, '--interface', net.device]);
    await d.until('the capture', () => d.err.includes('source.running'));
    await d.until('the broker', () => d.err.includes('mqtt.connected'));
    return d;
  };
  let port = 40_000;
  /** A new connection from a device to an address outside. */
  const contact = (from: string, outside: string): void => {
    const mac = `0200000000${from.split('.')[3].padStart(2, '0')}`;
    const segment = tcp(port++, 443, Buffer.alloc(0), { flags: 2 });
    const file = join(dir, 'contact.pcap');
    const data = ethernet(0x0800, ip4(6, segment, { src: from, dst: outside }), mac, '0200000000fe');
    writeFileSync(file, pcapBytes([{ s: 1, f: 0, data }]));
    const r = net.run(net.a, ['tcpreplay', '-q', '-i', net.device, file]);
    if (r.status !== 0) throw new Error(r.stderr);
  };
  const about = (outside: string): Verdict[] => verdicts().filter((v) => v.peer?.ip === outside);
  const pause = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms));
  const ask = async (name: string, body: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const rr = run([
      'mosquitto_rr',
      '-V',
      '5',
      '-q',
      '1',
      '-t',
      `${ROOT}/cmd/${name}`,
      '-e',
      'desk/1',
      '-m',
      JSON.stringify(body),
      '-W',
      '10',
    ]); // prettier-ignore
    await rr.exited;
    return JSON.parse(rr.out) as Record<string, unknown>;
  };
  const cli = (...args: string[]) => wardwire(['incidents', ...args, '--config', config]);
  const kept = (): string => net.run(net.b, ['curl', '-s', 'http://127.0.0.1:9844/metrics']).stdout;

  let daemon = await start();
  const one = '198.51.100.1';
  contact(SCANNER, one);
  await sub.until('the first contact', () => about(one).length === 1);
  const first = about(one)[0];
  t.equal(first.scenario, 'net.peer.external');

  // "this is normal", over the broker, then both processes are killed
  const normal = await ask('normal', { id: first.id, by: 'J. Bloggs', reason: 'update server' });
  t.match(normal, { ok: true, data: { normal: 1, lessons: 1 } });
  daemon.child.kill('SIGKILL');
  await daemon.exited;
  daemon = await start();
  const two = '198.51.100.2';
  contact(SCANNER, one);
  contact(SCANNER, two);
  await sub.until('the next address', () => about(two).length === 1);
  t.equal(about(one).filter((v) => v.incident.state === 'open').length, 1, 'what is normal is not told again');
  t.match(cli('normals').out, /in force.*net\.peer\.external.*J\. Bloggs.*update server/);

  // acknowledged by the command line: it goes on in the log only; the sensor is killed meanwhile
  const second = about(two)[0];
  const acked = cli('ack', second.incident.id, '--by', 'ops', '--note', 'asked the vendor');
  t.equal(acked.code, 0, acked.err);
  await pause(1500);
  const sensor = execFileSync('pgrep', ['-P', String(daemon.child.pid), '-f', '__sensor'], { encoding: 'utf8' });
  process.kill(Number(sensor.trim().split('\n')[0]), 'SIGKILL');
  await daemon.until('the sensor again', () => (daemon.err.match(/source\.running/g) ?? []).length >= 2);
  for (let i = 0; i < 3; i++) contact(SCANNER, two);
  await pause(1500);
  t.equal(about(two).length, 1, 'an acknowledged incident goes on quietly');
  const shown = JSON.parse(cli('show', second.incident.id, '--json').out);
  t.ok(shown.count >= 2, `${shown.count} times, under the same id after the sensor died`);
  t.match(shown, { state: 'open', acknowledged: { by: 'ops' } });
  t.match(kept(), /wardwire_verdicts_kept_total\{what="acknowledged"\} [1-9]/);

  // muted by the broker for a moment: nothing is sent, all is kept, and what is still open is told when it is over
  const three = '198.51.100.3';
  const mute = await ask('mute', { peer: three, for_s: 4, up_to: 'critical', by: 'ops', reason: 'planned' });
  t.match(mute, { ok: true, data: { peer: three, life_critical: false } });
  contact(SCANNER, three);
  await pause(1500);
  t.equal(about(three).length, 0, 'muted');
  t.match(cli('list', '--state', 'open').out, /198\.51\.100\.3/, 'and kept');
  await sub.until('the end of the mute', () => about(three).length === 1, 15_000);
  t.equal(about(three)[0].incident.state, 'update');

  // a device that keeps somebody alive: by its own name, for a time that is said, announced to all
  contact(VENTILATOR, three);
  await sub.until('the ventilator', () => about(three).some((v) => v.device.type === 'ventilator'));
  const vent = about(three).find((v) => v.device.type === 'ventilator') as Verdict;
  t.match(await ask('mute', { incident: vent.incident.id, by: 'ops', reason: 'x' }), { code: 'refused' });
  t.equal(cli('mute', vent.incident.id, '--reason', 'x', '--for', '9h').code, 2);
  await ask('mute', { scenario: 'net.*', for_s: 60, up_to: 'critical', by: 'ops', reason: 'x' });
  const before = about(three).length;
  for (let i = 0; i < 2; i++) contact(VENTILATOR, three);
  await sub.until('its update in spite of the mute of all', () => about(three).length > before);
  const guarded = cli('mute', vent.incident.id, '--reason', 'service', '--for', '1h', '--by', 'biomed');
  t.equal(guarded.code, 0, guarded.err);
  await sub.until('the announcement', () => verdicts().some((v) => v.scenario === 'sensor.muted'));
  t.match(verdicts().find((v) => v.scenario === 'sensor.muted')?.reasons[0].text, /biomed muted device .* until/);

  // the seq of what was sent has no holes, whatever was muted
  const boot = verdicts().at(-1)?.boot_id ?? '';
  const seqs = verdicts()
    .filter((v) => v.boot_id === boot)
    .map((v) => v.seq); // prettier-ignore
  t.same(
    seqs,
    Array.from({ length: seqs.length }, (_, i) => i + 1),
  );
  const again = await ask('replay', { boot_id: boot, from_seq: 1, to_seq: 2 });
  t.match(again, { ok: true, data: { sending: 2, missing_count: 0 } });
  await sub.until('both again', () => (sub.out.match(/replayed:true/g) ?? []).length === 2);
  t.match(await ask('mute', { reason: 'x', by: 'y' }), { code: 'malformed', ok: false });
  t.equal(await daemon.stop('SIGTERM'), 0, daemon.err);
});
