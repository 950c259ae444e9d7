import t from 'tap';
import type { Ack, Mute, Severity, Verdict } from '../../src/core/index.js';
import { OperatorState } from '../../src/verdict/index.js';
import { someVerdict } from '../support/some-verdict.js';

const NOW = 1e15;
const mute = (more: Partial<Mute>): Mute => ({
  id: 1,
  device: null,
  scenario: null,
  peer: null,
  upTo: 'high',
  guarded: false,
  by: 'a',
  reason: 'r',
  fromUs: NOW - 1e6,
  untilUs: NOW + 1e6,
  announced: false,
  endedUs: null,
  endedBy: null,
  ...more,
});
/** Of a printer: nobody's life hangs on it. */
const verdict = (severity: Severity, more: Partial<Verdict> = {}): Verdict => {
  const v = someVerdict('01M7Y4VFKJTFFB0KXCGAQF4Y1M', { severity, ...more });
  return more.device === undefined
    ? {
        ...v,
        device: { ...v.device, id: 'mac-p', type: 'printer', criticality: 'low' },
        advice: { ...v.advice, do_not_isolate: false },
      }
    : v;
};
function state(mutes: Mute[], acks: Ack[] = []): OperatorState {
  const s = new OperatorState();
  s.set({ mutes, acks, normals: [] });
  return s;
}
const ventilator = someVerdict().device;

t.test('who is muted by what', async (t) => {
  const sent = (m: Partial<Mute>, v: Verdict, at = NOW): boolean => state([mute(m)]).judge(v, at).send;
  const v = verdict('high');
  t.notOk(sent({}, v));
  t.notOk(sent({ device: 'mac-p', scenario: v.scenario, peer: v.peer?.ip ?? '' }, v));
  t.notOk(sent({ peer: 'mac-026606000066' }, v), 'a peer by its id');
  t.notOk(sent({ scenario: 'net.*' }, v));
  t.ok(sent({ scenario: 'ne.*' }, v));
  t.ok(sent({ scenario: 'net' }, v));
  t.ok(sent({ device: 'other' }, v));
  t.ok(sent({ peer: '10.9.9.9' }, v));
  t.ok(sent({}, v, NOW + 1e6), 'it ends by itself');
  t.ok(sent({ endedUs: NOW - 1 }, v));
  const guarded = verdict('high', { device: ventilator });
  t.ok(sent({}, guarded), 'what keeps somebody alive is muted by its own name only');
  t.ok(sent({ scenario: guarded.scenario, peer: guarded.peer?.ip }, guarded));
  t.notOk(sent({ device: ventilator.id }, guarded));
});

t.test('a verdict that is graver than the mute allows is sent and ends it', async (t) => {
  const s = state([mute({})]);
  t.equal(s.judge(verdict('high'), NOW).why, 'muted');
  const broke = s.judge(verdict('critical'), NOW);
  t.equal(broke.send, true);
  t.same(
    broke.broken.map((m) => m.id),
    [1],
  );
  t.equal(s.judge(verdict('high'), NOW).send, true, 'it is over, before the disk has heard of it');
  t.same(s.mutes(NOW), []);
  s.set({ mutes: [mute({})], acks: [], normals: [] });
  t.equal(s.judge(verdict('high'), NOW).send, true, 'and stays over');
  s.set({ mutes: [], acks: [], normals: [] });
  s.set({ mutes: [mute({ id: 2, upTo: 'critical' })], acks: [], normals: [] });
  t.equal(s.judge(verdict('critical'), NOW).why, 'muted', 'who wants to mute the gravest says so');
  const two = state([mute({}), mute({ id: 3, upTo: 'critical' })]);
  t.match(two.judge(verdict('critical'), NOW), { send: false, broken: [{ id: 1 }] });
});

t.test('acknowledged: updates are quiet while it is as grave as it was', async (t) => {
  const v = (severity: Severity, how: 'open' | 'update' | 'closed', id = 'i'): Verdict =>
    verdict(severity, { incident: { id, state: how, count: 2, first_at: '' } });
  const s = state([], [{ incident: 'i', by: 'a', note: '', severity: 'medium', atUs: 1 }]);
  t.match(s.judge(v('medium', 'update'), NOW), { send: false, why: 'acknowledged' });
  t.equal(s.judge(v('low', 'update'), NOW).send, false);
  t.equal(s.judge(v('high', 'update'), NOW).send, true, 'it got graver');
  t.equal(s.judge(v('medium', 'closed'), NOW).send, true, 'its end is told');
  t.equal(s.judge(v('medium', 'update', 'j'), NOW).send, true, 'another incident');
});
