import t from 'tap';
import { readSiteFile } from '../../src/inventory/index.js';
import { HandInventory } from '../support/hand-inventory.js';

const HEAD = 'ip,type,name,criticality\n';
const read = (rows: string) => readSiteFile(HEAD + rows, 'site.csv').site;

t.test('a changed list: rows, flows and addresses stay, only what is said of them changes', async (t) => {
  const w = new HandInventory({}, `${HEAD}10.0.0.1,ventilator,VENT-1,\n10.0.0.2,pacs,ARCHIVE,\n`);
  const slot = w.talk('10.0.0.1', '10.0.0.2');
  w.talk('10.0.0.3', '10.0.0.2');
  const [one, three] = [w.at('10.0.0.1'), w.at('10.0.0.3')];
  t.match(three, { type: 'unknown', typePinned: false });
  const rows = w.inventory.directory.size;
  const device = w.flows.columns.device[2 * slot];

  w.inventory.site(read('10.0.0.3,ventilator,VENT-3,high\n10.0.0.2,pacs,STORE,\n10.0.0.9,infusion-pump,,\n'));
  t.match(w.at('10.0.0.3'), {
    id: three.id,
    type: 'ventilator',
    typePinned: true,
    name: 'VENT-3',
    criticality: 'high',
  });
  t.match(w.at('10.0.0.2'), { type: 'pacs', name: 'STORE' });
  t.match(w.at('10.0.0.1'), { id: one.id, type: 'unknown', typePinned: false, name: null }, 'judged by evidence again');
  t.equal(w.inventory.directory.size, rows + 1, 'a device that was never seen is known');
  t.equal(w.flows.columns.device[2 * slot], device, 'the flow still belongs to the same row');

  w.inventory.site(null);
  t.match(w.at('10.0.0.3'), { type: 'unknown', name: null, typePinned: false });
  t.equal(w.inventory.directory.size, rows + 1);
});

t.test('the word of the operator stays above a changed list', async (t) => {
  const w = new HandInventory({}, `${HEAD}10.0.0.1,ventilator,VENT-1,\n`);
  w.talk('10.0.0.1', '10.0.0.2');
  const id = w.at('10.0.0.1').id;
  const word = { id, type: 'pacs', name: 'mine', location: null, criticality: null, mergedInto: null };
  w.inventory.operator([word as never]);
  w.inventory.site(read('10.0.0.1,infusion-pump,PUMP-1,\n'));
  t.match(w.at('10.0.0.1'), { type: 'pacs', name: 'mine' });
  w.inventory.site(null);
  t.match(w.at('10.0.0.1'), { type: 'pacs', name: 'mine', typePinned: true });
});
