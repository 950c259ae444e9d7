import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { encode, FORMATS, syslogMessage } from '../../src/publish/index.js';
import { someVerdict } from '../support/some-verdict.js';
import { projectRoot } from '../support/wardwire.js';
import { wildText } from '../support/wild.js';

const RUNS = 2000;
const golden = (format: string): string => join(projectRoot(), 'tests', 'publish', 'golden', `${format}.txt`);

t.test('each form as it was: names that others have built on', async (t) => {
  for (const format of FORMATS) {
    const line = encode(format, someVerdict());
    // WARDWIRE_GOLDEN=1 writes them anew, for a change that is meant
    if (process.env.WARDWIRE_GOLDEN === '1' || !existsSync(golden(format))) writeFileSync(golden(format), `${line}\n`);
    t.equal(`${line}\n`, readFileSync(golden(format), 'utf8'), format);
  }
});

/** Parses CEF as ArcSight's developers' guide says: header by unescaped `|`, extension by ` key=`. */
function parseCef(line: string): { header: string[]; extension: Record<string, string> } {
  const header: string[] = [];
  let at = 0;
  let field = '';
  while (header.length < 7) {
    const c = line[at++];
    if (c === undefined) throw new Error('header ended');
    if (c === '\\') field += line[at++];
    else if (c === '|') {
      header.push(field);
      field = '';
    } else field += c;
  }
  const extension: Record<string, string> = {};
  const rest = line.slice(at);
  const keys = [...rest.matchAll(/(?:^| )([A-Za-z0-9]+)=/g)].filter(
    (m) => rest[(m.index as number) + m[0].length - 2] !== '\\',
  );
  keys.forEach((m, i) => {
    const from = (m.index as number) + m[0].length;
    const raw = rest.slice(from, i + 1 < keys.length ? keys[i + 1].index : undefined);
    extension[m[1]] = raw.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
  });
  return { header, extension };
}

t.test('CEF parses back whatever stands in it', async (t) => {
  const known = parseCef(encode('cef', someVerdict())).extension;
  fc.assert(
    fc.property(wildText, wildText, (name, text) => {
      const v = someVerdict();
      const line = encode('cef', {
        ...v,
        sensor: { ...v.sensor, version: name },
        reasons: [{ ...v.reasons[0], text }],
      });
      if (/[^\x20-\x7e]/.test(line)) throw new Error('not printable ASCII');
      const { header, extension } = parseCef(line);
      const plain = (s: string): string =>
        s
          .normalize('NFD')
          .replace(/\p{M}/gu, '')
          .replace(/[^\x20-\x7e\n]/g, '?');
      if (header[0] !== 'CEF:0' || header[3] !== plain(name).replaceAll('\n', ' '))
        throw new Error(`version ${JSON.stringify(header[3])}`);
      const message = plain(text).trim();
      if ((extension.msg ?? '') !== message)
        throw new Error(`${JSON.stringify(extension.msg)} is not ${JSON.stringify(message)}`);
      const strange = Object.keys(extension).filter((k) => !(k in known));
      if (strange.length > 0) throw new Error(`${strange} came from a text`);
      if (extension.cs1 !== 'ventilator' || extension.src !== '10.1.9.66') throw new Error('a field went astray');
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} verdicts`);
});

t.test('syslog: header fields without spaces, structured data parses back', async (t) => {
  fc.assert(
    fc.property(wildText, wildText, (host, id) => {
      const v = someVerdict(id);
      const line = syslogMessage(v, 'native', { facility: 13, enterpriseId: 32473, host, pid: 7 });
      const m =
        /^<(\d+)>1 (\S+) (\S+) wardwire 7 (\S+) \[wardwire@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")+)\] (\{.*)$/s.exec(
          line,
        );
      if (m === null) throw new Error(line);
      if (Number(m[1]) !== 13 * 8 + 2) throw new Error('priority');
      const value = / id="((?:[^"\\\]]|\\["\\\]])*)"/.exec(m[5])?.[1].replace(/\\(["\\\]])/g, '$1');
      if (value !== id.replace(/\p{Cc}/gu, ' ')) throw new Error(`${value} is not ${id}`);
      JSON.parse(m[6]);
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} verdicts`);
});

t.test('JSON forms hold no null and one line each', async (t) => {
  const bare = someVerdict('x', { peer: null, flow: null, p_value: null, attack: [] });
  for (const format of ['ecs', 'ocsf'] as const) {
    for (const v of [someVerdict(), bare]) {
      const line = encode(format, v);
      t.notMatch(line, /\n/);
      const walk = (x: unknown): boolean =>
        x !== null && (typeof x !== 'object' || Object.values(x as object).every(walk));
      const { wardwire, ...known } = JSON.parse(line);
      t.ok(walk(known), `${format} without null`);
      t.ok(format === 'ocsf' || wardwire.reasons.length === 1);
    }
  }
  const ocsf = JSON.parse(encode('ocsf', someVerdict()));
  t.match(ocsf, {
    class_uid: 2004,
    type_uid: 200401,
    severity_id: 5,
    anomaly_analyses: [{ anomalies: [{ observation_parameter: 'uniq_peers' }] }],
  });
  const ecs = JSON.parse(encode('ecs', someVerdict()));
  t.match(ecs, {
    event: { kind: 'alert', severity: 99 },
    network: { community_id: /^1:/ },
    threat: { technique: { id: ['T0886'] } },
  });
});
