import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { firstPacketUs } from './order.js';

/** Time between two looks at a recording that grows, ms. */
export const FOLLOW_POLL_MS = 200;

interface Known {
  ino: number;
  bytes: number;
  firstUs: number;
}

/**
 * Which file continues a rotating recording. tcpdump -C/-G/-W and dumpcap -b begin new names in a folder or write old names
 * anew, logrotate puts a new file under the old name: in all cases the next file is the one whose first packet is the
 * earliest later than the first packet of this one.
 */
export class Follow {
  readonly #folder: string | null;
  readonly #known = new Map<string, Known>();

  /** @param folder folder whose captures belong to the recording; null: only the file itself is followed */
  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /**
   * @param path the file at whose end the reader is
   * @param firstUs capture time of its first packet
   * @returns path of the next file, null while there is none
   */
  async next(path: string, firstUs: number): Promise<string | null> {
    const names = this.#folder === null ? [path] : this.#names(this.#folder);
    let best: string | null = null;
    let bestUs = Number.POSITIVE_INFINITY;
    for (const name of names) {
      const us = await this.#firstUs(name);
      if (us > firstUs && us < bestUs) {
        best = name;
        bestUs = us;
      }
    }
    for (const name of this.#known.keys()) if (!names.includes(name)) this.#known.delete(name);
    return best;
  }

  #names(folder: string): string[] {
    try {
      return readdirSync(folder)
        .filter((n) => !n.startsWith('.'))
        .sort()
        .map((n) => join(folder, n));
    } catch {
      // a folder that is being replaced: what was known is looked for again at the next poll
      return [];
    }
  }

  /** First packet's time; looked up again only when the file is another one, began anew or had no packet yet. */
  async #firstUs(path: string): Promise<number> {
    const s = statSync(path, { throwIfNoEntry: false });
    if (s === undefined || !s.isFile()) return Number.POSITIVE_INFINITY;
    const known = this.#known.get(path);
    const same = known !== undefined && known.ino === s.ino && s.size >= known.bytes;
    if (same && (known.firstUs !== Number.POSITIVE_INFINITY || s.size === known.bytes)) {
      known.bytes = s.size;
      return known.firstUs;
    }
    let firstUs = Number.POSITIVE_INFINITY;
    try {
      firstUs = await firstPacketUs(path);
    } catch {
      // not a capture, or its header is not written yet: the next growth tells
    }
    this.#known.set(path, { ino: s.ino, bytes: s.size, firstUs });
    return firstUs;
  }
}
