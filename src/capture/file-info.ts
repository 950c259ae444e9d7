import { PacketView } from '../core/index.js';
import { type Compression, statFile } from './bytes.js';
import { openInput } from './input.js';
import { Next } from './next.js';
import { Records } from './records.js';

/** What a capture file holds. */
export interface FileInfo {
  readonly path: string;
  readonly format: 'pcap' | 'pcapng';
  readonly compression: Compression;
  /** Size on disk, −1 of a pipe. */
  readonly bytes: number;
  readonly packets: number;
  /** Octets on the wire. */
  readonly octets: number;
  /** LINKTYPE numbers met, and packets of each. */
  readonly linkTypes: Readonly<Record<number, number>>;
  /** Earliest and latest capture time, µs; NaN without packets. */
  readonly firstUs: number;
  readonly lastUs: number;
  /** Where and why the file ends before its time, '' when it is whole. */
  readonly problem: string;
}

/** Reads a whole capture file and counts. @throws WardwireError('file') when it is none */
export async function fileInfo(path: string): Promise<FileInfo> {
  const records = new Records();
  const view = new PacketView();
  const linkTypes: Record<number, number> = {};
  let packets = 0;
  let octets = 0;
  let firstUs = Number.NaN;
  let lastUs = Number.NaN;
  records.reset(path);
  const bytes = statFile(path).size;
  const input = openInput(path, () => undefined);
  try {
    for (let more = true; more && records.damage === ''; ) {
      more = await input.fill(records);
      if (!more) records.finish();
      while (records.next(view) === Next.Packet) {
        packets++;
        octets += view.wireLen;
        linkTypes[view.linkType] = (linkTypes[view.linkType] ?? 0) + 1;
        if (!(view.tsUs >= firstUs)) firstUs = view.tsUs;
        if (!(view.tsUs <= lastUs)) lastUs = view.tsUs;
      }
      // a large file must not hold up the rest of the program
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  } finally {
    input.close();
  }
  let problem = '';
  if (records.damage !== '') problem = `${records.damage} at byte ${records.fileOffset}`;
  else if (!records.started) problem = 'ends inside its header';
  else if (records.rest > 0) problem = `the record at byte ${records.fileOffset} is cut`;
  const { format } = records;
  const { compression } = input;
  return { path, format, compression, bytes, packets, octets, linkTypes, firstUs, lastUs, problem };
}
