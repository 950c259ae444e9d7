import { type Device, homeOf, homeWord, type InventoryChanges, parseIp, serverWords } from '../core/index.js';

/**
 * Which sensor process tells of which device: its home. Several processes hear of the same device, as a peer of their own; what the home
 * says of it counts. Of a listed server, which nobody sees whole, the home's word counts as soon as there is one.
 */
export class SharedInventory {
  readonly #of: number;
  readonly #servers: ReadonlySet<number>;
  /** Of every device told: the word its home is found by, and its type. */
  readonly #known = new Map<string, { readonly word: number; readonly type: string; readonly byHome: boolean }>();

  constructor(of: number, servers: readonly string[]) {
    this.#of = of;
    this.#servers = new Set(serverWords(servers));
  }

  /** Devices of former runs. */
  remember(devices: readonly Device[]): void {
    for (const d of devices) if (!this.#known.has(d.id)) this.#note(d, false);
  }

  get size(): number {
    return this.#known.size;
  }

  byType(): Record<string, number> {
    const out: Record<string, number> = {};
    for (const { type } of this.#known.values()) out[type] = (out[type] ?? 0) + 1;
    return out;
  }

  /** Process of a device; of one that nobody told of, the first. */
  homeOfDevice(id: string): number {
    return this.#home(this.#word(id));
  }

  /** What of a process's news is its own to tell. */
  take(process: number, changes: InventoryChanges<Device>): InventoryChanges<Device> {
    const devices = changes.devices.filter((d) => {
      const word = homeWord(d.addresses);
      const byHome = this.#home(word) === process;
      if (!byHome && (!this.#isServer(word) || this.#known.get(d.id)?.byHome === true)) return false;
      this.#note(d, byHome);
      return true;
    });
    const gone = changes.gone.filter((id) => this.homeOfDevice(id) === process && this.#known.delete(id));
    const conversations = changes.conversations.filter((c) => {
      const ends = [this.#word(c.src), this.#word(c.dst)].filter((w) => !Number.isNaN(w) && !this.#isServer(w));
      // between listed servers, or without an end of ours: one process only has seen it, or it is the first one's
      return ends.length === 0 || this.#home(ends[0]) === process;
    });
    return { devices, gone, conversations };
  }

  #note(d: Device, byHome: boolean): void {
    this.#known.set(d.id, { word: homeWord(d.addresses), type: d.type, byHome });
  }

  /** Of a device's id, or of an address that no device holds; NaN of neither. */
  #word(end: string): number {
    return this.#known.get(end)?.word ?? parseIp(end)?.[3] ?? Number.NaN;
  }

  #home(word: number): number {
    return homeOf(word, this.#of);
  }

  #isServer(word: number): boolean {
    return this.#servers.has(word >>> 0);
  }
}
