import { type AppEvent, IpProto, type PacketView, type VitalsSeen } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys } from './windows.js';

const REPEAT_US = 60e6;
/** Changes of the sending MAC that follow each other within this time are two senders by turns. */
const TURNS_US = 10e6;
const TURNS = 3;
/** Jumps back of a monitor's clock within this time; a restart is one. */
const JUMPS_US = 60e6;
const JUMPS = 3;
/** The clock counts 1/8 ms; datagrams that overtake each other are closer than this. */
const BACK = -8000;
/** Values of TTL packets start with: what has another one has passed a router, and routers may share the load. */
const FIRST_TTL: readonly number[] = [1, 32, 64, 128, 255];

/** One monitor's datagrams to one receiver. */
class Stream {
  device = -1;
  macHi = -1;
  macLo = -1;
  beforeHi = -1;
  beforeLo = -1;
  changes = 0;
  changedUs = Number.NEGATIVE_INFINITY;
}

/** Running clock of one monitor. */
class Clock {
  last = -1;
  back = 0;
  firstBackUs = Number.NEGATIVE_INFINITY;
}

/**
 * H17: the datagrams of one monitor (UDP) from two MACs by turns, or with a running clock that jumps back again and again: two streams
 * under one name. What counters makers hide in their own protocols is not read.
 */
export function vitalsStream(c: RuleContext): Rule {
  const streams = new RecentKeys(c.settings.window_keys, () => new Stream());
  const clocks = new RecentKeys(c.settings.window_keys, () => new Clock());
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  /** Streams of a flow, two a slot by direction; null: not watched. */
  const watched = new Array<Stream | null>(2 * c.columns.capacity).fill(null);

  const say = (device: number, flow: number, tsUs: number, key: string, observed: number, text: string): void => {
    if (!told.ready(device, tsUs)) return;
    c.emit({
      scenario: 'vitals.stream.spoof',
      device,
      role: 'victim',
      flow,
      peer: null,
      tsUs,
      key,
      reasons: [{ observed, unit: key === 'mac' ? 'changes' : 'jumps', low: 0, high: TURNS - 1, text }],
    });
  };

  const flowOpened = (slot: number, view: PacketView): void => {
    watched[2 * slot] = watched[2 * slot + 1] = null;
    if (view.ipProto !== IpProto.Udp) return;
    const isMonitor = (side: Side): boolean => c.profile(c.device(slot, side))?.deviceClass === 'PM';
    const keyFrom = (side: Side): number =>
      c.keyOf(c.addressKey(slot, side), c.addressKey(slot, (1 - side) as Side), c.port(slot, 1));
    for (let side = 0 as Side; side < 2; side++) {
      const key = keyFrom(side);
      // the address counts, not the device: whoever takes the monitor's name is another device
      if (!isMonitor(side) && streams.peek(key) === undefined) continue;
      const s = streams.touch(key);
      if (s.device < 0) s.device = c.device(slot, side);
      watched[2 * slot + side] = s;
    }
  };

  const changed = (s: Stream, view: PacketView): void => {
    const back = view.srcMacHi === s.beforeHi && view.srcMacLo === s.beforeLo;
    s.changes = view.tsUs - s.changedUs <= TURNS_US && back ? s.changes + 1 : 1;
    s.changedUs = view.tsUs;
    s.beforeHi = s.macHi;
    s.beforeLo = s.macLo;
    s.macHi = view.srcMacHi;
    s.macLo = view.srcMacLo;
    if (s.changes < TURNS || !FIRST_TTL.includes(view.ttl)) return;
    say(
      s.device,
      view.slot,
      view.tsUs,
      'mac',
      s.changes,
      `Datagrams of this monitor come from two MAC addresses by turns (${s.changes} changes within ${TURNS_US / 1e6} s each): two senders use one name.`,
    );
  };

  const packet = (view: PacketView): void => {
    if (view.ipProto !== IpProto.Udp || view.slot < 0) return;
    const s = watched[2 * view.slot + view.dir];
    if (s === null || !view.hasMac) return;
    if (s.macHi === view.srcMacHi && s.macLo === view.srcMacLo) return;
    if (s.macHi < 0) {
      s.macHi = view.srcMacHi;
      s.macLo = view.srcMacLo;
    } else changed(s, view);
  };

  const event = (any: AppEvent): void => {
    const ev = any as VitalsSeen;
    if (ev.clock < 0) return;
    const side = ev.dir as Side;
    const clock = clocks.touch(c.addressKey(ev.flow, side));
    // 32 bits that wrap
    const step = clock.last < 0 ? 0 : (ev.clock - clock.last) | 0;
    clock.last = ev.clock;
    if (step > BACK) return;
    if (ev.tsUs - clock.firstBackUs > JUMPS_US) {
      clock.firstBackUs = ev.tsUs;
      clock.back = 0;
    }
    const device = c.device(ev.flow, side);
    if (++clock.back < JUMPS || device < 0) return;
    say(
      device,
      ev.flow,
      ev.tsUs,
      'clock',
      clock.back,
      `The running clock of this monitor jumped back ${clock.back} times within a minute and forward between: two streams under one name.`,
    );
  };
  return { name: 'vitals.stream.spoof', kinds: ['vitals'], flowOpened, packet, event };
}
