import { readFileSync, writeFileSync } from 'node:fs';
import { cells, TARGET_HEAD, type Target, targetTable } from './targets.js';

/** The targets of several runs in one table, each with the time it was measured last. */
const TARGETS = 'targets';
const HEAD = [...TARGET_HEAD, 'taken'];

const marks = (id: string): [string, string] => [`<!-- bench:${id} -->`, `<!-- end bench:${id} -->`];
const row = (words: readonly string[]): string => `| ${words.join(' | ')} |`;

function replaced(document: string, id: string, block: string): string {
  const [begin, end] = marks(id);
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  const whole = `${begin}\n\n${block}\n\n${end}`;
  // a part without a place yet is not lost: it goes to the end under its name
  if (from < 0 || to < 0) return `${document.trimEnd()}\n\n## ${id}\n\n${whole}\n`;
  return document.slice(0, from) + whole + document.slice(to + end.length);
}

/** A document's target rows by name, those just measured in place of older ones. */
function merged(document: string, targets: readonly Target[], taken: string): string {
  const [begin, end] = marks(TARGETS);
  const old = document.slice(document.indexOf(begin), document.indexOf(end));
  const rows = new Map<string, string>();
  for (const line of old.split('\n').filter((l) => l.startsWith('| '))) {
    const name = line.split(' | ')[0].slice(2);
    if (name !== HEAD[0] && !name.startsWith('---')) rows.set(name, line);
  }
  for (const t of targets) {
    const words = cells(t);
    if (words[3].startsWith('missed')) words[3] = `**${words[3]}**`;
    rows.set(t.what, row([...words, taken]));
  }
  return [row(HEAD), row(HEAD.map(() => '---')), ...rows.values()].join('\n');
}

/**
 * What the bench says: printed part by part and, when a document is given, written into it between marks
 * (`<!-- bench:NAME -->` to `<!-- end bench:NAME -->`), so that the words around them stay and an interrupted run loses nothing.
 */
export class Report {
  readonly targets: Target[] = [];
  readonly #path: string | null;
  readonly #now: () => Date;

  constructor(path: string | null, now: () => Date = () => new Date()) {
    this.#path = path;
    this.#now = now;
  }

  /** One part: its text as it is printed, and the targets it decides. */
  part(id: string, text: string, targets: readonly Target[] = []): void {
    const said = text.trim();
    console.log(`\n${said}`);
    this.targets.push(...targets);
    if (this.#path === null) return;
    const taken = `${this.#now().toISOString().slice(0, 16)}Z`;
    let document = readFileSync(this.#path, 'utf8');
    document = replaced(document, id, `Taken ${taken}.\n\n\`\`\`\n${said}\n\`\`\``);
    if (targets.length > 0) document = replaced(document, TARGETS, merged(document, targets, taken));
    writeFileSync(this.#path, document);
  }

  /** Prints the targets of this run. */
  close(): void {
    if (this.targets.length > 0) console.log(`\n${targetTable(this.targets)}`);
  }
}
