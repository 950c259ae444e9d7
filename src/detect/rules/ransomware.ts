import { type AppEvent, fold32, type SmbSeen } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown, RecentKeys, SumWindow } from './windows.js';

const WINDOW_US = 60e6;
const REPEAT_US = 30e6;

/**
 * N17: files of a share renamed or deleted in bulk while data without structure is written, by one client at one server within a minute
 * ([MS-SMB2] SET_INFO, WRITE). Either alone is work: tidying up, or copying compressed files.
 */
export function ransomware(c: RuleContext): Rule {
  const pairs = new RecentKeys(c.settings.window_keys, () => ({
    moved: new SumWindow(WINDOW_US, 12),
    dense: new SumWindow(WINDOW_US, 12),
  }));
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const event = (any: AppEvent): void => {
    const ev = any as SmbSeen;
    if (ev.what !== 'changes') return;
    const by = ev.dir as Side;
    const at = (1 - ev.dir) as Side;
    const client = c.addressKey(ev.flow, by);
    const pair = fold32(client, c.addressKey(ev.flow, at));
    const w = pairs.touch(pair);
    const moved = w.moved.add((ev.renames ?? 0) + (ev.deletes ?? 0), ev.tsUs);
    const dense = w.dense.add(ev.dense ?? 0, ev.tsUs);
    const limit = c.settings.files_per_min;
    const side = c.graver('net.ransomware', ev.flow);
    if (side < 0) return;
    const device = c.device(ev.flow, side as Side);
    const usual = moved > 0 && c.usualRate(device, c.keyOf('rate.files', client), moved, ev.tsUs);
    if (moved < limit || dense * 2 < limit || usual || !told.ready(pair, ev.tsUs)) return;
    c.emit({
      scenario: 'net.ransomware',
      device,
      role: side === by ? 'actor' : 'victim',
      flow: ev.flow,
      peerSide: (1 - side) as Side,
      tsUs: ev.tsUs,
      reasons: [
        {
          observed: moved,
          unit: 'files/min',
          low: 0,
          high: limit - 1,
          text: `${c.ip(ev.flow, by)} renamed or deleted ${moved} files of ${c.ip(ev.flow, at)} within a minute; fewer than ${limit} are expected.`,
        },
        {
          observed: dense,
          unit: 'files/min',
          low: 0,
          high: Math.ceil(limit / 2) - 1,
          text: `${dense} files were written from their first octet on without any structure, as encrypted data is.`,
        },
      ],
    });
  };
  return { name: 'net.ransomware', kinds: ['smb'], event };
}
