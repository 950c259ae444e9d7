import t from 'tap';
import { HandInventory } from '../support/hand-inventory.js';
import { us } from '../support/hand-packets.js';

const ALICE = '00:1b:44:11:3a:b7';
const BOB = '00:1b:44:11:3a:b8';
const EVE = '00:0c:29:aa:bb:cc';
const ROUTER = '00:1c:73:00:00:01';

const world = (settings: object = {}, site = ''): HandInventory => new HandInventory(settings, site);

t.test('a device on the segment is its MAC; both ends of a flow are named', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.2', mac: ALICE, toMac: BOB });
  t.equal(w.flows.view.dstDev, -1, 'who has not sent anything has no row');
  const b = w.send({ at: 1, from: '10.0.0.2', to: '10.0.0.1', mac: BOB, sport: 9000, dport: 40000 });
  t.equal(w.flows.view.dstDev, a);
  t.not(a, b);
  w.send({ at: 2, from: '10.0.0.1', to: '10.0.0.2', mac: ALICE });
  t.same([w.flows.view.srcDev, w.flows.view.dstDev], [a, b]);
  t.same([...w.flows.columns.device.subarray(0, 2)], [a, b]);
  t.equal(w.id(a), 'mac-001b44113ab7');
  const rec = w.inventory.directory.get(a);
  t.same(rec.addresses, ['10.0.0.1']);
  t.same(rec.macs, [ALICE]);
  t.equal(rec.firstUs, us(0));
  t.equal(rec.lastUs, us(2));
  t.same(
    w.events.map((e) => [e.kind, e.device, e.ip, e.mac]),
    [
      ['device.new', a, '10.0.0.1', ALICE],
      ['device.new', b, '10.0.0.2', BOB],
    ],
  );
});

t.test('external, multicast, broadcast and unspecified addresses get no row', async (t) => {
  const w = world();
  t.equal(w.send({ at: 0, from: '8.8.8.8', to: '10.0.0.1', mac: ROUTER }), -1);
  t.equal(w.send({ at: 0, from: '0.0.0.0', to: '255.255.255.255' }), -1);
  t.equal(w.send({ at: 0, from: '239.1.1.1', to: '10.0.0.1', mac: ALICE }), -1);
  t.equal(w.send({ at: 0, from: 'ff02::1', to: 'fe80::1', mac: ALICE }), -1);
  t.equal(w.send({ at: 0, from: '::', to: 'ff02::1' }), -1);
  t.equal(w.inventory.directory.size, 0);
});

t.test('two devices behind a router stay two, told by TTL', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '10.1.0.1', to: '10.0.0.9', mac: ROUTER, ttl: 63 });
  const b = w.send({ at: 1, from: '10.1.0.2', to: '10.0.0.9', mac: ROUTER, ttl: 127 });
  t.not(a, b);
  t.equal(w.id(a), 'ip-10-1-0-1');
  t.equal(w.id(b), 'ip-10-1-0-2');
  t.equal(w.send({ at: 500, from: '10.1.0.1', to: '10.0.0.9', mac: ROUTER, ttl: 63 }), a);
});

t.test('a router is found by fan-in when the TTL does not tell', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '10.1.0.1', to: '10.0.0.9', mac: ROUTER });
  t.equal(w.id(a), 'mac-001c73000001');
  const b = w.send({ at: 1, from: '10.1.0.2', to: '10.0.0.9', mac: ROUTER });
  const c = w.send({ at: 2, from: '10.1.0.3', to: '10.0.0.9', mac: ROUTER });
  t.equal(new Set([a, b, c]).size, 3);
  t.equal(w.id(a), 'ip-10-1-0-1', 'the first host behind the router loses the router’s MAC');
  t.same(w.inventory.directory.get(a).macs, []);
  const d = w.send({ at: 900, from: '10.1.0.4', to: '10.0.0.9', mac: ROUTER });
  t.equal(w.id(d), 'ip-10-1-0-4', 'no re-addressing behind a router');
  t.equal(w.events.filter((e) => e.kind === 'ip.moved').length, 0);
});

t.test('sources outside the site make a MAC a router', async (t) => {
  const w = world();
  for (let i = 1; i <= 3; i++) w.send({ at: i, from: `8.8.8.${i}`, to: '10.0.0.1', mac: ROUTER });
  const d = w.send({ at: 5, from: '10.5.0.1', to: '10.0.0.1', mac: ROUTER });
  t.equal(w.id(d), 'ip-10-5-0-1');
});

t.test('DHCP re-addressing keeps the device', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE });
  // a quick renewal: the request from 0.0.0.0 announces the change
  t.equal(w.send({ at: 3, from: '0.0.0.0', to: '255.255.255.255', mac: ALICE, sport: 68, dport: 67 }), a);
  t.equal(w.send({ at: 4, from: '10.0.0.77', to: '10.0.0.9', mac: ALICE }), a);
  // a long silence does as well
  t.equal(w.send({ at: 1000, from: '10.0.0.78', to: '10.0.0.9', mac: ALICE }), a);
  t.same(w.inventory.directory.get(a).addresses, ['10.0.0.78', '10.0.0.77', '10.0.0.1']);
  t.equal(w.inventory.directory.size, 1);
  // and the old lease given to somebody else is a move, but not two hosts at one address
  const b = w.send({ at: 2000, from: '10.0.0.1', to: '10.0.0.9', mac: BOB });
  t.not(b, a);
  const moved = w.events.filter((e) => e.kind === 'ip.moved');
  t.equal(moved.length, 1);
  t.match(moved[0], { device: a, ip: '10.0.0.1', mac: BOB, oldMac: ALICE, oldAlive: false, byArp: false, claimant: b });
  t.same(w.inventory.directory.get(a).addresses, ['10.0.0.78', '10.0.0.77']);
});

t.test('two IPv4 addresses at the same time: the second is a device until ARP proves otherwise', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE });
  t.equal(w.arp(1, 1, ALICE, '10.0.0.2', '10.0.0.9'), a);
  t.equal(w.send({ at: 2, from: '10.0.0.2', to: '10.0.0.9', mac: ALICE }), a);
  t.not(w.send({ at: 3, from: '10.0.0.3', to: '10.0.0.9', mac: ALICE }), a);
});

t.test('IPv4 and IPv6 of one MAC are one device', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: 'fe80::1', to: 'ff02::16', mac: ALICE, ttl: 1 });
  t.equal(w.send({ at: 1, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE }), a);
  t.equal(w.send({ at: 2, from: 'fd00::1:2', to: 'fd00::9', mac: ALICE }), a);
  t.equal(w.send({ at: 3, from: 'fd00::dead:beef', to: 'fd00::9', mac: ALICE }), a, 'privacy address');
  t.equal(w.id(a), 'mac-001b44113ab7');
  const r = w.send({ at: 4, from: 'fd00:5::7', to: 'fd00::9', mac: ROUTER, ttl: 62 });
  t.equal(w.id(r), 'ip-fd00-5--7');
});

t.test('ARP spoofing: the claim is told, the address stays with its living holder', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE });
  const e = w.send({ at: 1, from: '10.0.0.66', to: '10.0.0.9', mac: EVE });
  t.equal(w.arp(2, 2, EVE, '10.0.0.1', '10.0.0.9'), e, 'the packet is the attacker’s');
  const moved = w.events.filter((x) => x.kind === 'ip.moved');
  t.equal(moved.length, 1);
  t.match(moved[0], { device: a, claimant: e, ip: '10.0.0.1', mac: EVE, oldMac: ALICE, oldAlive: true, byArp: true });
  t.match(
    w.events.filter((x) => x.kind === 'arp.gratuitous'),
    [{ device: e, ip: '10.0.0.1', mac: EVE }],
  );
  // the holder goes on and nothing is said about that
  t.equal(w.send({ at: 2.2, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE }), a);
  t.equal(w.events.filter((x) => x.kind === 'ip.moved').length, 1);
  // forwarded packets under the attacker's MAC still belong to the address; told again only after a while
  t.equal(w.send({ at: 2.4, from: '10.0.0.1', to: '10.0.0.9', mac: EVE }), a);
  w.arp(2.6, 2, EVE, '10.0.0.1', '10.0.0.9');
  t.equal(w.events.filter((x) => x.kind === 'ip.moved').length, 1, 'not within a second');
  w.arp(4, 2, EVE, '10.0.0.1', '10.0.0.9');
  t.equal(w.events.filter((x) => x.kind === 'ip.moved').length, 2);
  t.same(w.inventory.directory.get(a).addresses, ['10.0.0.1']);
});

t.test('an attacker who forwards for many is not taken for a router', async (t) => {
  const w = world();
  const devices = [1, 2, 3, 4, 5].map((i) =>
    w.send({ at: i / 10, from: `10.0.0.${i}`, to: '10.0.0.9', mac: `00:1b:44:00:00:0${i}` }),
  );
  const e = w.send({ at: 1, from: '10.0.0.66', to: '10.0.0.9', mac: EVE });
  for (let i = 1; i <= 5; i++) {
    w.arp(1 + i, 2, EVE, `10.0.0.${i}`, '10.0.0.9');
    t.equal(w.send({ at: 1.5 + i, from: `10.0.0.${i}`, to: '10.0.0.9', mac: EVE, sport: 7 }), devices[i - 1]);
  }
  t.equal(w.id(e), 'mac-000c29aabbcc');
  t.equal(w.events.filter((x) => x.kind === 'ip.moved' && x.byArp).length, 5);
});

t.test('ordinary ARP: question and answer bind and say nothing', async (t) => {
  const w = world();
  const a = w.arp(0, 1, ALICE, '10.0.0.1', '10.0.0.2');
  const b = w.arp(0.001, 2, BOB, '10.0.0.2', '10.0.0.1');
  t.equal(w.inventory.directory.byIp(0, 0, 0xffff, (10 << 24) | 1), a);
  t.equal(w.inventory.directory.byIp(0, 0, 0xffff, (10 << 24) | 2), b);
  t.same(
    w.events.map((e) => e.kind),
    ['device.new', 'device.new'],
  );
  w.arp(10, 1, ALICE, '10.0.0.1', '10.0.0.1');
  t.equal(w.events.at(-1)?.kind, 'arp.gratuitous');
  w.arp(20, 2, BOB, '10.0.0.2', '10.0.0.1');
  t.equal(w.events.filter((e) => e.kind === 'arp.gratuitous').length, 2, 'an answer long after the question');
});

t.test('a probe without a sender address does not name an address', async (t) => {
  const w = world();
  const d = w.arp(0, 1, ALICE, '0.0.0.0', '10.0.0.1');
  t.same(w.inventory.directory.get(d).addresses, []);
  t.equal(w.send({ at: 1, from: '10.0.0.1', to: '10.0.0.2', mac: ALICE }), d);
});

t.test('virtual router MACs never identify', async (t) => {
  const w = world();
  const macs = [
    '00:00:5e:00:01:0a',
    '00:00:0c:07:ac:01',
    '00:00:0c:9f:f0:01',
    '00:07:b4:00:01:02',
    '00:05:73:a0:00:10',
  ];
  macs.forEach((mac, i) => {
    const d = w.send({ at: i, from: `10.2.0.${i + 1}`, to: '10.0.0.9', mac });
    t.equal(w.id(d), `ip-10-2-0-${i + 1}`);
  });
  t.equal(w.send({ at: 9, from: '0.0.0.0', to: '255.255.255.255', mac: macs[0] }), -1);
  t.equal(w.inventory.directory.size, 5);
});

t.test('frames without usable MACs (loopback, raw IP) go by address', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '127.0.0.1', to: '127.0.0.2', mac: '00:00:00:00:00:00' });
  const b = w.send({ at: 0, from: '10.0.0.1', to: '127.0.0.2' });
  t.equal(w.id(a), 'ip-127-0-0-1');
  t.equal(w.id(b), 'ip-10-0-0-1');
  const c = w.send({ at: 1, from: '10.0.0.1', to: '127.0.0.2', mac: ALICE });
  t.equal(c, b, 'the address is known; the MAC is added');
  t.same(w.inventory.directory.get(b).macs, [ALICE]);
  t.equal(w.id(b), 'ip-10-0-0-1', 'an id does not change under its readers');
});

t.test('a MAC on another VLAN is told once a VLAN', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE, vlan: 10 });
  w.send({ at: 1, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE, vlan: 10, sport: 1 });
  t.equal(w.events.filter((e) => e.kind === 'mac.moved').length, 0);
  w.send({ at: 20, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE, vlan: 20, sport: 2 });
  w.send({ at: 40, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE, vlan: 10, sport: 3 });
  w.send({ at: 60, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE, vlan: 20, sport: 4 });
  const moved = w.events.filter((e) => e.kind === 'mac.moved');
  t.equal(moved.length, 1);
  t.match(moved[0], { device: a, mac: ALICE, ip: '10.0.0.1' });
});

t.test('a full table lets the longest silent go, never the life-critical or listed', async (t) => {
  const w = world({ max_devices: 16 }, 'ip,type\n10.0.0.1,ventilator\n10.0.0.2,workstation\n');
  t.equal(w.inventory.directory.size, 2);
  const first = w.send({ at: 1, from: '10.0.1.1', to: '10.0.0.9' });
  const second = w.send({ at: 2, from: '10.0.1.2', to: '10.0.0.9' });
  for (let i = 3; i <= 14; i++) w.send({ at: i, from: `10.0.1.${i}`, to: '10.0.0.9' });
  for (let i = 3; i <= 14; i++) w.send({ at: i + 2, from: `10.0.1.${i}`, to: '10.0.0.9' });
  w.send({ at: 20, from: '10.0.1.1', to: '10.0.0.9' });
  t.equal(w.inventory.directory.size, 16);
  const late = w.send({ at: 30, from: '10.0.2.1', to: '10.0.0.9' });
  t.equal(late, second, 'the row of the longest silent is used again');
  t.equal(w.inventory.directory.get(first).id, 'ip-10-0-1-1');
  t.equal(w.inventory.directory.byIp(0, 0, 0xffff, (10 << 24) | 0x102), -1);
  t.equal(w.counters.get('wardwire_devices_total', { what: 'evicted' }), 1);
  for (let i = 1; i <= 200; i++) w.send({ at: 40 + i, from: `10.0.3.${i}`, to: '10.0.0.9' });
  t.equal(w.inventory.directory.size, 16);
  t.not(w.inventory.directory.byIp(0, 0, 0xffff, (10 << 24) | 1), -1);
  t.not(w.inventory.directory.byIp(0, 0, 0xffff, (10 << 24) | 2), -1);
});

t.test('a flood of forged senders replaces itself, not the devices that stay', async (t) => {
  const w = world({ max_devices: 64 });
  const stay = Array.from({ length: 40 }, (_, i) => `10.0.0.${i + 1}`);
  const before = stay.map((from) => w.send({ at: 0, from, to: '10.9.0.1' }));
  for (const from of stay) w.send({ at: 2, from, to: '10.9.0.1' });
  for (let i = 0; i < 5000; i++)
    w.send({ at: 3 + i / 1000, from: `10.1.${i >> 8}.${i & 255}`, to: '10.9.0.1', mac: EVE });
  t.same(
    stay.map((from) => w.send({ at: 9, from, to: '10.9.0.1' })),
    before,
  );
  // a newcomer that is there a second later stays
  const late = w.send({ at: 10, from: '10.2.0.1', to: '10.9.0.1' });
  w.send({ at: 11.5, from: '10.2.0.1', to: '10.9.0.1' });
  for (let i = 0; i < 100; i++) w.send({ at: 12, from: `10.3.0.${i + 1}`, to: '10.9.0.1', mac: EVE });
  t.equal(w.send({ at: 13, from: '10.2.0.1', to: '10.9.0.1' }), late);
});

t.test('a mirror that shows packets before and after the router makes no claims', async (t) => {
  for (const routedFirst of [false, true]) {
    const w = world();
    const own = { from: '10.0.0.1', to: '10.5.0.1', mac: ALICE, ttl: 64 };
    const routed = { from: '10.0.0.1', to: '10.5.0.1', mac: ROUTER, ttl: 63 };
    const ids = new Set<number>();
    for (let i = 0; i < 6; i++) ids.add(w.send({ at: i, ...((i % 2 === 0) === routedFirst ? routed : own) }));
    t.equal(ids.size, 1);
    t.same(w.at('10.0.0.1').macs, [ALICE]);
    t.equal(w.events.filter((e) => e.kind === 'ip.moved').length, 0);
  }
});

t.test('a flow of a device that left and of its successor are not mixed up', async (t) => {
  const w = world({ max_devices: 16 });
  const old = { at: 0, from: '10.0.1.1', to: '10.0.0.9', mac: ALICE };
  w.send(old);
  for (let i = 1; i <= 30; i++) w.send({ at: i, from: `10.0.2.${i % 15}`, to: '10.0.0.9' });
  w.send({ at: 31, from: '10.0.3.1', to: '10.0.0.9' });
  t.equal(w.inventory.directory.byIp(0, 0, 0xffff, (10 << 24) | 0x101), -1);
  const again = w.send({ ...old, at: 32 });
  t.equal(w.id(again), 'mac-001b44113ab7');
});

t.test('a table of kept devices refuses and counts', async (t) => {
  const rows = Array.from({ length: 20 }, (_, i) => `10.9.0.${i + 1},ventilator`).join('\n');
  const w = world({ max_devices: 16 }, `ip,type\n${rows}\n`);
  t.equal(w.inventory.directory.size, 16);
  t.equal(w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.2', mac: ALICE }), -1);
  t.equal(w.counters.get('wardwire_devices_total', { what: 'refused' }), 5);
});

t.test('20,000 devices, each with several addresses, stay within bounds', async (t) => {
  const w = world({ max_devices: 20000 });
  for (let i = 0; i < 25000; i++) {
    const mac = `02:00:00:${((i >> 16) & 255).toString(16).padStart(2, '0')}:${((i >> 8) & 255).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
    w.send({ at: i / 100, from: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, to: '10.255.0.1', mac });
    if (i % 5 === 0)
      for (let k = 0; k < 3; k++) w.send({ at: i / 100, from: `fd00::${i.toString(16)}:${k + 1}`, to: 'fd00::1', mac });
  }
  t.equal(w.inventory.directory.size, 20000);
  t.equal(w.counters.get('wardwire_devices_total', { what: 'evicted' }), 5000);
  t.equal(w.inventory.exportDevices().length, 20000);
});

t.test('addresses a device may hold are bounded; the longest unused leaves', async (t) => {
  const w = world({ max_addresses_per_device: 4 });
  for (let i = 1; i <= 40; i++) w.send({ at: i, from: `fe80::${i}`, to: 'ff02::1', mac: ALICE });
  t.same(w.inventory.directory.get(0).addresses, ['fe80::40', 'fe80::39', 'fe80::38', 'fe80::37']);
  t.equal(w.inventory.directory.size, 1);
});

t.test('export and import bring devices back under their ids', async (t) => {
  const w = world();
  const a = w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE });
  w.send({ at: 1, from: '10.7.0.1', to: '10.0.0.9', mac: ROUTER, ttl: 60 });
  w.send({ at: 1, from: '10.7.0.2', to: '10.0.0.9', mac: ROUTER, ttl: 62 });
  const saved = JSON.parse(JSON.stringify(w.inventory.exportDevices()));
  const w2 = world();
  t.equal(w2.inventory.importDevices(saved), saved.length);
  t.equal(w2.inventory.importDevices(saved), 0, 'twice is once');
  const b = w2.send({ at: 100, from: '10.0.0.1', to: '10.0.0.9', mac: ALICE });
  t.equal(w2.id(b), w.id(a));
  t.equal(w2.inventory.directory.get(b).firstUs, us(0));
  t.equal(w2.events.length, 0, 'nobody is new');
});
