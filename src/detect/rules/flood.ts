import { IpProto, type PacketView, TcpFlag } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const SECOND_US = 1e6;
const REPEAT_US = 5e6;
/** Seconds above the limit before it is a flood: one burst is not, unless it is this many times the limit. */
const SECONDS = 2;
const BURST = 10;

/** Packets of one kind per device and second: two numbers a device, no allocation on the packet path. */
class PerSecond {
  #second = new Float64Array(256).fill(-1);
  #count = new Float64Array(256);
  #over = new Uint8Array(256);

  /** Counts one packet; the count of this second when that makes a flood just now, else 0. */
  hit(device: number, tsUs: number, limit: number): number {
    if (device >= this.#count.length) this.#grow(device);
    const s = Math.floor(tsUs / SECOND_US);
    if (s !== this.#second[device]) {
      const next = s === this.#second[device] + 1;
      this.#over[device] = next && this.#count[device] >= limit ? Math.min(200, this.#over[device] + 1) : 0;
      this.#second[device] = s;
      this.#count[device] = 0;
    }
    const n = ++this.#count[device];
    if (n === limit) return this.#over[device] >= SECONDS - 1 ? n : 0;
    return n === limit * BURST ? n : 0;
  }

  #grow(device: number): void {
    const n = Math.max(this.#count.length * 2, device + 1);
    const second = new Float64Array(n).fill(-1);
    second.set(this.#second);
    const count = new Float64Array(n);
    count.set(this.#count);
    const over = new Uint8Array(n);
    over.set(this.#over);
    this.#second = second;
    this.#count = count;
    this.#over = over;
  }
}

/** N18: connection attempts, datagrams or ICMP at one device, for two seconds running above a rate not learned as usual, or far above it. */
export function flood(c: RuleContext): Rule {
  const syn = new PerSecond();
  const udp = new PerSecond();
  const icmp = new PerSecond();
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const over = (view: PacketView, kind: string, words: string, n: number, limit: number): void => {
    const device = view.dstDev;
    // the limit is where usual rates are learned and asked: a device that ever knew it is used to it
    if (c.usualRate(device, c.keyOf('rate.flood', kind), n, view.tsUs)) return;
    // what is usual is only being learned: no more than a burst is told
    if (c.learning(device, view.tsUs) && n < limit * BURST) return;
    if (!told.ready(c.keyOf(kind, device), view.tsUs)) return;
    c.emit({
      scenario: 'net.flood',
      device,
      role: 'victim',
      flow: view.slot,
      ...(view.slot >= 0 ? { peerSide: view.dir as Side } : { peer: null }),
      tsUs: view.tsUs,
      key: kind,
      reasons: [
        {
          observed: n,
          unit: 'packets/s',
          low: 0,
          high: limit - 1,
          text: `At least ${n} ${words} reached this device within a second; ${limit} in each of ${SECONDS} seconds running are a flood and no such rate was learned.`,
        },
      ],
    });
  };

  const packet = (view: PacketView): void => {
    const d = view.dstDev;
    if (d < 0 || view.ipVersion === 0 || view.duplicate) return;
    const s = c.settings;
    if (view.ipProto === IpProto.Tcp) {
      // answers to connections nobody opened (reflection) carry SYN too
      if ((view.tcpFlags & TcpFlag.Syn) === 0) return;
      const n = syn.hit(d, view.tsUs, s.syn_per_s);
      if (n > 0) over(view, 'syn', 'connection attempts', n, s.syn_per_s);
    } else if (view.ipProto === IpProto.Udp) {
      const n = udp.hit(d, view.tsUs, s.udp_per_s);
      if (n > 0) over(view, 'udp', 'datagrams', n, s.udp_per_s);
    } else if (view.ipProto === IpProto.Icmp || view.ipProto === IpProto.Icmp6) {
      const n = icmp.hit(d, view.tsUs, s.icmp_per_s);
      if (n > 0) over(view, 'icmp', 'ICMP packets', n, s.icmp_per_s);
    }
  };
  return { name: 'net.flood', packet };
}
