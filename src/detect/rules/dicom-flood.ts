import type { AppEvent, DicomAssociateRj, DicomAssociateRq } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, HitRing, Rate, RecentKeys, SumWindow } from './windows.js';

const WINDOW_US = 60e6;
/** Time before the newest minute that a jump is told by while a server's rate is being learned. */
const BEFORE_US = 360e6;
const REPEAT_US = 5e6;
/** A-ASSOCIATE-RJ by the presentation layer: local limit exceeded (PS3.8 table 9-21). */
const LIMIT = { result: 2, source: 3, reason: 2 } as const;
const LIMIT_HITS = 3;

/** D14: more association requests at one server than a flood needs, or a server that says its limit is reached. */
export function dicomFlood(c: RuleContext): Rule {
  const asked = new RecentKeys(c.settings.window_keys, () => new Rate(WINDOW_US, BEFORE_US));
  /** The same by server and source: who floods is who sends most of it. */
  const askedBy = new RecentKeys(c.settings.window_keys, () => new SumWindow(WINDOW_US, 12));
  /** Largest count of one source within a window, by server. */
  const largest = new RecentKeys(c.settings.window_keys, () => ({ count: 0, tsUs: 0 }));
  const refused = new RecentKeys(c.settings.window_keys, () => new HitRing(LIMIT_HITS * 4));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const request = (ev: DicomAssociateRq): void => {
    const asks = ev.dir as Side;
    const server = c.device(ev.flow, (1 - ev.dir) as Side);
    if (server < 0) return;
    const rates = asked.touch(server);
    const n = rates.add(ev.tsUs);
    const own = askedBy.touch(c.keyOf(server, c.addressKey(ev.flow, asks))).add(1, ev.tsUs);
    const top = largest.touch(server);
    if (own >= top.count || ev.tsUs - top.tsUs > WINDOW_US) {
      top.count = own;
      top.tsUs = ev.tsUs;
    }
    const rate = c.keyOf('rate.associations');
    // habits of a busy archive are learned long before the limit
    const usual = c.usualRate(server, rate, n, ev.tsUs);
    if (n < c.settings.associations_per_min || usual) return;
    if (c.learning(server, ev.tsUs) && !rates.jumped(ev.tsUs)) return;
    const chief = own * 2 >= n;
    // a bystander's request in the middle of somebody's flood does not make it his
    if (!chief && top.count * 2 >= n) return;
    if (!told.ready(server, ev.tsUs)) return;
    c.emit({
      scenario: 'dicom.association.flood',
      device: server,
      role: 'victim',
      flow: ev.flow,
      ...(chief ? { peerSide: asks } : { peer: null }),
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: n,
          unit: 'requests/min',
          low: 0,
          high: c.settings.associations_per_min - 1,
          text: `${n} association requests within a minute, ${chief ? `${own} of them from ${c.ip(ev.flow, asks)}` : 'from many hosts'}; ${c.settings.associations_per_min} are a flood and no such rate was learned.`,
        },
      ],
    });
  };

  const reject = (ev: DicomAssociateRj): void => {
    if (ev.result !== LIMIT.result || ev.source !== LIMIT.source || ev.reason !== LIMIT.reason) return;
    const serves = ev.dir as Side;
    const server = c.device(ev.flow, serves);
    if (server < 0) return;
    const n = refused.touch(server).hit(ev.tsUs, WINDOW_US);
    if (n < LIMIT_HITS || !told.ready(server, ev.tsUs)) return;
    c.emit({
      scenario: 'dicom.association.flood',
      device: server,
      role: 'victim',
      flow: ev.flow,
      peerSide: (1 - ev.dir) as Side,
      tsUs: ev.tsUs,
      bump: -1,
      reasons: [
        {
          observed: n,
          unit: 'rejections/min',
          low: 0,
          high: LIMIT_HITS - 1,
          text: `The server refused ${n} associations within a minute because its own limit was reached.`,
        },
      ],
    });
  };
  return {
    name: 'dicom.association.flood',
    kinds: ['dicom.associate.rq', 'dicom.associate.rj'],
    event: (ev: AppEvent) => (ev.kind === 'dicom.associate.rq' ? request(ev) : reject(ev as DicomAssociateRj)),
  };
}
