import t from 'tap';
import { IpProto, Random } from '../../src/core/index.js';
import { HandInventory } from '../support/hand-inventory.js';

/** Random packets, ARP, moves and a small table: whatever happens, the tables agree with each other. */
t.test('the tables stay consistent under random traffic', async (t) => {
  for (const seed of [11, 12, 13, 14]) {
    const r = new Random(seed);
    const w = new HandInventory(
      { max_devices: 24, max_addresses_per_device: 3, max_macs_per_device: 2 },
      'ip,type\n10.0.0.1,ventilator\n',
    );
    const ip = (): string => {
      const k = r.int(10);
      if (k === 0) return `8.8.${r.int(2)}.${r.int(8)}`;
      if (k === 1) return `fe80::${r.int(30) + 1}`;
      if (k === 2) return '0.0.0.0';
      return `10.0.0.${r.int(60) + 1}`;
    };
    const mac = (): string => `02:00:00:00:00:${(r.int(20) + 16).toString(16)}`;
    let at = 0;
    for (let step = 0; step < 5000; step++) {
      at += r.int(100) === 0 ? 90 : r.float();
      if (r.int(4) === 0) w.arp(at, 1 + r.int(2), mac(), `10.0.0.${r.int(60)}`, `10.0.0.${r.int(60)}`);
      else {
        const proto = r.int(2) === 0 ? IpProto.Tcp : IpProto.Udp;
        const h = { at, from: ip(), to: ip(), proto, sport: r.int(4), dport: r.int(4), ttl: 60 + r.int(6) };
        if (h.from.includes(':') !== h.to.includes(':')) continue;
        w.send(r.int(8) === 0 ? h : { ...h, mac: mac(), vlan: r.int(3) - 1 });
      }
      const v = w.flows.view;
      for (const d of [v.srcDev, v.dstDev]) if (d >= 0) w.inventory.directory.get(d);
    }
    const all = w.inventory.exportDevices();
    t.equal(all.length, w.inventory.directory.size);
    t.ok(all.length <= 24);
    t.equal(new Set(all.map((d) => d.id)).size, all.length, 'ids are unique');
    const addresses = all.flatMap((d) => d.addresses);
    t.equal(new Set(addresses).size, addresses.length, 'an address belongs to one device');
    const macs = all.flatMap((d) => d.macs);
    t.equal(new Set(macs).size, macs.length, 'a MAC belongs to one device');
    t.ok(all.every((d) => d.addresses.length <= 3 && d.macs.length <= 2));
    t.ok(
      all.some((d) => d.typePinned),
      'the listed device is there',
    );
    for (const d of all) {
      for (const a of d.addresses.filter((x) => x.includes('.'))) t.equal(w.at(a).index, d.index);
    }
  }
});

t.test('same traffic, same answer', async (t) => {
  const run = (): string => {
    const r = new Random(5);
    const w = new HandInventory({ max_devices: 16 });
    for (let i = 0; i < 2000; i++) {
      w.send({
        at: i / 10,
        from: `10.0.0.${r.int(40)}`,
        to: `10.0.0.${r.int(40)}`,
        mac: `02:00:00:00:01:${16 + r.int(30)}`,
      });
    }
    return JSON.stringify([w.inventory.exportDevices(), w.events]);
  };
  t.equal(run(), run());
});
