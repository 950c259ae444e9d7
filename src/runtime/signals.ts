export interface SignalActions {
  /** SIGINT, SIGTERM: once, a second one ends the process at once. */
  readonly stop: () => void;
  /** SIGHUP. */
  readonly reload: () => void;
  /** SIGUSR1. */
  readonly dump: () => void;
}

/** What signals mean to the control process. */
export class Signals {
  readonly #handlers: readonly (readonly [NodeJS.Signals, () => void])[];

  constructor(a: SignalActions) {
    this.#handlers = [
      ['SIGINT', a.stop],
      ['SIGTERM', a.stop],
      ['SIGHUP', a.reload],
      ['SIGUSR1', a.dump],
    ];
    for (const [name, act] of this.#handlers) {
      if (act === a.stop) process.once(name, act);
      else process.on(name, act);
    }
  }

  off(): void {
    for (const [name, act] of this.#handlers) process.removeListener(name, act);
  }
}
