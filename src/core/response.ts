import type { DeviceClass, Profile } from './device.js';
import type { Severity } from './finding.js';

/** What people are advised to do, in steps that are each more than the one before. Advice only: nothing is ever done by us. */
export const RESPONSE_LEVELS = ['monitor', 'notify', 'restrict-recommended', 'emergency'] as const;
export type ResponseLevel = (typeof RESPONSE_LEVELS)[number];

/**
 * How far a proposed restriction of the network may go: nothing; the peer of the incident; everything that was not learned; the
 * whole device.
 */
export const RESTRICTIONS = ['none', 'peer', 'learned', 'isolate'] as const;
export type Restriction = (typeof RESTRICTIONS)[number];

/** The response part of a device type's profile. */
export interface ResponsePlan {
  readonly levels: Readonly<Record<Severity, ResponseLevel>>;
  /** Roles to tell, the first one first. */
  readonly notify: readonly string[];
  readonly restrict: Restriction;
  readonly steps: Readonly<Record<Exclude<ResponseLevel, 'monitor'>, string>>;
}

const LEVELS: ResponsePlan['levels'] = {
  info: 'monitor',
  low: 'monitor',
  medium: 'notify',
  high: 'restrict-recommended',
  critical: 'emergency',
};

/** The plan of a profile that brings none: nothing is proposed that could cost a service. */
const DEFAULT_PLAN: ResponsePlan = {
  levels: LEVELS,
  notify: ['it-security'],
  restrict: 'peer',
  steps: {
    notify: 'Tell IT security; look whether the work that causes this is known.',
    'restrict-recommended': 'Have IT security restrict the named peer after the owner of the device agreed.',
    emergency: 'Call IT security and the owner of the device now; let them decide together.',
  },
};

export function planOf(profile: Profile): ResponsePlan {
  return profile.response ?? DEFAULT_PLAN;
}

/** Whether taking a device off the network may harm somebody: life-critical, a monitor, or a patient is connected to it. */
export function guardsPatient(deviceClass: DeviceClass, patientConnected: boolean): boolean {
  return deviceClass === 'LC' || deviceClass === 'PM' || patientConnected;
}

/** Words for taking a device off the network, and those that turn them round. */
const CUT =
  /\b(isolat\w*|quarantin\w*|unplug\w*|disconnect\w*|(power|switch|turn)\w* (it |the \w+ )?(off|down)|shut\w* (it |the \w+ )?down|(take|taken|pull)\b.*\boff the network|cut\w* .*\boff)\b/i;
const NOT = /\b(not|never|without|rather than|instead of)\b/i;

/** Sentences of a text that tell people to take something off the network. */
export function isolatingSentences(text: string): string[] {
  return sentences(text).filter((s) => CUT.test(s) && !NOT.test(s));
}

const sentences = (text: string): string[] => text.split(/(?<=[.;!?])\s+/);

/** A text for people, of a device that guards a patient without what would tell them to take it off the network. */
export function safeText(text: string, guarded: boolean): string {
  if (!guarded) return text;
  const left = sentences(text).filter((s) => isolatingSentences(s).length === 0);
  return left.length > 0 ? left.join(' ') : 'Look after the patient first, then call clinical engineering.';
}

/** The advice a verdict carries. `profile` null: the verdict is about the sensor itself. */
export function adviceFor(
  profile: Profile | null,
  severity: Severity,
  patientConnected: boolean,
): { level: ResponseLevel; isolate: boolean; doNotIsolate: boolean } {
  if (profile === null) {
    return {
      level: severity === 'info' || severity === 'low' ? 'monitor' : 'notify',
      isolate: false,
      doNotIsolate: false,
    };
  }
  const level = planOf(profile).levels[severity];
  const guarded = guardsPatient(profile.deviceClass, patientConnected);
  const grave = level === 'restrict-recommended' || level === 'emergency';
  return { level, isolate: grave && profile.isolate && !guarded, doNotIsolate: guarded };
}
