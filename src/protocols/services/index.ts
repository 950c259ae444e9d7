import {
  AppProto,
  type Dir,
  type FlowEnd,
  ParseOutcome,
  Probe,
  type ProtocolContext,
  type ProtocolSession,
  type StreamProtocol,
  type StreamSlice,
} from '../../core/index.js'; // prettier-ignore
import { Teller } from '../teller.js';
import { BannerReader, FtpReader } from './banner.js';
import { type Signature, signatureOf } from './signatures.js';

/** What goes on reading after a service was recognised. */
export interface ServiceReader {
  stream(slice: StreamSlice): ParseOutcome;
  close?(tsUs: number): void;
}

/** Readers of other protocols by AppProto number: what makes one for a flow. */
export type ServiceReaders = Readonly<Record<number, (slot: number) => ServiceReader>>;

/** What a device is that offers such a service; told about the responder once it answers. */
const ROLES: Readonly<Record<number, string>> = {
  [AppProto.Rtsp]: 'rtsp-server',
  [AppProto.Jetdirect]: 'raw-printer',
  [AppProto.Lpd]: 'lpd-printer',
  [AppProto.Modbus]: 'modbus-server',
  [AppProto.Vnc]: 'vnc-server',
  [AppProto.Rdp]: 'rdp-server',
  [AppProto.Smb]: 'smb-server',
  [AppProto.Ssh]: 'ssh-server',
  [AppProto.Telnet]: 'telnet-server',
  [AppProto.Ftp]: 'ftp-server',
  [AppProto.Http]: 'http-server',
  [AppProto.Mqtt]: 'mqtt-broker',
  [AppProto.Poct1a]: 'poct1a',
  [AppProto.Astm]: 'astm',
  [AppProto.Ldap]: 'ldap-server',
};

/** Octets after which no signature can match any more, and how many of a line of JSON are waited for. */
const LEAST = 12;
const JSON_LOOK = 200;
const OPEN_BRACE = 0x7b;
const LINE_FEED = 0x0a;

/** Presence and version of other services: one `service` event a flow, one more when FTP credentials pass in clear. */
export function createServices(ctx: ProtocolContext, readers: ServiceReaders): StreamProtocol {
  const tell = new Teller(ctx);
  const lost = ctx.unfinished.protocol('service');
  let found: Signature | null = null;
  return {
    name: 'service',
    app: AppProto.Unknown,
    probeBytes: JSON_LOOK,
    probe(b, from, to, midstream, port) {
      if (midstream && port !== 23) return Probe.No;
      // who sent these bytes does not matter but for FTP, where both openings are asked
      found = signatureOf(b, from, to, false, port) ?? signatureOf(b, from, to, true, port);
      if (found !== null) return Probe.Yes;
      // a line of JSON may be a mining client's once its method is there
      const waits = b[from] === OPEN_BRACE && b.subarray(from, to).indexOf(LINE_FEED) < 0 ? JSON_LOOK : LEAST;
      return to - from < waits ? Probe.More : Probe.No;
    },
    answersFor(app) {
      found = { app, version: '' };
      return app === AppProto.Mqtt;
    },
    open: (slot) => new ServiceSession(ctx, tell, readers, lost, slot, found as Signature),
  };
}

class ServiceSession implements ProtocolSession {
  #told = false;
  #answered = false;
  readonly #reader: ServiceReader | null;

  constructor(
    private readonly ctx: ProtocolContext,
    private readonly tell: Teller,
    readers: ServiceReaders,
    private readonly lost: number,
    private readonly slot: number,
    private readonly signature: Signature,
  ) {
    this.#reader = readers[signature.app]?.(slot) ?? this.#readerOf(signature.app);
  }

  stream(slice: StreamSlice): ParseOutcome {
    const { app } = this.signature;
    this.ctx.columns.app[this.slot] = app;
    if (!this.#told) {
      this.#told = true;
      this.#announce(slice.dir, slice.tsUs, false);
    }
    if (slice.dir === 1 && !this.#answered && slice.to > slice.from) {
      this.#answered = true;
      this.tell.tell(this.slot, 1, slice.tsUs, 'service', 'role', ROLES[app] ?? '');
    }
    if (this.#reader !== null) return this.#reader.stream(slice);
    // nothing more to read, but who answers is still of interest
    return this.#answered ? ParseOutcome.Stop : ParseOutcome.Ok;
  }

  close(_reason: FlowEnd, tsUs: number): void {
    this.#reader?.close?.(tsUs);
  }

  #readerOf(app: number): ServiceReader | null {
    const { tell, slot } = this;
    switch (app) {
      case AppProto.Ftp:
        return new FtpReader(tell, slot, (dir, tsUs) => this.#announce(dir, tsUs, true));
      case AppProto.Ssh:
      case AppProto.Rtsp:
        return new BannerReader(tell, slot, app, (owner) => this.ctx.unfinished.open(slot, this.lost, owner));
      default:
        return null;
    }
  }

  #announce(dir: Dir, tsUs: number, credentials: boolean): void {
    const { app, version } = this.signature;
    this.ctx.events.event({ kind: 'service', flow: this.slot, dir, tsUs, app, version, credentials });
  }
}
