import t from 'tap';
import { Blend, centreOf } from '../../src/baseline/blend.js';
import { Drift, type DriftSettings } from '../../src/baseline/drift.js';
import { prepareRows, type RowJob } from '../../src/baseline/index.js';
import { differences, mergePriors, priorOf } from '../../src/baseline/prior.js';
import { mergeSketches, quantile, shareBelow, sketchColumn } from '../../src/baseline/sketch.js';
import { fromView, toView, View } from '../../src/baseline/view.js';
import { type FeatureSchema, Random } from '../../src/core/index.js';

const near = (t: { ok(v: boolean, m: string): void }, got: number, want: number, by: number): void =>
  t.ok(Math.abs(got - want) <= by, `${got} is ${want}`);

const schema: FeatureSchema = {
  id: 'test',
  features: [
    ['rate', 'log1p', '1/s'],
    ['share', 'linear', 'ratio'],
    ['level', 'linear', 'sd'],
    ['rare', 'log1p', 'count'],
  ].map(([name, transform, unit]) => ({ name, transform, unit, group: 'A', text: '', label: name })) as never,
};
const W = schema.features.length;
/** Rows around a rate, a share and a level; the fourth number is mostly not observed. */
function some(r: Random, n: number, rate = 100, share = 0.3, level = 0): Float64Array {
  const out = new Float64Array(n * W);
  for (let i = 0; i < n; i++) {
    out[i * W] = rate * Math.exp(0.2 * r.normal());
    out[i * W + 1] = 1 / (1 + Math.exp(-(Math.log(share / (1 - share)) + 0.2 * r.normal())));
    out[i * W + 2] = level + r.normal();
    out[i * W + 3] = r.float() < 0.9 ? Number.NaN : 5;
  }
  return out;
}

t.test('views go there and back; ratios stay ratios', async (t) => {
  for (const x of [-5, 0, 0.3, 77]) near(t, fromView(View.Log, toView(View.Log, x)), x, 1e-9);
  for (const x of [0.01, 0.3, 0.99]) near(t, fromView(View.Logit, toView(View.Logit, x)), x, 1e-9);
  t.ok(Number.isFinite(toView(View.Logit, 0)) && Number.isFinite(toView(View.Logit, 1)));
});

t.test('a sketch keeps quantiles, shares, and how often a number was observed', async (t) => {
  const rows = some(new Random(1), 4000);
  const s = sketchColumn(rows, W, 2);
  near(t, quantile(s, 0.5), 0, 0.1);
  near(t, quantile(s, 0.841), 1, 0.15);
  near(t, shareBelow(s, 0), 0.5, 0.03);
  t.equal(shareBelow(s, -99), 0);
  t.equal(shareBelow(s, 99), 1);
  near(t, sketchColumn(rows, W, 3).seen, 0.1, 0.03);
  const constant = sketchColumn(Float64Array.from([3, 3, 3]), 1, 0);
  t.equal(shareBelow(constant, 3), 1);
  t.equal(shareBelow(constant, 2.9), 0);
  t.same(sketchColumn(Float64Array.from([Number.NaN]), 1, 0), { n: 0, seen: 0, q: [] });
});

t.test('sketches of several sites merge to the sketch of all rows together', async (t) => {
  const r = new Random(2);
  const a = some(r, 6000, 100, 0.3, 0);
  const b = some(r, 2000, 100, 0.3, 6);
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  const merged = mergeSketches([sketchColumn(a, W, 2), sketchColumn(b, W, 2)]);
  const whole = sketchColumn(both, W, 2);
  t.equal(merged.n, 8000);
  for (const p of [0.1, 0.25, 0.5, 0.7, 0.85, 0.95]) near(t, quantile(merged, p), quantile(whole, p), 0.25);
  const one = priorOf('x', a, 3, schema);
  const m = mergePriors([one, priorOf('x', b, 1, schema)]);
  t.match(m, { type: 'x', devices: 4, rows: 8000 });
  near(t, m.features.rare.seen, 0.1, 0.02);
});

t.test('a device that differs from its type is told by the features, farthest first', async (t) => {
  const prior = priorOf('x', some(new Random(3), 3000), 5, schema);
  const like = [toView(View.Log, 105), toView(View.Logit, 0.31), 0.1, Number.NaN];
  t.same(differences(like, prior, null, schema), []);
  const odd = [toView(View.Log, 4000), toView(View.Logit, 0.31), 4, Number.NaN];
  const found = differences(odd, prior, null, schema);
  t.same(
    found.map((d) => d.feature),
    ['rate', 'level'],
  );
  near(t, found[0].median, 4000, 1);
  const profile = { expect: { level: [-1, 1] } } as never;
  t.same(
    differences([Number.NaN, Number.NaN, 9, Number.NaN], null, profile, schema).map((d) => d.feature),
    ['level'],
    'the profile speaks where nothing was learned',
  );
});

function jobOf(parts: Float64Array[], medians: number[][]): RowJob {
  const n = parts.reduce((a, p) => a + p.length / W, 0);
  const rows = new Float64Array(n * W);
  const owner = new Int32Array(n);
  const tsUs = new Float64Array(n);
  let at = 0;
  parts.forEach((p, d) => {
    rows.set(p, at * W);
    for (let i = 0; i < p.length / W; i++) {
      owner[at + i] = d;
      tsUs[at + i] = i * 10e6;
    }
    at += p.length / W;
  });
  return {
    rows,
    width: W,
    fromUs: 0,
    untilUs: 0,
    owner,
    tsUs,
    ids: parts.map((_, d) => `d${d}`),
    seen: Uint32Array.from(parts, (p) => p.length / W),
    medians: Float32Array.from(medians.flat()),
  };
}

t.test('rows of unlike devices come to lie on the middle of their type, by the weight of their history', async (t) => {
  const r = new Random(4);
  const views = [View.Log, View.Logit, View.Plain];
  const mediansOf = (rate: number, share: number, level: number): number[] => [
    ...[rate, share, level].map((x, i) => toView(views[i], x)),
    Number.NaN,
  ];
  const job = jobOf(
    [some(r, 1000, 50, 0.2, -1), some(r, 1000, 200, 0.4, 1)],
    [mediansOf(50, 0.2, -1), mediansOf(200, 0.4, 1)],
  );
  const alone = prepareRows(job, 'x', schema, { trim_share: 0, blend_rows: 0 });
  t.same(alone.rows, job.rows, 'blend_rows 0: the type alone');
  const { rows, prior } = prepareRows(job, 'x', schema, { trim_share: 0, blend_rows: 250 });
  t.equal(prior.devices, 2);
  const gap = (a: Float64Array, c: number): number => {
    const view = views[c];
    const of = (from: number): number =>
      quantile(
        sketchColumn(
          Float64Array.from({ length: 1000 }, (_, i) => toView(view, a[(from + i) * W + c])),
          1,
          0,
        ),
        0.5,
      );
    return of(1000) - of(0);
  };
  for (const c of [0, 1, 2]) near(t, gap(rows, c) / gap(job.rows, c), 0.2, 0.05);
  t.ok(
    rows.every((x, i) => i % W !== 1 || (x >= 0 && x <= 1)),
    'ratios stay ratios',
  );

  const blend = new Blend(schema, 250);
  const row = { device: 0, tsUs: 0, values: Float64Array.from([50, 0.2, -1, Number.NaN]), schemaId: 'test' };
  const medians = mediansOf(50, 0.2, -1);
  t.equal(blend.row(row, 'x', medians, 1000), row, 'an unknown type');
  blend.set(prior);
  const seen = blend.row(row, 'x', medians, 1000);
  const centre = centreOf(prior, schema);
  near(
    t,
    toView(View.Log, seen.values[0]),
    toView(View.Log, 50) + 0.8 * (centre.middle[0] - toView(View.Log, 50)),
    1e-6,
  );
  near(t, blend.value('x', medians, 1000, 0, seen.values[0]), 50, 1e-6);
  t.ok(Number.isNaN(seen.values[3]));
});

t.test('a device is moved only so far: what is wild stays wild', async (t) => {
  const blend = new Blend(schema, 1);
  blend.set(priorOf('x', some(new Random(5), 2000), 3, schema));
  const values = Float64Array.from([1e6, 0.3, 0, Number.NaN]);
  const seen = blend.row({ device: 0, tsUs: 0, values, schemaId: 'test' }, 'x', [toView(View.Log, 1e6), 0, 0, 0], 1e6);
  t.ok(seen.values[0] > 10_000, `${seen.values[0]}`);
});

t.test('trimming: one wild episode leaves, a habit stays, and never more than the share', async (t) => {
  const r = new Random(6);
  const quiet = (): Float64Array => some(r, 2000);
  const blank = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  const wild = (rows: Float64Array, at: number[]): Float64Array => {
    for (const i of at) for (let c = 0; c < 3; c++) rows[i * W + c] = [1e6, 0.999, 60][c];
    return rows;
  };
  const settings = { trim_share: 0.02, blend_rows: 0 };
  const once = jobOf([wild(quiet(), [500, 501, 502, 503]), quiet()], [blank, blank]);
  t.equal(prepareRows(once, 'x', schema, settings).trimmed, 4);
  const habit = jobOf([wild(quiet(), [100, 600, 1100, 1600]), quiet()], [blank, blank]);
  t.equal(prepareRows(habit, 'x', schema, settings).trimmed, 0, 'four times in five hours');
  const much = jobOf(
    [
      wild(
        quiet(),
        Array.from({ length: 150 }, (_, i) => 500 + i),
      ),
      quiet(),
    ],
    [blank, blank],
  );
  t.equal(prepareRows(much, 'x', schema, settings).trimmed, 80, '2 % of 4000');
  t.equal(
    prepareRows(jobOf([quiet(), quiet()], [blank, blank]), 'x', schema, settings).trimmed,
    0,
    'nothing stands apart',
  );
});

const drifting: DriftSettings = {
  drift_psi: 0.25,
  drift_features: 2,
  drift_rows: 1000,
  drift_window_s: 3600,
  drift_repeat_s: 604_800,
};

t.test('drift: none is told of what stays the same, with its ups and downs by the hour', async (t) => {
  const r = new Random(7);
  const day = (hour: number): number => 100 * (1 + 0.3 * Math.sin((hour / 24) * 2 * Math.PI));
  const rows: number[] = [];
  for (let i = 0; i < 24 * 360; i++) rows.push(...some(r, 1, day(i / 360)));
  let advices = 0;
  for (let site = 0; site < 5; site++) {
    const d = new Drift({ ...drifting, drift_window_s: 86_400 }, schema);
    d.watch(priorOf('x', Float64Array.from(rows), 3, schema));
    for (let i = 0; i < 14 * 24 * 120; i++) {
      if (d.add('x', some(r, 1, day(i / 120)), i * 30e6) !== null) advices++;
    }
  }
  t.equal(advices, 0, 'in ten weeks of five types');
});

t.test('drift: a shift of some numbers is told after two windows, once, by name', async (t) => {
  const r = new Random(8);
  const d = new Drift(drifting, schema);
  d.watch(priorOf('x', some(r, 5000), 3, schema));
  t.equal(d.add('y', some(r, 1), 0), null, 'a type without a model');
  const told: { at: number; names: string[] }[] = [];
  for (let i = 0; i < 20_000; i++) {
    const a = d.add('x', some(r, 1, 140, 0.36), i * 4e6);
    if (a !== null) told.push({ at: i, names: a.features.map((f) => f.name).sort() });
  }
  t.equal(told.length, 1);
  t.same(told[0].names, ['rate', 'share']);
  t.ok(told[0].at >= 1999 && told[0].at < 2100, `after ${told[0].at} rows`);
});

t.test('drift: a number that is no longer observed, or now is, has drifted', async (t) => {
  const r = new Random(9);
  const d = new Drift({ ...drifting, drift_features: 1 }, schema);
  d.watch(priorOf('x', some(r, 5000), 3, schema));
  const names = new Set<string>();
  for (let i = 0; i < 5000; i++) {
    const row = some(r, 1);
    row[3] = 5;
    for (const f of d.add('x', row, i * 4e6)?.features ?? []) names.add(f.name);
  }
  t.same([...names], ['rare']);
});
