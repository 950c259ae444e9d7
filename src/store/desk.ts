import {
  type CommandResult,
  type Device,
  isGuarded,
  type MuteLimits,
  type OperatorCommand,
  type Severity,
} from '../core/index.js';
import type { DeviceStore } from './device-store.js';
import type { LoggedVerdict, VerdictReader } from './verdict-reader.js';

/** Words called normal in force at most. */
const MOST_NORMALS = 10_000;
const refused = (text: string): CommandResult => ({ code: 'refused', text });
const missing = (text: string): CommandResult => ({ code: 'not_found', text });
const done = (text: string, data: Record<string, unknown>): CommandResult => ({ code: 'done', text, data });
const at = (us: number): string => new Date(us / 1000).toISOString().replace(/\.\d+/, '');

/** Where a person's word on incidents is judged and written down: one place for the command line and for the broker. */
export class Desk {
  readonly #store: DeviceStore;
  readonly #log: VerdictReader;
  readonly #limits: MuteLimits;

  constructor(store: DeviceStore, log: VerdictReader, limits: MuteLimits) {
    this.#store = store;
    this.#log = log;
    this.#limits = limits;
  }

  /** Does what is asked; what cannot be done is answered, never thrown. `nowUs`: wall time. */
  do(c: OperatorCommand, nowUs: number): CommandResult {
    switch (c.cmd) {
      case 'ack':
        return this.#ack(c, nowUs);
      case 'mute':
        return this.#mute(c, nowUs);
      case 'unmute':
        return this.#store.incidentWords.endMute(c.mute, c.by, nowUs)
          ? done(`mute ${c.mute} has ended`, { mute: c.mute })
          : missing(`there is no mute ${c.mute} in force`);
      case 'normal':
        return this.#normal(c, nowUs);
      case 'revoke':
        return this.#store.incidentWords.revoke(c.normal, c.by, nowUs)
          ? done(`${c.normal} is no longer called normal`, { normal: c.normal })
          : missing(`there is no word ${c.normal} in force`);
    }
  }

  #ack(c: Extract<OperatorCommand, { cmd: 'ack' }>, nowUs: number): CommandResult {
    const found = this.#incident(c.incident);
    if (found === null) return missing(`no incident ${c.incident} is in the log`);
    const { incident, severity } = found.verdict;
    if (incident.state === 'closed') return refused(`incident ${incident.id} is closed`);
    this.#store.incidentWords.ack({ incident: incident.id, by: c.by, note: c.note, severity, atUs: nowUs });
    return done(`incident ${incident.id} is acknowledged at ${severity}`, { incident: incident.id, severity });
  }

  #mute(c: Extract<OperatorCommand, { cmd: 'mute' }>, nowUs: number): CommandResult {
    let { device, scenario, peer } = c;
    let upTo: Severity = c.upTo ?? 'high';
    let guarded = false;
    if (c.incident !== null) {
      const found = this.#incident(c.incident);
      if (found === null) return missing(`no incident ${c.incident} is in the log`);
      const v = found.verdict;
      device = v.device.id;
      scenario = v.scenario;
      peer = v.peer?.ip ?? null;
      upTo = c.upTo ?? v.severity;
      guarded = isGuarded(v);
    } else if (device !== null) {
      const d = this.#device(device);
      if (d === null) return missing(`no device ${device} is known`);
      device = d.id;
      guarded = d.criticality === 'life-critical' || this.#limits.guardedTypes.includes(d.type);
    }
    if (device === null && scenario === null && peer === null)
      return refused('say what to mute: an incident, or a device, scenario or peer');
    const { usualS, maxS, guardedMaxS, most } = this.#limits;
    if (guarded && c.forS === null)
      return refused(`${device} keeps somebody alive or watches him: say for how long, at most ${guardedMaxS} s`);
    const forS = c.forS ?? usualS;
    const limit = guarded ? guardedMaxS : maxS;
    if (forS > limit)
      return refused(
        `${forS} s is longer than the ${limit} s allowed${guarded ? ' for a device that keeps somebody alive or watches him' : ''}`,
      );
    const words = this.#store.incidentWords;
    if (words.inForce(nowUs).mutes.length >= most) return refused(`${most} mutes are in force already`);
    const untilUs = nowUs + forS * 1e6;
    const { by, reason } = c;
    const mute = words.mute({ device, scenario, peer, upTo, guarded, by, reason, fromUs: nowUs, untilUs });
    return done(`mute ${mute} until ${at(untilUs)}, up to ${upTo}`, {
      mute,
      device,
      scenario,
      peer,
      up_to: upTo,
      until: at(untilUs),
      life_critical: guarded,
    });
  }

  #normal(c: Extract<OperatorCommand, { cmd: 'normal' }>, nowUs: number): CommandResult {
    const found = this.#log.verdict(c.id) ?? this.#incident(c.id, true);
    if (found === null) return missing(`no verdict or incident ${c.id} is in the log`);
    const { verdict: v, basis } = found;
    const row = basis?.row ?? null;
    const learned = v.model.id !== 'none' && v.p_value !== null && row !== null;
    if (basis === null || (basis.lessons.length === 0 && !learned))
      return refused(`${v.scenario} judges without learning: there is nothing to call normal; mute it instead`);
    const words = this.#store.incidentWords;
    if (words.inForce(nowUs).normals.length >= MOST_NORMALS)
      return refused(`${MOST_NORMALS} words are in force already: revoke some`);
    const normal = words.normal({
      verdict: v.id,
      incident: v.incident.id,
      device: v.device.id,
      scenario: v.scenario,
      lessons: basis.lessons,
      row:
        learned && row !== null
          ? {
              device: v.device.id,
              type: v.device.type,
              schema: row.schema,
              values: row.values,
              tsUs: Date.parse(v.observed_at) * 1000,
            }
          : null,
      by: c.by,
      reason: c.reason,
      atUs: nowUs,
    });
    const what =
      basis.lessons.length > 0 ? `${basis.lessons.length} thing(s) learned` : 'its row is kept for the next training';
    return done(`${v.scenario} of ${v.device.id} is called normal (${normal}): ${what}`, {
      normal,
      verdict: v.id,
      incident: v.incident.id,
      lessons: basis.lessons.length,
      row: learned,
    });
  }

  /** The newest verdict of an incident; of those that say what they were made from when `made`. */
  #incident(word: string, made = false): LoggedVerdict | null {
    const id = this.#log.incidentOf(word);
    if (id === null) return null;
    const all = this.#log.ofIncident(id);
    return (made ? all.findLast((l) => l.basis !== null) : undefined) ?? all.at(-1) ?? null;
  }

  #device(word: string): Device | null {
    const lower = word.toLowerCase();
    return (
      this.#store
        .devices()
        .find(
          (d) =>
            d.id === word || d.macs.includes(lower) || d.addresses.includes(lower) || d.name?.toLowerCase() === lower,
        ) ?? null
    );
  }
}
