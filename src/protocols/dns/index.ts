import {
  AppProto,
  type DatagramProtocol,
  hashString,
  type PacketView,
  type ProtocolContext,
} from '../../core/index.js';
import { Teller } from '../teller.js';
import { cloudOf } from './clouds.js';

const MAX_LABELS = 32;

/**
 * DNS over UDP (RFC 1035 4.1): counts only. No name leaves but of a maker's own service: the registered domain as a seeded hash, the first label as its
 * length and entropy.
 */
export function createDns(ctx: ProtocolContext): DatagramProtocol {
  const tell = new Teller(ctx);
  return {
    name: 'dns',
    app: AppProto.Dns,
    datagram(slot: number, v: PacketView): boolean {
      const { port } = ctx.columns;
      if (port[2 * slot + 1] !== 53 && port[2 * slot] !== 53) return false;
      const b = v.payBuf;
      const from = v.payOff;
      const to = from + v.payLen;
      if (v.payLen < 17 || ((b[from + 4] << 8) | b[from + 5]) !== 1) return false;
      const labels: string[] = [];
      let longest = 0;
      let at = from + 12;
      while (at < to && b[at] !== 0 && labels.length < MAX_LABELS) {
        const n = b[at];
        // a question's name is never compressed
        if (n > 63 || at + 1 + n > to) return false;
        if (n > longest) longest = n;
        labels.push(b.toString('latin1', at + 1, at + 1 + n).toLowerCase());
        at += n + 1;
      }
      if (at + 4 >= to + 1) return false;
      const domain = labels.slice(-2).join('.');
      const response = (b[from + 2] & 0x80) !== 0;
      if (!response) tell.tell(slot, v.dir as 0 | 1, v.tsUs, 'dns', 'cloud', cloudOf(domain));
      ctx.events.event({
        kind: 'dns',
        flow: slot,
        dir: v.dir as 0 | 1,
        tsUs: v.tsUs,
        response,
        rcode: b[from + 3] & 15,
        domainHash: hashString(ctx.seed, domain),
        longestLabel: longest,
        labelEntropy: entropy(labels[0] ?? ''),
        queryType: (b[at + 1] << 8) | b[at + 2],
      }); // prettier-ignore
      return true;
    },
  };
}

/** Shannon entropy of a label, bits per character. */
function entropy(text: string): number {
  if (text.length === 0) return 0;
  const counts = new Map<string, number>();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  let h = 0;
  for (const n of counts.values()) h -= (n / text.length) * Math.log2(n / text.length);
  return h;
}
