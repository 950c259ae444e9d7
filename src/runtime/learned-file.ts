import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../core/index.js';
import { LEARNED } from './model-dir.js';

/**
 * Writes the learned state piece by piece as it comes from a sensor, so that a crash leaves the old or the new, never half. The caller
 * never waits for the disk: verdicts pass the same process.
 */
export class LearnedFile {
  readonly #dir: string;
  readonly #part: string;
  readonly #logger: Logger;
  #file: FileHandle | null = null;
  /** Everything that was asked for before. */
  #before: Promise<void> = Promise.resolve();

  constructor(dir: string, logger: Logger) {
    this.#dir = dir;
    this.#part = join(dir, `${LEARNED}.${process.pid}.new`);
    this.#logger = logger;
  }

  /** `first` begins a state anew, after `last` it is on disk and `done` is called; a state that the disk refuses is logged and left. */
  piece(text: string, first: boolean, last: boolean, done: () => void): void {
    this.#before = this.#before.then(() => this.#write(text, first, last, done)).catch((error) => this.#failed(error));
  }

  /** Resolves when everything given so far is on disk or was refused. */
  settled(): Promise<void> {
    return this.#before;
  }

  async #write(text: string, first: boolean, last: boolean, done: () => void): Promise<void> {
    if (first) {
      await this.#file?.close();
      this.#file = null;
      await mkdir(this.#dir, { recursive: true });
      this.#file = await open(this.#part, 'w', 0o600);
    }
    // the beginning was refused
    if (this.#file === null) return;
    await this.#file.appendFile(text);
    if (!last) return;
    await this.#file.sync();
    await this.#file.close();
    this.#file = null;
    await rename(this.#part, join(this.#dir, LEARNED));
    done();
  }

  async #failed(error: unknown): Promise<void> {
    this.#logger.log('error', 'model.unwritten', `the learned state cannot be written: ${(error as Error).message}`);
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => undefined);
    await rm(this.#part, { force: true }).catch(() => undefined);
  }
}
