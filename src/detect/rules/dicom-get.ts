import { type AppEvent, type DicomCommand, fold32 } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { RecentKeys, SumWindow } from './windows.js';

const WINDOW_US = 3600e6;
/** While usual rates are still being learned, only so many times the limit is told. */
const WHILE_LEARNING = 10;

/**
 * D07: instances pulled by C-GET, counted by the completed sub-operations of the responses (PS3.7 9.1.3), per pair of
 * hosts and hour; rates known from learning are usual.
 */
export function dicomGet(c: RuleContext): Rule {
  const pulled = new RecentKeys(c.settings.window_keys, () => ({
    sum: new SumWindow(WINDOW_US, 12),
    total: 0,
    told: 0,
  }));
  const last = new RecentKeys(c.settings.window_keys, () => ({ messageId: -1, completed: 0 }));
  const event = (any: AppEvent): void => {
    const ev = any as DicomCommand;
    if (ev.name !== 'C-GET-RSP' || ev.completed < 0) return;
    const serves = ev.dir as Side;
    const asks = (1 - ev.dir) as Side;
    const op = last.touch(fold32(c.columns.gen[ev.flow], ev.flow));
    // responses carry running totals of their operation
    if (op.messageId !== ev.respondedTo) op.completed = 0;
    op.messageId = ev.respondedTo;
    const more = Math.max(0, ev.completed - op.completed);
    op.completed = Math.max(op.completed, ev.completed);
    if (more === 0) return;
    const pair = pulled.touch(fold32(c.addressKey(ev.flow, asks), c.addressKey(ev.flow, serves)));
    const n = pair.sum.add(more, ev.tsUs);
    const server = c.device(ev.flow, serves);
    const device = server >= 0 ? server : c.device(ev.flow, asks);
    if (device < 0) return;
    const usual = c.usualRate(device, c.keyOf('rate.get', c.addressKey(ev.flow, asks)), n, ev.tsUs);
    if (n < c.settings.get_instances) pair.told = 0;
    // at the limit and at every doubling
    if (usual || n < c.settings.get_instances || n < pair.told * 2) return;
    // an archive that feeds another one does so from the first day on
    if (c.learning(device, ev.tsUs) && n < c.settings.get_instances * WHILE_LEARNING) return;
    pair.told = n;
    c.emit({
      scenario: 'dicom.get.bulk',
      device,
      role: server >= 0 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: server >= 0 ? asks : serves,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: n,
          unit: 'instances/h',
          low: 0,
          high: c.settings.get_instances - 1,
          text: `${c.ip(ev.flow, asks)} retrieved ${n} instances by C-GET within an hour; ${c.settings.get_instances} are a bulk retrieval and no such rate was learned.`,
        },
      ],
    });
  };
  return { name: 'dicom.get.bulk', kinds: ['dicom.command'], event };
}
