import { readdirSync, readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { projectRoot } from '../wardwire.js';

/** Code that reads bytes from the wire or from capture files, or what devices say of themselves: rooms, and files of rooms that do more. */
const DECODERS = [
  'layers',
  'flow',
  'protocols',
  ...['arp', 'header-evidence', 'evidence', 'hints', 'identity', 'dicom-role', 'hl7-role', 'naming'].map(
    (f) => `inventory/${f}.js`,
  ),
  ...['records', 'pcap-header', 'pcapng', 'bytes', 'input', 'gzip', 'zstd', 'zstd-frames', 'foreign'].map(
    (f) => `capture/${f}.js`,
  ),
];
/** Not on a packet's way: the template for new protocols, and the deep look that `explain` and evidence take. */
const BESIDE = [join('protocols', '_template'), join('protocols', 'dicom', 'inspect.js')];

interface FunctionCoverage {
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
}
interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly FunctionCoverage[];
}

/** One compiled file: which of its characters were run, and which of its lines hold code. */
class Script {
  readonly run: Uint8Array;
  readonly #text: string;

  constructor(
    readonly name: string,
    path: string,
  ) {
    this.#text = readFileSync(path, 'utf8');
    this.run = new Uint8Array(this.#text.length);
  }

  /** Lines with code, and those of them that were run from end to end. */
  lines(): { all: number; run: number; missed: number[] } {
    const missed: number[] = [];
    let all = 0;
    let at = 0;
    this.#text.split('\n').forEach((line, i) => {
      const code = line.trim();
      const from = at + line.indexOf(code);
      at += line.length + 1;
      if (/^(\/\/|\/\*|\*|[\]})({[;,]*$|$|export \{\}|import )/.test(code)) return;
      all++;
      for (let c = from; c < from + code.length; c++) {
        if (this.run[c] !== 0) continue;
        missed.push(i + 1);
        return;
      }
    });
    return { all, run: all - missed.length, missed };
  }
}

/** What of the decoders was run, by block (V8's precise coverage). Must be made before the decoders are loaded. */
export class Coverage {
  readonly #session = new Session();
  readonly #scripts = new Map<string, Script>();

  constructor() {
    const src = join(projectRoot(), 'dist', 'src');
    const walk = (dir: string): void => {
      for (const e of readdirSync(dir, { withFileTypes: true })) {
        const path = join(dir, e.name);
        const name = relative(src, path);
        if (BESIDE.includes(name)) continue;
        if (e.isDirectory()) walk(path);
        else if (e.name.endsWith('.js') && DECODERS.some((d) => name === d || name.startsWith(`${d}/`)))
          this.#scripts.set(pathToFileURL(path).href, new Script(name, path));
      }
    };
    walk(src);
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What was run since the last call, by file: characters that were. */
  since(): Map<string, Uint8Array> {
    let scripts: readonly ScriptCoverage[] = [];
    this.#session.post('Profiler.takePreciseCoverage', (error, got) => {
      if (error !== null) throw error;
      scripts = got.result;
    });
    const out = new Map<string, Uint8Array>();
    for (const s of scripts) {
      const script = this.#scripts.get(s.url);
      if (script === undefined) continue;
      const run = new Uint8Array(script.run.length);
      // functions from the outside in, as their blocks are
      const ranges = s.functions.flatMap((f) => f.ranges);
      ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
      for (const r of ranges) run.fill(r.count > 0 ? 1 : 0, r.startOffset, r.endOffset);
      out.set(s.url, run);
    }
    return out;
  }

  /** Adds what was run. @returns how many characters of it were new */
  add(since: ReadonlyMap<string, Uint8Array>): number {
    let fresh = 0;
    for (const [url, run] of since) {
      const known = (this.#scripts.get(url) as Script).run;
      for (let i = 0; i < run.length; i++) {
        if (run[i] === 0 || known[i] !== 0) continue;
        known[i] = 1;
        fresh++;
      }
    }
    return fresh;
  }

  /** Forgets what was run. */
  clear(): void {
    for (const s of this.#scripts.values()) s.run.fill(0);
  }

  /** Lines run by folder, `protocols` by protocol; the last row is the sum. */
  table(): { folder: string; all: number; run: number }[] {
    const rows = new Map<string, { folder: string; all: number; run: number }>();
    const sum = { folder: 'all decoders', all: 0, run: 0 };
    for (const s of this.#scripts.values()) {
      const parts = s.name.split('/');
      const folder = parts.slice(0, parts[0] === 'protocols' && parts.length > 2 ? 2 : 1).join('/');
      const row = rows.get(folder) ?? { folder, all: 0, run: 0 };
      rows.set(folder, row);
      const { all, run } = s.lines();
      row.all += all;
      row.run += run;
      sum.all += all;
      sum.run += run;
    }
    return [...[...rows.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1)), sum];
  }

  /** Lines that were not run, by file. */
  missed(): string[] {
    return [...this.#scripts].flatMap(([url, s]) => {
      const { missed } = s.lines();
      return missed.length === 0 ? [] : [`${relative(process.cwd(), fileURLToPath(url))}: ${missed.join(' ')}`];
    });
  }
}
