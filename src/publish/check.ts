import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Problem, type SettingsOf, WardwireError } from '../core/index.js';
import type { fileSettings } from './file/index.js';
import type { influxSettings } from './influx/index.js';
import { brokersOf, type mqttSettings } from './mqtt/index.js';
import { settingFile } from './setting-file.js';
import type { syslogSettings } from './syslog/index.js';
import { readSecrets, type webhookSettings } from './webhook/index.js';

/** The sections of all sinks, paths of files made absolute. */
export interface SinkSettings {
  readonly mqtt: SettingsOf<typeof mqttSettings>;
  readonly syslog: SettingsOf<typeof syslogSettings>;
  readonly file: SettingsOf<typeof fileSettings>;
  readonly influx: SettingsOf<typeof influxSettings>;
  readonly webhook: SettingsOf<typeof webhookSettings>;
}

interface WithTls {
  readonly url: string;
  readonly ca_file: string;
  readonly cert_file: string;
  readonly key_file: string;
}

/** Judges the sinks that are switched on: addresses, what belongs together, files, certificates. Nothing is connected. */
export function sinkProblems(s: SinkSettings, nowMs: number): Problem[] {
  const out: Problem[] = [];
  const { mqtt, syslog, file, influx, webhook } = s;
  const names = mqtt.brokers.map((b) => b.name);
  names.forEach((n, i) => {
    if (names.indexOf(n) !== i)
      out.push({ path: 'mqtt.brokers', text: `two are called '${n}'`, hint: 'each needs a name of its own' });
  });
  for (const b of brokersOf(mqtt)) {
    const path = b.name === 'mqtt' ? 'mqtt' : `mqtt.brokers '${b.name.slice('mqtt-'.length)}'`;
    out.push(...urlProblems(path, b.settings.url), ...tlsProblems(path, b.settings, nowMs));
    out.push(...fileProblems(`${path}.password_file`, b.settings.password_file));
    if (b.settings.password_file !== '' && b.settings.username === '')
      out.push({ path: `${path}.username`, text: 'is empty, but a password is given', hint: 'say both or none' });
  }
  if (syslog.url !== '') out.push(...urlProblems('syslog', syslog.url), ...tlsProblems('syslog', syslog, nowMs));
  if (influx.url !== '') out.push(...influxProblems(influx, nowMs));
  if (webhook.url !== '') {
    out.push(...urlProblems('webhook', webhook.url), ...tlsProblems('webhook', webhook, nowMs));
    out.push(...problemsOf(() => readSecrets('webhook.secret_file', webhook.secret_file)));
    out.push(...fileProblems('webhook.authorization_file', webhook.authorization_file));
  }
  if (mqtt.url === '' && names.length === 0 && [syslog.url, file.path, influx.url, webhook.url].every((x) => x === ''))
    out.push({
      path: 'mqtt.url',
      text: 'no sink is switched on: nobody would hear of a verdict',
      hint: 'name a broker or another sink',
    }); // prettier-ignore
  return out;
}

function influxProblems(s: SinkSettings['influx'], nowMs: number): Problem[] {
  const out = [...urlProblems('influx', s.url), ...tlsProblems('influx', s, nowMs)];
  const needed = s.api === 'v2' ? (['org', 'bucket', 'token_file'] as const) : (['database'] as const);
  for (const key of needed)
    if (s[key] === '') out.push({ path: `influx.${key}`, text: `is empty`, hint: `influx.api ${s.api} needs it` });
  out.push(
    ...fileProblems('influx.token_file', s.token_file),
    ...fileProblems('influx.password_file', s.password_file),
  );
  return out;
}

function urlProblems(path: string, url: string): Problem[] {
  try {
    const u = new URL(url);
    if (u.username === '' && u.password === '') return [];
    return [
      {
        path: `${path}.url`,
        text: 'holds a user or password',
        hint: 'addresses stand in logs: use the settings for them',
      },
    ];
  } catch {
    return [{ path: `${path}.url`, text: `'${url.slice(0, 80)}' is not an address` }];
  }
}

function problemsOf(read: () => unknown): readonly Problem[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof WardwireError) return error.problems;
    throw error;
  }
}

const fileProblems = (setting: string, path: string): readonly Problem[] =>
  problemsOf(() => settingFile(setting, path));

/** Certificates that parse, are valid now, and a key that belongs to the own one. */
function tlsProblems(path: string, s: WithTls, nowMs: number): Problem[] {
  const out: Problem[] = [];
  const bad = (key: string, text: string, hint: string): void => {
    out.push({ path: `${path}.${key}`, text, hint });
  };
  const read = (key: 'ca_file' | 'cert_file' | 'key_file'): Buffer | null => {
    const problems = fileProblems(`${path}.${key}`, s[key]);
    out.push(...problems);
    return problems.length > 0 || s[key] === '' ? null : (settingFile(key, s[key]) as Buffer);
  };
  const certificate = (key: 'ca_file' | 'cert_file', pem: Buffer): X509Certificate | null => {
    try {
      const c = new X509Certificate(pem);
      if (Date.parse(c.validTo) < nowMs) bad(key, `the certificate has expired (${c.validTo})`, 'put a new one');
      return c;
    } catch {
      bad(key, 'holds no certificate (PEM)', 'it begins with -----BEGIN CERTIFICATE-----');
      return null;
    }
  };
  if ((s.cert_file === '') !== (s.key_file === ''))
    bad(s.cert_file === '' ? 'cert_file' : 'key_file', 'is empty', 'certificate and key are given together');
  const ca = read('ca_file');
  if (ca !== null) certificate('ca_file', ca);
  const pem = read('cert_file');
  const own = pem === null ? null : certificate('cert_file', pem);
  const key = read('key_file');
  if (key === null) return out;
  try {
    if (own !== null && !own.checkPrivateKey(createPrivateKey(key)))
      bad('key_file', 'is not the key of the certificate', 'they must have been made together');
  } catch {
    bad('key_file', 'holds no private key (PEM)', 'without a passphrase');
  }
  return out;
}
