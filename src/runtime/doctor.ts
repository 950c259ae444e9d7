import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { checkInterface, interfaceNames } from '../capture/index.js';
import { type Problem, WardwireError } from '../core/index.js';
import { askControl } from '../ops/index.js';
import { brokersOf, probeBroker, reach } from '../publish/index.js';
import { besides, configuredProfiles, defaultConfig, type LoadedConfig, modelDirOf, roughConfig } from './assemble.js';
import { controlPath } from './control.js';
import { clock, disk, journal, port, privileges, readable, secrets, unit, windows } from './doctor-machine.js';
import { readModelDir } from './model-dir.js';
import { packageVersion } from './package-root.js';
import { checkedConfig, sinkSettings } from './sinks.js';
import type { DaemonStatus } from './status.js';

/** One line of the doctor. */
export interface Check {
  readonly name: string;
  /** `skip`: there is nothing to look at here. */
  readonly result: 'ok' | 'warn' | 'fail' | 'skip';
  readonly text: string;
  /** What to do about it, '' when nothing is. */
  readonly fix: string;
}

export interface DoctorOptions {
  /** Settings file; null: the built-in defaults. */
  readonly config: string | null;
  /** Interfaces to look at instead of those the settings name. */
  readonly interfaces: readonly string[];
}

/** Looks at everything between the network card and the receivers; answers each check as it is done. Changes nothing. */
export async function* doctor(o: DoctorOptions): AsyncGenerator<Check> {
  const { config, checks } = readSettings(o.config);
  yield* checks;
  const { settings } = config;
  const running = yield* askDaemon(config);
  const status = running === 'closed' ? null : running;
  const live = running !== null;
  yield* interfaces(o.interfaces.length > 0 ? o.interfaces : interfaceNames(settings.capture.interface));
  yield privileges(status?.capture.sensor_pid ?? null);
  yield* sinks(config, status);
  yield* disk(besides(config, settings.store.data_dir), settings);
  yield windows(settings.inventory.max_devices, settings.detect.window_keys);
  yield models(config);
  yield secretFiles(config);
  yield await clock();
  yield journal();
  yield await port(settings.metrics, live);
  yield await unit(unitOf(o.config));
}

/** `/etc/wardwire/eth2.yaml` is the file of `wardwire@eth2`. */
function unitOf(config: string | null): string {
  const name = basename(config ?? 'wardwire.yaml', '.yaml');
  return name === 'wardwire' ? 'wardwire.service' : `wardwire@${name}.service`;
}

const problemText = (p: Problem): string => `${p.path}: ${p.text}`;

function readSettings(path: string | null): { config: LoadedConfig; checks: Check[] } {
  const name = 'settings';
  if (path === null) {
    const text = 'no settings file: the built-in defaults are looked at';
    return { config: defaultConfig(), checks: [{ name, result: 'warn', text, fix: 'name one with --config' }] };
  }
  try {
    return { config: checkedConfig(path), checks: [{ name, result: 'ok', text: `${path} has no errors`, fix: '' }] };
  } catch (error) {
    if (!(error instanceof WardwireError)) throw error;
    const problems = error.problems.length > 0 ? error.problems : [{ path, text: error.message }];
    // credentials are laid out for the service alone
    const outside = (p: Problem): boolean => p.text.includes('$CREDENTIALS_DIRECTORY is not set');
    const checks = problems.map(
      (p): Check => ({
        name,
        result: outside(p) ? 'warn' : 'fail',
        text: problemText(p),
        fix: outside(p) ? 'wardwire reload checks it inside the service' : (p.hint ?? ''),
      }),
    );
    let config = defaultConfig();
    try {
      config = roughConfig(path);
    } catch {
      // it cannot be read at all, and that is said
    }
    return { config, checks };
  }
}

/** What the running sensor says of itself; null: none runs, `closed`: one may, and does not talk to this user. */
async function* askDaemon(config: LoadedConfig): AsyncGenerator<Check, DaemonStatus | 'closed' | null> {
  const name = 'daemon';
  const path = controlPath(config);
  if (path === null) {
    yield { name, result: 'skip', text: 'the control socket is switched off (control.socket)', fix: '' };
    return 'closed';
  }
  let s: DaemonStatus;
  try {
    s = (await askControl(path, { cmd: 'status' })) as unknown as DaemonStatus;
  } catch (error) {
    const denied = error instanceof WardwireError && error.code === 'permission';
    const hint = error instanceof WardwireError ? (error.problems[0]?.hint ?? '') : '';
    yield { name, result: denied ? 'warn' : 'fail', text: (error as Error).message, fix: hint };
    return denied ? 'closed' : null;
  }
  const say = (result: Check['result'], text: string, fix = ''): Check => ({ name, result, text, fix });
  yield s.capture.up
    ? say('ok', `captures from ${s.interface}: ${s.capture.packets} packets, process ${s.pid}`)
    : say('fail', 'the sensor process does not capture', 'journalctl -u wardwire -p err');
  if (s.version !== packageVersion())
    yield say('warn', `version ${s.version} runs, ${packageVersion()} is installed`, 'systemctl restart wardwire');
  if (s.capture.up && s.capture.packets_per_s === 0)
    yield say('warn', 'no packet within the last seconds', 'is the mirror port set up, and the cable in?');
  const lost = (s.capture.dropped_kernel ?? 0) + (s.capture.dropped_interface ?? 0);
  if (lost > 0)
    yield say(
      'warn',
      `${lost} packets were lost before they were seen`,
      'raise capture.buffer_mib; wardwire interfaces --check',
    );
  if (s.doubts.length > 0)
    yield say(
      'warn',
      `the sensor doubts its sight: ${s.doubts.join(', ')}`,
      'docs/threats.md, under sensor.*, says why and what to do',
    );
  if (s.overload.rung > 0)
    yield say('warn', `overload: ${s.overload.gives_up}`, 'give it more processor time or less traffic');
  if (s.capture.restarts > 0)
    yield say(
      'warn',
      `the sensor process was restarted ${s.capture.restarts} times, blind for ${s.blind.seconds.toFixed(2)} s`,
      'journalctl -u wardwire -p err',
    );
  if (!s.log.writable) yield say('fail', 'the verdict log cannot be written', 'make room on the disk, or mend it');
  if (!s.reload.ok)
    yield say(
      'fail',
      'the settings read last have errors, those before are in force',
      'wardwire check-config, then wardwire reload',
    );
  if (s.reload.restart.length > 0)
    yield say('warn', `wait for a restart: ${s.reload.restart.join(', ')}`, 'systemctl restart wardwire');
  return s;
}

async function* interfaces(names: readonly string[]): AsyncGenerator<Check> {
  const name = 'interface';
  if (names.length === 0) {
    const fix = 'set capture.interface; wardwire interfaces lists them';
    yield { name, result: 'fail', text: 'the settings name no interface to capture from', fix };
  }
  for (const n of names) {
    const { deviations } = await checkInterface(n);
    if (deviations.length === 0) yield { name, result: 'ok', text: `${n} is fit to capture from`, fix: '' };
    for (const d of deviations)
      yield { name, result: GRAVE.includes(d.id) ? 'fail' : 'warn', text: `${n}: ${d.text}`, fix: d.fix };
  }
}

/** Deviations with which nothing is seen. */
const GRAVE: readonly string[] = ['missing', 'down', 'no_carrier'];

/** Each way out: reached from here, and as the running sensor knows it. */
async function* sinks(config: LoadedConfig, status: DaemonStatus | null): AsyncGenerator<Check> {
  const { sensor, commands } = config.settings;
  const problems: Problem[] = [];
  const s = sinkSettings(config, (p) => void problems.push(p));
  const unknown = (setting: string): boolean => problems.some((p) => p.path.startsWith(setting));
  const laneOf = (sink: string) => status?.sinks.find((k) => k.name === sink);
  /** What the sensor itself knows counts more than what can be seen from here. */
  const known = (sink: string): Check | null => {
    const lane = laneOf(sink);
    if (lane === undefined) return null;
    const faults = Object.entries(lane.faults).map(([fault, n]) => `${fault} ${n}×`);
    const text = `${lane.connected ? 'connected' : 'away'}, ${lane.queued} verdicts waiting${faults.length > 0 ? `; failures: ${faults.join(', ')}` : ''}`;
    const refused = (lane.faults.access_list ?? 0) > 0;
    const fix = refused
      ? "let it write in the broker's access list (config/mosquitto/wardwire.acl)"
      : 'journalctl -u wardwire';
    return {
      name: sink,
      result: lane.connected && !refused ? 'ok' : 'fail',
      text,
      fix: lane.connected && !refused ? '' : fix,
    };
  };
  for (const { name, settings } of brokersOf(s.mqtt)) {
    const mine = known(name);
    if (mine !== null) yield mine;
    const place = name === 'mqtt' ? 'mqtt' : `mqtt.brokers '${name.slice('mqtt-'.length)}'`;
    if (unknown(place)) {
      yield { name, result: 'skip', text: 'not tried: its secrets are laid out for the service alone', fix: '' };
      continue;
    }
    const p = await probeBroker(settings, sensor, commands.enabled.length > 0);
    if (p.session !== null) {
      const fix = `look at ${place}.url, the broker and the way to it`;
      yield { name, result: mine?.result === 'ok' ? 'warn' : 'fail', text: `not reached from here: ${p.session}`, fix };
      continue;
    }
    yield { name, result: 'ok', text: 'reached, session opened', fix: '' };
    const fix = "config/mosquitto/wardwire.acl shows what a sensor needs of the broker's access list";
    if (p.write !== null) yield { name, result: 'warn', text: `writing is refused: ${p.write}`, fix };
    if (p.commands !== null) yield { name, result: 'warn', text: `commands cannot be heard: ${p.commands}`, fix };
  }
  for (const name of ['syslog', 'influx', 'webhook'] as const) {
    if (s[name].url === '') continue;
    const mine = known(name);
    if (mine !== null) yield mine;
    const why = unknown(name) ? null : await reach(name, s[name]);
    if (why !== null)
      yield {
        name,
        result: mine?.result === 'ok' ? 'warn' : 'fail',
        text: `not reached from here: ${why}`,
        fix: `look at ${name}.url`,
      };
    else if (mine === null) yield { name, result: 'ok', text: 'reached', fix: '' };
  }
  const mine = s.file.path === '' ? null : known('file');
  if (mine !== null) yield mine;
}

function models(config: LoadedConfig): Check {
  const name = 'models';
  try {
    const profiles = configuredProfiles(config);
    const dir = modelDirOf(config);
    if (!existsSync(dir) && readable(dir)) return { name, result: 'ok', text: 'nothing is learned yet', fix: '' };
    if (!readable(dir)) return { name, result: 'warn', text: `${dir} cannot be read by this user`, fix: 'run as root' };
    const { models: all, refused } = readModelDir(dir, config.settings.baseline.model_key);
    if (refused.length > 0) {
      const fix = refused[0].hint ?? 'wardwire baseline status names each';
      return { name, result: 'fail', text: refused.map(problemText).join('; '), fix };
    }
    return { name, result: 'ok', text: `${all.length} models, ${profiles.length} device profiles`, fix: '' };
  } catch (error) {
    return { name, result: 'fail', text: (error as Error).message, fix: 'wardwire check-config' };
  }
}

/** Every file a setting marks as secret. */
function secretFiles(config: LoadedConfig): Check {
  const s = sinkSettings(config);
  const files: [string, string][] = [];
  const take = (setting: string, path: string): void => {
    if (path !== '') files.push([setting, path]);
  };
  for (const { name, settings } of brokersOf(s.mqtt)) {
    take(`${name}.password_file`, settings.password_file);
    take(`${name}.key_file`, settings.key_file);
  }
  for (const name of ['syslog', 'influx', 'webhook'] as const) take(`${name}.key_file`, s[name].key_file);
  take('influx.password_file', s.influx.password_file);
  take('influx.token_file', s.influx.token_file);
  take('webhook.secret_file', s.webhook.secret_file);
  take('webhook.authorization_file', s.webhook.authorization_file);
  const { site_key_file: key } = config.settings.sensor;
  take('sensor.site_key_file', key === '' ? '' : besides(config, key));
  return secrets(files);
}
