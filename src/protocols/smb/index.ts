import { cleanText, type Dir, ParseOutcome, type ProtocolContext, type StreamSlice } from '../../core/index.js';
import { isExecutableDicom, smbFileHead } from '../dicom-file.js';
import type { Teller } from '../teller.js';
import { begins, Changes } from './changes.js';

/** [MS-SMB2] 2.2.4 */
const DIALECTS: Readonly<Record<number, string>> = {
  514: '2.0.2',
  528: '2.1',
  768: '3.0',
  770: '3.0.2',
  785: '3.1.1',
};
/** [MS-SMB2] 2.2.1 */
const Command = { Negotiate: 0, SessionSetup: 1, TreeConnect: 3 } as const;
const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
const ADMINISTRATIVE = /^(IPC|ADMIN|PRINT|[A-Z])\$$/i;
/** [MS-NLMP] 2.2.2.1: ids of what a challenge tells of its server. */
const Av = { End: 0, ComputerName: 1 } as const;
const MAX_TREES = 16;
/** How far behind the header of a session set-up its NTLM message begins at most: fixed part, SPNEGO around it. */
const NTLM_LOOK = 512;

/** NetBIOS session message (RFC 1002 4.3.1): type 0, length 3. */
const NETBIOS = 4;
/** Length of a message that cannot be one ([MS-SMB2] 2.1: 16 MiB less one is the most). */
const LOST = -1;

/** One connection's SMB. Messages are followed by their lengths; a head cut by the end of a slice is counted over. */
export class SmbReader {
  #trees = 0;
  #dialect = false;
  /** Octets of the running message still to come, by direction; LOST looks for the next one at the start of a slice. */
  readonly #left: [number, number] = [0, 0];
  readonly #changes: Changes;

  constructor(
    private readonly ctx: ProtocolContext,
    private readonly tell: Teller,
    private readonly slot: number,
    private readonly executable: (tsUs: number) => void,
  ) {
    this.#changes = new Changes(ctx, slot);
  }

  stream(s: StreamSlice): ParseOutcome {
    const left = this.#left;
    const { dir, buf: b, from, to } = s;
    if (s.gapLen !== 0) {
      left[dir] = left[dir] >= s.gapLen ? left[dir] - s.gapLen : LOST;
      return ParseOutcome.Ok;
    }
    if (left[dir] === LOST) {
      if (!begins(b, from, to)) return ParseOutcome.Ok;
      left[dir] = 0;
    }
    for (let at = from; at < to; ) {
      const passes = Math.min(left[dir], to - at);
      at += passes;
      left[dir] -= passes;
      if (at >= to) break;
      if (to - at < NETBIOS || b[at] !== 0) {
        left[dir] = LOST;
        break;
      }
      if (!this.#message(s, at)) return ParseOutcome.Stop;
      left[dir] = NETBIOS + ((b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]);
    }
    return ParseOutcome.Ok;
  }

  /** The connection ended: what was changed and not told yet is told. */
  close(tsUs: number): void {
    this.#changes.tell(0, tsUs);
  }

  /** Looks at the message that begins at `at`; false when nothing more is worth reading. */
  #message(s: StreamSlice, at: number): boolean {
    const { buf: b, to } = s;
    const head = smbFileHead(b, at, to);
    if (head >= 0 && isExecutableDicom(b, head, to)) {
      this.executable(s.tsUs);
      return false;
    }
    const smb = at + NETBIOS;
    if (!begins(b, at, to)) return true;
    if (b[smb] === 0xfe && to - smb >= 72) {
      this.#two(s, smb);
      this.#changes.two(s, smb);
    } else if (b[smb] === 0xff && to - smb >= 36) {
      this.#one(s, smb);
      this.#changes.one(s, smb);
    }
    return true;
  }

  /* SMB2 header 64: protocol 4, size 2, charge 2, status 4, command 2, credits 2, flags 4 …; then the body */
  #two(s: StreamSlice, smb: number): void {
    const { buf: b, to } = s;
    const command = b.readUInt16LE(smb + 12);
    const answer = (b[smb + 16] & 1) === 1;
    const body = smb + 64;
    if (command === Command.Negotiate && answer && !this.#dialect) {
      const dialect = DIALECTS[b.readUInt16LE(body + 4)];
      if (dialect !== undefined) this.#say(s, 'dialect', dialect);
    } else if (command === Command.SessionSetup) this.#ntlm(s, body);
    else if (command === Command.TreeConnect && !answer && this.#trees < MAX_TREES) {
      const at = smb + b.readUInt16LE(body + 4);
      const length = b.readUInt16LE(body + 6);
      if (length > 0 && at + length <= to) this.#tree(s, b.toString('utf16le', at, at + length));
    }
  }

  /* SMB1 header 32: protocol 4, command 1 … ; session setup answers hold NTLM or plain strings */
  #one(s: StreamSlice, smb: number): void {
    if (!this.#dialect) this.#say(s, 'dialect', '1');
    if (s.buf[smb + 4] === 0x73) this.#ntlm(s, smb + 32);
  }

  #say(s: StreamSlice, what: 'dialect' | 'tree', value: string): void {
    if (what === 'dialect') this.#dialect = true;
    this.ctx.events.event({ kind: 'smb', flow: this.slot, dir: s.dir, tsUs: s.tsUs, what, value });
  }

  /** `\\server\share`: only the share counts. */
  #tree(s: StreamSlice, path: string): void {
    this.#trees++;
    const share = path.slice(path.lastIndexOf('\\') + 1);
    this.#say(s, 'tree', ADMINISTRATIVE.test(share) ? share.toUpperCase() : this.ctx.token('share', share));
  }

  #ntlm(s: StreamSlice, body: number): void {
    const { buf: b, to } = s;
    // within its own message: a slice full of small ones is not searched to its end for each
    const end = Math.min(to, body + NTLM_LOOK);
    const at = b.subarray(0, end).indexOf(SIGNATURE, body);
    if (at < 0 || to - at < 56) return;
    if (b.readUInt32LE(at + 8) === 2) challenge(this.tell, this.slot, s.dir, s.tsUs, b, at, to);
    else if (b.readUInt32LE(at + 8) === 3 && to - at >= 72) {
      // authenticate: workstation field at 44 (length 2, size 2, offset 4)
      const length = b.readUInt16LE(at + 44);
      const from = at + b.readUInt32LE(at + 48);
      if (length > 0 && length <= 64 && from + length <= to)
        this.tell.name(this.slot, s.dir, s.tsUs, 'ntlm', b.toString('utf16le', from, from + length));
    }
  }
}

/*
 * CHALLENGE_MESSAGE: signature 8, type 4, target name 8, flags 4, challenge 8, reserved 8, target info 8 (length 2, size 2,
 * offset 4), version 8 (major 1, minor 1, build 2)
 */
function challenge(tell: Teller, slot: number, dir: Dir, tsUs: number, b: Buffer, at: number, to: number): void {
  const [major, minor, build] = [b[at + 48], b[at + 49], b.readUInt16LE(at + 50)];
  if (major >= 5 && major <= 10 && build > 0)
    tell.tell(slot, dir, tsUs, 'ntlm', 'class', `Windows ${major}.${minor}.${build}`);
  const end = Math.min(to, at + b.readUInt32LE(at + 44) + b.readUInt16LE(at + 40));
  for (let p = at + b.readUInt32LE(at + 44), n = 0; p + 4 <= end && n < 16; n++) {
    const id = b.readUInt16LE(p);
    const length = b.readUInt16LE(p + 2);
    if (id === Av.End || p + 4 + length > end) return;
    if (id === Av.ComputerName)
      tell.name(slot, dir, tsUs, 'ntlm', cleanText(b.toString('utf16le', p + 4, p + 4 + length)));
    p += 4 + length;
  }
}
