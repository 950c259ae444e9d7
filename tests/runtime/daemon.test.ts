// runs alone: the embedded broker has one port
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { haveProgram } from '../support/namespace.js';
import { MAIN, Running, temporaryFolder, wardwire } from '../support/wardwire.js';

// The main job as a person runs it: `npm start` behind its set-up, at twenty times the recorded pace.
t.setTimeout(180_000);

const BROKER = 18830;

function start(t: { teardown(f: () => void): void }): { daemon: Running; dir: string } {
  const dir = temporaryFolder(t);
  const daemon = new Running(process.execPath, [MAIN, 'run', '--embedded', '--speed', '20', '--data', dir]);
  t.teardown(() => daemon.child.kill('SIGKILL'));
  return { daemon, dir };
}

t.test('verdicts reach a subscriber, metrics are clean, Ctrl-C drains and exits 0', async (t) => {
  const subscriber = haveProgram('mosquitto_sub');
  if (!subscriber) t.comment('SKIPPED LOUDLY: mosquitto_sub is not installed');
  const { daemon, dir } = start(t);
  await daemon.until('the places to look', () => /metrics\s+http/.test(daemon.out));
  t.match(daemon.out, /mqtt:\/\/127\.0\.0\.1:18830 {2}topic wardwire\/v1\/#/);
  const url = /http:\/\/[\d.]+:\d+\/metrics/.exec(daemon.out)?.[0] as string;
  const sub = subscriber ? new Running('mosquitto_sub', ['-p', String(BROKER), '-t', 'wardwire/v1/#', '-v']) : null;
  if (sub) t.teardown(() => sub.child.kill('SIGKILL'));
  await daemon.until('the end of the capture', () => daemon.out.includes('the capture has ended'), 60_000);
  t.match(daemon.out, /CRITICAL net\.scan\.ports.*tried \d+ ports/, 'a readable line with its reason');

  const text = await (await fetch(url)).text();
  t.match(text, /wardwire_verdict_latency_seconds_bucket\{le="0\.025",device_type="ventilator"\}/);
  t.match(text, /wardwire_capture_packets_total 9670/);
  t.match(text, /wardwire_mqtt_connected 1/);
  t.match(
    text,
    /wardwire_device_info\{device="mac-0030e6771001",device_type="ventilator",criticality="life-critical",.*vendor="Draeger/,
  );
  t.match(text, /wardwire_device_last_seen_timestamp_seconds\{device="mac-0030e6771001"\} \d/);
  t.match(text, /wardwire_device_patient_connected\{device="mac-0030e6771001"\} [01]/);
  if (haveProgram('promtool')) {
    const r = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    t.equal(r.status, 0, `${r.stdout}${r.stderr}`);
  } else t.comment('SKIPPED LOUDLY: promtool is not installed');

  // the operator names a device while the sensor runs: the broker hears of it
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(config, `store:\n  data_dir: ${dir}\n`);
  const set = wardwire([
    'devices',
    'set',
    '10.77.1.40',
    '--type',
    'patient-monitor',
    '--name',
    'MON-7',
    '--config',
    config,
  ]);
  t.equal(set.code, 0, set.err);
  if (sub) {
    const about = /wardwire\/v1\/demo\/sensor\/device\/mac-0009fb772f01 (\{.*"name":"MON-7".*\})/;
    await sub.until('the device’s new name', () => about.test(sub.out), 20_000);
    const body = JSON.parse(about.exec(sub.out)?.[1] ?? '{}') as Record<string, unknown>;
    t.match(body, { schema: 'wardwire.device.v1', type: 'patient-monitor', type_by: 'operator', criticality: 'high' });
    const late = spawnSync('mosquitto_sub', [
      '-p',
      String(BROKER),
      '-t',
      'wardwire/v1/+/+/device/#',
      '-C',
      '5',
      '-W',
      '5',
      '-v',
    ]);
    t.match(late.stdout.toString(), /device\/mac-/, 'device messages are retained');
  }
  t.equal(await daemon.stop('SIGINT'), 0);
  const listed = wardwire(['devices', 'list', '--config', config]);
  t.match(listed.out, /mac-0009fb772f01 +patient-monitor +set .*MON-7/, 'and it is kept');
  t.match(listed.out, /ventilator/);
  if (sub) {
    await sub.until('the goodbye', () => sub.out.includes('"state":"stopping"'));
    const lines = sub.out.split('\n').filter((l) => l.includes('/verdict/'));
    const verdicts = lines.map((l) => JSON.parse(l.slice(l.indexOf(' ') + 1)) as Verdict);
    const scenarios = new Set(verdicts.map((v) => v.scenario));
    for (const s of ['net.scan.ports', 'dicom.find.enumeration', 'hl7.sender.unknown', 'net.arp.spoof'])
      t.ok(scenarios.has(s), s);
    t.match(sub.out, /wardwire\/v1\/demo\/sensor\/status .*"state":"online"/, 'the birth is retained');
    t.match(lines[0], /^wardwire\/v1\/demo\/sensor\/verdict\/[a-z]+\/[a-z-]+\/[a-z0-9.-]+ /);
    const seqs = verdicts.map((v) => v.seq);
    t.same(
      seqs,
      [...seqs].sort((a, b) => a - b),
      'in order',
    );
    t.ok(verdicts.every((v) => v.latency_ms >= 0 && v.within_budget === v.latency_ms <= v.budget_ms));
  }
  t.ok(existsSync(join(dir, 'verdicts.sqlite')), 'the verdict log');
  t.ok(existsSync(join(dir, 'models', 'learned.json')), 'what was learned is kept');
  t.match(readFileSync(join(dir, 'site.key'), 'utf8'), /^[0-9a-f]{64}\n$/);
});

t.test('a sensor process that dies is back and the blind time is published', async (t) => {
  const { daemon } = start(t);
  await daemon.until('the first verdict', () => daemon.out.includes('net.scan.ports'), 60_000);
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(daemon.child.pid)], { encoding: 'utf8' });
  const pid = Number(
    children
      .split('\n')
      .find((l) => l.includes('__sensor'))
      ?.trim()
      .split(' ')[0],
  );
  t.ok(pid > 0, 'the sensor is a process of its own');
  process.kill(pid, 'SIGKILL');
  await daemon.until('the restart', () => daemon.err.includes('sensor.died'));
  await daemon.until('the blind verdict', () => daemon.out.includes('sensor.blind'), 20_000);
  t.match(daemon.out, /The sensor saw nothing for \d+\.\d\d s: its process ended by SIGKILL/);
  t.equal(await daemon.stop('SIGTERM'), 0);
});
