import type { ScenarioCase } from './case.js';
import type { Ward, Who } from './ward.js';

// Data export of patient monitors (UDP 24105, connect indication 24005) and WS-Discovery (UDP 3702).

const DATA = 24105;
const INDICATION = 24005;
const u16 = (...n: number[]): Buffer => Buffer.from(n.flatMap((v) => [(v >> 8) & 255, v & 255]));
const u32 = (n: number): Buffer => u16(n >>> 16, n & 0xffff);
const many = (n: number, f: (i: number) => void): void => {
  for (let i = 0; i < n; i++) f(i);
};

/** Session headers of association control. */
const ASSOCIATE = Buffer.from('0d0400000000', 'hex');
const ACCEPT = Buffer.from('0e0400000000', 'hex');
const ABORTED = Buffer.from('190400000000', 'hex');
/** A poll (confirmed action), and its result with the monitor's running clock. */
const POLL = Buffer.concat([u16(0xe100, 2, 1, 6, 1, 7, 0)]);
function result(clock: number, number = 1): Buffer {
  const reply = Buffer.concat([u16(number), u32(clock), Buffer.alloc(12)]);
  const action = Buffer.concat([u16(0x21, 0, 0, 0x0c16, reply.length), reply]);
  const operation = Buffer.concat([u16(1, 7, action.length), action]);
  return Buffer.concat([u16(0xe100, 2, 2, operation.length), operation]);
}
/** A connect indication that names its system. */
function indication(system: string): Buffer {
  const id = Buffer.concat([u16(6), Buffer.from(system, 'hex')]);
  const attributes = Buffer.concat([u16(1, 4 + id.length, 0x0984, id.length), id]);
  const argument = Buffer.concat([u16(0x21, 0, 0), u32(5000), u16(0x0d17, attributes.length), attributes]);
  const operation = Buffer.concat([u16(1, 0, argument.length), argument]);
  return Buffer.concat([u32(0x100), u16(1, operation.length), operation]);
}

/** The central station takes a monitor's data, once a second. */
function exported(w: Ward, n: number, clock: (i: number) => number, from: Who | string = 'mon'): void {
  many(n, (i) => {
    w.udp('central', 'mon', DATA, POLL, 24105);
    w.udp(from, 'central', DATA, result(clock(i), i + 1), DATA);
    w.wait(1);
  });
}
function work(w: Ward): Ward {
  w.at(5).multicast('mon', '10.7.255.255', INDICATION, indication('0009fb112233'));
  w.udp('central', 'mon', DATA, ASSOCIATE, DATA);
  w.udp('mon', 'central', DATA, ACCEPT, DATA);
  exported(w, 10, (i) => 40_000 + i * 8000);
  return w;
}

const DISCOVERY = 'http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01';
function discovery(action: string, body: string): Buffer {
  return Buffer.from(
    `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:d="${DISCOVERY}"><s:Header><a:Action>${DISCOVERY}/${action}</a:Action><a:To>urn:docs-oasis-open-org:ws-dd:ns:discovery:2009:01</a:To></s:Header><s:Body><d:${action}>${body}</d:${action}></s:Body></s:Envelope>`,
  );
}
const endpoint = (n: number): string =>
  `<a:EndpointReference><a:Address>urn:uuid:00000000-0000-0000-0000-00000000000${n}</a:Address></a:EndpointReference>`;
const announce = (w: Ward, who: Who | string, n: number, action = 'Hello'): void =>
  w.multicast(
    who,
    '239.255.255.250',
    3702,
    discovery(action, `${endpoint(n)}<d:Types>dpws:Device mdpws:MedicalDevice</d:Types>`),
  );
const search = (w: Ward, who: Who | string, types: string): void =>
  w.multicast(who, '239.255.255.250', 3702, discovery('Probe', `<d:Types>${types}</d:Types>`));

export const VITALS_CASES: readonly ScenarioCase[] = [
  {
    scenario: 'vitals.stream.spoof',
    device: 'Monitor bed 1',
    attack: (w) => {
      work(w).learned();
      const false1 = w.impostor('mon', 'laptop');
      many(6, (i) => {
        exported(w, 1, () => 700_000 + i * 8000);
        w.udp(false1, 'central', DATA, result(90_000 + i * 8000, i), DATA);
      });
    },
    alike: 'a monitor that restarts once: its clock begins anew',
    miss: (w) => {
      work(w).learned();
      exported(w, 5, (i) => 700_000 + i * 8000);
      w.udp('central', 'mon', DATA, ASSOCIATE, DATA);
      w.udp('mon', 'central', DATA, ACCEPT, DATA);
      exported(w, 5, (i) => 2000 + i * 8000);
    },
  },
  {
    scenario: 'vitals.client.rogue',
    device: 'Monitor bed 1',
    attack: (w) => {
      work(w).learned();
      w.udp('laptop', 'mon', DATA, ASSOCIATE);
      w.udp('laptop', 'mon', DATA, POLL);
    },
    alike: 'the central station associates again from another port',
    miss: (w) => {
      work(w).learned();
      w.udp('central', 'mon', DATA, ASSOCIATE, 50_001);
      w.udp('central', 'mon', DATA, POLL, 50_001);
    },
  },
  {
    scenario: 'vitals.disconnect',
    device: 'Monitor bed 1',
    attack: (w) => {
      work(w).learned();
      many(8, () => {
        w.udp('central', 'mon', DATA, ASSOCIATE, DATA);
        w.udp('central', 'mon', DATA, ABORTED, DATA);
        w.wait(2);
      });
    },
    alike: 'two aborts when a patient is moved',
    miss: (w) => {
      work(w).learned();
      many(2, () => {
        w.udp('central', 'mon', DATA, ABORTED, DATA);
        w.wait(30);
        w.udp('central', 'mon', DATA, ASSOCIATE, DATA);
      });
    },
  },
  {
    scenario: 'discovery.spoof',
    device: 'Ventilator bed 1',
    attack: (w) => {
      announce(w.at(5), 'vent', 1);
      w.learned();
      announce(w, 'laptop', 1, 'Bye');
    },
    alike: 'the device says good-bye and hello itself, and another one announces its own endpoint',
    miss: (w) => {
      announce(w.at(5), 'vent', 1);
      w.learned();
      announce(w, 'vent', 1, 'Bye');
      announce(w, 'vent', 1);
      announce(w, 'pump', 2);
    },
  },
  {
    scenario: 'discovery.probe.sweep',
    device: '10.7.9.66',
    attack: (w) => {
      search(w.at(5), 'central', 'mdpws:MedicalDevice');
      w.learned();
      search(w, 'central', 'mdpws:MedicalDevice');
      search(w.wait(5), 'laptop', 'mdpws:MedicalDevice');
    },
    alike: 'an office computer that looks for printers',
    miss: (w) => {
      search(w.at(5), 'central', 'mdpws:MedicalDevice');
      w.learned();
      search(w, 'central', 'mdpws:MedicalDevice');
      many(4, () => search(w.wait(1), 'laptop', 'wsdp:Device wprt:PrintDeviceType'));
    },
  },
];
