import t from 'tap';
import { isAcquired, Role, requestRole, responseRole, roleEvidence } from '../../src/inventory/dicom-role.js';

const S = '1.2.840.10008.5.1.4.1.1.';

t.test('storage classes only an acquisition device makes', async (t) => {
  for (const c of [
    '1',
    '1.1',
    '1.2',
    '2',
    '2.1',
    '3.1',
    '4',
    '6.1',
    '12.1',
    '20',
    '77.1.4',
    '128',
    '481.1',
    '9.1.1',
    '13.1.3',
  ]) {
    t.equal(isAcquired(S + c), true, c);
  }
  for (const c of ['7', '7.2', '11.1', '88.11', '88.67', '104.1', '481.5', '66']) t.equal(isAcquired(S + c), false, c);
  t.equal(isAcquired('1.2.840.10008.1.1'), false);
});

t.test('only answers that are no failures prove a service', async (t) => {
  for (const status of [0, 0xff00, 0xff01, 0xb007]) t.equal(responseRole('C-STORE-RSP', '', status), Role.StoreScp);
  for (const status of [0xa700, 0xa900, 0xc000, 0x0122, 0xfe00]) t.equal(responseRole('C-STORE-RSP', '', status), 0);
  t.equal(responseRole('C-ECHO-RSP', '', 0), 0);
  t.equal(requestRole('C-ECHO-RQ', '', false), 0);
});

t.test('every combination of roles gives at most one type and a trust below certainty', async (t) => {
  const types = new Set<string>();
  for (let roles = 0; roles < 4096; roles++) {
    const e = roleEvidence(roles);
    if (e.length > 1 || e.some((x) => !(x.weight > 0 && x.weight < 1))) t.fail(`roles ${roles}`);
    for (const x of e) types.add(x.type);
  }
  t.same([...types].sort(), ['imaging-modality', 'pacs', 'ris', 'workstation']);
});
