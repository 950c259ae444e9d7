import { openSync, readSync, statSync } from 'node:fs';
import { WardwireError } from '../core/index.js';
import { gzipChunks } from './gzip.js';
import { zstdChunks } from './zstd.js';
import { isZstd } from './zstd-frames.js';

const CHUNK = 1 << 18;

export type Compression = 'none' | 'gzip' | 'zstd';

/** @throws WardwireError('file') with the system's reason */
export function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be opened: ${(cause as Error).message}`, [], { cause });
  }
}

/** Size (−1: a pipe, it has none) and kind of a path. @throws WardwireError('file') when there is none */
export function statFile(path: string): { size: number; kind: 'file' | 'folder' | 'pipe' } {
  if (path === '-') return { size: -1, kind: 'pipe' };
  try {
    const s = statSync(path);
    if (s.isDirectory()) return { size: 0, kind: 'folder' };
    return s.isFile() ? { size: s.size, kind: 'file' } : { size: -1, kind: 'pipe' };
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be opened: ${(cause as Error).message}`, [], { cause });
  }
}

/** How the bytes at the start of a file are packed (RFC 1952, RFC 8878). */
export function compressionOf(head: Uint8Array): Compression {
  if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length < 4) return 'none';
  const b = Buffer.from(head.buffer, head.byteOffset, 4);
  return isZstd(b.readUInt32LE(0)) ? 'zstd' : 'none';
}

/** The unpacked bytes of packed input, in bounded pieces. What is cut or damaged is told after what came before it. */
export function unpack(kind: 'gzip' | 'zstd', input: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return kind === 'zstd' ? zstdChunks(input) : gzipChunks(input);
}

/** Bytes of an open file from its position on. */
export async function* fileChunks(fd: number, read: (n: number) => void): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const n = readSync(fd, chunk, 0, chunk.length, null);
    if (n === 0) return;
    read(n);
    yield chunk.subarray(0, n);
  }
}
