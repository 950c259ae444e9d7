import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseProfile } from '../baseline/index.js';
import { randomSeed } from '../capture/index.js';
import { credentialFile, loadConfig, namesCredential, readYaml } from '../config/index.js';
import { type PlausibilityLimits, type Problem, type Profile, WardwireError } from '../core/index.js';
import { evidenceProblems } from '../evidence/index.js';
import { readSiteFile } from '../inventory/index.js';
import { readLimits } from './limits.js';
import { defaultSettings, MANIFEST, type Settings } from './manifest.js';
import { insistOn, readModelDir } from './model-dir.js';
import { packageRoot, packageVersion } from './package-root.js';
import type { SensorSpec, SourceSpec } from './spec.js';

/** Seed of every replay, so that the same capture gives the same verdicts on every machine. */
const REPLAY_SEED = 0x77617264;

/** A file of settings read and judged; nothing else happened yet. */
export interface LoadedConfig {
  readonly path: string | null;
  readonly settings: Settings;
}

/** Reads a configuration file. @throws WardwireError('config') with every problem at once */
export function readConfig(path: string): LoadedConfig {
  const { values, problems } = loadConfig(readText(path), path, MANIFEST);
  const settings = values as unknown as Settings;
  const more = problems.length > 0 ? [] : crossChecks(settings, path);
  if (problems.length + more.length > 0) {
    throw new WardwireError('config', `${path}: the configuration has errors`, [...problems, ...more]);
  }
  return { path, settings };
}

/**
 * The settings of a file as far as they can be read, without what they name: for those who ask a running sensor, also while its file has
 * errors. @throws WardwireError('config') when it cannot be read at all
 */
export function roughConfig(path: string): LoadedConfig {
  return { path, settings: loadConfig(readText(path), path, MANIFEST).values as unknown as Settings };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WardwireError('config', `${path}: cannot be read`, [
      { path, text: (cause as Error).message, hint: 'check the path and its permissions' },
    ]);
  }
}

/** Built-in defaults (replay and train without --config). */
export function defaultConfig(): LoadedConfig {
  return { path: null, settings: defaultSettings() };
}

/** A path of the configuration is relative to the file that names it. */
export function besides(config: LoadedConfig, path: string): string {
  return config.path === null ? resolve(path) : resolve(dirname(config.path), path);
}

/**
 * The file a setting with a secret names: a path of the configuration, or a credential of the service manager. What is wrong with a
 * credential goes to `problem`; the value is answered as it is then.
 */
export function secretFile(
  config: LoadedConfig,
  setting: string,
  value: string,
  problem: (p: Problem) => void,
): string {
  if (!namesCredential(value)) return value === '' ? '' : besides(config, value);
  const found = credentialFile(setting, value);
  if (found.problem !== null) problem(found.problem);
  return found.path ?? value;
}

/** The same for one that is needed now. @throws WardwireError('config') */
export function neededSecret(config: LoadedConfig, setting: string, value: string): string {
  return secretFile(config, setting, value, (p) => {
    throw new WardwireError('config', `${setting}: ${p.text}`, [p]);
  });
}

/** Everything the settings point to: files that must exist and parse. */
export function crossChecks(settings: Settings, configPath: string): Problem[] {
  const config: LoadedConfig = { path: configPath, settings };
  const problems: Problem[] = [];
  const siteFile = settings.inventory.site_file;
  if (siteFile !== '') {
    const path = besides(config, siteFile);
    if (!existsSync(path)) {
      problems.push({
        path: 'inventory.site_file',
        text: `${path} does not exist`,
        hint: 'give a CSV file or leave it empty',
      });
    } else problems.push(...readSiteFile(readFileSync(path, 'utf8'), path).problems);
  }
  problems.push(...evidenceProblems(settings.evidence));
  problems.push(...profilesOf(config).problems, ...readLimits(limitsFile(config)).problems);
  return problems;
}

function limitsFile(config: LoadedConfig): string {
  const own = config.settings.hl7.limits_file;
  return own === '' ? join(packageRoot(), 'profiles', 'limits', 'adult.yaml') : besides(config, own);
}

function profileDirs(config: LoadedConfig): string[] {
  const own = config.settings.baseline.profiles_dir;
  return [join(packageRoot(), 'profiles'), ...(own === '' ? [] : [besides(config, own)])];
}

/** Profiles as they were when their settings were read: a start judges them and then uses them, and reads them once. */
const readAlready = new WeakMap<Settings, { profiles: Profile[]; problems: Problem[] }>();

function profilesOf(config: LoadedConfig): { profiles: Profile[]; problems: Problem[] } {
  const { settings } = config;
  const found = readAlready.get(settings) ?? readProfiles(profileDirs(config));
  readAlready.set(settings, found);
  return found;
}

/** Device types a configuration has profiles for. @throws WardwireError('config') */
export function configuredProfiles(config: LoadedConfig): Profile[] {
  const { profiles, problems } = profilesOf(config);
  if (problems.length > 0) throw new WardwireError('config', 'device profiles have errors', problems);
  return profiles;
}

/** Profiles of the package, then those of the site (same type replaces). */
export function readProfiles(dirs: readonly string[]): { profiles: Profile[]; problems: Problem[] } {
  const byType = new Map<string, Profile>();
  const problems: Problem[] = [];
  for (const dir of dirs) {
    let names: string[] = [];
    try {
      names = readdirSync(dir)
        .filter((n) => n.endsWith('.yaml'))
        .sort(); // prettier-ignore
    } catch (cause) {
      problems.push({ path: dir, text: `cannot be read: ${(cause as Error).message}` });
    }
    for (const name of names) {
      const path = join(dir, name);
      const doc = readYaml(readFileSync(path, 'utf8'), path);
      problems.push(...doc.problems);
      if (doc.problems.length > 0) continue;
      const { profile, problems: bad } = parseProfile(doc.value, path, basename(name, '.yaml'));
      problems.push(...bad);
      if (profile !== null) byType.set(profile.type, profile);
    }
  }
  return { profiles: [...byType.values()], problems };
}

/** Key of runs that keep nothing (a replay without a site key): tokens are then only comparable within the run. */
const NO_KEY = '00'.repeat(32);

/** The site key: read from the file, made on first use when `make`. 32 bytes as hex. */
function siteKey(path: string, make: boolean): string {
  if (existsSync(path)) {
    const key = readFileSync(path, 'utf8').trim();
    if (/^[0-9a-f]{64}$/i.test(key)) return key;
    throw new WardwireError('config', `${path}: the site key must be 64 hex digits`, [
      { path: 'sensor.site_key_file', text: 'not a key', hint: 'remove the file to have a new one made' },
    ]);
  }
  if (!make) return NO_KEY;
  const key = randomBytes(32).toString('hex');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  return key;
}

/** The key of a configuration's tokens; without a configuration file nothing is kept and a fixed key does. */
export function siteKeyOf(config: LoadedConfig, make = false): string {
  const setting = 'sensor.site_key_file';
  const named = config.settings.sensor.site_key_file;
  if (config.path === null || named === '') return NO_KEY;
  const file = neededSecret(config, setting, named);
  // what the service manager lays out is read only
  return siteKey(file, make && !namesCredential(named));
}

/** Plausibility limits of a configuration, null when it has none. @throws WardwireError('config') */
export function limitsOf(config: LoadedConfig): PlausibilityLimits | null {
  const { limits, problems } = readLimits(limitsFile(config));
  if (problems.length > 0) throw new WardwireError('config', 'the plausibility limits have errors', problems);
  return limits;
}

/** Puts together what a sensor process needs. Replays use a fixed table seed, so that they can be compared. */
export function assembleSpec(
  config: LoadedConfig,
  source: SourceSpec,
  options: {
    readonly modelDir?: string | null;
    readonly makeKey?: boolean;
    readonly evidenceDir?: string | null;
  } = {},
): SensorSpec {
  const { settings } = config;
  const profiles = configuredProfiles(config);
  const limits = limitsOf(config);
  const sitePath = settings.inventory.site_file === '' ? null : besides(config, settings.inventory.site_file);
  const files = source.kind === 'files';
  const dir = options.modelDir === undefined ? modelDirOf(config) : options.modelDir;
  const { models, learned } =
    dir === null ? { models: [], learned: '' } : insistOn(readModelDir(dir, settings.baseline.model_key));
  return {
    settings,
    source,
    profiles,
    limits,
    site: sitePath === null ? null : { text: readFileSync(sitePath, 'utf8'), path: sitePath },
    siteKey: siteKeyOf(config, options.makeKey ?? !files),
    version: packageVersion(),
    seed: files ? REPLAY_SEED : randomSeed(),
    models,
    learned,
    orders: [],
    devices: [],
    operator: [],
    taught: [],
    openIncidents: [],
    evidenceDir: settings.evidence.enabled ? (options.evidenceDir ?? null) : null,
    share: null,
  };
}

/** Where captures of verdicts live for a configuration. */
export function evidenceDirOf(config: LoadedConfig): string {
  return join(besides(config, config.settings.store.data_dir), 'evidence');
}

/** Where models and the learned state live for a configuration. */
export function modelDirOf(config: LoadedConfig): string {
  return join(besides(config, config.settings.store.data_dir), 'models');
}
