import {
  type CommandResult,
  type Conversation,
  conversationKey,
  type Device,
  type IncidentWords,
  type InventoryChanges,
  type MuteLimits,
  type OperatorCommand,
  type OperatorWord,
} from '../core/index.js';
import type { StoreEvent } from './messages.js';

/** Between the control process's main thread and the inventory's worker. */
export interface DeviceWorkerOptions {
  readonly path: string;
  readonly maxDevices: number;
  readonly maxConversations: number;
  /** Wall time of the start, ms: part of the name of a file that is set aside. */
  readonly startMs: number;
  /** Pause between two looks at what the operator said through the command line, ms. */
  readonly pollMs: number;
  /** The verdict log, which words on incidents refer to. */
  readonly verdictsPath: string;
  readonly muteLimits: MuteLimits;
}

export type ToDeviceWorker =
  | { readonly t: 'save'; readonly changes: InventoryChanges<Device> }
  /** A person asks for something over the broker. `nowUs`: wall time. */
  | { readonly t: 'do'; readonly request: number; readonly command: OperatorCommand; readonly nowUs: number }
  /** Limits of mutes from now on. */
  | { readonly t: 'limits'; readonly muteLimits: MuteLimits }
  /** Everybody was told of a mute. */
  | { readonly t: 'announced'; readonly mute: number }
  /** A mute was ended by what it did not allow. */
  | { readonly t: 'broken'; readonly mute: number; readonly by: string; readonly nowUs: number }
  | { readonly t: 'close' };

export type FromDeviceWorker =
  | {
      readonly t: 'open';
      readonly devices: readonly Device[];
      readonly operator: readonly OperatorWord[];
      readonly incidents: IncidentWords;
    }
  | { readonly t: 'failed'; readonly text: string }
  | { readonly t: 'problem'; readonly event: StoreEvent; readonly text: string }
  /** The file was begun anew: what is known now is to be saved again. */
  | { readonly t: 'renewed' }
  | { readonly t: 'operator'; readonly operator: readonly OperatorWord[]; readonly incidents: IncidentWords }
  | { readonly t: 'did'; readonly request: number; readonly result: CommandResult }
  | { readonly t: 'closed' };

/** Changes that wait while the disk does not take them: the newest of each device, sums of each conversation. */
export class WaitingChanges {
  readonly #devices = new Map<string, Device>();
  readonly #conversations = new Map<string, Conversation>();

  constructor(private readonly maxConversations: number) {}

  get empty(): boolean {
    return this.#devices.size + this.#conversations.size === 0;
  }

  add(c: InventoryChanges<Device>): void {
    for (const d of c.devices) this.#devices.set(d.id, d);
    for (const x of c.conversations) {
      const key = conversationKey(x);
      const have = this.#conversations.get(key);
      if (have === undefined) {
        if (this.#conversations.size < this.maxConversations) this.#conversations.set(key, { ...x });
        continue;
      }
      if (x.app !== 'unknown') have.app = x.app;
      have.flows += x.flows;
      have.octetsOut += x.octetsOut;
      have.octetsIn += x.octetsIn;
      have.ephiMessages += x.ephiMessages;
      have.ephiOctets += x.ephiOctets;
      have.lastUs = Math.max(have.lastUs, x.lastUs);
    }
  }

  take(): InventoryChanges<Device> {
    const all = { devices: [...this.#devices.values()], gone: [], conversations: [...this.#conversations.values()] };
    this.#devices.clear();
    this.#conversations.clear();
    return all;
  }
}
