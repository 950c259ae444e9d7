import type { TypePrior } from '../baseline/index.js';
import { WardwireError } from '../core/index.js';
import type { OwnScores } from '../detect/index.js';
import { type Signer, signedBy } from './signing.js';

export const SIGNED_SCHEMA = 'wardwire.signed.v1';

/** A model of a device type as it travels: the model file's text, and what the rows were like it was grown from. */
export interface TypeModel {
  readonly type: string;
  readonly text: string;
  /** What the devices it was grown from scored themselves; stays at its site. */
  readonly own: readonly OwnScores[];
  readonly prior: TypePrior | null;
}

/** A model as it lies on disk. */
export interface StoredModel extends TypeModel {
  readonly version: number;
  /** Public key it was signed with. */
  readonly key: string;
}

/*
 * Layout: one line of JSON { schema, type, version, key, own, prior, signature }, then the model's own text. The signature
 * (ed25519) is over the line without its signature, a line feed, and the text.
 */
export function sealModel(model: TypeModel, version: number, signer: Signer): string {
  const head = {
    schema: SIGNED_SCHEMA,
    type: model.type,
    version,
    key: signer.key,
    own: model.own,
    prior: model.prior,
  };
  const line = JSON.stringify(head);
  return `${JSON.stringify({ ...head, signature: signer.sign(`${line}\n${model.text}`) })}\n${model.text}`;
}

/**
 * Opens a signed model. `trusted`: public key it must be signed with. @throws WardwireError('model') that names the file
 * and what is wrong with its signature
 */
export function openModel(file: string, path: string, trusted: string | null): StoredModel {
  const refuse = (text: string, hint: string): never => {
    throw new WardwireError('model', `${path}: ${text}`, [{ path, text, hint }]);
  };
  const end = file.indexOf('\n');
  let head: Record<string, unknown> = {};
  try {
    head = JSON.parse(file.slice(0, end < 0 ? undefined : end)) as Record<string, unknown>;
  } catch {
    // no JSON: as good as unsigned
  }
  if (head?.schema !== SIGNED_SCHEMA || end < 0 || typeof head.signature !== 'string') {
    return refuse('the model is not signed', 'remove it; the device type is learned again, or import a pack');
  }
  const { signature, ...rest } = head as Record<string, unknown> & { signature: string };
  const { type, version, key, own, prior } = rest;
  if (typeof type !== 'string' || typeof version !== 'number' || typeof key !== 'string')
    return refuse('the head of the signed model cannot be read', 'remove it');
  if (trusted === null)
    return refuse('there is no key to check the model with', 'signing.pub is missing in its folder');
  if (key !== trusted) {
    return refuse(
      `the model is signed by another key (${key.slice(0, 16)}…, trusted is ${trusted.slice(0, 16)}…)`,
      "models of other sites come in by 'wardwire baseline import'",
    );
  }
  const text = file.slice(end + 1);
  if (!signedBy(key, `${JSON.stringify(rest)}\n${text}`, signature))
    return refuse('the signature of the model does not fit: it was changed or damaged', 'roll back, or remove it');
  return {
    type,
    version,
    key,
    text,
    own: (own ?? []) as readonly OwnScores[],
    prior: (prior ?? null) as TypePrior | null,
  };
}
