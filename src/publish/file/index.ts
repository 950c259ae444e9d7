import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type Logger,
  retryLater,
  type SettingsOf,
  type SinkState,
  type Verdict,
  type VerdictSinkClient,
  WardwireError,
} from '../../core/index.js';
import { Faults } from '../faults.js';
import { encode } from '../formats/index.js';
import type { fileSettings } from './settings.js';

export { fileSettings } from './settings.js';

/** Verdicts under way at once: they share a write and an fsync. */
const WINDOW = 256;
const RETRY_MS = 1000;
const LINE_FEED = 0x0a;

export interface FileSinkOptions {
  readonly path: string;
  readonly settings: SettingsOf<typeof fileSettings>;
  readonly logger: Logger;
}

interface Line {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (e: Error) => void;
}

/**
 * Verdicts as lines of a rotated file. A verdict counts as delivered when it is on the disk (fdatasync); a full or read-only disk is
 * said once, what is owed waits.
 */
export class FileSink implements VerdictSinkClient {
  readonly name = 'file';
  readonly window = WINDOW;
  readonly #o: FileSinkOptions;
  #file: FileHandle | null = null;
  #size = 0;
  #lines: Line[] = [];
  #underWay = 0;
  #writing: Promise<void> | null = null;
  #published = 0;
  readonly #faults = new Faults();
  #stopped = false;
  #blocked = false;

  constructor(o: FileSinkOptions) {
    this.#o = o;
  }

  /** @throws WardwireError('outside') when the file cannot be opened */
  async start(): Promise<void> {
    try {
      mkdirSync(dirname(this.#o.path), { recursive: true });
      await this.#open();
    } catch (cause) {
      throw new WardwireError('outside', `the verdict file cannot be written: ${(cause as Error).message}`, [
        { path: 'file.path', text: this.#o.path, hint: 'the folder must be writable' },
      ]);
    }
  }

  ready(): boolean {
    return !this.#stopped && this.#underWay < WINDOW && !this.#blocked;
  }

  send(verdict: Verdict, handedOver: () => void): Promise<void> {
    const text = `${encode(this.#o.settings.format, verdict)}\n`;
    this.#underWay++;
    return new Promise((resolve, reject) => {
      this.#lines.push({ text, resolve, reject });
      handedOver();
      this.#writing ??= this.#write();
    });
  }

  state(): SinkState {
    return {
      connected: this.#faults.last === null,
      inFlight: this.#underWay,
      published: this.#published,
      failures: this.#faults.total,
      lastError: this.#faults.last,
      faults: this.#faults.counts,
    };
  }

  async stop(_deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#writing;
    await this.#file?.close();
  }

  async #open(): Promise<void> {
    this.#file = await open(this.#o.path, 'a', 0o640);
    this.#size = (await this.#file.stat()).size;
    if (this.#size === 0) return;
    // a full disk or a crash may have left half a line
    const last = Buffer.alloc(1);
    const reader = await open(this.#o.path, 'r');
    await reader.read(last, 0, 1, this.#size - 1);
    await reader.close();
    if (last[0] !== LINE_FEED) await this.#file.appendFile('\n');
  }

  async #write(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      this.#lines = [];
      try {
        if (this.#file === null) await this.#open();
        const bytes = Buffer.from(lines.map((l) => l.text).join(''), 'utf8');
        if (this.#size > 0 && this.#size + bytes.length > this.#o.settings.max_mib * 1048576) await this.#rotate();
        await (this.#file as FileHandle).appendFile(bytes);
        await (this.#file as FileHandle).datasync();
        this.#size += bytes.length;
        this.#published += lines.length;
        if (this.#faults.last !== null)
          this.#o.logger.log('notice', 'file.recovered', `${this.#o.path} can be written again`);
        this.#faults.over();
        for (const l of lines) l.resolve();
      } catch (error) {
        await this.#failed(lines, error as Error);
      }
      this.#underWay -= lines.length;
    }
    this.#writing = null;
  }

  async #failed(lines: readonly Line[], error: Error): Promise<void> {
    const news = this.#faults.last === null;
    this.#faults.add({ fault: 'disk', text: error.message });
    if (news) this.#o.logger.log('error', 'file.unwritable', `${this.#o.path} cannot be written: ${error.message}`);
    this.#blocked = true;
    setTimeout(() => {
      this.#blocked = false;
    }, RETRY_MS).unref();
    await this.#file?.close().catch(() => undefined);
    this.#file = null;
    // the same ids come again
    for (const l of lines) l.reject(retryLater(error.message));
  }

  async #rotate(): Promise<void> {
    const { path, settings } = this.#o;
    await this.#file?.close();
    this.#file = null;
    rmSync(`${path}.${settings.keep}`, { force: true });
    for (let i = settings.keep - 1; i >= 1; i--)
      if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
    renameSync(path, `${path}.1`);
    await this.#open();
  }
}
