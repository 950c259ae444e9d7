/**
 * The settings manifest: every room declares its own section once with `defineSettings`; types, JSON Schema, the
 * commented YAML, `check-config` and the reference table are generated from it.
 */
/** When a changed value is taken: `live` at a reload, while packets pass; `restart` at the next start. */
export type Reload = 'live' | 'restart';

interface SettingBase {
  readonly text: string;
  /** When it is taken, where that is not as its section says. */
  readonly reload?: Reload;
  /** Never printed. */
  readonly secret?: boolean;
}
export interface IntegerSetting extends SettingBase {
  readonly type: 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
}
export interface NumberSetting extends SettingBase {
  readonly type: 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
}
export interface BooleanSetting extends SettingBase {
  readonly type: 'boolean';
  readonly default: boolean;
}
export interface StringSetting extends SettingBase {
  readonly type: 'string';
  readonly default: string;
  /** Regular expression the value must match whole. */
  readonly pattern?: string;
  readonly maxLength?: number;
}
export interface EnumSetting<V extends string = string> extends SettingBase {
  readonly type: 'enum';
  readonly values: readonly V[];
  readonly default: V;
}
export interface ListSetting extends SettingBase {
  readonly type: 'strings';
  readonly default: readonly string[];
  readonly pattern?: string;
  readonly maxItems?: number;
}
/** A list of maps that have settings of their own. */
export interface RecordsSetting extends SettingBase {
  readonly type: 'records';
  readonly default: readonly [];
  readonly fields: Readonly<Record<string, PlainSetting>>;
  /** Fields that must be said; the others have their defaults. */
  readonly required: readonly string[];
  readonly maxItems: number;
}
export type PlainSetting = IntegerSetting | NumberSetting | BooleanSetting | StringSetting | EnumSetting | ListSetting;
export type Setting = PlainSetting | RecordsSetting;

export interface SettingsSection<
  S extends Record<string, Setting> = Record<string, Setting>,
  N extends string = string,
> {
  /** YAML key of the section, e.g. `flow`. */
  readonly name: N;
  readonly text: string;
  /** When changed values are taken; a setting may say otherwise for itself. */
  readonly reload: Reload;
  readonly settings: S;
}

/** Whether a changed value of a setting is taken at a reload. */
export function isLive(section: SettingsSection, key: string): boolean {
  return (section.settings[key].reload ?? section.reload) === 'live';
}

type ValueOf<T extends Setting> = T extends { type: 'records'; fields: infer F extends Record<string, PlainSetting> }
  ? readonly { -readonly [K in keyof F]: PlainValueOf<F[K]> }[]
  : PlainValueOf<Extract<T, PlainSetting>>;
type PlainValueOf<T extends PlainSetting> = T extends { type: 'integer' | 'number' }
  ? number
  : T extends { type: 'boolean' }
    ? boolean
    : T extends { type: 'strings' }
      ? readonly string[]
      : T extends EnumSetting<infer V>
        ? V
        : string;

/** The values object of a section: `SettingsOf<typeof flowSettings>` is `{ max_flows: number … }`. */
export type SettingsOf<T> =
  T extends SettingsSection<infer S, string> ? { -readonly [K in keyof S]: ValueOf<S[K]> } : never;

export function defineSettings<const N extends string, const S extends Record<string, Setting>>(
  name: N,
  text: string,
  reload: Reload,
  settings: S,
): SettingsSection<S, N> {
  return { name, text, reload, settings };
}

/** The defaults of a section, optionally with changes (tests, embedded run). */
export function settingsDefaults<S extends Record<string, Setting>>(
  section: SettingsSection<S>,
  changes: Partial<SettingsOf<SettingsSection<S>>> = {},
): SettingsOf<SettingsSection<S>> {
  const out: Record<string, unknown> = {};
  for (const [k, s] of Object.entries(section.settings)) out[k] = s.default;
  return Object.assign(out, changes) as SettingsOf<SettingsSection<S>>;
}
