import {
  AppProto,
  ParseOutcome,
  Probe,
  type ProtocolContext,
  registerWeirds,
  type StreamProtocol,
  type WeirdDef,
} from '../core/index.js'; // prettier-ignore

/** A DICOM file (PS3.10 7.1) has 128 octets of preamble, anything, then `DICM`. */
const PREAMBLE = 128;
export const DICOM_FILE_HEAD = PREAMBLE + 4;

export const FILE_WEIRDS = {
  executable: {
    id: 'dicom.file.executable',
    text: 'A DICOM file whose preamble makes it a program as well.',
    action: 'feature',
    ref: 'PS3.10 7.1; CVE-2019-11687',
  },
} as const satisfies Record<string, WeirdDef>;

/** Could a program begin here: `MZ` (PE) or ELF? −1 not enough bytes. */
export function programHead(b: Buffer, at: number, to: number): number {
  const n = to - at;
  if (n < 1) return -1;
  if (b[at] === 0x4d) return n < 2 ? -1 : Number(b[at + 1] === 0x5a);
  if (b[at] !== 0x7f) return 0;
  return n < 4 ? -1 : Number(b[at + 1] === 0x45 && b[at + 2] === 0x4c && b[at + 3] === 0x46);
}

/** A program that is a DICOM file too: `MZ` or ELF, and `DICM` at octet 128. */
export function isExecutableDicom(b: Buffer, at: number, to: number): boolean {
  if (to - at < DICOM_FILE_HEAD || programHead(b, at, to) !== 1) return false;
  const m = at + PREAMBLE;
  return b[m] === 0x44 && b[m + 1] === 0x49 && b[m + 2] === 0x43 && b[m + 3] === 0x4d;
}

/** Such a file alone on a connection (FTP data, netcat). */
export function createDicomFile(ctx: ProtocolContext): StreamProtocol {
  const weirds = registerWeirds(ctx.weirds, FILE_WEIRDS);
  return {
    name: 'dicom-file',
    app: AppProto.Unknown,
    probeBytes: DICOM_FILE_HEAD,
    probe(b, from, to, midstream) {
      const head = midstream ? 0 : programHead(b, from, to);
      if (head === 0) return Probe.No;
      if (head < 0 || to - from < DICOM_FILE_HEAD) return Probe.More;
      return isExecutableDicom(b, from, to) ? Probe.Yes : Probe.No;
    },
    open: (slot) => ({
      stream(slice) {
        ctx.weirds.hit(weirds.executable, slot, slice.tsUs);
        return ParseOutcome.Stop;
      },
      close: () => undefined,
    }),
  };
}

/**
 * Where a file's first octets lie in an SMB 2 or 3 message that begins at `from`: in a WRITE request at offset 0 or in a READ
 * answer ([MS-SMB2] 2.2.21, 2.2.20); −1 in anything else.
 */
export function smbFileHead(b: Buffer, from: number, to: number): number {
  const smb = from + 4;
  if (to - smb < 64 + 48 || b[smb] !== 0xfe || b[smb + 1] !== 0x53 || b[smb + 2] !== 0x4d || b[smb + 3] !== 0x42)
    return -1;
  const command = b[smb + 12] | (b[smb + 13] << 8);
  const answer = (b[smb + 16] & 1) === 1;
  const body = smb + 64;
  if (command === 9 && !answer) {
    for (let i = 8; i < 16; i++) if (b[body + i] !== 0) return -1;
    return smb + (b[body + 2] | (b[body + 3] << 8));
  }
  return command === 8 && answer ? smb + b[body + 2] : -1;
}
