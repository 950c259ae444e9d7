import { hash } from 'node:crypto';
import type { Severity } from '../core/index.js';

/** Name of the manifest in the evidence folder: one JSON entry a line, each with the hash of the one before. */
export const MANIFEST_FILE = 'manifest.ndjson';
/** What the first entry of a chain names as the one before. */
export const CHAIN_START = '0'.repeat(64);

/** What is known of a capture before it is written. */
export interface CaptureFacts {
  readonly id: string;
  readonly verdict: string;
  readonly incident: string;
  readonly scenario: string;
  readonly severity: Severity;
  readonly device: string;
  readonly device_type: string;
  readonly payload: 'header' | 'full';
  /** Packets up to the verdict, and the digest of those that stands in the verdict. */
  readonly packets: number;
  readonly packets_sha256: string;
  readonly packets_after: number;
  /** Capture times, RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly trigger: string;
  /** Packets of the time asked for are missing: overwritten, or beyond a limit. */
  readonly incomplete: boolean;
}

export type ManifestBody =
  | ({
      readonly kind: 'capture';
      readonly file: string;
      readonly bytes: number;
      readonly sha256: string;
    } & CaptureFacts)
  /** A capture left for want of room. */
  | { readonly kind: 'evicted'; readonly id: string }
  /** Entries before this one were dropped: how many, and the hash of the last. */
  | { readonly kind: 'checkpoint'; readonly dropped: number; readonly last: string };

export type ManifestEntry = ManifestBody & { readonly n: number; readonly prev: string; readonly hash: string };
export type CaptureEntry = Extract<ManifestEntry, { kind: 'capture' }>;

/** The next entry of a chain. */
export function chained(body: ManifestBody, n: number, prev: string): ManifestEntry {
  const entry = { n, prev, ...body };
  return { ...entry, hash: hash('sha256', JSON.stringify(entry), 'hex') } as ManifestEntry;
}

/** Whether an entry's hash is that of what stands in it. */
export function entryIntact(entry: ManifestEntry): boolean {
  const { hash: told, ...rest } = entry;
  return hash('sha256', JSON.stringify(rest), 'hex') === told;
}

export interface ManifestRead {
  readonly entries: readonly ManifestEntry[];
  /** What breaks the chain, with its line; empty when it holds. */
  readonly broken: readonly { readonly line: number; readonly text: string }[];
  /** Bytes of whole lines; what follows was cut off while it was written. */
  readonly wholeBytes: number;
}

/** Reads a manifest and walks its chain. A last line without its end was never finished and does not count. */
export function readManifest(text: string): ManifestRead {
  const end = text.lastIndexOf('\n') + 1;
  const entries: ManifestEntry[] = [];
  const broken: { line: number; text: string }[] = [];
  const lines = end === 0 ? [] : text.slice(0, end - 1).split('\n');
  let prev: string | null = null;
  lines.forEach((line, i) => {
    let entry: ManifestEntry;
    try {
      entry = JSON.parse(line) as ManifestEntry;
    } catch {
      broken.push({ line: i + 1, text: 'is no JSON' });
      prev = null;
      return;
    }
    if (typeof entry?.hash !== 'string' || !entryIntact(entry)) broken.push({ line: i + 1, text: 'was changed' });
    const want = prev ?? (entry.kind === 'checkpoint' ? entry.last : i === 0 ? CHAIN_START : null);
    if (want !== null && entry.prev !== want) broken.push({ line: i + 1, text: 'does not follow the entry before it' });
    prev = entry.hash;
    entries.push(entry);
  });
  return { entries, broken, wholeBytes: Buffer.byteLength(text.slice(0, end)) };
}

/** Captures of a manifest that were not evicted, in the order they came. */
export function captures(entries: readonly ManifestEntry[]): CaptureEntry[] {
  const out = new Map<string, CaptureEntry>();
  for (const e of entries) {
    if (e.kind === 'capture') out.set(e.id, e);
    else if (e.kind === 'evicted') out.delete(e.id);
  }
  return [...out.values()];
}
