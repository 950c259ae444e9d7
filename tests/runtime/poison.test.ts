import t from 'tap';
import { baselineSettings, createBaseline, prepareRows } from '../../src/baseline/index.js';
import { Counters, type Device, type Profile, Random, settingsDefaults } from '../../src/core/index.js';
import { createScorer, detectSettings, trainModel } from '../../src/detect/index.js';
import { FEATURES, SCHEMA } from '../../src/features/index.js';

// An attacker is present while a ward is learned, and no rule names him: what he repeats afterwards must still be found.
t.setTimeout(180_000);

const W = FEATURES.length;
const DEVICES = 6;
const ROWS = 700;
const KINDS = 12;
/** Rows of one episode: a minute of a busy device. */
const EPISODE = 8;
const T0 = 1_700_000_000_000_000;
const PROFILE = { type: 'ventilator', expect: {} } as unknown as Profile;
const detect = settingsDefaults(detectSettings);

const at = (name: string): number => FEATURES.findIndex((f) => f.name === name);
/** What a kind of attack drives up, and to how many times what is usual. */
const ATTACKS: readonly (readonly [string, number][])[] = [
  [
    ['new_flows_rate', 300],
    ['uniq_dport', 200],
    ['conn_fail_ratio', 9],
  ],
  [
    ['uniq_peers', 80],
    ['new_flows_rate', 60],
    ['uniq_dport', 3],
  ],
  [
    ['bytes_out_rate', 400],
    ['pkts_out_rate', 100],
    ['burst_max_1s', 60],
    ['ext_bytes_out', 1e6],
  ],
  [
    ['pkts_in_rate', 300],
    ['syn_in_rate', 500],
    ['active_flows', 200],
  ],
  [
    ['d_find_rate', 60],
    ['d_find_matches', 300],
    ['d_rsp_p95', 20],
  ],
  [
    ['d_assoc_in_rate', 200],
    ['d_reject_abort_ratio', 9],
    ['d_uniq_ae_tried', 40],
  ],
  [
    ['h_msg_rate', 150],
    ['h_ack_neg_ratio', 9],
    ['h_uniq_patients', 80],
  ],
  [
    ['arp_anom', 200],
    ['ttl_delta', 30],
    ['bmcast_ratio', 9],
  ],
  [
    ['dns_uniq_domains', 200],
    ['dns_nx_ratio', 9],
    ['pkts_out_rate', 20],
  ],
  [
    ['rst_ratio', 9],
    ['conn_fail_ratio', 9],
    ['new_flows_rate', 80],
  ],
  [
    ['d_retrieve_inst', 500],
    ['bytes_in_rate', 200],
    ['d_uniq_studies', 100],
  ],
  [
    ['size_out_mean', 12],
    ['bytes_out_rate', 80],
    ['payload_entropy', 2.5],
    ['ext_bytes_out', 1e5],
  ],
]; // prettier-ignore

/** An ordinary row of a device: every device has its own level, and a busy time now and then. */
function ordinary(r: Random, level: Float64Array, out: Float64Array, from: number): void {
  const busy = r.float() < 0.1 ? 3 : 1;
  for (let f = 0; f < W; f++) {
    const ratio = FEATURES[f].unit === 'ratio';
    const x = level[f] * Math.exp(0.25 * r.normal()) * (ratio ? 1 : busy);
    out[from + f] = ratio ? Math.min(1, x) : x;
  }
}

function attack(kind: number, row: Float64Array, from: number): void {
  for (const [name, times] of ATTACKS[kind]) {
    const f = at(name);
    row[from + f] =
      FEATURES[f].unit === 'ratio'
        ? Math.min(1, Math.max(row[from + f], 0.05) * times)
        : Math.max(row[from + f], 0.2) * times;
  }
}

function levels(r: Random): Float64Array {
  return Float64Array.from(FEATURES, (f) => (f.unit === 'ratio' ? 0.08 : 2) * Math.exp(0.5 * r.normal()));
}

interface Outcome {
  readonly found: number;
  readonly falseRows: number;
  readonly trimmed: number;
}

/** Learns a ward, poisoned or not, and repeats every attack; episodes found as the sensor finds them (3 of 5 scorings). */
function run(poisoned: boolean, trim_share: number): Outcome {
  const r = new Random(11);
  const ward = Array.from({ length: DEVICES }, () => levels(r));
  const settings = settingsDefaults(baselineSettings, { trim_share, learning_s: ROWS * 10, learning_rows: 100 });
  const baseline = createBaseline({
    settings,
    directory: {
      size: DEVICES,
      get: (i) => ({ id: `d${i}` }) as unknown as Device,
      firstUs: () => T0,
      lastUs: () => T0,
      profileOf: () => 0,
      isSite: () => true,
      byIp: () => -1,
    },
    profiles: [PROFILE],
    schema: SCHEMA,
    seed: 5,
    counters: new Counters(),
  });
  const row = { device: 0, tsUs: T0, values: new Float64Array(W), schemaId: SCHEMA.id };
  for (let i = 0; i < ROWS; i++) {
    for (let d = 0; d < DEVICES; d++) {
      row.device = d;
      row.tsUs = T0 + i * 10e6;
      ordinary(r, ward[d], row.values, 0);
      for (let k = d; poisoned && k < KINDS; k += DEVICES) {
        const since = i - (50 + 50 * k);
        if (since >= 0 && since < EPISODE) attack(k, row.values, 0);
      }
      baseline.collect(row);
    }
  }
  const job = baseline.job('ventilator');
  const p = prepareRows(job, 'ventilator', SCHEMA, settings);
  baseline.setPrior(p.prior);
  const scorer = createScorer({
    settings: detect,
    schema: SCHEMA,
    profiles: [PROFILE],
    counters: new Counters(),
    deviceId: (d) => `d${d}`,
  });
  const fit = { width: W, schema: SCHEMA, type: 'ventilator', seed: 3, settings: detect, fromUs: 0, untilUs: 1 };
  const { text, own } = trainModel({ ...fit, rows: p.rows, owner: p.owner, ids: job.ids });
  scorer.setModel(text, own);
  const odd = (d: number, kind: number | null): boolean => {
    row.device = d;
    row.tsUs += 1e6;
    ordinary(r, ward[d], row.values, 0);
    if (kind !== null) attack(kind, row.values, 0);
    return (scorer.score(baseline.asType(row, 'ventilator'), 0)?.pValue ?? 1) < scorer.threshold;
  };
  let found = 0;
  for (let k = 0; k < KINDS; k++) {
    let hits = 0;
    for (let e = 0; e < EPISODE; e++) if (odd(k % DEVICES, k)) hits++;
    if (hits >= 3) found++;
  }
  let falseRows = 0;
  for (let i = 0; i < 6000; i++) if (odd(i % DEVICES, null)) falseRows++;
  return { found, falseRows, trimmed: p.trimmed };
}

t.test('at least 80 % of what a poisoner repeats is found, with no more false alarms', async (t) => {
  const clean = run(false, 0.04);
  const poisoned = run(true, 0.04);
  const unguarded = run(true, 0);
  t.comment(
    `clean ${JSON.stringify(clean)}, poisoned ${JSON.stringify(poisoned)}, unguarded ${JSON.stringify(unguarded)}`,
  );
  t.ok(poisoned.found >= 0.8 * KINDS, `${poisoned.found} of ${KINDS}`);
  t.ok(poisoned.found >= unguarded.found);
  t.ok(poisoned.falseRows <= clean.falseRows + 6, `${poisoned.falseRows} of 6000 rows, ${clean.falseRows} when clean`);
});
