import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PacketView, WardwireError } from '../core/index.js';
import { statFile } from './bytes.js';
import { openInput } from './input.js';
import { Next } from './next.js';
import { Records } from './records.js';

export interface OrderedFile {
  readonly path: string;
  readonly bytes: number;
}

/** A file that is no capture, met in a folder: passed over, and told. */
export interface PassedOver {
  readonly path: string;
  readonly text: string;
}

export interface Expanded {
  readonly files: readonly OrderedFile[];
  readonly passedOver: readonly PassedOver[];
}

/**
 * Files as given; a folder stands for the captures directly in it, in order of their first packet's time (then of name).
 * @throws WardwireError('file') when a path does not exist or a folder holds no capture
 */
export async function expandPaths(paths: readonly string[]): Promise<Expanded> {
  const files: OrderedFile[] = [];
  const passedOver: PassedOver[] = [];
  for (const path of paths) {
    const { kind, size } = statFile(path);
    if (kind !== 'folder') {
      files.push({ path, bytes: size });
      continue;
    }
    const found = await capturesIn(path, passedOver);
    if (found.length === 0) throw new WardwireError('file', `${path}: no capture file in this folder`);
    files.push(...found);
  }
  return { files, passedOver };
}

/** Captures directly in a folder, oldest first packet first. Hidden files are not looked at. */
export async function capturesIn(folder: string, passedOver: PassedOver[] = []): Promise<OrderedFile[]> {
  const found: { path: string; bytes: number; firstUs: number }[] = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const s = statSync(path, { throwIfNoEntry: false });
    if (name.startsWith('.') || s === undefined || !s.isFile()) continue;
    try {
      found.push({ path, bytes: s.size, firstUs: await firstPacketUs(path) });
    } catch (error) {
      passedOver.push({ path, text: (error as Error).message });
    }
  }
  // a file without packets has no time of its own and goes last
  return found.sort((a, b) => (a.firstUs < b.firstUs ? -1 : a.firstUs > b.firstUs ? 1 : 0));
}

/**
 * Capture time of a file's first packet, +∞ when it has none (yet).
 * @throws WardwireError('file') when it is no capture
 */
export async function firstPacketUs(path: string): Promise<number> {
  const records = new Records();
  const view = new PacketView();
  const input = openInput(path, () => undefined);
  records.reset(path);
  try {
    for (;;) {
      const more = await input.fill(records);
      if (!more) records.finish();
      const got = records.next(view);
      if (got === Next.Packet) return view.tsUs;
      if (!more || got === Next.Damaged) return Number.POSITIVE_INFINITY;
    }
  } finally {
    input.close();
  }
}
