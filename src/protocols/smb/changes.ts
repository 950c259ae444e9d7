import type { Dir, ProtocolContext, StreamSlice } from '../../core/index.js';

/** [MS-SMB2] 2.2.1 */
const Two = { Create: 5, Write: 9, SetInfo: 17 } as const;
/** [MS-CIFS] 2.2.2.1 */
const One = { Delete: 0x06, Rename: 0x07, WriteAndx: 0x2f, NtCreateAndx: 0xa2, NtRename: 0xa5 } as const;
/** SET_INFO ([MS-SMB2] 2.2.39) of a file: classes of [MS-FSCC] 2.4. */
const INFO_FILE = 1;
const RENAME = [10, 65];
const DISPOSITION = [13, 64];
/** CREATE option that deletes the file when it is closed ([MS-SMB2] 2.2.13). */
const DELETE_ON_CLOSE = 0x1000;
const SECOND_US = 1e6;
const HEADER = 64;
/** Messages chained in one ([MS-SMB2] 3.2.4.1.4) that are looked at. */
const MAX_CHAINED = 8;
/** Octets of a write that are looked at, and how many different values make them look random (162 are expected of random ones). */
const LOOK = 256;
const DIFFERENT = 140;

const seen = new Uint8Array(256);

/** True when an SMB message begins at `at`: NetBIOS type 0, then FE or FF `SMB`. */
export function begins(b: Buffer, at: number, to: number): boolean {
  const smb = at + 4;
  return (
    to - at >= 8 &&
    b[at] === 0 &&
    (b[smb] === 0xfe || b[smb] === 0xff) &&
    b[smb + 1] === 0x53 &&
    b[smb + 2] === 0x4d &&
    b[smb + 3] === 0x42
  );
}

/** Octets without structure: encrypted or compressed. False when too few are there. */
function looksRandom(b: Buffer, from: number, to: number): boolean {
  if (to - from < LOOK) return false;
  seen.fill(0);
  let n = 0;
  for (let i = from; i < from + LOOK; i++) {
    n += 1 - seen[b[i]];
    seen[b[i]] = 1;
  }
  return n >= DIFFERENT;
}

/** Counts what a connection changes in files and tells it once a second. No names, no content. */
export class Changes {
  #opens = 0;
  #writes = 0;
  #octets = 0;
  #dense = 0;
  #renames = 0;
  #deletes = 0;
  #nextUs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly ctx: ProtocolContext,
    private readonly slot: number,
  ) {}

  /* SMB2 header: protocol 4, size 2, charge 2, status 4, command 2 (at 12), credits 2, flags 4 (at 16), next command 4 (at 20) … */
  /** Requests of SMB 2 and 3 in the message whose header is at `smb`. */
  two(s: StreamSlice, smb: number): void {
    const { buf: b, to } = s;
    // an answer changes nothing
    if ((b[smb + 16] & 1) !== 0) return;
    for (let at = smb, n = 0; n < MAX_CHAINED && to - at >= HEADER + 8; n++) {
      this.#request(b, at, to);
      const next = b.readUInt32LE(at + 20);
      if (next < HEADER) break;
      at += next;
    }
    this.#pace(s.dir, s.tsUs);
  }

  #request(b: Buffer, at: number, to: number): void {
    const body = at + HEADER;
    switch (b.readUInt16LE(at + 12)) {
      case Two.Create:
        this.#opens++;
        // create options at 40 of the body
        if (to - body >= 44 && (b.readUInt32LE(body + 40) & DELETE_ON_CLOSE) !== 0) this.#deletes++;
        break;
      case Two.Write: {
        // size 2, data offset 2, length 4, offset in the file 8
        if (to - body < 16) return;
        this.#writes++;
        this.#octets += b.readUInt32LE(body + 4);
        const first = b.readUInt32LE(body + 8) === 0 && b.readUInt32LE(body + 12) === 0;
        if (first && looksRandom(b, at + b.readUInt16LE(body + 2), to)) this.#dense++;
        break;
      }
      case Two.SetInfo:
        // size 2, type 1, class 1
        if (b[body + 2] !== INFO_FILE) return;
        if (RENAME.includes(b[body + 3])) this.#renames++;
        else if (DISPOSITION.includes(b[body + 3])) this.#deletes++;
        break;
    }
  }

  /* SMB1 header: protocol 4, command 1, status 4, flags 1 (bit 7 answer) */
  /** A request of SMB 1 whose header is at `smb`. */
  one(s: StreamSlice, smb: number): void {
    const { buf: b } = s;
    if ((b[smb + 9] & 0x80) !== 0) return;
    const command = b[smb + 4];
    if (command === One.NtCreateAndx) this.#opens++;
    else if (command === One.WriteAndx) this.#writes++;
    else if (command === One.Rename || command === One.NtRename) this.#renames++;
    else if (command === One.Delete) this.#deletes++;
    this.#pace(s.dir, s.tsUs);
  }

  #pace(dir: Dir, tsUs: number): void {
    if (tsUs < this.#nextUs) return;
    this.tell(dir, tsUs);
    this.#nextUs = tsUs + SECOND_US;
  }

  /** Tells what was counted; nothing when nothing was changed. `dir` is the client's. */
  tell(dir: Dir, tsUs: number): void {
    if (this.#writes + this.#renames + this.#deletes === 0) return;
    this.ctx.events.event({
      kind: 'smb',
      flow: this.slot,
      dir,
      tsUs,
      what: 'changes',
      value: '',
      opens: this.#opens,
      writes: this.#writes,
      octets: this.#octets,
      dense: this.#dense,
      renames: this.#renames,
      deletes: this.#deletes,
    });
    this.#opens = this.#writes = this.#octets = this.#dense = this.#renames = this.#deletes = 0;
  }
}
