/** Log events are typed where they happen and written by `ops` only. Fields never carry payload or patient data. */
export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical';

export interface Logger {
  /** `event` is a stable dotted name; `fields` are flat. */
  log(level: LogLevel, event: string, text: string, fields?: Record<string, string | number | boolean | null>): void;
}
