import type { Verdict } from '../core/index.js';

/** The declared fields of a message: `true` is a value without parts, `[x]` a list of x. */
export type Fields = true | { readonly [name: string]: Fields } | readonly [Fields];
type FieldsOf<T> = [NonNullable<T>] extends [readonly (infer E)[]]
  ? readonly [FieldsOf<E>]
  : [NonNullable<T>] extends [object]
    ? { readonly [K in keyof NonNullable<T>]-?: FieldsOf<NonNullable<T>[K]> }
    : true;

/** The fields of `wardwire.verdict.v1`. The compiler holds them equal to the type, a test to the published JSON Schema. */
export const VERDICT_FIELDS: FieldsOf<Verdict> = {
  schema: true,
  id: true,
  seq: true,
  boot_id: true,
  sensor: { site: true, name: true, version: true },
  observed_at: true,
  issued_at: true,
  latency_ms: true,
  budget_ms: true,
  within_budget: true,
  device: {
    id: true,
    type: true,
    criticality: true,
    mac: true,
    ip: true,
    vendor: true,
    model: true,
    name: true,
  },
  role: true,
  peer: { ip: true, port: true, mac: true, device_id: true, type: true },
  flow: {
    community_id: true,
    transport: true,
    protocol: true,
    vlan: true,
    tunnel: { kind: true, id: true, from: true, to: true },
  },
  scenario: true,
  scenario_id: true,
  incident: { id: true, state: true, count: true, first_at: true },
  severity: true,
  p_value: true,
  score: true,
  threshold: true,
  detectors: [{ name: true, share: true }],
  reasons: [
    {
      what: true,
      feature: true,
      rule: true,
      observed: true,
      unit: true,
      expected_low: true,
      expected_high: true,
      share: true,
      text: true,
    },
  ],
  attack: [{ framework: true, id: true, name: true }],
  advice: { safe_step: true, isolate: true, do_not_isolate: true, level: true },
  evidence: { id: true, sha256: true, packets: true, from: true, to: true },
  coverage: { gap_octets: true, drops: true, blind: true },
  model: { id: true, profile: true, learned_from: true, learned_until: true, state: true },
};

/**
 * What may leave of a verdict: the verdict itself when every field is declared (nothing is allocated), else a copy without the
 * others. `undeclared` is told the place of each; never its name or value, which may be anything.
 */
export function declaredOnly(v: Verdict, undeclared: (place: string) => void): Verdict {
  return keep(v, DECLARED, 'verdict', undeclared) as Verdict;
}

/** The list without prototypes: a field called `constructor` is declared nowhere. */
const DECLARED = bare(VERDICT_FIELDS);

function bare(f: Fields): Fields {
  if (f === true) return f;
  if (Array.isArray(f)) return [bare(f[0])];
  const out = Object.create(null) as Record<string, Fields>;
  for (const [k, x] of Object.entries(f)) out[k] = bare(x);
  return out;
}

const DROPPED = Symbol('dropped');

function keep(value: unknown, fields: Fields, place: string, undeclared: (place: string) => void): unknown {
  if (value === null || value === undefined) return value;
  if (typeof value !== 'object') return fields === true ? value : drop(place, undeclared);
  if (fields === true) return drop(place, undeclared);
  return Array.isArray(fields)
    ? keepList(value, fields[0], place, undeclared)
    : keepObject(value as Record<string, unknown>, fields as Readonly<Record<string, Fields>>, place, undeclared);
}

function drop(place: string, undeclared: (place: string) => void): typeof DROPPED {
  undeclared(place);
  return DROPPED;
}

function keepList(value: object, fields: Fields, place: string, undeclared: (place: string) => void): unknown {
  if (!Array.isArray(value)) return drop(place, undeclared);
  let out: unknown[] | null = null;
  for (let i = 0; i < value.length; i++) {
    const kept = keep(value[i], fields, place, undeclared);
    if (kept !== value[i] && out === null) out = value.slice(0, i);
    if (out !== null && kept !== DROPPED) out.push(kept);
  }
  return out ?? value;
}

function keepObject(
  value: Record<string, unknown>,
  fields: Readonly<Record<string, Fields>>,
  place: string,
  undeclared: (place: string) => void,
): unknown {
  if (Array.isArray(value)) return drop(place, undeclared);
  let out: Record<string, unknown> | null = null;
  for (const name in value) {
    const known: Fields | undefined = fields[name];
    const old = value[name];
    const plain = typeof old !== 'object' || old === null;
    if (plain && (known === true || (known !== undefined && (old === null || old === undefined)))) continue;
    const kept = known === undefined ? drop(place, undeclared) : keep(old, known, name, undeclared);
    if (kept === old) continue;
    out ??= { ...value };
    if (kept === DROPPED) delete out[name];
    else out[name] = kept;
  }
  return out ?? value;
}
