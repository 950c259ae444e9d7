import { ack, hl7, report, stamp } from './bytes.js';
import type { ScenarioCase } from './case.js';
import type { Talk, Ward } from './ward.js';

const PORT = 2575;
const HEART = '147842^MDC_ECG_HEART_RATE^MDC';
const BPM = '264864^MDC_DIM_BEAT_PER_MIN^MDC';

/** The monitor reports to the engine; the connection stays. */
function work(w: Ward, n = 5): Talk {
  const talk = w.at(5).tcp('mon', 'engine', PORT);
  for (let i = 0; i < n; i++) report(w.wait(1), talk);
  return talk;
}
const many = (n: number, f: (i: number) => void): void => {
  for (let i = 0; i < n; i++) f(i);
};
const vitals = (value: string): string[] => [
  'PID|||P00007^^^SITE^PI',
  'OBR|1||F1|182777000^monitoring^SCT|||20300107080000',
  `OBX|1|NM|${HEART}|1|${value}|${BPM}|||||R`,
];
const glucose = (value: string, unit: string): string[] => [
  'PID|||P00008^^^SITE^PI',
  'OBR|1||F2|15074-8^Glucose^LN|||20300107080000',
  `OBX|1|NM|15074-8^Glucose^LN|1|${value}|${unit}|||||F`,
];
/** One observation on its way: from the analyser to the engine, and on to the records. */
function legs(w: Ward, first: string, second: string): void {
  const segments = (value: string): string[] => [
    'PID|||P00009^^^SITE^PI',
    'OBR|1||F77^LAB|2823-3^Potassium^LN|||20300107081500',
    `OBX|1|NM|2823-3^Potassium^LN|1|${value}|mmol/L|||||F|||20300107081500`,
  ];
  const lab = { app: 'LAB1', facility: 'LAB' };
  const out = { app: 'ENGINE', facility: 'SITE' };
  const a = w.at(5).tcp('lab', 'engine', PORT);
  const b = w.tcp('engine', 'ehr', PORT);
  report(w, a, { ...lab, segments: ['OBX|1|ST|1^Ready^L||1'] });
  report(w, b, { ...out, segments: ['OBX|1|ST|1^Ready^L||1'] });
  w.learned();
  report(w, a, { ...lab, segments: segments(first) });
  report(w.wait(0.5), b, { ...out, segments: segments(second) });
}
const order = (rate: string): string[] => [
  'PID|||P00007^^^SITE^PI',
  'ORC|RE|O1',
  `RXG|1|1||2222^Noradrenaline^L|5||263762^MDC_DIM_MILLI_L^MDC||||||||${rate}|265266^MDC_DIM_MILLI_L_PER_HR^MDC`,
];
const orders = (w: Ward, talk: Talk, rate: string): void => {
  report(w, talk, { type: 'RGV^O15^RGV_O15', app: 'EHR', facility: 'SITE', segments: order(rate) });
};
const alarm = (phase: string, state: string): string[] => [
  'OBR|1||A1|196616^MDC_EVT_ALARM^MDC|||20300107080000',
  'OBX|1|ST|196648^MDC_EVT_HI^MDC|1.1.1.0.1|1',
  `OBX|2|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.1.1.0.2|${phase}`,
  `OBX|3|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.1.1.0.3|${state}`,
];
const alarms = (w: Ward, talk: Talk, phase: string, state: string): void => {
  report(w.wait(5), talk, { type: 'ORU^R40^ORU_R40', segments: alarm(phase, state) });
};
const query = (w: Ward, talk: Talk, id: number): void => {
  report(w, talk, {
    type: 'QBP^Q22^QBP_Q21',
    app: 'EHR',
    facility: 'SITE',
    segments: [`QPD|Q22^Find^HL7|T${id}|@PID.3^${id}`],
  });
};

export const HL7_CASES: readonly ScenarioCase[] = [
  {
    scenario: 'hl7.sender.unknown',
    device: 'Interface engine',
    attack: (w) => {
      work(w);
      report(w.learned(), w.tcp('laptop', 'engine', PORT), { app: 'TOOL', facility: 'X' });
    },
    alike: 'the known sender over a new connection',
    miss: (w) => {
      work(w).close();
      const again = w.learned().tcp('mon', 'engine', PORT);
      many(5, () => report(w.wait(1), again));
    },
  },
  {
    scenario: 'hl7.sender.wrong_host',
    device: 'Interface engine',
    attack: (w) => {
      work(w);
      report(w.learned(), w.tcp('pc', 'engine', PORT));
    },
    alike: 'two connections of the sender at once, from its own address',
    miss: (w) => {
      const a = work(w);
      const b = w.learned().tcp('mon', 'engine', PORT);
      report(w, a);
      report(w, b);
    },
  },
  {
    scenario: 'hl7.injection',
    device: 'Interface engine',
    attack: (w) => {
      const a = work(w, 40);
      w.learned();
      report(w, a);
      a.ask(hl7(w.now - 7200, { id: 'ZZ-9-ZZ' }), ack('ZZ-9-ZZ'));
    },
    alike: 'a counter that grows by a digit, and a message half a minute late',
    miss: (w) => {
      const a = w.at(5).tcp('mon', 'engine', PORT);
      const send = (n: number, late = 0): void => void a.ask(hl7(w.now - late, { id: `N${n}` }), ack(`N${n}`));
      many(40, (i) => send(960 + i));
      w.learned();
      send(1000);
      send(1001, 30);
      send(1002);
    },
  },
  {
    scenario: 'hl7.control_id.replayed',
    device: 'Interface engine',
    attack: (w) => {
      const a = work(w);
      report(w.learned(), a, { id: 'C900', segments: vitals('71') });
      report(w.wait(20), a, { id: 'C900', segments: vitals('88') });
    },
    alike: 'the same message again because its acknowledgement was missing',
    miss: (w) => {
      const a = work(w);
      const same = hl7(w.learned().now, { id: 'C900', segments: vitals('71') });
      a.say(0, same);
      a.say(0, same, 10).say(1, ack('C900'));
    },
  },
  {
    scenario: 'hl7.adt.merge',
    device: 'Interface engine',
    attack: (w) => {
      const a = w.at(5).tcp('ehr', 'engine', PORT);
      const adt = { app: 'EHR', facility: 'SITE' };
      report(w, a, { ...adt, type: 'ADT^A01^ADT_A01', segments: ['PID|||P00007'] });
      report(w.learned(), a, { ...adt, type: 'ADT^A40^ADT_A39', segments: ['PID|||P00007', 'MRG|P00008'] });
    },
    alike: 'admissions and updates all day',
    miss: (w) => {
      const a = w.at(5).tcp('ehr', 'engine', PORT);
      const adt = { app: 'EHR', facility: 'SITE' };
      report(w, a, { ...adt, type: 'ADT^A01^ADT_A01', segments: ['PID|||P00007'] });
      w.learned();
      many(30, (i) =>
        report(w, a, { ...adt, type: `ADT^A0${i % 2 === 0 ? 1 : 8}^ADT_A01`, segments: ['PID|||P00007'] }),
      );
    },
  },
  {
    scenario: 'hl7.value.tampering',
    device: 'Patient records',
    attack: (w) => legs(w, '7.1', '4.2'),
    alike: 'the same number written otherwise by the engine',
    miss: (w) => legs(w, '7.10', '7.1'),
  },
  {
    scenario: 'hl7.value.implausible',
    device: 'Interface engine',
    attack: (w) => {
      const a = work(w);
      report(w.learned(), a, { segments: vitals('900') });
    },
    alike: 'a very fast heart, which a patient may have',
    miss: (w) => {
      const a = work(w);
      report(w.learned(), a, { segments: vitals('210') });
    },
  },
  {
    scenario: 'hl7.value.unit',
    device: 'Interface engine',
    attack: (w) => {
      const a = work(w);
      many(8, (i) => report(w, a, { segments: glucose(`5.${i}`, 'mmol/L') }));
      report(w.learned(), a, { segments: glucose('99', 'mg/dL') });
    },
    alike: 'a much higher value in the usual unit',
    miss: (w) => {
      const a = work(w);
      many(8, (i) => report(w, a, { segments: glucose(`5.${i}`, 'mmol/L') }));
      report(w.learned(), a, { segments: glucose('21.3', 'mmol/L') });
    },
  },
  {
    scenario: 'hl7.infusion.order',
    device: 'Interface engine',
    attack: (w) => {
      const a = w.at(5).tcp('ehr', 'engine', PORT);
      many(8, (i) => orders(w, a, `${5 + i / 4}`));
      orders(w.learned(), a, '62');
    },
    alike: 'an order somewhat higher than those before',
    miss: (w) => {
      const a = w.at(5).tcp('ehr', 'engine', PORT);
      many(8, (i) => orders(w, a, `${5 + i / 4}`));
      orders(w.learned(), a, '12');
    },
  },
  {
    scenario: 'hl7.alarm',
    device: 'Interface engine',
    attack: (w) => {
      const a = work(w);
      alarms(w, a, 'start', 'active');
      w.learned();
      alarms(w, a, 'end', 'active');
    },
    alike: 'an alarm that starts, goes on and ends',
    miss: (w) => {
      const a = work(w);
      alarms(w, a, 'start', 'active');
      w.learned();
      many(3, () => {
        alarms(w, a, 'start', 'active');
        alarms(w, a, 'continue', 'active');
        alarms(w, a, 'end', 'inactive');
      });
    },
  },
  {
    scenario: 'hl7.query.enumeration',
    device: 'Interface engine',
    attack: (w) => {
      const a = w.at(5).tcp('ehr', 'engine', PORT);
      query(w, a, 1);
      w.learned();
      many(45, (i) => query(w.wait(0.2), a, i));
    },
    alike: 'as many queries over a quarter of an hour',
    miss: (w) => {
      const a = w.at(5).tcp('ehr', 'engine', PORT);
      query(w, a, 1);
      w.learned();
      many(45, (i) => query(w.wait(20), a, i));
    },
  },
  {
    scenario: 'hl7.flood',
    device: 'Interface engine',
    settings: { detect: { hl7_messages_per_10s: 100 } },
    attack: (w) => {
      const a = work(w);
      w.learned();
      many(150, () => report(w, a));
    },
    alike: 'a burst after a short outage',
    miss: (w) => {
      const a = work(w);
      w.learned();
      many(60, () => report(w, a));
    },
  },
  {
    scenario: 'hl7.message.oversize',
    device: 'Interface engine',
    settings: { detect: { hl7_segments: 400 } },
    attack: (w) => {
      const a = work(w);
      w.learned();
      report(w, a, { segments: Array.from({ length: 500 }, (_, i) => `NTE|${i + 1}||line`) });
    },
    alike: 'a report with an embedded document in one long segment',
    miss: (w) => {
      const a = work(w);
      w.learned();
      report(w, a, {
        segments: [
          'OBR|1||F9|11506-3^Note^LN',
          `OBX|1|ED|11506-3^Note^LN||^application^pdf^Base64^${'QUJD'.repeat(80_000)}`,
        ],
      });
    },
  },
  {
    scenario: 'hl7.framing.smuggling',
    device: 'Interface engine',
    attack: (w) => {
      const a = work(w);
      const id = 'C901';
      const inner = `NTE|1||one\x1c\rMSH|^~\\&|MON1|ICU|ENGINE|SITE|${stamp(w.now)}||ORU^R01|C902|P|2.6`;
      w.learned();
      a.ask(hl7(w.now, { id, segments: ['NTE|1||a\x0bb', inner] }), ack(id));
    },
    alike: 'line feeds between two messages',
    miss: (w) => {
      const a = work(w);
      w.learned();
      a.say(0, `${hl7(w.now, { id: 'C901' })}\n`).say(1, ack('C901'));
      a.ask(hl7(w.now, { id: 'C902' }), ack('C902'));
    },
  },
  {
    scenario: 'hl7.ack.forged',
    device: 'Monitor bed 1',
    attack: (w) => {
      const a = work(w);
      w.learned();
      many(5, (i) => a.say(1, ack(`GHOST${i}`), 2));
      report(w, a);
    },
    alike: 'enhanced mode: an accept acknowledgement, then one of the application',
    miss: (w) => {
      const a = work(w);
      w.learned();
      many(10, (i) => a.ask(hl7(w.now, { id: `C91${i}` }), ack(`C91${i}`, 'CA')).say(1, ack(`C91${i}`), 2));
    },
  },
  {
    scenario: 'hl7.external',
    device: 'Monitor bed 1',
    attack: (w) => {
      work(w);
      report(w.learned(), w.tcp('mon', '203.0.113.9', PORT));
    },
    alike: 'to another listener of the site',
    miss: (w) => {
      work(w);
      const b = w.tcp('mon', 'ehr', PORT);
      report(w, b);
      report(w.learned(), b);
    },
  },
];
