import { IpProto, type PacketView, TcpFlag } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const SECOND_US = 1e6;
const REPEAT_US = 5e6;
/** Seconds above the limit before it is a flood: one burst is not, unless it is this many times the limit. */
const SECONDS = 2;
const BURST = 10;

/** Rates are weighed against those of about this many seconds before; this many times as much is a jump. */
const MEMORY_S = 60;
const JUMP = 8;
/** Most times the limit that one second counts for in that memory: a flood must not look usual while it begins. */
const CAP = 2;
/** A device that was flooded while it is learned does not learn rates for this long. */
const WARY_US = 600e6;

/** Packets of one kind per device and second: a few numbers a device, no allocation on the packet path. */
class PerSecond {
  #second = new Float64Array(256).fill(-1);
  #count = new Float64Array(256);
  #over = new Uint8Array(256);
  /** Packets a second of the time before. */
  #before = new Float64Array(256);
  #toldUs = new Float64Array(256).fill(Number.NEGATIVE_INFINITY);
  /** The first second of the device. */
  #first = new Float64Array(256).fill(Number.NaN);

  /**
   * True when a rate is new for the device: far above that of the minute before, which must have been seen, or told of
   * lately.
   */
  jumped(device: number, n: number, tsUs: number): boolean {
    if (!(tsUs / SECOND_US - this.#first[device] >= MEMORY_S)) return false;
    const far = n >= JUMP * this.#before[device];
    if (far) this.#toldUs[device] = tsUs;
    return far || tsUs - this.#toldUs[device] <= WARY_US;
  }

  /** Counts one packet; the count of this second when that makes a flood just now, else 0. */
  hit(device: number, tsUs: number, limit: number): number {
    if (device >= this.#count.length) this.#grow(device);
    const s = Math.floor(tsUs / SECOND_US);
    if (s !== this.#second[device]) {
      const next = s === this.#second[device] + 1;
      this.#over[device] = next && this.#count[device] >= limit ? Math.min(200, this.#over[device] + 1) : 0;
      if (Number.isNaN(this.#first[device])) this.#first[device] = s;
      const passed = s - this.#second[device];
      this.#before[device] =
        this.#before[device] * Math.exp(-passed / MEMORY_S) + Math.min(this.#count[device], CAP * limit) / MEMORY_S;
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
    const before = new Float64Array(n);
    before.set(this.#before);
    this.#before = before;
    const toldUs = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
    toldUs.set(this.#toldUs);
    this.#toldUs = toldUs;
    const first = new Float64Array(n).fill(Number.NaN);
    first.set(this.#first);
    this.#first = first;
  }
}

/** N18: connection attempts, datagrams or ICMP at one device, for two seconds running above a rate not learned as usual, or far above it. */
export function flood(c: RuleContext): Rule {
  const syn = new PerSecond();
  const udp = new PerSecond();
  const icmp = new PerSecond();
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const over = (view: PacketView, kind: string, rate: PerSecond, words: string, n: number, limit: number): void => {
    const device = view.dstDev;
    // while rates are learned, a jump is told and not learned; what goes on all the time is learned and not told
    const learning = c.learning(device, view.tsUs);
    if (learning && !rate.jumped(device, n, view.tsUs)) {
      c.usualRate(device, c.keyOf('rate.flood', kind), n, view.tsUs);
      return;
    }
    // the limit is where usual rates are learned and asked: a device that ever knew it is used to it
    if (!learning && c.usualRate(device, c.keyOf('rate.flood', kind), n, view.tsUs)) return;
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
      if (n > 0) over(view, 'syn', syn, 'connection attempts', n, s.syn_per_s);
    } else if (view.ipProto === IpProto.Udp) {
      const n = udp.hit(d, view.tsUs, s.udp_per_s);
      if (n > 0) over(view, 'udp', udp, 'datagrams', n, s.udp_per_s);
    } else if (view.ipProto === IpProto.Icmp || view.ipProto === IpProto.Icmp6) {
      const n = icmp.hit(d, view.tsUs, s.icmp_per_s);
      if (n > 0) over(view, 'icmp', icmp, 'ICMP packets', n, s.icmp_per_s);
    }
  };
  return { name: 'net.flood', packet };
}
