import { hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'; // prettier-ignore
import { join } from 'node:path';
import { SEVERITIES } from '../core/index.js';
import {
  type CaptureEntry,
  type CaptureFacts,
  CHAIN_START,
  captures,
  chained,
  MANIFEST_FILE,
  type ManifestBody,
  type ManifestEntry,
  readManifest,
} from './manifest.js';

const UNFINISHED = '.part';

export interface FolderLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** What became of a capture. */
export type Stored = 'written' | 'known' | 'quota';

/**
 * The evidence folder, written by one process at a time. A capture is whole or not there, whenever the process is killed: it is
 * written under another name, entered into the manifest, and renamed; the next start finishes or removes what was under way.
 */
export class EvidenceFolder {
  readonly #dir: string;
  readonly #limits: FolderLimits;
  readonly #files = new Map<string, CaptureEntry>();
  #entries: ManifestEntry[];
  #bytes = 0;
  /** Captures evicted since it was opened. */
  evicted = 0;
  /** Entries of the manifest that do not hold, at opening. */
  readonly broken: number;
  /** Captures that the manifest names and that are gone, at opening. */
  missing = 0;

  /** @throws Error of the file system when the folder cannot be made or read */
  constructor(dir: string, limits: FolderLimits) {
    this.#dir = dir;
    this.#limits = limits;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const path = join(dir, MANIFEST_FILE);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const read = readManifest(text);
    this.broken = read.broken.length;
    this.#entries = [...read.entries];
    // a line that was cut off while it was written is no entry
    if (read.wholeBytes < Buffer.byteLength(text)) this.#file(path, 'r+', (fd) => ftruncateSync(fd, read.wholeBytes));
    for (const e of captures(this.#entries)) this.#adopt(e);
    for (const name of readdirSync(dir)) if (name.endsWith(UNFINISHED)) rmSync(join(dir, name), { force: true });
    this.#removeEvicted();
  }

  get files(): number {
    return this.#files.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Stores a capture. @throws Error of the file system (disk full, read-only); nothing is left behind then */
  store(facts: CaptureFacts, name: string, content: Uint8Array): Stored {
    const sha256 = hash('sha256', content, 'hex');
    const have = this.#files.get(facts.id);
    if (have !== undefined) return 'known';
    if (!this.#makeRoom(SEVERITIES.indexOf(facts.severity), content.length)) return 'quota';
    const part = join(this.#dir, `${name}${UNFINISHED}`);
    let entered = false;
    try {
      this.#file(part, 'w', (fd) => {
        writeFileSync(fd, content);
        fsyncSync(fd);
      });
      const entry = this.#append({ kind: 'capture', ...facts, file: name, bytes: content.length, sha256 });
      entered = true;
      renameSync(part, join(this.#dir, name));
      this.#sync();
      this.#files.set(facts.id, entry as CaptureEntry);
      this.#bytes += content.length;
    } catch (error) {
      // once entered, the next start finishes it
      if (!entered) rmSync(part, { force: true });
      throw error;
    }
    this.#compact();
    return 'written';
  }

  /** A capture of the manifest: finishes its renaming where that is all that is missing. */
  #adopt(e: CaptureEntry): void {
    const path = join(this.#dir, e.file);
    const part = `${path}${UNFINISHED}`;
    if (!existsSync(path)) {
      if (existsSync(part) && hash('sha256', readFileSync(part), 'hex') === e.sha256) renameSync(part, path);
      else {
        this.missing++;
        return;
      }
    }
    this.#files.set(e.id, e);
    this.#bytes += e.bytes;
  }

  /**
   * Evicts the lowest severity first, the oldest of it first; false, and nothing evicted, when only higher ones than what comes
   * could make room.
   */
  #makeRoom(rank: number, bytes: number): boolean {
    const { maxBytes, maxFiles } = this.#limits;
    const rankOf = (e: CaptureEntry): number => SEVERITIES.indexOf(e.severity);
    let files = this.#files.size + 1;
    let total = this.#bytes + bytes;
    const leave: CaptureEntry[] = [];
    if (files > maxFiles || total > maxBytes) {
      // stable: the oldest of a severity stay in front
      const order = [...this.#files.values()].filter((e) => rankOf(e) <= rank).sort((a, b) => rankOf(a) - rankOf(b));
      for (const e of order) {
        if (files <= maxFiles && total <= maxBytes) break;
        leave.push(e);
        files--;
        total -= e.bytes;
      }
    }
    if (files > maxFiles || total > maxBytes) return false;
    for (const e of leave) {
      this.#append({ kind: 'evicted', id: e.id });
      rmSync(join(this.#dir, e.file), { force: true });
      this.#files.delete(e.id);
      this.#bytes -= e.bytes;
      this.evicted++;
    }
    return true;
  }

  #append(body: ManifestBody): ManifestEntry {
    const last = this.#entries.at(-1);
    const entry = chained(body, (last?.n ?? 0) + 1, last?.hash ?? CHAIN_START);
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    this.#file(join(this.#dir, MANIFEST_FILE), 'a', (fd, size) => {
      try {
        if (writeSync(fd, line) !== line.length) throw new Error('the manifest was not written whole');
        fsyncSync(fd);
      } catch (error) {
        ftruncateSync(fd, size);
        throw error;
      }
    });
    this.#entries.push(entry);
    return entry;
  }

  /** A manifest of mostly evicted captures begins anew with those that are left; the chain names where it was cut. */
  #compact(): void {
    if (this.#entries.length <= 64 + 4 * this.#files.size) return;
    const last = this.#entries.at(-1) as ManifestEntry;
    const dropped = this.#entries.length - this.#files.size;
    const entries = [chained({ kind: 'checkpoint', dropped, last: last.hash }, last.n + 1, last.hash)];
    for (const e of this.#files.values()) {
      const { n: _n, prev: _prev, hash: _hash, ...body } = e;
      const before = entries.at(-1) as ManifestEntry;
      entries.push(chained(body, before.n + 1, before.hash));
    }
    const part = join(this.#dir, `${MANIFEST_FILE}${UNFINISHED}`);
    this.#file(part, 'w', (fd) => {
      writeFileSync(fd, entries.map((e) => `${JSON.stringify(e)}\n`).join(''));
      fsyncSync(fd);
    });
    renameSync(part, join(this.#dir, MANIFEST_FILE));
    this.#sync();
    this.#entries = entries;
    for (const e of captures(entries)) this.#files.set(e.id, e);
  }

  /** Files that were to go when the process was killed. */
  #removeEvicted(): void {
    const file = new Map<string, string>();
    for (const e of this.#entries) {
      if (e.kind === 'capture') file.set(e.id, e.file);
      else if (e.kind === 'evicted' && file.has(e.id))
        rmSync(join(this.#dir, file.get(e.id) as string), { force: true });
    }
  }

  #file(path: string, flags: string, use: (fd: number, size: number) => void): void {
    const fd = openSync(path, flags, 0o600);
    try {
      use(fd, fstatSync(fd).size);
    } finally {
      closeSync(fd);
    }
  }

  #sync(): void {
    this.#file(this.#dir, 'r', (fd) => fsyncSync(fd));
  }
}
