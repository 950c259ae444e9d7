import { type AppEvent, fold32, hashString, type MqttSeen, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const REPEAT_US = 60e6;
/** Levels of a topic all sensors of a broker share. */
const TREE = 2;
const WORDS: Readonly<Record<Exclude<MqttSeen['wild'], ''>, string>> = {
  all: 'all topics',
  broker: "the broker's own topics ($SYS)",
  tree: 'a whole tree of topics',
};

/**
 * M06: a host that subscribes to everything and never did. M07: somebody but this sensor publishes on the sensor's own topics; whose
 * packets they are is told by the client identifier, and by the address it always came from.
 */
export function mqttAccess(c: RuleContext): Rule {
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const own = c.own;
  const levels = own?.topic.map((l) => hashString(c.seed, l).toString(16)) ?? [];

  const subscribe = (ev: MqttSeen): void => {
    if (ev.wild === '') return;
    const asks = ev.dir as Side;
    const serves = (1 - ev.dir) as Side;
    const broker = c.device(ev.flow, serves);
    if (broker < 0) return;
    const from = c.addressKey(ev.flow, asks);
    const client = c.device(ev.flow, asks);
    // a tree is what clients are there for; only a host that was no client before has to explain it
    const what = ev.wild === 'tree' ? c.keyOf('mqtt.client', from) : c.keyOf('mqtt.wild', ev.wild, from);
    if (c.habit(broker, what, ev.tsUs) !== Novelty.New || !told.ready(fold32(broker, what), ev.tsUs)) return;
    c.emit({
      scenario: 'mqtt.subscribe.wildcard',
      device: client >= 0 ? client : broker,
      role: client >= 0 ? 'actor' : 'victim',
      flow: ev.flow,
      peerSide: client >= 0 ? serves : asks,
      also: broker,
      tsUs: ev.tsUs,
      bump: ev.wild === 'tree' ? -1 : 0,
      reasons: [
        {
          observed: ev.wild,
          unit: 'filter',
          text: `${c.ip(ev.flow, asks)} subscribes to ${WORDS[ev.wild]} at ${c.ip(ev.flow, serves)}${ev.wild === 'tree' ? ' and was never a client of this broker' : ', which it never did'}.`,
        },
      ],
    });
  };

  const published = (ev: MqttSeen): void => {
    if (own === null || !levels.slice(0, TREE).every((l, i) => ev.topic[i] === l)) return;
    const sends = ev.dir as Side;
    const broker = c.device(ev.flow, (1 - ev.dir) as Side);
    const client = c.device(ev.flow, sends);
    const device = broker >= 0 ? broker : client;
    if (device < 0) return;
    const from = c.addressKey(ev.flow, sends);
    const ours = own.clientTokens.includes(ev.clientToken);
    // topics of another sensor: that one publishes there all the time
    const another = !levels.every((l, i) => ev.topic[i] === l);
    if ((ours || another) && c.habit(device, c.keyOf('verdicts', from), ev.tsUs) !== Novelty.New) return;
    if (!told.ready(fold32(device, from), ev.tsUs)) return;
    c.emit({
      scenario: 'mqtt.verdict.spoof',
      device,
      role: broker >= 0 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: broker >= 0 ? sends : ((1 - sends) as Side),
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: ours ? 'other address' : 'other client',
          unit: 'publisher',
          text: `${c.ip(ev.flow, sends)} publishes on the topics of ${another ? "another sensor's" : "this sensor's"} verdicts ${ours ? 'under its client identifier, but from an address it never used' : 'and is not this sensor'}.`,
        },
      ],
    });
  };

  const event = (any: AppEvent): void => {
    const ev = any as MqttSeen;
    // what a broker hands on to its subscribers has been published before
    if (ev.dir !== 0) return;
    if (ev.packet === 'SUBSCRIBE') subscribe(ev);
    else if (ev.packet === 'PUBLISH') published(ev);
  };
  return { name: 'mqtt.subscribe.wildcard', kinds: ['mqtt'], event };
}
