import { readFileSync } from 'node:fs';

/** A shell block of a document that a mark above it makes executable. */
export interface Block {
  /** Words of the mark before the first comma or colon: `run`, `run in the background until`, `run as root on the sensor` … */
  readonly how: string;
  /** What its output has to show. */
  readonly expect: RegExp | null;
  readonly text: string;
}

/** Blocks marked `<!-- run … -->`, in order. @throws when a mark stands above no shell block */
export function executableBlocks(path: string): Block[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^<!-- (run[^>]*?) -->\n/gm)].map((m) => {
    const rest = text.slice(m.index + m[0].length);
    const block = /^```sh\n([\s\S]*?)\n```/.exec(rest);
    if (block === null) throw new Error(`${path}: no shell block below '${m[1]}'`);
    const [, how, pattern] = /^(run[^:,]*?)(?:(?:, expect)?: (.*))?$/.exec(m[1]) ?? [];
    return { how, expect: pattern === undefined ? null : new RegExp(pattern), text: block[1] };
  });
}
