import t from 'tap';
import { isLive, type SettingsSection } from '../../src/core/index.js';
import { assembleSpec, defaultConfig, defaultSettings, MANIFEST } from '../../src/runtime/index.js';
import { Pipeline } from '../../src/runtime/pipeline.js';
import { settingChanges, takeOver } from '../../src/runtime/setting-changes.js';

t.test('changes are told apart by what the sections say', async (t) => {
  const now = defaultSettings();
  const next = defaultSettings();
  t.same(settingChanges(now, next), { live: [], restart: [], settings: now });
  next.detect.scan_ports = 7;
  next.flow.max_flows = 1024;
  next.inventory.site_file = 'a.csv';
  next.inventory.max_devices = 16;
  next.mqtt.brokers = [{ name: 'siem', url: 'mqtt://b' } as never];
  const changes = settingChanges(now, next);
  t.same(changes.live, ['inventory.site_file', 'detect.scan_ports', 'mqtt.brokers']);
  t.same(changes.restart, ['flow.max_flows', 'inventory.max_devices']);
  t.equal(changes.settings.detect.scan_ports, 7);
  t.equal(changes.settings.flow.max_flows, now.flow.max_flows, 'what waits for a start keeps its value');
  const held = now.detect;
  takeOver(now, changes.settings);
  t.equal(held.scan_ports, 7, 'rooms hold the sections and see the new values');
});

t.test('no live setting is read while the pipeline is made: it would be kept', async (t) => {
  /** Brought up to date by `Pipeline.reload` by name. */
  const told = new Set([
    ...['detectors', 'threshold_p', 'alerts_per_device_per_week', 'persist_need', 'persist_of'].map(
      (k) => `detect.${k}`,
    ),
    ...Object.keys((MANIFEST.find((s) => s.name === 'mqtt') as SettingsSection).settings).map((k) => `mqtt.${k}`),
    ...Object.keys((MANIFEST.find((s) => s.name === 'baseline') as SettingsSection).settings).map(
      (k) => `baseline.${k}`,
    ),
    'verdict.close_after_s',
  ]);
  const read = new Set<string>();
  const config = defaultConfig();
  for (const section of MANIFEST as readonly SettingsSection[]) {
    const values = (config.settings as Record<string, object>)[section.name];
    (config.settings as Record<string, object>)[section.name] = new Proxy(values, {
      get: (target, key) => {
        if (typeof key === 'string' && Object.hasOwn(section.settings, key) && isLive(section, key))
          read.add(`${section.name}.${key}`);
        return Reflect.get(target, key);
      },
    });
  }
  const spec = assembleSpec(config, { kind: 'files', files: [], speed: 'max' }, { modelDir: null });
  read.clear();
  new Pipeline(spec, { verdict: () => undefined, train: () => undefined });
  t.same(
    [...read].filter((k) => !told.has(k)),
    [],
  );
});
