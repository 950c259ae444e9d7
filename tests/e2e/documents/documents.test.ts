import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { projectRoot, wardwire } from '../../support/wardwire.js';

// What the documents point at exists: files, settings, metrics, alerts and commands.
const root = projectRoot();
const pages = [
  ...['README.md', 'SECURITY.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((f) => f.endsWith('.md'))
    .map((f) => `docs/${f}`), // prettier-ignore
  ...['prometheus', 'alertmanager', 'grafana'].map((d) => `config/${d}/README.md`),
];
const text = (page: string): string => readFileSync(join(root, page), 'utf8');
/** Words in backticks. */
const quoted = (page: string): string[] => [...text(page).matchAll(/`([^`\n]+)`/g)].map((m) => m[1]);

t.test('links lead to files', async (t) => {
  for (const page of pages)
    for (const [, to] of text(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g))
      if (!/^[a-z]+:/.test(to)) t.ok(existsSync(join(root, dirname(page), to)), `${page} → ${to}`);
});

t.test('settings exist', async (t) => {
  const settings = parse(text('config/wardwire.yaml')) as Record<string, Record<string, unknown>>;
  const sections = Object.keys(settings).join('|');
  for (const page of [
    'docs/tuning.md',
    'docs/privacy.md',
    'docs/upgrade.md',
    'docs/install.md',
    'docs/security-model.md',
  ])
    for (const word of quoted(page)) {
      const [, section, key] = new RegExp(`^(${sections})\\.([a-z_0-9]+)\\b`).exec(word) ?? [];
      // names of files and verdicts look alike
      if (section !== undefined && !/\.(yaml|ts|sqlite)/.test(word) && !/^(sensor)\.(late|overload|drift)/.test(word))
        t.ok(key in settings[section], `${page}: ${section}.${key}`);
    }
});

t.test('alerts and commands exist', async (t) => {
  const alerts = text('config/prometheus/wardwire-alerts.yml');
  const help = wardwire(['--help']).out;
  for (const page of [...pages, 'config/prometheus/wardwire-alerts.yml'])
    for (const word of quoted(page)) {
      if (/^Wardwire[A-Z]\w+$/.test(word)) t.match(alerts, new RegExp(`alert: ${word}\\n`), `${page}: ${word}`);
      const command = /^wardwire ([a-z-]+)( |$)/.exec(word)?.[1];
      if (command !== undefined) t.match(help, new RegExp(`^ +wardwire ${command}\\b`, 'm'), `${page}: ${word}`);
    }
});
