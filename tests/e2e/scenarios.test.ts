import t from 'tap';
import { catalogue } from '../../src/detect/index.js';
import { temporaryFolder } from '../support/wardwire.js';
import { DICOM_CASES } from './scenarios/dicom.js';
import { HL7_CASES } from './scenarios/hl7.js';
import { MQTT_CASES } from './scenarios/mqtt.js';
import { NETWORK_CASES } from './scenarios/network.js';
import { VITALS_CASES } from './scenarios/vitals.js';
import { play } from './scenarios/ward.js';

// Every scenario twice as bytes through the whole sensor: once so that it must be named, and once so that it looks alike and must not.

t.setTimeout(240_000);

const CASES = [...DICOM_CASES, ...HL7_CASES, ...VITALS_CASES, ...NETWORK_CASES, ...MQTT_CASES];

t.test('every scenario of the catalogue has its pair, once', async (t) => {
  const named = catalogue.filter((s) => s.id !== null).map((s) => s.scenario);
  t.same(CASES.map((c) => c.scenario).sort(), [...named].sort());
  t.comment(`${new Set(catalogue.map((s) => s.id)).size - 1} ids, ${named.length} scenarios, ${CASES.length} pairs`);
});

const dir = temporaryFolder(t);
const only = process.env.WARDWIRE_SCENARIO ?? '';

for (const c of CASES.filter((x) => x.scenario.includes(only))) {
  t.test(c.scenario, async (t) => {
    const said = await play(dir, c.scenario, (w) => c.attack(w), c.settings);
    const hits = said.filter((v) => v.scenario === c.scenario);
    t.ok(hits.length > 0, `named; said was ${said.map((v) => v.scenario).join(', ') || 'nothing'}`);
    const about = hits.map((v) => v.device.name ?? v.device.ip);
    t.ok(about.includes(c.device), `about ${c.device}: ${about.join(', ')}`);
    const quiet = await play(dir, `${c.scenario}-miss`, (w) => c.miss(w), c.settings);
    const heard = quiet.filter((v) => !(c.besides ?? []).includes(v.scenario));
    t.same(
      heard.map((v) => `${v.scenario}: ${v.reasons[0]?.text}`),
      [],
      `quiet: ${c.alike}`,
    );
  });
}
