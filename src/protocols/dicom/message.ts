import type { KeepUnfinished, Unfinished, UnfinishedOwner } from '../../core/index.js';

/** One direction's message in the making (PS3.8 E.2): a command set from fragments, then the head of its data set. */
export class MessageParts implements UnfinishedOwner {
  readonly command: Unfinished;
  /** Bytes of the command were lost or too many: it will not be read. */
  commandDamaged = false;
  readonly head: Unfinished;
  headDamaged = false;
  octets = 0;
  context = 0;
  /** What the current fragment is: its control header. */
  control = 0;
  /** Command that the data set belongs to. */
  name = '';
  messageId = -1;

  /** The command set was given up: not even a part of it is kept. */
  #commandGone = false;

  constructor(keep: KeepUnfinished) {
    this.command = keep(this);
    this.head = keep(this);
  }

  /** What was kept is lost like what is damaged. */
  givenUp(bytes: Unfinished): void {
    if (bytes === this.command) this.commandDamaged = this.#commandGone = true;
    else this.headDamaged = true;
  }

  /** Adds command bytes; beyond the limit the command is damaged. */
  addCommand(b: Buffer, from: number, to: number, max: number): void {
    if (this.command.length + to - from > max) this.commandDamaged = true;
    else if (!this.#commandGone) this.command.add(b, from, to);
  }

  /** Counts data set bytes and keeps the first `max` of them. */
  addDataset(b: Buffer, from: number, to: number, max: number): void {
    this.octets += to - from;
    const room = max - this.head.length;
    if (room > 0 && !this.headDamaged) this.head.add(b, from, from + Math.min(room, to - from));
  }

  reset(): void {
    this.resetCommand();
    this.resetDataset();
  }

  resetCommand(): void {
    this.command.clear();
    this.commandDamaged = false;
    this.#commandGone = false;
  }

  resetDataset(): void {
    this.head.clear();
    this.headDamaged = false;
    this.octets = 0;
    this.name = '';
    this.messageId = -1;
  }
}
