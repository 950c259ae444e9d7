import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WardwireError } from '../core/index.js';
import { decrypt } from './age.js';
import { PacketDigest } from './digest.js';
import { evidenceFolders } from './folders.js';
import {
  type CaptureEntry,
  captures,
  MANIFEST_FILE,
  type ManifestEntry,
  type ManifestRead,
  readManifest,
} from './manifest.js';
import { type ReadCapture, readCapture } from './pcapng-read.js';

/** What `verify` found of one capture. */
export interface Judged {
  readonly id: string;
  readonly file: string;
  readonly ok: boolean;
  /** Whether the packets were compared too: an encrypted capture needs the key. */
  readonly packets_checked: boolean;
  readonly problems: readonly string[];
}

/** A packet as it is shown: no bytes. */
export interface ShownPacket {
  readonly tsUs: number;
  readonly captured: number;
  readonly wire: number;
  readonly comment: string | null;
}

/** The evidence folder for people: read only. */
export class EvidenceReader {
  readonly #dir: string;
  /** Manifests by folder below `#dir`: one a sensor process. */
  readonly #read = new Map<string, ManifestRead>();
  readonly #captures: Map<string, CaptureEntry>;

  /** @throws WardwireError('file') when there is no evidence folder */
  constructor(dir: string) {
    this.#dir = dir;
    const folders = evidenceFolders(dir);
    // without any the error names where the first would be
    for (const folder of folders.length > 0 ? folders : ['']) {
      const path = join(dir, folder, MANIFEST_FILE);
      try {
        this.#read.set(folder, readManifest(readFileSync(path, 'utf8')));
      } catch (cause) {
        throw new WardwireError('file', `${path}: there is no evidence here: ${(cause as Error).message}`, [
          { path: 'store.data_dir', text: dir, hint: 'give the configuration of the sensor, or its folder with --dir' },
        ]);
      }
    }
    const all = [...this.#read].flatMap(([folder, read]) =>
      captures(read.entries).map((e) => (folder === '' ? e : { ...e, file: join(folder, e.file) })),
    );
    this.#captures = new Map(all.map((e) => [e.id, e]));
  }

  /** Captures on disk, oldest first. */
  list(): CaptureEntry[] {
    return [...this.#captures.values()];
  }

  /** The capture of an evidence, verdict or incident id. @throws WardwireError('usage') when there is none */
  find(id: string): CaptureEntry {
    const have = this.#captures.get(id) ?? this.list().find((e) => e.verdict === id || e.incident === id);
    if (have !== undefined) return have;
    const gone = this.#entries().some((e) => e.kind === 'evicted' && e.id === id);
    throw new WardwireError('usage', `${id}: ${gone ? 'left for want of room' : 'no capture of this id'}`, [
      { path: this.#dir, text: `${this.#captures.size} captures are there`, hint: 'evidence list names them' },
    ]);
  }

  /** The bytes of a capture as they lie on disk. @throws WardwireError('file') */
  bytes(e: CaptureEntry): Buffer {
    try {
      return readFileSync(join(this.#dir, e.file));
    } catch (cause) {
      throw new WardwireError('file', `${join(this.#dir, e.file)}: cannot be read: ${(cause as Error).message}`);
    }
  }

  /** The capture in clear; an encrypted one needs the secret keys. @throws WardwireError('file' | 'usage') */
  async clear(e: CaptureEntry, identities: readonly string[]): Promise<Buffer> {
    const bytes = this.bytes(e);
    if (!e.file.endsWith('.age')) return bytes;
    if (identities.length === 0) {
      throw new WardwireError('usage', `${e.id} is encrypted`, [
        { path: '--identity', text: 'not given', hint: 'give the file with the secret key (age-keygen)' },
      ]);
    }
    return decrypt(bytes, identities, join(this.#dir, e.file));
  }

  async packets(e: CaptureEntry, identities: readonly string[]): Promise<{ comment: string; packets: ShownPacket[] }> {
    const read = readCapture(await this.clear(e, identities), e.file);
    const packets = read.packets.map((p) => ({
      tsUs: p.tsUs,
      captured: p.data.length,
      wire: p.wireLen,
      comment: p.comment,
    }));
    return { comment: read.comment, packets };
  }

  /** Breaks of the manifest's chain, and files that it does not name. */
  chain(): string[] {
    const named = new Set(this.list().map((e) => e.file));
    return [...this.#read].flatMap(([folder, read]) => {
      const files = readdirSync(join(this.#dir, folder)).map((n) => join(folder, n));
      const strangers = files.filter((n) => /\.pcapng(\.age)?$/.test(n) && !named.has(n));
      return [
        ...read.broken.map((b) => `${join(folder, MANIFEST_FILE)}:${b.line}: ${b.text}`),
        ...strangers.map((n) => `${n}: is not in the manifest`),
      ];
    });
  }

  /** Hash of the newest entry, of several manifests one after the other: kept elsewhere, it proves later that nothing was taken from the end. */
  head(): string | null {
    const heads = [...this.#read.values()].map((r) => r.entries.at(-1)?.hash).filter((h) => h !== undefined);
    return heads.length === 0 ? null : heads.join(' ');
  }

  #entries(): ManifestEntry[] {
    return [...this.#read.values()].flatMap((r) => [...r.entries]);
  }

  /**
   * Compares a capture with its entry: the file's hash, and its packets with the digest in it. `told` is the digest that the
   * verdict itself named, undefined when the verdict is not at hand.
   */
  async verify(e: CaptureEntry, identities: readonly string[], told?: string): Promise<Judged> {
    const problems: string[] = [];
    if (told !== undefined && told !== e.packets_sha256) problems.push('the verdict named other packets');
    const judged = (packets_checked: boolean): Judged => ({
      id: e.id,
      file: e.file,
      ok: problems.length === 0,
      packets_checked,
      problems,
    });
    if (!existsSync(join(this.#dir, e.file))) {
      problems.push('the file is gone');
      return judged(false);
    }
    const bytes = this.bytes(e);
    if (hash('sha256', bytes, 'hex') !== e.sha256) problems.push('the file is not what was written');
    if (e.file.endsWith('.age') && identities.length === 0) return judged(false);
    let read: ReadCapture;
    try {
      read = readCapture(await this.clear(e, identities), e.file);
    } catch (error) {
      problems.push((error as Error).message);
      return judged(false);
    }
    const digest = new PacketDigest(e.packets);
    for (const p of read.packets.slice(0, e.packets))
      digest.add(p.tsUs, p.wireLen, p.linkType, p.data, 0, p.data.length);
    if (read.packets.length !== e.packets + e.packets_after) problems.push('packets are missing or added');
    else if (digest.sum() !== e.packets_sha256) problems.push('the packets are not those the verdict names');
    return judged(true);
  }
}
