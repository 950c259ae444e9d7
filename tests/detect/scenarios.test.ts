import t from 'tap';
import { SEVERITIES } from '../../src/core/index.js';
import { catalogue } from '../../src/detect/index.js';
import { RuleContext } from '../../src/detect/rules/context.js';
import { DETECTOR_WORDS } from '../../src/detect/scenarios/scenario.js';
import { UNSEEN } from '../../src/detect/scenarios/unseen.js';
import { LEARNED, PROFILES, Stage, T0 } from '../support/detect-stage.js';

// The threat catalogue as it was handed over, transcribed row by row: id, detectors, severity for LC PM IM PA IE WS
// (C critical, H high, M medium, L low, – not expected), ATT&CK techniques. What the sensor says must follow it.
const THREATS = `
D01 PEER –MMH–M T0886 T1021
D02 PEER –MHH–H T0849 T1036
D03 RATE+RULE ––MH–M T1110.001 T0859
D04 RATE+PEER LLMMLM T0846 T1046
D05 RULE+RATE ––HC–H T1213 T0811 T1119
D06 PEER+XCMP ––HC–H T1048.003 T0882
D07 RATE+IF ––HC–H T1213 T1048.003 T1020
D08 RULE LLLMLM T0842 T1040
D09 RULE ––HH–H T1027.009 T1080
D10 LEN ––MH–M T1499.004 T0866
D11 LEN ––LM–L T1499.004
D12 FSM ––MH–M T0866 T1210
D13 FSM ––MM–M T0866
D14 RATE ––MC–M T1499.002 T0814
D15 FSM+TIME ––LH–L T1499.002
D16 FSM+RATE –MHH–M T0814 T0813
D17 PEER HHMM–M T0869 T1001
D18 XCMP+PEER ––HC–H T1565.001 T0832
D19 PEER+XCMP ––HH–– T0856 T1565.002
D20 RULE+PEER ––MH–H T0809
D21 PEER LLMMLM T1571
D22 PEER ––HH–H T1600 T0830
D23 RULE ––MM–M T0820
H01 PEER HHMMHM T0849 T1036
H02 PEER+L2 HHMMCH T0849 T0856
H03 PEER+XCMP+IF CCMMCH T1659 T0856
H04 RULE HHLMHM T0856
H05 RULE+RATE –––MCH T1565.001 T0832
H06 XCMP+L2 CCH–CH T0830 T0832 T1557.002 T1565.002
H07 RULE HH––HM T0856 T0832
H08 RULE HH––HM T0832
H09 PEER+RULE C–––C– T0855 T0836 T0880
H10 RATE+TIME CC––H– T0878 T0815
H11 RATE+PEER –––MHH T1213 T0811
H12 RATE HH–MCM T0814 T1499.002
H13 LEN MM–MHM T1499.004
H14 FSM HH––HM T1659 T0820
H15 FSM+XCMP HH–MHM T0804 T0856
H16 PEER HHMMCH T1048.003
H17 L2+XCMP –C–––– T0856 T0830
H18 PEER+FSM –C–––– T0801 T0816 T0814
H19 PEER HC–––– T0846 T0856
N01 RATE+IF CCHHHM T0846 T1046 T0888
N02 RATE+IF CCHHMM T1595 T0888
N03 L2+XCMP CCHCCH T0830 T1557.002
N04 L2 CCHHHH T1557.003
N05 IF+RATE+TI CCHHHH T1071.001 T0869 T1029
N06 RATE+IF CCHCCH T1041 T1048 T0882
N07 PEER+TI HHMMML T0883 T1071
N08 RULE+TI –C–––– T0862 T1048.003 T1105
N09 PEER CCHHHM T0886 T0812 T1021
N10 PEER+RATE CCHHMM T1021.002 T1210 T0866
N11 PEER+TIME CCHMML T0822 T1219 T1021.001
N12 PEER HHMMHL T1600 T0830
N13 PEER+RATE CCHM–– T0857 T1542.001 T0843
N14 TIME CCMHHL T0829 T0826 T0816
N15 L2+PEER HHMMMM T0849 T1200
N16 IF+RATE HHHMMM T1071.004 T1568.002 T1572
N17 RATE+IF HHCCHH T1486 T1570
N18 RATE CCHCCM T1498.001 T1499.001 T0814
N19 TI+IF HHMMMM T1496
M01 RATE CC––HM T1499.002 T0814
M02 RATE CC––HM T1498.001
M03 RATE CC––HM T1499.003
M04 RATE CC––HM T1499.003
M05 FSM+LEN HH––HM T1499.004
M06 PEER MH––HM T0842 T1071.005
M07 RULE CCCCCC T0856
`;
const WORDS: Readonly<Record<string, string>> = { C: 'critical', H: 'high', M: 'medium', L: 'low' };
const CLASSES = ['LC', 'PM', 'IM', 'PA', 'IE', 'WS'] as const;

const rows = THREATS.trim()
  .split('\n')
  .map((line) => {
    const [id, detectors, severities, ...attack] = line.split(' ');
    return { id, detectors: detectors.split('+'), severities: [...severities], attack };
  });

t.test('all 68 threats are named, or said not to be seen yet', async (t) => {
  t.equal(rows.length, 68);
  t.equal(new Set(rows.map((r) => r.id)).size, 68);
  for (const { id } of rows) {
    const named = catalogue.some((s) => s.id === id);
    const unseen = UNSEEN.some((u) => u.id === id && u.part === '');
    t.ok(named !== unseen, `${id}: ${named ? 'named' : 'unseen'}`);
  }
  for (const s of catalogue) t.ok(s.id === null || rows.some((r) => r.id === s.id), `${s.scenario}: ${s.id}`);
  for (const u of UNSEEN) {
    t.ok(
      rows.some((r) => r.id === u.id),
      u.id,
    );
    t.ok(u.because.length > 20, `${u.id}: ${u.part}`);
  }
});

for (const r of rows) {
  t.test(`${r.id}: severity by class, techniques, detectors`, async (t) => {
    for (const s of catalogue.filter((x) => x.id === r.id)) {
      t.same(s.attack.map((a) => a.id).sort(), [...r.attack].sort(), s.scenario);
      for (const d of r.detectors) t.ok((s.detectors as readonly string[]).includes(d), `${s.scenario}: ${d}`);
      for (const d of s.detectors) t.ok(DETECTOR_WORDS[d], d);
      CLASSES.forEach((c, i) => {
        // a class that is not expected to meet it: should it, somebody must look
        t.equal(s.severity[c], WORDS[r.severities[i]] ?? 'medium', `${s.scenario} ${c}`);
      });
      t.match(s.text, /^[A-Z].{30,}\.$/s, 'a sentence');
      t.ok(s.safeStep.length > 20);
    }
  });
}

t.test('what a verdict says for a device of each class is the table, one lower while it learns', async (t) => {
  const s = new Stage();
  const device = new Map(PROFILES.map((p, i) => [p.deviceClass, s.device(p.type, `10.0.0.${i + 1}`)]));
  const c = new RuleContext({
    settings: {} as never,
    columns: s.columns,
    directory: s,
    profiles: PROFILES,
    learned: s.baseline,
    findings: { finding: () => undefined },
    counters: s.counters,
    seed: 7,
  });
  // learning first: a device that was seen to have finished has finished
  for (const [tsUs, lower] of [
    [T0 + 1, 1],
    [LEARNED, 0],
  ] as const) {
    for (const x of catalogue) {
      for (const k of CLASSES) {
        const want = SEVERITIES[Math.max(0, SEVERITIES.indexOf(x.severity[k]) - lower)];
        t.equal(c.severity(x.scenario, device.get(k) as number, tsUs), want, `${x.scenario} ${k} at ${tsUs}`);
      }
    }
  }
});
