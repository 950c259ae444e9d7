/** One direction's message in the making (PS3.8 E.2): a command set from fragments, then the head of its data set. */
export class MessageParts {
  command: Buffer = Buffer.alloc(512);
  commandLength = 0;
  /** Bytes of the command were lost or too many: it will not be read. */
  commandDamaged = false;
  head: Buffer = Buffer.alloc(0);
  headLength = 0;
  headDamaged = false;
  octets = 0;
  context = 0;
  /** What the current fragment is: its control header. */
  control = 0;
  /** Command that the data set belongs to. */
  name = '';
  messageId = -1;

  /** Adds command bytes; false when the limit is passed. */
  addCommand(b: Buffer, from: number, to: number, max: number): boolean {
    const need = this.commandLength + to - from;
    if (need > max) {
      this.commandDamaged = true;
      return false;
    }
    if (need > this.command.length) {
      const more = Buffer.alloc(Math.max(need, this.command.length * 2));
      this.command.copy(more, 0, 0, this.commandLength);
      this.command = more;
    }
    b.copy(this.command, this.commandLength, from, to);
    this.commandLength = need;
    return true;
  }

  /** Counts data set bytes and keeps the first `max` of them. */
  addDataset(b: Buffer, from: number, to: number, max: number): void {
    this.octets += to - from;
    const room = max - this.headLength;
    if (room <= 0 || this.headDamaged) return;
    const n = Math.min(room, to - from);
    const need = this.headLength + n;
    if (need > this.head.length) {
      const more = Buffer.alloc(Math.min(max, Math.max(need, 4096, this.head.length * 2)));
      this.head.copy(more, 0, 0, this.headLength);
      this.head = more;
    }
    b.copy(this.head, this.headLength, from, from + n);
    this.headLength = need;
  }

  resetCommand(): void {
    this.commandLength = 0;
    this.commandDamaged = false;
  }

  resetDataset(): void {
    this.headLength = 0;
    this.headDamaged = false;
    this.octets = 0;
    this.name = '';
    this.messageId = -1;
  }
}
