import { type AppEvent, type DnsSeen, fold32 } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const WINDOW_US = 60e6;
const REPEAT_US = 30e6;
/** Entropy of a first label, bits per octet, above which it looks like data. */
const ENTROPY = 3.5;
const NX = 3;
const NX_LEAST = 30;

/** N16: many long, random-looking first labels under one domain (RFC 1035), or mostly names that do not exist. */
export function dnsTunnel(c: RuleContext): Rule {
  const long = new RecentKeys(c.settings.window_keys, () => new SumWindow(WINDOW_US, 12));
  const answers = new RecentKeys(c.settings.window_keys, () => ({
    all: new SumWindow(WINDOW_US, 12),
    nx: new SumWindow(WINDOW_US, 12),
  }));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const say = (
    ev: DnsSeen,
    asks: Side,
    device: number,
    observed: number,
    high: number,
    unit: string,
    text: string,
  ): void => {
    if (!told.ready(device, ev.tsUs)) return;
    c.emit({
      scenario: 'net.dns.tunnel',
      device,
      role: 'actor',
      flow: ev.flow,
      peerSide: (1 - asks) as Side,
      tsUs: ev.tsUs,
      reasons: [{ observed, unit, low: 0, high, text }],
    });
  };

  const event = (any: AppEvent): void => {
    const ev = any as DnsSeen;
    const asks = (ev.response ? 1 - ev.dir : ev.dir) as Side;
    const device = c.device(ev.flow, asks);
    if (device < 0) return;
    if (!ev.response) {
      if (ev.longestLabel < c.settings.dns_label_octets || ev.labelEntropy < ENTROPY) return;
      const n = long.touch(fold32(device, ev.domainHash)).add(1, ev.tsUs);
      const limit = c.settings.dns_tunnel_names;
      if (n < limit) return;
      say(
        ev,
        asks,
        device,
        n,
        limit - 1,
        'names/min',
        `${n} names under one domain within a minute start with a long random-looking label (longest ${ev.longestLabel} octets).`,
      );
      return;
    }
    const a = answers.touch(device);
    const all = a.all.add(1, ev.tsUs);
    const nx = a.nx.add(ev.rcode === NX ? 1 : 0, ev.tsUs);
    const usual = nx > 0 && c.usualRate(device, c.keyOf('rate.nx'), nx, ev.tsUs);
    if (nx < NX_LEAST || nx * 2 < all || usual) return;
    say(
      ev,
      asks,
      device,
      nx,
      NX_LEAST - 1,
      'names/min',
      `${nx} of ${all} names asked for within a minute do not exist.`,
    );
  };
  return { name: 'net.dns.tunnel', kinds: ['dns'], event };
}
