import t from 'tap';
import { AlarmState } from '../../../src/protocols/hl7/alarm.js';
import { Observation } from '../../../src/protocols/hl7/observation.js';

/** Phases and states of one message, in order; how many contradictions. */
function contradictions(...obx: readonly (readonly [code: string, value: string])[]): number {
  const alarm = new AlarmState();
  const o = new Observation();
  let n = 0;
  obx.forEach(([code, value], i) => {
    const b = Buffer.from(`OBX|${i + 1}|ST|${code}^MDC_X^MDC|1.1|${value}`);
    o.read(b, 0, b.length, 0x7c, 0x5e, i + 1);
    if (alarm.take(o)) n++;
  });
  return n;
}
const PHASE = '68481';
const STATE = '68482';

t.test('phase and state of an alarm', async (t) => {
  t.equal(contradictions([PHASE, 'start'], [STATE, 'active']), 0);
  t.equal(contradictions([PHASE, 'end'], [STATE, 'inactive']), 0);
  t.equal(contradictions([PHASE, 'end'], [STATE, 'active']), 1);
  t.equal(contradictions([PHASE, 'start'], [STATE, 'inactive']), 1);
  t.equal(contradictions([PHASE, 'update'], [STATE, 'inactive']), 0, 'an update says neither');
  t.equal(contradictions([PHASE, 'end'], [STATE, 'latched']), 0, 'a latched alarm may be over');
  t.equal(contradictions([PHASE, 'start'], [PHASE, 'end'], [STATE, 'inactive']), 0, 'the phase opens an alert');
  t.equal(contradictions([STATE, 'active'], ['68484', 'end']), 0);
});
