import {
  type PacketSink,
  type PacketSource,
  PacketView,
  type SourceNotice,
  type SourceStats,
  TsSource,
  WardwireError,
} from '../core/index.js';
import { eventUs } from './clock.js';
import type { CaptureOptions } from './live.js';
import { permissionError } from './open-errors.js';

interface CapHandle {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  close(): void;
  setMinBytes?(n: number): void;
  on(event: 'packet', f: (bytes: number, truncated: boolean) => void): void;
}

/** DLT numbers of the link types cap names. */
const LINK_TYPES: Readonly<Record<string, number>> = {
  ETHERNET: 1,
  NULL: 0,
  IEEE802_11_RADIO: 127,
  LINKTYPE_LINUX_SLL: 113,
  RAW: 12,
};

/**
 * The portable source: package `cap`. It keeps neither kernel time nor drop counts nor the wire length, so times are those
 * of arrival and losses are unknown (−1); it says so when it starts.
 */
export class CapSource implements PacketSource {
  readonly name: string;
  readonly done: Promise<void>;
  readonly #s: CaptureOptions;
  readonly #view = new PacketView();
  /** cap keeps a raw pointer to this buffer without a reference: it must live as long as the handle. */
  readonly #buffer = Buffer.alloc(65536);
  #cap: CapHandle | null = null;
  #delivered = 0;
  #octets = 0;
  #lastUs = 0;
  #resolveDone: () => void = () => undefined;

  constructor(iface: string, settings: CaptureOptions) {
    this.name = iface;
    this.#s = settings;
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  async start(sink: PacketSink, notice: (n: SourceNotice) => void): Promise<void> {
    const cap = await newCap();
    let link: string;
    try {
      link = cap.open(this.name, this.#s.filter, this.#s.buffer_mib * 1048576, this.#buffer);
    } catch (cause) {
      // no close() here: on a handle that never opened it crashes the process
      const text = (cause as Error).message;
      if (/permission|not permitted/i.test(text)) throw permissionError(this.name, cause);
      throw new WardwireError('interface', `cannot capture on ${this.name}: ${text}`, [], { cause });
    }
    this.#cap = cap;
    const view = this.#view;
    view.linkType = LINK_TYPES[link] ?? 1;
    view.tsSource = TsSource.Arrival;
    cap.setMinBytes?.(0);
    cap.on('packet', (bytes) => {
      view.buf = this.#buffer;
      view.off = 0;
      view.end = bytes;
      view.capLen = bytes;
      view.wireLen = bytes;
      view.tsUs = eventUs();
      this.#delivered++;
      this.#octets += bytes;
      this.#lastUs = view.tsUs;
      sink.packet(view);
    });
    notice({
      state: 'running',
      text: `capturing on ${this.name} with the portable source: no kernel timestamps, no drop counts`,
    });
  }

  stats(): SourceStats {
    return {
      delivered: this.#delivered,
      octets: this.#octets,
      received: -1,
      droppedKernel: -1,
      droppedInterface: -1,
      lastUs: this.#lastUs,
      bytesRead: 0,
      bytesTotal: -1,
    };
  }

  async stop(): Promise<void> {
    this.#cap?.close();
    this.#cap = null;
    this.#resolveDone();
  }
}

async function newCap(): Promise<CapHandle> {
  // optional dependency without types: loaded only when it is asked for
  const name = 'cap';
  try {
    const module = (await import(name)) as { default: { Cap: new () => CapHandle } };
    return new module.default.Cap();
  } catch (cause) {
    throw new WardwireError(
      'interface',
      'neither the capture addon nor the package cap is installed',
      [{ path: 'capture.source', text: 'install libpcap-dev and a C compiler, then run npm start again' }],
      { cause },
    );
  }
}
