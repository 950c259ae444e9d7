import { type CommandResult, cleanText, type OperatorCommand, type SettingsOf } from '../../core/index.js';
import { COMMAND_NAMES, type CommandName, Malformed, parseCommand, RESULT_SCHEMA } from './form.js';
import { Replays, type ReplaysOptions, type Resender } from './replays.js';
import type { commandSettings } from './settings.js';

export { COMMAND_NAMES, type CommandName, commandSchema } from './form.js';
export { holes, type Resender } from './replays.js';
export { commandSettings } from './settings.js';

/** The message that answers a command. */
export interface Answer extends CommandResult {
  readonly schema: typeof RESULT_SCHEMA;
  readonly command: CommandName;
  readonly request_id: string | null;
  readonly ok: boolean;
}

export interface CommandsOptions extends Omit<ReplaysOptions, 'settings'> {
  readonly settings: SettingsOf<typeof commandSettings>;
  /** Monotonic time, ms. */
  readonly nowMs: () => number;
  /** Does what a person asks for; answers, and never rejects. */
  readonly execute: (command: OperatorCommand) => Promise<CommandResult>;
  readonly counted: (command: string, code: string) => void;
}

/** Tokens that come back with time: so many a minute. */
class Bucket {
  #left: number;
  #atMs: number;
  constructor(
    private readonly perMinute: number,
    nowMs: number,
  ) {
    this.#left = perMinute;
    this.#atMs = nowMs;
  }

  take(nowMs: number): boolean {
    this.#left = Math.min(this.perMinute, this.#left + (Math.max(0, nowMs - this.#atMs) * this.perMinute) / 60_000);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/** Commands of every broker: bounded, judged strictly, answered, counted and logged. Knows no broker; each hands in itself. */
export class Commands {
  readonly replays: Replays;
  readonly #o: CommandsOptions;
  readonly #rate: Bucket;
  /** A flood of commands is not answered with a flood. */
  readonly #refusals: Bucket;

  constructor(o: CommandsOptions) {
    this.#o = o;
    this.replays = new Replays(o);
    this.#rate = new Bucket(o.settings.per_minute, o.nowMs());
    this.#refusals = new Bucket(o.settings.per_minute, o.nowMs());
  }

  /** Commands that are taken. */
  get names(): CommandName[] {
    return COMMAND_NAMES.filter((n) => this.#o.settings.enabled.includes(n));
  }

  /** Takes one command; null when too many came to be answered. Never rejects. */
  async take(name: CommandName, body: Uint8Array, retained: boolean, from: Resender): Promise<Answer | null> {
    let requestId: string | null = null;
    let by = '';
    let result: CommandResult;
    try {
      const refused = this.#refused(name, body, retained);
      if (refused !== null) result = refused;
      else {
        const parsed = parseCommand(name, body);
        requestId = parsed.requestId;
        const { command } = parsed;
        if (command.cmd === 'replay') result = await this.replays.ask(command, from);
        else {
          by = command.by;
          result = await this.#o.execute(command);
        }
      }
    } catch (error) {
      result =
        error instanceof Malformed
          ? { code: 'malformed', text: error.message }
          : { code: 'failed', text: `an error of the sensor's own: ${(error as Error).message}` };
    }
    this.#o.counted(name, result.code);
    const ok = result.code === 'done';
    const said = result.code === 'too_many' ? this.#refusals.take(this.#o.nowMs()) : true;
    if (said) {
      const who = by === '' ? '' : ` by ${cleanText(by)}`;
      this.#o.logger.log(
        ok ? 'notice' : 'warning',
        `command.${result.code}`,
        `${from.name}: ${name}${who}: ${result.text}`,
      );
    }
    if (!said) return null;
    const { code, text, data } = result;
    return { schema: RESULT_SCHEMA, command: name, request_id: requestId, ok, code, text, ...(data && { data }) };
  }

  #refused(name: CommandName, body: Uint8Array, retained: boolean): CommandResult | null {
    const { settings, nowMs } = this.#o;
    if (!this.names.includes(name)) return { code: 'not_enabled', text: `${name} is not among commands.enabled` };
    if (retained)
      return { code: 'retained', text: 'a retained command would be done again at every connection: take it away' };
    if (!this.#rate.take(nowMs()))
      return { code: 'too_many', text: `more than ${settings.per_minute} commands a minute` };
    if (body.length > settings.max_bytes)
      return { code: 'too_large', text: `${body.length} bytes; a command has at most ${settings.max_bytes}` };
    return null;
  }
}
