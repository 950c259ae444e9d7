import { type Addon, AddonState } from '../../src/capture/addon.js';
import { Clock, captureSettings } from '../../src/capture/index.js';
import { LiveSource } from '../../src/capture/live.js';
import { Counters, type PacketSink, settingsDefaults } from '../../src/core/index.js';

/** A machine whose clock can be set, and its network card. Time itself goes on. */
export class Machine {
  mono = 1e6;
  offset = 1.75e12;
  readonly clock = new Clock(
    () => Math.floor(this.mono + this.offset),
    () => this.mono,
  );
  readonly #queue: Buffer[] = [];
  #readable: () => void = () => undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #state: Float64Array = new Float64Array(0);
  #seen = 0;

  /** Records as the addon writes them: seconds, nanoseconds, captured and wire length, bytes. */
  readonly addon = {
    open: (_o: unknown, buffer: Buffer, state: Float64Array, onReadable: () => void) => {
      this.#buffer = buffer;
      this.#state = state;
      this.#readable = onReadable;
      return this;
    },
    read: () => {
      let at = 0;
      const n = this.#queue.length;
      for (const r of this.#queue.splice(0)) at += r.copy(this.#buffer, at);
      this.#seen += n;
      this.#state[AddonState.End] = at;
      this.#state[AddonState.LowEnd] = this.#buffer.length >>> 1;
      return n;
    },
    arm: () => undefined,
    stats: () => [this.#seen, 0, 0, 1],
    error: () => '',
    close: () => undefined,
    lowHosts: () => undefined,
  } as unknown as Addon;

  /** A frame comes in now, stamped by the wall clock. */
  frame(data: Buffer): void {
    const us = Math.round((this.mono + this.offset) * 1000);
    const head = Buffer.alloc(16);
    head.writeUInt32LE(Math.floor(us / 1e6), 0);
    head.writeUInt32LE((us % 1e6) * 1000, 4);
    head.writeUInt32LE(data.length, 8);
    head.writeUInt32LE(data.length, 12);
    this.#queue.push(Buffer.concat([head, data]));
  }

  /** A live source on this card. */
  async source(t: { teardown(f: () => unknown): unknown }, sink: PacketSink): Promise<LiveSource> {
    const source = new LiveSource(['lo'], this.addon, settingsDefaults(captureSettings), new Counters(), this.clock);
    await source.start(sink, () => undefined);
    t.teardown(() => source.stop());
    return source;
  }

  handOver(): void {
    this.#readable();
  }
}
