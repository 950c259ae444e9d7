import { Worker } from 'node:worker_threads';
import type { Counters } from '../core/index.js';
import type { FromWriter, ToWriter, WriterOptions } from './messages.js';

/** Captures on their way to the thread at most; beyond, a new incident has none. */
const MAX_UNDER_WAY = 64;

export interface EvidenceWriterOptions {
  readonly worker: WriterOptions;
  readonly counters: Counters;
  readonly trouble: (event: string, text: string) => void;
}

/** The packet thread's hand on the thread that writes captures. */
export class EvidenceWriter {
  readonly #worker: Worker;
  readonly #o: EvidenceWriterOptions;
  readonly #results: Record<'written' | 'known' | 'quota' | 'failed', number>;
  readonly #files: number;
  readonly #bytes: number;
  readonly #evicted: number;
  #underWay = 0;
  #alive = true;
  #closing: Promise<void> | null = null;
  #gone: () => void = () => undefined;

  constructor(o: EvidenceWriterOptions) {
    this.#o = o;
    const { counters } = o;
    const file = (result: string): number =>
      counters.define('counter', 'wardwire_evidence_files_total', 'Captures by what the disk made of them.', {
        result,
      });
    this.#results = {
      written: file('written'),
      known: file('known'),
      quota: file('quota'),
      failed: file('failed'),
    };
    this.#files = counters.define('gauge', 'wardwire_evidence_files', 'Captures on disk.');
    this.#bytes = counters.define('gauge', 'wardwire_evidence_bytes', 'Disk space of captures.');
    this.#evicted = counters.define(
      'counter',
      'wardwire_evidence_evicted_total',
      'Captures that left for want of room: lowest severity, then oldest.',
    );
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: o.worker });
    this.#worker.on('message', (m: FromWriter) => this.#message(m));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', () => this.#ended(null));
    // a process that ends does not wait for it, but for close()
    this.#worker.unref();
  }

  get busy(): boolean {
    return !this.#alive || this.#underWay >= MAX_UNDER_WAY;
  }

  /** Hands a capture over; its buffers are gone from here. */
  write(m: Extract<ToWriter, { t: 'write' }>): void {
    if (!this.#alive) {
      this.#o.counters.values[this.#results.failed]++;
      return;
    }
    this.#underWay++;
    this.#worker.postMessage(m, m.after.length > 0 ? [m.before.buffer, m.after.buffer] : [m.before.buffer]);
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#gone = resolve;
      if (!this.#alive) return resolve();
      this.#worker.ref();
      this.#worker.postMessage({ t: 'close' } satisfies ToWriter);
    });
    return this.#closing;
  }

  #message(m: FromWriter): void {
    if (m.t === 'trouble') return this.#o.trouble(m.event, m.text);
    if (m.t === 'closed') return this.#gone();
    const { values } = this.#o.counters;
    if (m.result !== null) {
      this.#underWay--;
      values[this.#results[m.result]]++;
    }
    values[this.#files] = m.files;
    values[this.#bytes] = m.bytes;
    values[this.#evicted] = m.evicted;
  }

  #ended(error: Error | null): void {
    if (this.#alive && this.#closing === null) {
      const why = error === null ? 'its thread ended' : error.message;
      this.#o.trouble('evidence.died', `no captures are written any more: ${why}`);
    }
    this.#alive = false;
    this.#o.counters.values[this.#results.failed] += this.#underWay;
    this.#underWay = 0;
    this.#gone();
  }
}
