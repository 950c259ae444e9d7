import { isLive, type SettingsSection } from '../core/index.js';
import { MANIFEST, type Settings } from './manifest.js';

/** What is different in newly read settings, as `section.key`. */
export interface SettingChanges {
  /** Taken at once. */
  readonly live: readonly string[];
  /** Taken at the next start. */
  readonly restart: readonly string[];
  /** The settings from now on: the new values of what is live, the old ones of the rest. */
  readonly settings: Settings;
}

/** Compares settings in force with newly read ones, by what the sections themselves say of a reload. */
export function settingChanges(now: Settings, next: Settings): SettingChanges {
  const live: string[] = [];
  const restart: string[] = [];
  const settings: Record<string, Record<string, unknown>> = {};
  for (const section of MANIFEST as readonly SettingsSection[]) {
    const name = section.name as keyof Settings;
    const before = now[name] as Record<string, unknown>;
    const after = next[name] as Record<string, unknown>;
    const taken = { ...before };
    for (const key of Object.keys(section.settings)) {
      if (JSON.stringify(before[key]) === JSON.stringify(after[key])) continue;
      const takes = isLive(section, key);
      (takes ? live : restart).push(`${name}.${key}`);
      if (takes) taken[key] = after[key];
    }
    settings[name] = taken;
  }
  return { live, restart, settings: settings as unknown as Settings };
}

/** Writes the values of `next` into the sections of `into`, which the rooms hold. */
export function takeOver(into: Settings, next: Settings): void {
  for (const { name } of MANIFEST) Object.assign(into[name], next[name]);
}
