import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { AppEvent, ProtocolContext, StreamProtocol } from '../../src/core/index.js';
import { cut, feed, gaps, type Step, timeless, twoWayCuts } from './stream-feed.js';
import { projectRoot } from './wardwire.js';

/**
 * A transcript is a page that is read and run: `## name`, why it matters, then a block of lines:
 *
 *     > 01 00 …        # what the initiator sends, hex or text (`Bytes:` at the top of the page says which), and what it is
 *     < …              # what the responder sends; an empty line ends a step (one segment)
 *     > (gap 10)       # bytes that were not captured
 *     = kind key=value # an event that must be told, in this order, with these values
 *     ! weird.id       # an oddity that must be counted, and no other
 *
 * `midstream` in the name's brackets: the start of the connection was not seen.
 */
export interface Transcript {
  readonly name: string;
  readonly midstream: boolean;
  readonly steps: readonly Step[];
  readonly events: readonly { kind: string; values: Record<string, string> }[];
  readonly weirds: readonly string[];
}

const CODES: Record<string, string> = {
  VT: '\x0b',
  FS: '\x1c',
  CR: '\r',
  LF: '\n',
  NUL: '\0',
  FF: '\x0c',
  ACK: '\x06',
  NAK: '\x15',
};

function bytesOf(line: string, text: boolean): Buffer {
  if (!text) return Buffer.from((line.split('#')[0] ?? '').replace(/\s/g, ''), 'hex');
  return Buffer.from(
    line.replace(/<([A-Z]+)>/g, (all, code: string) => CODES[code] ?? all),
    'utf8',
  );
}

/** The cases of a page. @throws on a line that is none of the above */
export function parseTranscripts(page: string): Transcript[] {
  const text = /^Bytes: text$/m.test(page);
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const name = section.slice(0, section.indexOf('\n')).trim();
      const block = /```\n([\s\S]*?)```/.exec(section)?.[1];
      if (block === undefined) throw new Error(`${name}: no block`);
      const steps: { dir: 0 | 1; parts: Buffer[]; gap?: number }[] = [];
      const events: { kind: string; values: Record<string, string> }[] = [];
      const weirds: string[] = [];
      let open = false;
      for (const line of block.split('\n')) {
        const rest = line.slice(2);
        if (line === '') open = false;
        else if (line.startsWith('> ') || line.startsWith('< ')) {
          const dir = line[0] === '>' ? 0 : 1;
          const gap = /^\(gap (\d+)\)$/.exec(rest);
          if (gap) {
            steps.push({ dir, parts: [], gap: Number(gap[1]) });
            open = false;
          } else {
            if (!open || steps.at(-1)?.dir !== dir) steps.push({ dir, parts: [] });
            steps.at(-1)?.parts.push(bytesOf(rest, text));
            open = true;
          }
        } else if (line.startsWith('= ')) {
          const [kind, ...pairs] = rest.split(' ');
          events.push({ kind, values: Object.fromEntries(pairs.map((p) => p.split('=') as [string, string])) });
        } else if (line.startsWith('! ')) weirds.push(rest.trim());
        else throw new Error(`${name}: what is '${line}'?`);
      }
      return {
        name,
        midstream: /\(.*midstream.*\)/.test(name),
        steps: steps.map((s) =>
          s.gap === undefined ? { dir: s.dir, bytes: Buffer.concat(s.parts) } : { dir: s.dir, gap: s.gap },
        ),
        events,
        weirds,
      };
    });
}

function mismatch(got: readonly AppEvent[], want: Transcript['events']): string {
  const told = got.map((e) => e.kind).join(' ');
  const asked = want.map((e) => e.kind).join(' ');
  if (told !== asked) return `told ${told}; expected ${asked}`;
  for (const [i, e] of want.entries()) {
    for (const [k, v] of Object.entries(e.values)) {
      const have = String((got[i] as unknown as Record<string, unknown>)[k]);
      if (have !== v) return `event ${i + 1} (${e.kind}): ${k} is ${have}, expected ${v}`;
    }
  }
  return '';
}

/** Runs every case of `tests/<path>`: whole, in pieces of several sizes, at every two-way cut, and with every range missing. */
export function runTranscripts(t: Test, path: string, make: (ctx: ProtocolContext) => StreamProtocol): void {
  const cases = parseTranscripts(readFileSync(join(projectRoot(), 'tests', path), 'utf8'));
  t.ok(cases.length > 0, `${cases.length} cases`);
  for (const c of cases) {
    t.test(c.name, async (t) => {
      const run = (steps: readonly Step[]) => feed(make, steps, c.midstream);
      const whole = run(c.steps);
      t.equal(mismatch(whole.events, c.events), '', 'events');
      const seen = whole.weirds.defs.filter((_, i) => whole.weirds.counts[i] > 0).map((d) => d.id);
      t.same(seen.sort(), [...c.weirds].sort(), 'oddities');
      const want = JSON.stringify(timeless(whole.events));
      for (const size of [1, 2, 3, 5, 7, 64]) {
        t.equal(JSON.stringify(timeless(run(cut(c.steps, size)).events)), want, `${size} bytes at a time`);
      }
      let differing = 0;
      for (const steps of twoWayCuts(c.steps)) if (JSON.stringify(timeless(run(steps).events)) !== want) differing++;
      t.equal(differing, 0, 'every two-way cut');
      // with bytes missing less may be told, never more than a resynchronisation explains, and nothing is thrown
      const most = whole.events.length + 3;
      let most3 = 0;
      for (const length of [1, 6, 40])
        for (const steps of gaps(c.steps, length, 1)) most3 = Math.max(most3, run(steps).events.length);
      t.ok(most3 <= most, `with a range missing at most ${most3} events, ${whole.events.length} with none`);
    });
  }
}
