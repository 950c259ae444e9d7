/** Text forms of addresses, made at the edge only. */

const hex2 = (n: number): string => (n < 16 ? '0' : '') + n.toString(16);

/** `aa:bb:cc:dd:ee:ff` from two 24-bit halves. */
export function formatMac(hi: number, lo: number): string {
  return [hi >>> 16, (hi >>> 8) & 255, hi & 255, lo >>> 16, (lo >>> 8) & 255, lo & 255].map(hex2).join(':');
}

/** Two 24-bit halves of a textual MAC (`:`, `-`, `.` or nothing between digits), or null. */
export function parseMac(text: string): [number, number] | null {
  const t = text.trim().toLowerCase();
  if (!/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^[0-9a-f]{12}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/.test(t)) return null;
  const h = t.replace(/[:.-]/g, '');
  return [Number.parseInt(h.slice(0, 6), 16), Number.parseInt(h.slice(6), 16)];
}

/** Text of four address words; IPv4-mapped becomes dotted, IPv6 follows RFC 5952. */
export function formatIp(w0: number, w1: number, w2: number, w3: number): string {
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) {
    return `${w3 >>> 24}.${(w3 >>> 16) & 255}.${(w3 >>> 8) & 255}.${w3 & 255}`;
  }
  const g = [w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff, w2 >>> 16, w2 & 0xffff, w3 >>> 16, w3 & 0xffff];
  let best = -1;
  let bestLen = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && g[j] === 0) j++;
    if (j - i > bestLen) {
      best = i;
      bestLen = j - i;
    }
    if (j > i) i = j;
  }
  const part = (a: number, b: number): string =>
    g
      .slice(a, b)
      .map((n) => n.toString(16))
      .join(':');
  return best < 0 ? part(0, 8) : `${part(0, best)}::${part(best + bestLen, 8)}`;
}

/** Four address words of a textual IPv4 or IPv6 address, or null. */
export function parseIp(text: string): [number, number, number, number] | null {
  const t = text.trim();
  const v4 = (s: string): number | null => {
    const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(s);
    if (!m) return null;
    let w = 0;
    for (let i = 1; i <= 4; i++) {
      const n = Number(m[i]);
      if (n > 255) return null;
      w = (w << 8) | n;
    }
    return w;
  };
  if (!t.includes(':')) {
    const w = v4(t);
    return w === null ? null : [0, 0, 0xffff, w];
  }
  const halves = t.split('::');
  if (halves.length > 2) return null;
  const groups = (s: string): number[] | null => {
    if (s === '') return [];
    const out: number[] = [];
    for (const p of s.split(':')) {
      if (p.includes('.')) {
        const w = v4(p);
        if (w === null) return null;
        out.push(w >>> 16, w & 0xffff);
      } else if (/^[0-9a-fA-F]{1,4}$/.test(p)) out.push(Number.parseInt(p, 16));
      else return null;
    }
    return out;
  };
  const a = groups(halves[0]);
  const b = halves.length === 2 ? groups(halves[1]) : [];
  if (a === null || b === null) return null;
  if (halves.length === 1 ? a.length !== 8 : a.length + b.length > 7) return null;
  const g = halves.length === 1 ? a : [...a, ...new Array<number>(8 - a.length - b.length).fill(0), ...b];
  return [(g[0] << 16) | g[1], (g[2] << 16) | g[3], (g[4] << 16) | g[5], (g[6] << 16) | g[7]].map((w, i) =>
    i === 2 && g[4] === 0 && g[5] === 0xffff && g[0] + g[1] + g[2] + g[3] === 0 ? 0xffff : w,
  ) as [number, number, number, number];
}

/** An address prefix as words and mask words. */
export class Prefix {
  readonly words: readonly number[];
  readonly mask: readonly number[];
  private constructor(words: readonly number[], mask: readonly number[]) {
    this.words = words;
    this.mask = mask;
  }

  /** `10.0.0.0/8`, `fd00::/8`, or a bare address; null when it is neither. IPv4 lengths count from the mapped prefix. */
  static parse(text: string): Prefix | null {
    const [addr, lenText, more] = text.split('/');
    const words = parseIp(addr);
    if (words === null || more !== undefined) return null;
    const v4 = !addr.includes(':');
    const top = v4 ? 32 : 128;
    const len = lenText === undefined ? top : /^\d{1,3}$/.test(lenText) ? Number(lenText) : -1;
    if (len < 0 || len > top) return null;
    let bits = v4 ? len + 96 : len;
    const mask = [0, 0, 0, 0].map(() => {
      const n = Math.max(0, Math.min(32, bits));
      bits -= 32;
      return n === 0 ? 0 : (-1 << (32 - n)) | 0;
    });
    return new Prefix(
      words.map((w, i) => w & mask[i]),
      mask,
    );
  }

  has(w0: number, w1: number, w2: number, w3: number): boolean {
    const m = this.mask;
    const p = this.words;
    return (w0 & m[0]) === p[0] && (w1 & m[1]) === p[1] && (w2 & m[2]) === p[2] && (w3 & m[3]) === p[3];
  }
}
