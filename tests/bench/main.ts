import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MIX_KINDS, type MixKind } from '../support/gen/index.js';
import { projectRoot } from '../support/wardwire.js';
import { benchEvidence } from './evidence.js';
import { benchHostile } from './hostile.js';
import { benchLive } from './live.js';
import { machine } from './machine.js';
import { benchMemory } from './memory.js';
import { benchPipeline } from './pipeline.js';
import { Report } from './report.js';
import { benchScale } from './scale.js';
import { benchScore } from './score.js';
import { benchScrape } from './scrape.js';

const PARTS = ['score', 'live', 'hostile', 'memory', 'evidence', 'scrape', 'scale'] as const;
type Part = (typeof PARTS)[number];

const USAGE = `npm run bench -- [PART …] [options]

Everything in one go, or parts: ${MIX_KINDS.join(' ')} (the whole sensor beside
its peers on a generated capture of that kind), ${PARTS.join(' ')}.

  --quick          a short form of everything, under a minute
  --write          puts the results into docs/benchmarks.md
  --packets N      packets of each capture (default 1,500,000 of mixed, 1,000,000 of the others)
  --runs N         runs of each program (default 5)
  --slow-runs N    runs of tshark and others as slow (default 5 on mixed and dicom, 1 on the others)
`;

function positive(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new Error(`--${name} ${text}: not a whole number above 0`);
  return n;
}

const isKind = (word: string): word is MixKind => (MIX_KINDS as readonly string[]).includes(word);
const isPart = (word: string): word is Part => (PARTS as readonly string[]).includes(word);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      packets: { type: 'string' },
      runs: { type: 'string' },
      'slow-runs': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const wrong = positionals.find((p) => !isKind(p) && !isPart(p));
  if (wrong !== undefined) throw new Error(`no part ${wrong}\n\n${USAGE}`);
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { quick } = values;
  const all = positionals.length === 0;
  const kinds = all ? (quick ? (['mixed'] as const) : MIX_KINDS) : positionals.filter(isKind);
  const short: readonly Part[] = ['score', 'live', 'hostile', 'evidence'];
  const parts = new Set<Part>(all ? (quick ? short : PARTS) : positionals.filter(isPart));
  const report = new Report(values.write ? join(projectRoot(), 'docs', 'benchmarks.md') : null);
  const base = join(tmpdir(), 'wardwire-bench');
  mkdirSync(base, { recursive: true });
  const dir = mkdtempSync(join(base, 'run-'));
  try {
    report.part('machine', machine());
    for (const kind of kinds) {
      const options = {
        kind,
        packets: positive(values.packets, 'packets') ?? (quick ? 100_000 : kind === 'mixed' ? 1_500_000 : 1_000_000),
        runs: positive(values.runs, 'runs') ?? (quick ? 1 : 5),
        slowRuns: positive(values['slow-runs'], 'slow-runs') ?? (!quick && ['mixed', 'dicom'].includes(kind) ? 5 : 1),
        further: !quick,
      };
      await benchPipeline(options, dir, report);
    }
    if (parts.has('score')) await benchScore(dir, quick, report);
    if (parts.has('live')) await benchLive(dir, quick, report);
    if (parts.has('hostile')) report.part('hostile', benchHostile());
    if (parts.has('memory')) report.part('memory', await benchMemory(dir, quick ? 5_000_000 : 50_000_000));
    if (parts.has('evidence')) report.part('evidence', await benchEvidence(dir, quick));
    if (parts.has('scrape')) report.part('scrape', await benchScrape(dir));
    if (parts.has('scale')) {
      const page = new Report(values.write ? join(projectRoot(), 'docs', 'scale.md') : null);
      page.part('machine', machine());
      await benchScale(dir, quick, page);
      page.close();
    }
    report.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
