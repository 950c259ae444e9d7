import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WardwireError } from '../core/index.js';
import { defaultConfig, type LoadedConfig, readConfig } from './assemble.js';
import { packageRoot } from './package-root.js';
import type { SourceSpec } from './spec.js';

/** Loopback port of the embedded broker: not 1883, where a broker of the machine may be. */
const BROKER_PORT = 18830;

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly interface: string | null;
  /** A capture instead of the bundled one. */
  readonly capture: string | null;
  readonly speed: 'max' | 'recorded' | number;
}

/**
 * The settings of `npm start`: own broker and metrics on loopback, data in a local folder, and the bundled capture with its
 * settings unless an interface or another capture is named.
 */
export function embeddedConfig(o: EmbeddedOptions): { config: LoadedConfig; source: SourceSpec } {
  const demo = join(packageRoot(), 'pcaps', 'ward-demo');
  const bundled = o.interface === null && o.capture === null;
  const demoConfig = join(demo, 'wardwire.yaml');
  if (bundled && !existsSync(demoConfig)) throw new WardwireError('file', `${demo}: the bundled capture is missing`);
  const base = bundled ? readConfig(demoConfig) : defaultConfig();
  const dataDir = resolve(o.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const { settings } = base;
  settings.sensor.site_key_file = join(dataDir, 'site.key');
  settings.sensor.site = 'demo';
  settings.store.data_dir = dataDir;
  settings.mqtt.url = `mqtt://127.0.0.1:${BROKER_PORT}`;
  // the embedded broker speaks MQTT 3.1.1 only
  settings.mqtt.protocol_version = '3.1.1';
  // a path is needed so that relative files of the demo are found and the site key is kept
  const config: LoadedConfig = { path: base.path ?? join(dataDir, 'embedded.yaml'), settings };
  if (o.interface !== null) return { config, source: { kind: 'live', interface: o.interface } };
  return { config, source: { kind: 'files', files: [o.capture ?? join(demo, 'capture.pcap')], speed: o.speed } };
}
