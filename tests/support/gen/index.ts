import { hospitalMix, type MixKind, type MixResult } from './mix.js';

export { hospitalMix, MIX_KINDS, type MixKind, type MixOptions, type MixResult } from './mix.js';

/** `hospitalMix` with a file name, for callers that wait. */
export async function generate(options: {
  kind: MixKind;
  packets: number;
  seed: number;
  file: string;
  attackShare?: number;
}): Promise<MixResult> {
  const { file, ...rest } = options;
  return hospitalMix({ ...rest, path: file });
}
