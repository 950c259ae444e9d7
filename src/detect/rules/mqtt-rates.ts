import { type AppEvent, fold32, type MqttSeen, Novelty } from '../../core/index.js';
import type { Observed, RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, DistinctRing, RecentKeys, SumWindow } from './windows.js';

const WINDOW_US = 10e6;
const PARTS = 10;
const REPEAT_US = 10e6;
const KEPT = 512;
/** While a broker's rates are still being learned, only so many times the limit is a flood. */
const WHILE_LEARNING = 10;
/** Hosts that must publish before it is many of them. */
const MANY = 3;

/** What one host sends one broker. */
class Client {
  readonly connects = new SumWindow(WINDOW_US, PARTS);
  readonly publishes = new SumWindow(WINDOW_US, PARTS);
  readonly octets = new SumWindow(WINDOW_US, PARTS);
}
/** What a broker takes and refuses. */
class Broker {
  readonly newcomers = new DistinctRing(KEPT);
  readonly publishers = new DistinctRing(KEPT);
  readonly publishes = new SumWindow(WINDOW_US, PARTS);
  readonly refused = new SumWindow(WINDOW_US, PARTS);
  /** Largest count of one publisher within the window, and when. */
  top = 0;
  topUs = Number.NEGATIVE_INFINITY;
}

/**
 * M01 to M04: connections and messages at one broker within ten seconds, by one host and by many. Floods of messages look like work in
 * counts of packets, so control packets are counted.
 */
export function mqttRates(c: RuleContext): Rule {
  const clients = new RecentKeys(c.settings.window_keys, () => new Client());
  const brokers = new RecentKeys(c.settings.window_keys, () => new Broker());
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);

  const say = (ev: MqttSeen, scenario: string, broker: number, by: Side | null, reasons: readonly Observed[]): void => {
    const who = by === null ? 0 : c.addressKey(ev.flow, by);
    if (!told.ready(c.keyOf(scenario, broker, who), ev.tsUs)) return;
    c.emit({
      scenario,
      device: broker,
      role: 'victim',
      flow: ev.flow,
      ...(by === null ? { peer: null } : { peerSide: by }),
      tsUs: ev.tsUs,
      reasons,
    });
  };
  /** Above the limit and above what was learned. */
  const over = (broker: number, what: string, n: number, limit: number, tsUs: number): boolean => {
    const usual = c.usualRate(broker, c.keyOf(what), n, tsUs);
    return !usual && n >= (c.learning(broker, tsUs) ? limit * WHILE_LEARNING : limit);
  };

  const connect = (ev: MqttSeen, broker: number, asks: Side): void => {
    const from = c.addressKey(ev.flow, asks);
    const b = brokers.touch(broker);
    const n = clients.touch(fold32(broker, from)).connects.add(1, ev.tsUs);
    const refused = b.refused.add(0, ev.tsUs);
    const refusals: Observed[] =
      refused === 0
        ? []
        : [{ observed: refused, unit: 'refusals', text: `The broker refused ${refused} connections meanwhile.` }];
    const limit = c.settings.mqtt_connects_per_10s;
    if (over(broker, 'rate.mqtt.connects', n, limit, ev.tsUs)) {
      const text = `${n} CONNECT packets of ${c.ip(ev.flow, asks)} within ten seconds; fewer than ${limit} are expected.`;
      const reason = { observed: n, unit: 'connects/10 s', low: 0, high: limit - 1, text };
      say(ev, 'mqtt.connect.flood', broker, asks, [reason, ...refusals]);
    }
    // clients the broker knows come back all at once when it was away
    if (c.habit(broker, c.keyOf('mqtt.client', from), ev.tsUs) !== Novelty.New) return;
    const news = b.newcomers.add(from, ev.tsUs, WINDOW_US);
    const most = c.settings.mqtt_newcomers_per_10s;
    if (news < most) return;
    const text = `${news} hosts that were never clients of this broker connect within ten seconds; fewer than ${most} are expected.`;
    const reason = { observed: news, unit: 'hosts/10 s', low: 0, high: most - 1, text };
    say(ev, 'mqtt.connect.ddos', broker, null, [reason, ...refusals]);
  };

  const publish = (ev: MqttSeen, broker: number, sends: Side): void => {
    const from = c.addressKey(ev.flow, sends);
    const b = brokers.touch(broker);
    const own = clients.touch(fold32(broker, from));
    const n = own.publishes.add(ev.count, ev.tsUs);
    const octets = own.octets.add(ev.octets, ev.tsUs);
    const all = b.publishes.add(ev.count, ev.tsUs);
    const hosts = b.publishers.add(from, ev.tsUs, WINDOW_US);
    if (n >= b.top || ev.tsUs - b.topUs > WINDOW_US) {
      b.top = n;
      b.topUs = ev.tsUs;
    }
    const s = c.settings;
    const packets = over(broker, 'rate.mqtt.publishes', n, s.mqtt_publishes_per_10s, ev.tsUs);
    if (packets || over(broker, 'rate.mqtt.octets', octets, s.mqtt_octets_per_10s, ev.tsUs)) {
      const [observed, unit, limit] = packets
        ? [n, 'messages/10 s', s.mqtt_publishes_per_10s]
        : [octets, 'octets/10 s', s.mqtt_octets_per_10s];
      const text = `${c.ip(ev.flow, sends)} published ${n} messages, ${octets} octets, within ten seconds; fewer than ${limit} ${packets ? 'messages' : 'octets'} are expected.`;
      say(ev, 'mqtt.publish.flood', broker, sends, [{ observed, unit, low: 0, high: limit - 1, text }]);
    }
    const limit = s.mqtt_broker_publishes_per_10s;
    if (!over(broker, 'rate.mqtt.all', all, limit, ev.tsUs) || hosts < MANY || b.top * 2 >= all) return;
    const text = `${all} messages of ${hosts} hosts within ten seconds, none of them sending most; fewer than ${limit} are expected.`;
    say(ev, 'mqtt.publish.ddos', broker, null, [
      { observed: all, unit: 'messages/10 s', low: 0, high: limit - 1, text },
    ]);
  };

  const event = (any: AppEvent): void => {
    const ev = any as MqttSeen;
    if (ev.packet === 'CONNACK') {
      const broker = c.device(ev.flow, ev.dir as Side);
      if (ev.code > 0 && broker >= 0) brokers.touch(broker).refused.add(1, ev.tsUs);
      return;
    }
    // clients open their connections; what flows the other way is the broker's own distribution
    if (ev.dir !== 0) return;
    const broker = c.device(ev.flow, 1);
    if (broker < 0) return;
    if (ev.packet === 'CONNECT') connect(ev, broker, 0);
    else if (ev.packet === 'PUBLISH') publish(ev, broker, 0);
  };
  return { name: 'mqtt.connect.flood', kinds: ['mqtt'], event };
}
