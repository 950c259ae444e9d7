import { mergePriors, type TypePrior } from '../baseline/index.js';
import { type Problem, WardwireError } from '../core/index.js';
import { parseModel } from '../detect/index.js';
import { featureSchema } from '../features/index.js';
import type { StoredModel, TypeModel } from './model-file.js';
import { type Signer, signedBy } from './signing.js';

export const PACK_SCHEMA = 'wardwire.pack.v1';
/** Models of one type a merged pack keeps, those of most devices. */
const MOST_MODELS = 5;
const QUANTILES = 33;

/** What one site gives of a device type: quantiles and a model (trees), no address and no identifier. */
export interface PackType extends TypePrior {
  /** Models of several sites side by side, those of most devices first; text as in a model file. */
  readonly models: readonly {
    readonly devices: number;
    readonly rows: number;
    readonly prior: TypePrior;
    readonly text: string;
  }[];
}

export interface Pack {
  readonly schema: typeof PACK_SCHEMA;
  readonly feature_schema: string;
  /** Sites it was merged from. */
  readonly sites: number;
  readonly types: readonly PackType[];
  /** Public key of who made it. */
  readonly key: string;
}

/** A pack of models, signed. Models without their type's quantiles are left out. */
export function makePack(models: readonly StoredModel[], signer: Signer): string {
  const types = models.flatMap((m) => {
    const { prior } = m;
    if (prior === null) return [];
    return [{ ...prior, models: [{ devices: prior.devices, rows: prior.rows, prior, text: m.text }] }];
  });
  if (types.length === 0) throw new WardwireError('model', 'there is no model to export yet');
  return seal({ schema: PACK_SCHEMA, feature_schema: featureSchema.id, sites: 1, types, key: signer.key }, signer);
}

/** Several packs as one: quantiles of all rows together, models side by side. @throws WardwireError('model') */
export function mergePacks(packs: readonly Pack[], signer: Signer): string {
  const other = packs.find((p) => p.feature_schema !== packs[0].feature_schema);
  if (other !== undefined) {
    throw new WardwireError('model', 'the packs were made with different features', [
      {
        path: 'feature_schema',
        text: `${packs[0].feature_schema} and ${other.feature_schema}`,
        hint: 'export them again with the same version of wardwire',
      },
    ]);
  }
  const names = [...new Set(packs.flatMap((p) => p.types.map((t) => t.type)))].sort();
  const types = names.map((name) => {
    const all = packs.flatMap((p) => p.types.filter((t) => t.type === name));
    const models = [...new Map(all.flatMap((t) => t.models).map((m) => [m.text, m])).values()];
    models.sort((a, b) => b.devices - a.devices || b.rows - a.rows);
    return { ...mergePriors(all), models: models.slice(0, MOST_MODELS) };
  });
  const sites = packs.reduce((a, p) => a + p.sites, 0);
  return seal({ schema: PACK_SCHEMA, feature_schema: packs[0].feature_schema, sites, types, key: signer.key }, signer);
}

/** The model a site begins with: of all sites' the one of most devices, with the quantiles of all. */
export function startingModel(t: PackType): TypeModel | null {
  const m = t.models[0];
  return m === undefined ? null : { type: t.type, text: m.text, own: [], prior: m.prior };
}

/**
 * Opens a pack. `trusted`: public keys it may be signed with; a key may be shortened to its first 16 digits.
 * @throws WardwireError('model') that says whose key it is when it is none of them, and what does not fit
 */
export function openPack(text: string, path: string, trusted: readonly string[]): Pack {
  const refuse = (what: string, hint: string, problems: readonly Problem[] = []): never => {
    throw new WardwireError('model', `${path}: ${what}`, [{ path, text: what, hint }, ...problems]);
  };
  let doc: Record<string, unknown> = {};
  try {
    doc = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return refuse('the pack is not JSON', 'copy it again');
  }
  if (doc?.schema !== PACK_SCHEMA)
    return refuse(`not a pack of schema ${PACK_SCHEMA}`, "made by 'wardwire baseline export'");
  const { signature, ...body } = doc;
  const key = String(body.key);
  if (typeof signature !== 'string') return refuse('the pack is not signed', 'export it again');
  if (!signedBy(key, JSON.stringify(body), signature))
    return refuse('the signature of the pack does not fit: it was changed or damaged', 'copy it again');
  if (!trusted.some((k) => k.length >= 16 && key.startsWith(k))) {
    return refuse(
      `the pack is signed by a key that is not trusted here: ${key}`,
      `compare it with the site the pack comes from, then add --trust ${key.slice(0, 16)}`,
    );
  }
  const problems = shapeOf(body, path);
  if (problems.length > 0) throw new WardwireError('model', `${path}: the pack cannot be read`, problems);
  const pack = body as unknown as Pack;
  for (const t of pack.types) for (const m of t.models) parseModel(m.text, featureSchema);
  return pack;
}

function seal(pack: Pack, signer: Signer): string {
  return `${JSON.stringify({ ...pack, signature: signer.sign(JSON.stringify(pack)) })}\n`;
}

type Doc = Record<string, unknown>;

/** What is not as `config/schema/baseline-pack.schema.json` says. */
function shapeOf(body: Doc, path: string): Problem[] {
  const out: Problem[] = [];
  const bad = (where: string, text: string): void => void out.push({ path: `${path}: ${where}`, text });
  if (!Array.isArray(body.types)) bad('types', 'must be a list');
  else {
    body.types.forEach((t: Doc, i: number) => {
      const where = `types[${i}]`;
      if (!priorOk(t)) bad(where, 'is no device type with its quantiles');
      const models = t?.models;
      if (!Array.isArray(models) || !models.every((m: Doc) => typeof m?.text === 'string' && priorOk(m.prior as Doc)))
        bad(`${where}.models`, 'must be a list of models');
    });
  }
  if (!Number.isInteger(body.sites)) bad('sites', 'must be a number');
  return out;
}

function priorOk(t: Doc | null | undefined): boolean {
  if (typeof t?.type !== 'string' || !Number.isInteger(t.devices) || !Number.isInteger(t.rows)) return false;
  if (typeof t.features !== 'object' || t.features === null) return false;
  return Object.values(t.features as Record<string, Doc>).every((s) => {
    const q = s?.q;
    if (!Number.isInteger(s?.n) || typeof s.seen !== 'number' || !Array.isArray(q)) return false;
    return (
      (q.length === 0 || q.length === QUANTILES) && q.every((x, k) => Number.isFinite(x) && (k === 0 || x >= q[k - 1]))
    );
  });
}
