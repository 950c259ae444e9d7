import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { Verdict, VerdictSinkClient } from '../../src/core/index.js';
import { settingsDefaults } from '../../src/core/index.js';
import { createPublisher, declaredOnly, publishSettings, VERDICT_FIELDS } from '../../src/publish/index.js';
import { someVerdict } from '../support/some-verdict.js';
import { projectRoot } from '../support/wardwire.js';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** The fields a JSON Schema declares, in the form of the allow-list. */
function fieldsOf(s: Schema): unknown {
  const one = [s, ...(s.anyOf ?? []), ...(s.oneOf ?? [])].find(
    (x) => x.properties !== undefined || x.items !== undefined,
  );
  if (one?.properties !== undefined)
    return Object.fromEntries(Object.entries(one.properties).map(([k, x]) => [k, fieldsOf(x)]));
  return one?.items === undefined ? true : [fieldsOf(one.items)];
}

t.test('the allow-list is the published schema', async (t) => {
  const path = join(projectRoot(), 'config', 'schema', 'verdict.schema.json');
  t.same(VERDICT_FIELDS, fieldsOf(JSON.parse(readFileSync(path, 'utf8')) as Schema));
});

t.test('a clean verdict is handed on as it is, without a copy', async (t) => {
  for (const v of [someVerdict(), someVerdict('x', { peer: null, flow: null, evidence: null })])
    t.equal(
      declaredOnly(v, (place) => t.fail(place)),
      v,
    );
});

/** Every object of a value, with a way to put something into a copy of the whole. */
function holders(v: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof v !== 'object' || v === null) return [];
  const own = Array.isArray(v) ? [] : [path];
  return [...own, ...Object.entries(v).flatMap(([k, x]) => holders(x, [...path, k]))];
}

t.test('whatever is added anywhere stays behind, and its name with it', async (t) => {
  const clean = someVerdict();
  const places = holders(clean);
  const strange = fc.oneof(fc.string(), fc.integer(), fc.dictionary(fc.string(), fc.string()), fc.array(fc.string()));
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.string({ minLength: 1 }), strange, (path, name, value) => {
      const dirty = structuredClone(clean) as unknown as Record<string, unknown>;
      let at = dirty;
      for (const k of path) at = at[k] as Record<string, unknown>;
      if (Object.hasOwn(at, name)) return;
      Object.defineProperty(at, name, { value, enumerable: true, configurable: true, writable: true });
      const told: string[] = [];
      const out = declaredOnly(dirty as unknown as Verdict, (place) => told.push(place));
      if (JSON.stringify(out) !== JSON.stringify(clean)) throw new Error(`${path.join('.')}.${name} left`);
      if (told.length !== 1 || !/^[a-z_]+$/.test(told[0])) throw new Error(`told ${told}`);
    }),
    { numRuns: 2000 },
  );
  t.pass(`2000 additions at ${places.length} places`);
});

t.test('a value that hides an object, a list that is none', async (t) => {
  const told: string[] = [];
  const out = declaredOnly(
    {
      ...someVerdict(),
      scenario: { patient: 'CANARY' } as unknown as string,
      reasons: { 0: 'CANARY' } as unknown as Verdict['reasons'],
      attack: ['CANARY', ...someVerdict().attack] as unknown as Verdict['attack'],
      device: [] as unknown as Verdict['device'],
    },
    (place) => told.push(place),
  );
  t.same(told.sort(), ['attack', 'device', 'reasons', 'scenario']);
  t.notMatch(JSON.stringify(out), 'CANARY');
  t.same(out.attack, someVerdict().attack);
});

t.test('no sink and no log sees an undeclared field; the first is said, all are counted', async (t) => {
  const seen: string[] = [];
  const lines: string[] = [];
  const sink: VerdictSinkClient = {
    name: 's',
    start: async () => undefined,
    ready: () => true,
    send: async (v) => void seen.push(JSON.stringify(v)),
    state: () => ({ connected: true, inFlight: 0, published: 0, failures: 0, lastError: null }),
    stop: async () => undefined,
  };
  let owed = [{ ...someVerdict('old'), patient: 'CANARY' } as unknown as Verdict];
  const publisher = createPublisher({
    sinks: [sink],
    log: {
      begin: () => undefined,
      end: () => undefined,
      append: (v) => void seen.push(JSON.stringify(v)),
      acked: (_sink, id) => {
        if (id === 'old') owed = [];
      },
      pending: async () => owed,
    },
    settings: settingsDefaults(publishSettings),
    bootId: 'b',
    wallUs: () => 1e15,
    nowUs: () => performance.now() * 1000,
    logger: { log: (_level, event, text) => lines.push(`${event} ${text}`) },
    onHandedOver: () => undefined,
  });
  await publisher.start();
  const verdict = { ...someVerdict('new'), device: { ...someVerdict().device, mrn: 'CANARY' } } as unknown as Verdict;
  publisher.submit({
    verdict,
    observedUs: 1e15,
    live: true,
    timing: { ageUs: 0, builtUs: 0, stages: { capture: 0, decode: 0, score: 0 } },
  });
  for (let i = 0; i < 100 && seen.length < 3; i++) await new Promise((r) => setTimeout(r, 20));
  await publisher.stop(100);
  t.equal(seen.length, 3, 'sent, logged, and one owed from an earlier start');
  t.notMatch(seen.join(), 'CANARY');
  t.notMatch(lines.join(), /CANARY|mrn|patient/);
  t.equal(lines.filter((l) => l.startsWith('publish.undeclared')).length, 1);
  t.equal(publisher.state().undeclared, 3);
});

t.test('cost of a verdict at the boundary', async (t) => {
  const v = someVerdict();
  const n = 100_000;
  let copies = 0;
  const run = (): number => {
    const from = performance.now();
    for (let i = 0; i < n; i++) if (declaredOnly(v, () => undefined) !== v) copies++;
    return ((performance.now() - from) * 1e6) / n;
  };
  run();
  t.comment(`${run().toFixed(0)} ns; JSON of the same verdict ${jsonNs(v, n).toFixed(0)} ns`);
  t.equal(copies, 0);
});

function jsonNs(v: Verdict, n: number): number {
  const from = performance.now();
  let length = 0;
  for (let i = 0; i < n; i++) length += JSON.stringify(v).length;
  return ((performance.now() - from) * 1e6) / (length > 0 ? n : 1);
}
