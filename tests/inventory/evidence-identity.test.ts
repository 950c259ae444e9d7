import t from 'tap';
import type { EvidenceField } from '../../src/core/index.js';
import { makers } from '../../src/inventory/makers.js';
import { HandInventory } from '../support/hand-inventory.js';
import { us } from '../support/hand-packets.js';

/** Hamilton Medical, a maker of ventilators. */
const HAMILTON = '00:1c:c4:00:00:01';
const tell = (w: HandInventory, flow: number, source: string, field: EvidenceField, value: string, at = 1): void =>
  w.event('evidence', flow, 0, { source, field, value, about: 'initiator' }, at);

/** A flow of a host with a MAC; its slot. */
function flow(w: HandInventory, ip: string, mac: string, at = 0): number {
  w.send({ at, from: ip, to: '10.0.0.200', mac });
  return w.flows.view.slot;
}

t.test('makers by MAC: blocks of 24, 28 and 36 bits; nobody for local and unknown ones', async (t) => {
  const of = (mac: string): string | null => {
    const n = mac.replaceAll(':', '');
    return makers().of(Number.parseInt(n.slice(0, 6), 16), Number.parseInt(n.slice(6), 16));
  };
  t.match(of('b0:c5:54:1c:71:85'), /D-Link/);
  t.equal(of('02:00:00:00:00:01'), null, 'given locally');
  t.equal(of('fe:ff:ff:00:00:01'), null);
  // 70-B3-D5 is divided into 36-bit blocks: the registry itself is no maker
  t.not(of('70:b3:d5:00:0f:ff'), of('70:b3:d5:00:1f:ff'));
});

t.test('a spoofed prefix: what the device says of itself counts, and the contradiction is noted', async (t) => {
  const w = new HandInventory();
  const f = flow(w, '10.0.0.1', 'b0:c5:54:00:00:01');
  t.match(w.at('10.0.0.1').vendor, /D-Link/);
  tell(w, f, 'mdns', 'vendor', 'Philips');
  tell(w, f, 'dhcp', 'class', 'MSFT 5.0');
  tell(w, f, 'http', 'agent', 'Mozilla/5.0 (Windows NT 10.0)');
  const d = w.at('10.0.0.1');
  t.match(d, { id: 'mac-b0c554000001', vendor: 'Philips', type: 'workstation' });
  t.match(
    d.evidence.find((e) => e.source === 'oui.mismatch'),
    { value: /D-Link.*Philips/ },
  );
});

t.test('a prefix alone makes nobody a ventilator', async (t) => {
  const w = new HandInventory();
  flow(w, '10.0.0.1', HAMILTON);
  t.equal(w.at('10.0.0.1').type, 'unknown');
});

t.test('other habits under the same MAC are told; a second loader while booting is not', async (t) => {
  const w = new HandInventory();
  const f = flow(w, '10.0.0.1', 'b0:c5:54:00:00:01');
  tell(w, f, 'dhcp', 'fingerprint', 'aaaa', 1);
  tell(w, f, 'dhcp', 'fingerprint', 'bbbb', 5);
  t.same(
    w.events.filter((e) => e.kind === 'fingerprint.changed'),
    [],
  );
  tell(w, f, 'dhcp', 'fingerprint', 'aaaa', 200);
  tell(w, f, 'dhcp', 'fingerprint', 'cccc', 300);
  t.match(
    w.events.filter((e) => e.kind === 'fingerprint.changed'),
    [{ device: w.at('10.0.0.1').index, change: { what: 'dhcp.fingerprint', before: 'bbbb', after: 'cccc' } }],
  );
});

t.test('a new MAC under an address: another device, which has to show its own', async (t) => {
  const w = new HandInventory();
  flow(w, '10.0.0.1', 'b0:c5:54:00:00:01');
  const first = w.id(w.at('10.0.0.1').index);
  flow(w, '10.0.0.1', '00:24:e4:00:00:02', 600);
  const d = w.at('10.0.0.1');
  t.not(d.id, first);
  t.equal(d.id, 'mac-0024e4000002');
  t.match(d.vendor, /Withings/);
  t.ok(
    w.events.some((e) => e.kind === 'ip.moved'),
    'and it is told',
  );
});

t.test('IPv6 privacy addresses belong to their device, and old ones make room', async (t) => {
  const w = new HandInventory({ max_addresses_per_device: 4 });
  const mac = 'b0:c5:54:00:00:01';
  flow(w, '10.0.0.1', mac);
  for (let i = 0; i < 10; i++) w.send({ at: i * 3600, from: `fd00::a${i}:b${i}`, to: 'fd00::1', mac });
  t.equal(w.inventory.directory.size, 1);
  t.ok(w.inventory.directory.get(0).addresses.length <= 4);
});

t.test('a group address tells the segment: one device, whatever source it gives', async (t) => {
  const w = new HandInventory();
  const mac = 'b0:c5:54:00:00:01';
  flow(w, '10.0.0.1', mac);
  w.send({ at: 1, from: '192.168.0.20', to: '224.0.0.22', mac, ttl: 1 });
  t.equal(w.inventory.directory.size, 1);
});

t.test('a router is network gear', async (t) => {
  const w = new HandInventory();
  const mac = 'b0:c5:54:00:00:01';
  for (let i = 0; i < 6; i++) w.send({ at: i / 10, from: `8.8.8.${i}`, to: '10.0.0.5', mac });
  w.arp(2, 2, mac, '10.0.0.254', '10.0.0.5');
  w.arp(3, 2, mac, '10.0.0.254', '10.0.0.5');
  t.ok(w.at('10.0.0.254').evidence.some((e) => e.source === 'router'));
});

t.test('the operator: set, taken back, before the device is seen, and two rows that are one', async (t) => {
  const w = new HandInventory();
  const nothing = { type: null, name: null, location: null, criticality: null, mergedInto: null };
  const word = { ...nothing, id: 'mac-b0c554000001', type: 'ventilator', name: 'Vent 7' };
  w.inventory.operator([word]);
  const f = flow(w, '10.0.0.1', 'b0:c5:54:00:00:01');
  t.match(w.at('10.0.0.1'), { type: 'ventilator', typePinned: true, name: 'Vent 7', criticality: 'life-critical' });
  tell(w, f, 'http', 'agent', 'Mozilla/5.0 (Windows NT 10.0)');
  t.equal(w.at('10.0.0.1').type, 'ventilator', 'evidence does not overrule him');
  w.inventory.operator([]);
  t.match(w.at('10.0.0.1'), { type: 'workstation', typePinned: false }, 'taken back: evidence decides');

  flow(w, '10.0.0.2', 'b0:c5:54:00:00:02', 10);
  w.inventory.operator([{ ...nothing, id: 'mac-b0c554000002', mergedInto: 'mac-b0c554000001' }]);
  w.inventory.tick(us(11));
  t.equal(w.inventory.directory.size, 1);
  t.equal(w.at('10.0.0.2').id, 'mac-b0c554000001');
  t.same(w.at('10.0.0.1').macs.sort(), ['b0:c5:54:00:00:01', 'b0:c5:54:00:00:02']);
  // both go on under one row
  t.equal(flow(w, '10.0.0.2', 'b0:c5:54:00:00:02', 12) >= 0, true);
  t.equal(w.inventory.directory.size, 1);

  // after a restart the joined row is known with everything it holds
  const again = new HandInventory();
  again.inventory.operator([{ ...nothing, id: 'mac-b0c554000002', mergedInto: 'mac-b0c554000001' }]);
  again.inventory.importDevices(w.inventory.exportDevices());
  flow(again, '10.0.0.2', 'b0:c5:54:00:00:02', 20);
  again.inventory.tick(us(21));
  t.equal(again.inventory.directory.size, 1);
});
