import t from 'tap';
import { AppProto, FlowState, IpProto } from '../../src/core/index.js';
import { HandInventory } from '../support/hand-inventory.js';

/** What a flow of the hand-made table carried. */
function carried(w: HandInventory, slot: number, out: number, back: number, app = 0): void {
  const c = w.flows.columns;
  c.state[slot] = FlowState.Established;
  c.packets[2 * slot] = out > 0 ? 1 : 0;
  c.packets[2 * slot + 1] = back > 0 ? 1 : 0;
  c.octets[2 * slot] = out;
  c.octets[2 * slot + 1] = back;
  c.app[slot] = app;
}

t.test('answered flows are counted once, their octets as they grow', async (t) => {
  const w = new HandInventory();
  const slot = w.talk('10.0.0.1', '10.0.0.2', 104);
  w.inventory.flowOpened(slot);
  w.flows.columns.proto[slot] = IpProto.Tcp;
  carried(w, slot, 1000, 50, AppProto.Dicom);
  const row = { src: 'ip-10-0-0-1', dst: 'ip-10-0-0-2', transport: 'tcp', port: 104, app: 'dicom' };
  t.match(w.inventory.changes(0, 10).conversations, [{ ...row, flows: 1, octetsOut: 1000, octetsIn: 50 }]);
  t.same(w.inventory.changes(0, 10).conversations, [], 'nothing new');
  carried(w, slot, 1500, 70, AppProto.Dicom);
  w.inventory.flowClosed(slot);
  t.match(w.inventory.changes(0, 10).conversations, [{ ...row, flows: 0, octetsOut: 500, octetsIn: 20 }]);
});

t.test('a scan is no conversation', async (t) => {
  const w = new HandInventory();
  w.send({ at: 0, from: '10.0.0.1', to: '10.0.0.9', dport: 22 });
  const { slot } = w.flows.view;
  w.inventory.flowOpened(slot);
  carried(w, slot, 60, 0);
  w.inventory.flowClosed(slot);
  t.same(w.inventory.changes(0, 10).conversations, []);
});

t.test('ends without a device: outside, and addresses of the site nobody holds', async (t) => {
  const w = new HandInventory();
  for (const [to, dst] of [
    ['8.8.8.8', 'external'],
    ['224.0.0.251', 'multicast'],
  ] as const) {
    w.send({ at: 0, from: '10.0.0.1', to, dport: 5353 });
    const { slot } = w.flows.view;
    w.inventory.flowOpened(slot);
    w.flows.columns.ipVersion[slot] = 4;
    carried(w, slot, 60, dst === 'external' ? 10 : 0);
    t.match(w.inventory.changes(0, 10).conversations, [{ src: 'ip-10-0-0-1', dst }]);
  }
});

t.test('clear-text clinical messages', async (t) => {
  const w = new HandInventory();
  const slot = w.talk('10.0.0.1', '10.0.0.2', 2575);
  w.event('hl7.message', slot, 0, {
    messageType: 'ORU_R01',
    sendingApp: '',
    sendingFacility: '',
    octets: 700,
    acknowledges: false,
  });
  w.event('hl7.message', slot, 1, {
    messageType: 'ACK',
    sendingApp: '',
    sendingFacility: '',
    octets: 100,
    acknowledges: true,
  });
  w.event('dicom.dataset', slot, 0, { command: 'C-STORE-RQ', octets: 5000, manufacturer: '', model: '' });
  t.match(w.inventory.changes(0, 10).conversations, [{ ephiMessages: 2, ephiOctets: 5700 }]);
});

t.test('the matrix is bounded', async (t) => {
  const w = new HandInventory({ max_conversations: 100 });
  for (let i = 0; i < 300; i++) {
    const slot = w.talk('10.0.0.1', '10.0.0.2', 1000 + i);
    w.inventory.flowOpened(slot);
    carried(w, slot, 10, 10);
    w.inventory.flowClosed(slot);
    w.flows.columns.state[slot] = FlowState.Free;
  }
  t.equal(w.inventory.changes(0, 60).conversations.length, 60, 'a few at a time');
  t.equal(w.inventory.changes(0, 60).conversations.length, 40);
});
