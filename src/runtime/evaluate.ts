import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { WardwireError } from '../core/index.js';
import {
  type EvaluateOptions,
  type EvaluateReport,
  evaluateTable,
  parseTable,
  type SourceText,
  type TableOptions,
} from '../detect/index.js';

/** Largest text a table or a file of labels may have; a string holds no more. */
const MOST_OCTETS = 500 * 1024 * 1024;

/** Text of a file, unpacked when it is gzip. @throws WardwireError('file') */
export function readText(path: string): SourceText {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be read`, [
      { path, text: (cause as Error).message, hint: 'check the path and its permissions' },
    ]);
  }
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes, { maxOutputLength: MOST_OCTETS });
    if (bytes.length > MOST_OCTETS) throw new Error(`longer than ${MOST_OCTETS} octets`);
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be unpacked`, [
      {
        path,
        text: (cause as Error).message,
        hint: 'give whole gzip files or plain text, in parts when they are long',
      },
    ]);
  }
  return { source: path, text: bytes.toString('utf8') };
}

/** Detectors side by side on labelled CSV files. CPU-bound, for a command of its own. @throws WardwireError('file') */
export function evaluateFiles(paths: readonly string[], table: TableOptions, options: EvaluateOptions): EvaluateReport {
  return evaluateTable(parseTable(paths.map(readText), table), options);
}
