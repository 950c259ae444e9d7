import { type AppEvent, type DicomCommand, type DicomDataset, fold32, Novelty } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { HitRing, RecentKeys } from './windows.js';

const WINDOW_US = 60e6;
/** Pending status of a C-FIND response (PS3.4 C.4.1.1.4). */
const PENDING = 0xff00;
const PENDING_WARNING = 0xff01;
/** Worklists are asked with wide keys by design (PS3.4 K.6). */
const WORKLIST = '1.2.840.10008.5.1.4.31';

/** Query levels at which a query without keys lists a whole archive (PS3.4 C.6). */
const WIDE_LEVELS: readonly string[] = ['PATIENT', 'STUDY', ''];

interface Query {
  wild: boolean;
  matches: number;
  messageId: number;
  level: string;
}

/**
 * D05: a C-FIND whose identifier has no selective key, judged by what comes back. One such query with few answers
 * weighs less than many of them or hundreds of answers, and what an asker did while learning is its habit.
 */
export function dicomFind(c: RuleContext): Rule {
  const queries = new RecentKeys<Query>(c.settings.window_keys, () => ({
    wild: false,
    matches: 0,
    messageId: -1,
    level: '',
  }));
  const wilds = new RecentKeys(c.settings.window_keys, () => new HitRing(Math.max(4, c.settings.find_wild * 2)));
  const worklistFlows = new RecentKeys<{ id: number }>(c.settings.window_keys, () => ({ id: -1 }));
  const idOf = (flow: number): number => fold32(c.columns.gen[flow], flow);

  const tell = (ev: AppEvent, asks: Side, wildCount: number, q: Query, bump: number): void => {
    const serves = (1 - asks) as Side;
    const victim = c.device(ev.flow, serves);
    const device = victim >= 0 ? victim : c.device(ev.flow, asks);
    if (device < 0) return;
    const level = q.level === '' ? 'no stated' : q.level;
    c.emit({
      scenario: 'dicom.find.enumeration',
      device,
      role: victim >= 0 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: victim >= 0 ? asks : serves,
      tsUs: ev.tsUs,
      bump,
      // counts tell whatever the asker's habits are
      regardless: bump === 0,
      reasons: [
        {
          observed: wildCount,
          unit: 'queries/min',
          low: 0,
          high: c.settings.find_wild - 1,
          text: `${c.ip(ev.flow, asks)} asked ${wildCount} time(s) within a minute at ${level} level without a patient, accession, date or UID key.`,
        },
        {
          observed: q.matches,
          unit: 'matches',
          low: 0,
          high: c.settings.find_matches - 1,
          text: `${q.matches} matches were returned to this query; ${c.settings.find_matches} make an enumeration.`,
        },
      ],
    });
  };

  const identifier = (ev: DicomDataset): void => {
    if (ev.command !== 'C-FIND-RQ') return;
    const mwl = worklistFlows.peek(idOf(ev.flow));
    if (mwl !== undefined && mwl.id === ev.messageId) return;
    const q = queries.touch(idOf(ev.flow));
    q.wild = ev.wildcard && WIDE_LEVELS.includes(ev.queryLevel);
    q.matches = 0;
    q.messageId = ev.messageId;
    q.level = ev.queryLevel;
    if (!q.wild) return;
    const asks = ev.dir as Side;
    const link = fold32(c.addressKey(ev.flow, 0), c.addressKey(ev.flow, 1));
    const n = wilds.touch(link).hit(ev.tsUs, WINDOW_US);
    const serves = (1 - asks) as Side;
    const keeper = c.device(ev.flow, serves) >= 0 ? c.device(ev.flow, serves) : c.device(ev.flow, asks);
    const habit = c.habit(keeper, c.keyOf('find.wild', c.addressKey(ev.flow, asks)), ev.tsUs);
    // while the asker is learned, wide queries are his habit in the making; only what comes back can tell
    if (n >= c.settings.find_wild && !c.learning(keeper, ev.tsUs)) tell(ev, asks, n, q, 0);
    else if (habit === Novelty.New) tell(ev, asks, n, q, -1);
  };

  const response = (ev: DicomCommand): void => {
    if (ev.name === 'C-FIND-RQ' && ev.sopClass === WORKLIST) worklistFlows.touch(idOf(ev.flow)).id = ev.messageId;
    if (ev.name !== 'C-FIND-RSP' || (ev.status !== PENDING && ev.status !== PENDING_WARNING)) return;
    const q = queries.peek(idOf(ev.flow));
    if (q === undefined || !q.wild || (ev.respondedTo >= 0 && q.messageId !== ev.respondedTo)) return;
    q.matches++;
    // at the limit and at every doubling: the incident grows without a finding per answer
    const over = q.matches / c.settings.find_matches;
    if (over >= 1 && Number.isInteger(Math.log2(over))) tell(ev, (1 - ev.dir) as Side, 1, q, 0);
  };

  return {
    name: 'dicom.find.enumeration',
    kinds: ['dicom.dataset', 'dicom.command'],
    event: (ev) => (ev.kind === 'dicom.dataset' ? identifier(ev) : response(ev as DicomCommand)),
  };
}
