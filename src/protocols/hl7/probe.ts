import { Probe } from '../../core/index.js';
import { narrow, wideMark } from './wide.js';

const VT = 0x0b;
/** How far a first block may lie behind log text. */
const REACH = 256;

/** Does a header segment begin at `at`: MSH, FHS or BHS and a separator that is no letter or digit? −1 not enough bytes. */
export function headerAt(b: Buffer, at: number, to: number): number {
  const left = to - at;
  const c0 = b[at];
  if (left < 1) return -1;
  if (c0 !== 0x4d && c0 !== 0x46 && c0 !== 0x42) return 0;
  const second = c0 === 0x4d ? 0x53 : 0x48;
  const third = c0 === 0x4d ? 0x48 : 0x53;
  if (left > 1 && b[at + 1] !== second) return 0;
  if (left > 2 && b[at + 2] !== third) return 0;
  if (left < 4) return -1;
  const s = b[at + 3];
  const alphanumeric = (s >= 48 && s <= 57) || (s >= 65 && s <= 90) || (s >= 97 && s <= 122);
  return s > 0x20 && s < 0x7f && !alphanumeric ? 1 : 0;
}

/** Is this HL7 v2? A block (VT) with a header segment, perhaps behind white space or log text, or a header without a block. */
export function probeHl7(b: Buffer, from: number, to: number): Probe {
  const first = headerAt(b, from, to);
  if (first === 1) return b[from] === 0x4d ? Probe.Yes : Probe.No;
  if (first === -1) return Probe.More;
  const end = Math.min(to, from + REACH);
  for (let i = from; i < end; i++) {
    const c = b[i];
    if (c === VT) {
      const h = headerAt(b, i + 1, to);
      if (h === 1) return Probe.Yes;
      if (h === -1) return Probe.More;
      const wide = wideMark(b, i + 1, to);
      if (wide !== 0) {
        const header = narrow(b, i + 3, Math.min(to, i + 11), wide);
        const begins = headerAt(header, 0, header.length);
        return begins === 1 ? Probe.Yes : begins === -1 ? Probe.More : Probe.No;
      }
      // MLLP release 2 acknowledgements
      if ((b[i + 1] === 0x06 || b[i + 1] === 0x15) && (i + 2 >= to || b[i + 2] === 0x1c)) return Probe.More;
    } else if (c < 9 || (c > 13 && c < 32) || c === 127) return Probe.No;
  }
  return to - from >= REACH ? Probe.No : Probe.More;
}
