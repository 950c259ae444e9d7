import { fold32, IpProto, mix32, Novelty, type PacketView, TcpFlag } from '../../core/index.js';
import type { RuleContext } from './context.js';
import { LostQuestions } from './lost-questions.js';
import { Outcomes } from './outcomes.js';
import type { Rule } from './rule.js';
import { Cooldown, DistinctRing, RecentKeys } from './windows.js';

/** ICMP echo request types (RFC 792, RFC 4443). */
const ECHO = 8;
const ECHO6 = 128;
/** A server's offers go to every client and open flows of their own: answers, not attempts (RFC 2131 4.1). */
const DHCP_SERVER = 67;
const DHCP_CLIENT = 68;
const REPEAT_US = 5e6;
const KEPT = 256;

interface Source {
  hosts: DistinctRing;
  pings: DistinctRing;
  outcomes: Outcomes;
  /** Newest flow: names the source in a finding. */
  slot: number;
}
/** A crossing that waits for the fate of its connections. */
interface Pending {
  source: number;
  slot: number;
  target: number;
  ports: boolean;
  untilUs: number;
}

/**
 * N01: many ports of one host, or many hosts, within a window, most attempts refused, unanswered or empty. A client
 * that opens many connections which carry data is not a scanner, nor one whose answers it acknowledges and the span does not show.
 * Also sweeps by ICMP echo.
 */
export function scan(c: RuleContext): Rule {
  // read when they are needed: a reload may change them
  const limits = c.settings;
  const keys = limits.window_keys;
  const windowUs = (): number => limits.scan_window_s * 1e6;
  const sources = new RecentKeys<Source>(
    keys,
    () => ({ hosts: new DistinctRing(KEPT), pings: new DistinctRing(KEPT), outcomes: new Outcomes(), slot: -1 }),
    (s) => {
      s.hosts.clear();
      s.pings.clear();
      s.outcomes.clear();
      s.slot = -1;
    },
  );
  const targets = new RecentKeys(keys, () => new DistinctRing(() => Math.max(KEPT, limits.scan_ports * 2)));
  const told = new Cooldown(REPEAT_US, keys);
  const lost = new LostQuestions(c);
  const pending = new Map<number, Pending>();

  const sourceKey = (slot: number): number => {
    const d = c.device(slot, 0);
    return d >= 0 ? d : -1 - (c.addressKey(slot, 0) >>> 0);
  };

  const tell = (p: Pending, n: number, failed: number, settled: number, tsUs: number, how: string): void => {
    const actor = c.device(p.slot, 0);
    const victim = c.device(p.slot, 1);
    const device = actor >= 0 ? actor : victim;
    if (device < 0) return;
    const what = p.ports ? `${n} ports of ${c.ip(p.slot, 1)}` : `${n} hosts`;
    c.emit({
      scenario: p.ports ? 'net.scan.ports' : 'net.scan.hosts',
      device,
      role: actor >= 0 ? 'actor' : 'victim',
      flow: p.slot,
      also: victim,
      ...(actor < 0 ? { peerSide: 0 } : p.ports ? { peerSide: 1 } : { peer: null }),
      tsUs,
      reasons: [
        {
          observed: n,
          unit: p.ports ? 'ports' : 'hosts',
          low: 0,
          high: (p.ports ? limits.scan_ports : limits.scan_hosts) - 1,
          text: `${c.ip(p.slot, 0)} tried ${what} ${how} within ${limits.scan_window_s} s; fewer than ${p.ports ? limits.scan_ports : limits.scan_hosts} are expected.`,
        },
        {
          observed: settled === 0 ? null : Math.round((failed / settled) * 1000) / 1000,
          unit: 'ratio',
          low: 0,
          high: limits.scan_fail_ratio,
          text: `${failed} of the newest ${settled} attempts were refused, unanswered or carried no data.`,
        },
      ],
    });
  };

  /** True when the crossing is decided, either way. */
  const judge = (p: Pending, nowUs: number): boolean => {
    const s = sources.peek(p.source);
    if (s === undefined) return true;
    const ring = p.ports ? targets.peek(p.target) : s.hosts;
    const limit = p.ports ? limits.scan_ports : limits.scan_hosts;
    if (ring === undefined || ring.size < limit) return true;
    s.outcomes.judge(c.columns, nowUs, windowUs());
    if (s.outcomes.settled * 2 < Math.min(limit, 32)) return false;
    if (s.outcomes.failed <= limits.scan_fail_ratio * s.outcomes.settled) return false;
    if (told.ready(p.target, nowUs)) tell(p, ring.size, s.outcomes.failed, s.outcomes.settled, nowUs, 'by TCP or UDP');
    return true;
  };

  const crossed = (source: number, slot: number, target: number, isPorts: boolean, tsUs: number): void => {
    const p: Pending = { source, slot, target, ports: isPorts, untilUs: tsUs + windowUs() };
    if (judge(p, tsUs)) pending.delete(target);
    else if (pending.size < keys) pending.set(target, p);
  };

  const ping = (slot: number, s: Source, key: number, tsUs: number): void => {
    const n = s.pings.add(c.addressKey(slot, 1), tsUs, windowUs());
    if (n < limits.scan_hosts) return;
    const device = c.device(slot, 0);
    // monitoring systems ping for a living: what was habit while learning stays quiet
    if (device >= 0 && c.habit(device, c.keyOf('icmp.sweep'), tsUs) !== Novelty.New) return;
    const p: Pending = { source: key, slot, target: mix32(fold32(key, 3)), ports: false, untilUs: tsUs };
    if (told.ready(p.target, tsUs)) tell(p, n, 0, 0, tsUs, 'by ICMP echo');
  };

  return {
    name: 'net.scan.ports',
    flowOpened: (slot, view) => {
      if (view.dir !== 0 || c.isNowhere(slot, 1) || !counts(view)) return;
      const key = sourceKey(slot);
      const s = sources.touch(key);
      s.slot = slot;
      if (view.ipProto === IpProto.Icmp || view.ipProto === IpProto.Icmp6) {
        ping(slot, s, key, view.tsUs);
        return;
      }
      if (lost.answers(slot, view.tsUs, windowUs())) return;
      s.outcomes.opened(slot, view.tsUs);
      const host = c.addressKey(slot, 1);
      const pair = mix32(fold32(fold32(key, 1), host));
      if (targets.touch(pair).add((view.ipProto << 16) | c.port(slot, 1), view.tsUs, windowUs()) >= limits.scan_ports) {
        crossed(key, slot, pair, true, view.tsUs);
      }
      if (s.hosts.add(host, view.tsUs, windowUs()) >= limits.scan_hosts) {
        crossed(key, slot, mix32(fold32(key, 2)), false, view.tsUs);
      }
    },
    flowClosed: (slot) => {
      sources.peek(sourceKey(slot))?.outcomes.closed(slot, c.columns);
    },
    tick: (nowUs) => {
      for (const [target, p] of pending) if (nowUs > p.untilUs || judge(p, nowUs)) pending.delete(target);
    },
  };
}

/** Packets that try something: an opening SYN, a probe without ACK or RST, a datagram, an echo request. */
function counts(view: PacketView): boolean {
  if (view.ipProto === IpProto.Tcp) return (view.tcpFlags & (TcpFlag.Ack | TcpFlag.Rst)) === 0;
  if (view.ipProto === IpProto.Icmp) return view.srcPort === ECHO;
  if (view.ipProto === IpProto.Icmp6) return view.srcPort === ECHO6;
  return view.ipProto === IpProto.Udp && !(view.srcPort === DHCP_SERVER && view.dstPort === DHCP_CLIENT);
}
