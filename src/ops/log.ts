import type { Logger, LogLevel, SettingsOf } from '../core/index.js';
import type { logSettings } from './settings.js';

/** syslog severities (RFC 5424 6.2.1). */
const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, notice: 5, warning: 4, error: 3, critical: 2 };
const MINUTE_MS = 60_000;

type Fields = Record<string, string | number | boolean | null>;

export interface ServiceLogger extends Logger {
  /** Writes as these settings say from now on. */
  change(settings: SettingsOf<typeof logSettings>): void;
}

/** A logger of one line an event. Fields are ours: no payload, no patient data; control characters never reach the line. */
export function createLogger(
  first: SettingsOf<typeof logSettings>,
  write: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
  nowMs: () => number = Date.now,
): ServiceLogger {
  let settings = first;
  const windows = new Map<string, { startMs: number; count: number; suppressed: number }>();
  const emit = (level: LogLevel, event: string, text: string, fields: Fields): void => {
    const all: Fields = { time: new Date(nowMs()).toISOString(), level, event, msg: text, ...fields };
    const line = settings.format === 'json' ? JSON.stringify(all) : logfmt(all);
    write(settings.priority_prefix ? `<${LEVELS[level]}>${line}` : line);
  };
  return {
    change(next) {
      settings = next;
    },
    log(level, event, text, fields = {}) {
      if (LEVELS[level] > LEVELS[settings.level]) return;
      const now = nowMs();
      const w = windows.get(event);
      if (w === undefined || now - w.startMs >= MINUTE_MS) {
        if (w !== undefined && w.suppressed > 0)
          emit('notice', event, `${w.suppressed} lines like this were left out`, {});
        windows.set(event, { startMs: now, count: 1, suppressed: 0 });
      } else if (++w.count > settings.lines_per_event_minute) {
        w.suppressed++;
        return;
      }
      emit(level, event, text, fields);
    },
  };
}

function logfmt(fields: Fields): string {
  return Object.entries(fields)
    .map(([k, v]) => `${k}=${typeof v === 'string' && !/^[\w.:/+-]+$/.test(v) ? JSON.stringify(v) : v}`)
    .join(' ');
}
