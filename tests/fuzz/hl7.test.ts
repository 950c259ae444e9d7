import t from 'tap';
import { settingsDefaults } from '../../src/core/index.js';
import { createHl7, hl7Settings } from '../../src/protocols/hl7/index.js';
import { FUZZ_S, fuzz } from '../support/fuzz.js';
import { mutateDraft } from '../support/hostile/mutator.js';
import { messageDraft } from '../support/hostile/traffic.js';
import { pick, pieces } from '../support/mutate.js';
import { feed, type Step } from '../support/stream-feed.js';

t.setTimeout((FUZZ_S + 60) * 1000);
const settings = settingsDefaults(hl7Settings);
const ENDS = ['\x1c\r', '\x1c', '\x1c\n', '\x1c\0', '\r\x0c', ''];
const STARTS = ['\x0b', '\x0b', '\x0b', '', '\n', 'log line\n\x0b', '\x0b\x0b'];
const MESSAGES = [
  'MSH|^~\\&|MON|WARD|ENGINE|HOSP|20240102030405.123+0100||ORU^R01^ORU_R01|C1|P|2.6\rPID|1||P7^^^H||A^B\rOBX|1|NM|8867-4^HR||72|/min|60-100|N|||F\r',
  'MSH|^~\\&|ADT|ADM|ENGINE|HOSP|20240102030406||ADT^A40|C2|P|2.3\nPID|1||P8\nMRG|P9\n',
  'MSH|^~\\&|ENGINE|HOSP|MON|WARD|20240102030405||ACK^R01^ACK|A1|P|2.6\rMSA|AA|C1\r',
  'MSH$%~\\&$X$Y$Z$W$2024$$QBP%Q22$C3$P$2.5\rQPD$Q22$1\rRCP$I\r',
  'FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A|B|C|D|||DFT^P03|C4|P|2.4\rEVN|P03\rBTS|1\rFTS|1\r',
  `MSH|^~\\&|IMG|RAD|EHR|H|20240102||ORU^R01|C5|P|2.3\rOBX|1|ED|PDF||^AP^^Base64^${'QUJD'.repeat(400)}\r`,
  '\x06',
].map((m) => Buffer.from(m, 'latin1'));

t.test('mutated dialogues never throw, hang or make more messages than there are headers', async (t) => {
  fuzz(t, (rng, say) => {
    const streams: [Buffer[], Buffer[]] = [[], []];
    for (let n = 1 + rng.int(16); n > 0; n--) {
      const whole = pick(rng, MESSAGES);
      const body =
        rng.int(3) === 0 ? mutateDraft(rng, messageDraft(2575, whole), messageDraft(2575, pick(rng, MESSAGES))) : whole;
      const framed = [Buffer.from(pick(rng, STARTS), 'latin1'), body, Buffer.from(pick(rng, ENDS), 'latin1')];
      streams[rng.int(2)].push(...framed);
    }
    const steps: Step[] = [];
    const sides = streams.map((s) => [...pieces(rng, Buffer.concat(s))]);
    while (sides[0].length + sides[1].length > 0) {
      const dir = (sides[0].length === 0 ? 1 : sides[1].length === 0 ? 0 : rng.int(2)) as 0 | 1;
      const p = sides[dir].shift();
      if (p !== undefined) steps.push({ dir, ...p });
    }
    say(
      steps
        .map((s) => `${s.dir}${s.gap === undefined ? JSON.stringify(s.bytes?.toString('latin1')) : `gap${s.gap}`}`)
        .join(' '),
    );
    const { events } = feed((ctx) => createHl7(ctx, settings), steps, rng.int(2) === 0);
    const heads = streams.map((s) => Buffer.concat(s).toString('latin1').split('MSH').length - 1);
    const messages = events.filter((e) => e.kind === 'hl7.message').length;
    if (messages > heads[0] + heads[1] + steps.length) throw new Error(`${messages} messages of ${heads} headers`);
    return steps.length;
  });
});
