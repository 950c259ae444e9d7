import type { DaemonStatus } from '../runtime/index.js';

const number = (n: number): string => Math.round(n).toLocaleString('en');
const plural = (n: number, one: string, many = `${one}s`): string => `${number(n)} ${n === 1 ? one : many}`;
const second = (iso: string): string => `${iso.slice(0, 19)}Z`;

/** A time span in its two largest units. */
export function spanText(s: number): string {
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  const at = units.findIndex(([, n]) => s >= n);
  if (at < 0) return `${s.toFixed(1)} s`;
  const [unit, n] = units[at];
  const rest = units[at + 1];
  const first = `${Math.floor(s / n)} ${unit}`;
  return rest === undefined ? first : `${first} ${Math.floor((s % n) / rest[1])} ${rest[0]}`;
}

function rateText(bits: number): string {
  if (bits < 1e6) return `${(bits / 1e3).toFixed(1)} kbit/s`;
  return bits < 1e9 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${(bits / 1e9).toFixed(2)} Gbit/s`;
}

const mib = (bytes: number): string => (bytes / 1048576).toFixed(1);
const dropped = (n: number | null, where: string): string =>
  `${n === null ? 'unknown' : number(n)} lost by the ${where}`;

/** The status as people read it: a name a line, what needs looking at in capitals. */
export function statusLines(s: DaemonStatus): string[] {
  const c = s.capture;
  const row = (name: string, ...texts: string[]): string =>
    `${name.padEnd(11)}${texts.filter((t) => t !== '').join(', ')}`;
  const at = (Date.parse(s.at) - Date.parse(c.last_packet_at ?? s.at)) / 1000;
  const newest = c.last_packet_at === null ? 'no packet yet' : `newest packet ${spanText(Math.max(0, at))} ago`;
  const out = [
    row(
      'sensor',
      `${s.site}/${s.sensor}`,
      `wardwire ${s.version}`,
      `process ${s.pid}`,
      `up ${spanText(s.uptime_s)} (since ${second(s.started_at)})`,
    ),
    row(
      'capture',
      `${s.interface} ${c.up ? 'captures' : 'DOES NOT CAPTURE'}`,
      `${number(c.packets_per_s)} packets/s`,
      rateText(c.bits_per_s),
      newest,
    ),
    row(
      '',
      plural(c.packets, 'packet'),
      dropped(c.dropped_kernel, 'kernel'),
      dropped(c.dropped_interface, 'interface'),
      plural(c.flows, 'flow'),
      plural(c.restarts, 'restart of the sensor process', 'restarts of the sensor process'),
    ),
    ...(c.processes.length < 2
      ? []
      : [row('', plural(c.packets_once, 'packet counted once', 'packets counted once'), ...processTexts(s))]),
    row('sight', s.doubts.length === 0 ? 'no doubt' : `IN DOUBT: ${s.doubts.join(', ')}`),
    row('blind', ...blindTexts(s)),
    row('overload', s.overload.rung === 0 ? 'none' : `RUNG ${s.overload.rung}: ${s.overload.gives_up}`),
    row(
      'devices',
      `${number(s.devices.known)} known`,
      ...Object.entries(s.devices.by_type)
        .sort((a, b) => b[1] - a[1])
        .map(([type, n]) => `${n} ${type}`),
    ),
    row(
      'incidents',
      `${number(s.incidents.open)} open`,
      `${number(s.incidents.acknowledged)} acknowledged`,
      plural(s.incidents.mutes, 'mute'),
    ),
    row('alerts', ...alertTexts(s)),
    ...s.sinks.map((k, i) =>
      row(
        i === 0 ? 'sinks' : '',
        `${k.name} ${k.connected ? 'connected' : 'AWAY'}`,
        `${number(k.queued)} waiting`,
        `${number(k.inFlight)} under way`,
        `${number(k.published)} delivered`,
        k.failures === 0 ? '' : plural(k.failures, 'failure'),
      ),
    ),
    row(
      'log',
      `${mib(s.log.bytes)} of ${mib(s.log.limit_bytes)} MiB`,
      s.log.writable ? 'writable' : 'CANNOT BE WRITTEN',
    ),
    row('models', s.models.length === 0 ? 'none yet' : s.models.map((m) => `${m.type} v${m.version}`).join(', ')),
    row(
      'settings',
      `read ${second(s.reload.at)}`,
      s.reload.ok ? 'no errors' : 'WITH ERRORS: those before are in force',
    ),
  ];
  for (const p of s.reload.problems) out.push(row('', `${p.path}: ${p.text}${p.hint ? ` (${p.hint})` : ''}`));
  if (s.reload.restart.length > 0) out.push(row('', `at the next start: ${s.reload.restart.join(', ')}`));
  return out;
}

/** Of several sensor processes, each. */
function processTexts(s: DaemonStatus): string[] {
  return s.capture.processes.map(
    (p) => `process ${p.process} ${p.up ? 'took' : 'IS AWAY, had taken'} ${number(p.packets)}`,
  );
}

function blindTexts(s: DaemonStatus): string[] {
  const newest = s.blind.newest.at(-1);
  if (newest === undefined) return ['never since the start'];
  return [
    `${plural(s.blind.count, 'time')}, ${s.blind.seconds.toFixed(2)} s in all`,
    `newest ${second(newest.from)} for ${newest.seconds.toFixed(2)} s: its process ${newest.cause}`,
  ];
}

function alertTexts(s: DaemonStatus): string[] {
  if (s.alerts.length === 0) return ['no device has finished learning'];
  const sum = (key: 'given' | 'promised'): number => s.alerts.reduce((a, x) => a + x[key], 0);
  return [
    `${number(sum('given'))} given of ${sum('promised').toFixed(2)} the budget allows so far`,
    ...s.alerts.filter((a) => a.given > 0).map((a) => `${a.type} ${number(a.given)} of ${a.promised.toFixed(2)}`),
  ];
}
