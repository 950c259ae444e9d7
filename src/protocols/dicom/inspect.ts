import type { DicomElement } from '../../core/index.js';
import { DEFLATED, EXPLICIT_BE, isImplicit } from './dataset.js';

/** What is used of the library; its own types leave the class out. */
interface Parser {
  readonly bigEndianByteArrayParser: object;
  readonly littleEndianByteArrayParser: object;
  readonly ByteStream: new (order: object, bytes: Uint8Array) => object;
  readonly DataSet: new (order: object, bytes: Uint8Array, elements: object) => DataSet;
  readonly parseDicomDataSetExplicit: Read;
  readonly parseDicomDataSetImplicit: Read;
}
type Read = (set: DataSet, stream: object, end: number, options: { untilTag: string }) => void;
interface DataSet {
  readonly elements: Record<string, Element>;
}
interface Element {
  /** `xggggeeee`. */
  readonly tag: string;
  readonly vr?: string;
  readonly length: number;
  readonly items?: readonly { readonly dataSet?: DataSet }[];
}

const MAX_BYTES = 65_536;
const MAX_ELEMENTS = 4096;
const MAX_DEPTH = 16;
const PIXEL_DATA = 'x7fe00010';

let parser: Parser | null = null;

/** Loads the library that looks deep; before, `inspecting` is false. Never on the packet path of a daemon. */
export async function loadInspector(): Promise<void> {
  // named imports type-check and fail at run time: the package is CommonJS
  parser = (await import('dicom-parser')).default as unknown as Parser;
}

/** Whether data sets are to be looked at in depth. */
export function inspecting(): boolean {
  return parser !== null;
}

/**
 * Every element of a data set's head (at most 64 KiB) up to the pixel data: tag, VR and length, nested items with their depth;
 * never a value. What the library cannot read ends the list; deflated syntax is never inflated.
 */
export function inspectHead(bytes: Buffer, length: number, transferSyntax: string): DicomElement[] {
  if (parser === null || transferSyntax === DEFLATED) return [];
  const head = Buffer.from(bytes.subarray(0, Math.min(length, MAX_BYTES)));
  const order = transferSyntax === EXPLICIT_BE ? parser.bigEndianByteArrayParser : parser.littleEndianByteArrayParser;
  const stream = new parser.ByteStream(order, head);
  const set = new parser.DataSet(order, head, {});
  const read = isImplicit(transferSyntax) ? parser.parseDicomDataSetImplicit : parser.parseDicomDataSetExplicit;
  try {
    read(set, stream, head.length, { untilTag: PIXEL_DATA });
  } catch {
    // a head that was cut short: what lies before the cut is in the set
  }
  const out: DicomElement[] = [];
  list(set, 0, out);
  return out;
}

function list(set: DataSet, depth: number, out: DicomElement[]): void {
  for (const e of Object.values(set.elements)) {
    if (out.length >= MAX_ELEMENTS || e.tag === PIXEL_DATA) return;
    out.push({ tag: `${e.tag.slice(1, 5)},${e.tag.slice(5)}`, vr: e.vr ?? '', length: e.length, depth });
    if (depth >= MAX_DEPTH) continue;
    for (const item of e.items ?? []) if (item.dataSet) list(item.dataSet, depth + 1, out);
  }
}
