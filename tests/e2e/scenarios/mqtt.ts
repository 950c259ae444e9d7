import type { ScenarioCase } from './case.js';
import type { Talk, Ward, Who } from './ward.js';

// MQTT 3.1.1.

const PORT = 1883;
const many = (n: number, f: (i: number) => void): void => {
  for (let i = 0; i < n; i++) f(i);
};
const field = (text: string): Buffer =>
  Buffer.concat([Buffer.of(text.length >> 8, text.length & 255), Buffer.from(text)]);
function packet(first: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let n = body.length;
  do {
    length.push((n & 127) | (n > 127 ? 128 : 0));
    n >>= 7;
  } while (n > 0);
  return Buffer.concat([Buffer.of(first, ...length), body]);
}
const CONNACK = Buffer.from('20020000', 'hex');
const REFUSED = Buffer.from('20020005', 'hex');
const connect = (id: string): Buffer => packet(0x10, field('MQTT'), Buffer.from('0402003c', 'hex'), field(id));
const publish = (topic: string, octets = 20): Buffer => packet(0x30, field(topic), Buffer.alloc(octets, 0x31));
const subscribe = (filter: string): Buffer => packet(0x82, Buffer.of(0, 1), field(filter), Buffer.of(0));
const SUBACK = Buffer.from('9003000100', 'hex');

const client = (w: Ward, who: Who | string, id: string): Talk => w.tcp(who, 'broker', PORT).ask(connect(id), CONNACK);

/** Two devices publish, the central station subscribes to their topics. */
function work(w: Ward): Talk[] {
  w.at(5);
  const vent = client(w, 'vent', 'vent-1');
  const pump = client(w, 'pump', 'pump-1');
  client(w, 'central', 'central').ask(subscribe('ward/+/vitals'), SUBACK);
  many(20, () => {
    vent.say(0, publish('ward/1/vitals'), 0.5);
    pump.say(0, publish('ward/2/vitals'), 0.5);
  });
  return [vent, pump];
}

export const MQTT_CASES: readonly ScenarioCase[] = [
  {
    scenario: 'mqtt.connect.flood',
    device: 'Message broker',
    attack: (w) => {
      work(w);
      w.learned();
      many(80, (i) =>
        w
          .tcp('pc', 'broker', PORT)
          .ask(connect(`x${i}`), REFUSED)
          .reset(),
      );
    },
    alike: 'a client that comes back every few seconds',
    miss: (w) => {
      work(w);
      w.learned();
      many(40, () => client(w.wait(3), 'vent', 'vent-1').close());
    },
  },
  {
    scenario: 'mqtt.connect.ddos',
    device: 'Message broker',
    attack: (w) => {
      work(w);
      w.learned();
      many(30, (i) => client(w, `10.7.6.${i + 1}`, `bot${i}`).close());
    },
    alike: 'thirty known clients that come back at once when the broker was away',
    miss: (w) => {
      work(w);
      many(30, (i) => client(w, `10.7.6.${i + 1}`, `node${i}`).close());
      w.learned();
      many(30, (i) => client(w, `10.7.6.${i + 1}`, `node${i}`).close());
    },
  },
  {
    scenario: 'mqtt.publish.flood',
    device: 'Message broker',
    attack: (w) => {
      const [vent] = work(w);
      w.learned();
      // a hundred small messages a segment
      many(40, () => vent.say(0, Buffer.concat(Array.from({ length: 100 }, () => publish('ward/1/vitals', 2))), 0.02));
    },
    alike: 'a client that catches up after an outage',
    miss: (w) => {
      const [vent] = work(w);
      w.learned();
      many(10, () => vent.say(0, Buffer.concat(Array.from({ length: 100 }, () => publish('ward/1/vitals', 2))), 0.02));
    },
  },
  {
    scenario: 'mqtt.publish.ddos',
    device: 'Message broker',
    settings: { detect: { mqtt_broker_publishes_per_10s: 2000 } },
    attack: (w) => {
      work(w);
      const bots = Array.from({ length: 10 }, (_, i) => client(w, `10.7.6.${i + 1}`, `n${i}`));
      w.learned();
      many(4, () => {
        for (const b of bots) b.say(0, Buffer.concat(Array.from({ length: 80 }, () => publish('ward/9/x', 2))), 0.02);
      });
    },
    alike: 'ten clients, each a little more than usual',
    miss: (w) => {
      work(w);
      const nodes = Array.from({ length: 10 }, (_, i) => client(w, `10.7.6.${i + 1}`, `n${i}`));
      w.learned();
      many(4, () => {
        for (const b of nodes) b.say(0, Buffer.concat(Array.from({ length: 20 }, () => publish('ward/9/x', 2))), 0.02);
      });
    },
  },
  {
    scenario: 'mqtt.malformed',
    device: 'Message broker',
    attack: (w) => {
      const [vent] = work(w);
      w.learned();
      vent.say(0, packet(0x36, field('ward/1/vitals'), Buffer.alloc(4)));
    },
    alike: 'an empty message, and one of every quality of service',
    miss: (w) => {
      const [vent] = work(w);
      w.learned();
      vent.say(0, packet(0x30, field('ward/1/vitals')));
      vent.ask(packet(0x32, field('ward/1/vitals'), Buffer.of(0, 1, 65)), Buffer.from('40020001', 'hex'));
      vent.ask(packet(0x34, field('ward/1/vitals'), Buffer.of(0, 2, 65)), Buffer.from('50020002', 'hex'));
      vent.ask(Buffer.from('62020002', 'hex'), Buffer.from('70020002', 'hex'));
    },
  },
  {
    scenario: 'mqtt.subscribe.wildcard',
    device: 'Office computer',
    attack: (w) => {
      work(w);
      client(w.learned(), 'pc', 'explorer').ask(subscribe('#'), SUBACK);
    },
    alike: 'a new client of one topic, and the central station again',
    miss: (w) => {
      work(w);
      client(w.learned(), 'pc', 'display').ask(subscribe('ward/1/vitals'), SUBACK);
      client(w, 'central', 'central').ask(subscribe('ward/+/vitals'), SUBACK);
    },
  },
  {
    scenario: 'mqtt.verdict.spoof',
    device: 'Message broker',
    attack: (w) => {
      work(w);
      const sensor = client(w, 'files', 'wardwire-demo-ward');
      sensor.say(0, publish('wardwire/v1/demo/ward/verdict/low/pacs/x'));
      client(w.learned(), 'pc', 'tool').say(0, publish('wardwire/v1/demo/ward/verdict/info/ventilator/y'));
    },
    alike: 'the sensor itself, and another sensor of the site, known from learning, on its own topics',
    miss: (w) => {
      work(w);
      const other = client(w, 'pc', 'wardwire-demo-icu');
      other.say(0, publish('wardwire/v1/demo/icu/verdict/low/pump/z'));
      const sensor = client(w, 'files', 'wardwire-demo-ward');
      sensor.say(0, publish('wardwire/v1/demo/ward/verdict/low/pacs/x'));
      w.learned();
      sensor.say(0, publish('wardwire/v1/demo/ward/verdict/high/pacs/x'));
      other.say(0, publish('wardwire/v1/demo/icu/verdict/high/pump/z'));
    },
  },
];
