import { type AppEvent, type FlowColumns, fold32, hashString, type Learned, LearnedSet, mix32 } from '../core/index.js';

/**
 * Learned sets that no rule keeps for itself: ports on either side, AE titles called, HL7 parties, fingerprints of TLS
 * and DHCP clients. Asked and added to by the same keys whoever asks: see the functions below.
 */
export class Habits {
  constructor(
    private readonly learned: Learned,
    private readonly columns: FlowColumns,
    private readonly seed: number,
  ) {}

  /** A flow was opened: its initiator contacts this port. */
  flowOpened(slot: number, tsUs: number): void {
    const d = this.columns.device[2 * slot];
    if (d >= 0) this.learned.observe(LearnedSet.ClientPort, d, portKey(this.columns, slot), tsUs);
  }

  /** A flow has ended: when both sides spoke, its responder answers on this port. */
  flowClosed(slot: number, tsUs: number): void {
    const { device, packets } = this.columns;
    const d = device[2 * slot + 1];
    if (d >= 0 && packets[2 * slot] > 0 && packets[2 * slot + 1] > 0)
      this.learned.observe(LearnedSet.ServerPort, d, portKey(this.columns, slot), tsUs);
  }

  event(ev: AppEvent): void {
    if (ev.flow < 0) return;
    const sender = this.columns.device[2 * ev.flow + ev.dir];
    switch (ev.kind) {
      case 'dicom.associate.rq':
        return this.#note(LearnedSet.CalledAe, sender, ev.calledAe, ev.tsUs);
      case 'tls.hello':
        return this.#note(LearnedSet.TlsFingerprint, sender, ev.ja4, ev.tsUs);
      case 'evidence':
        if (ev.source.startsWith('dhcp') && ev.field === 'fingerprint')
          this.#note(
            LearnedSet.DhcpFingerprint,
            this.columns.device[2 * ev.flow + (ev.about === 'initiator' ? 0 : 1)],
            ev.value,
            ev.tsUs,
          );
        return;
      case 'hl7.message': {
        const listener = this.columns.device[2 * ev.flow + 1 - ev.dir];
        if (listener < 0 || ev.acknowledges) return;
        const host = this.columns.addressKey(this.seed, ev.flow, ev.dir);
        this.learned.observe(LearnedSet.Hl7Tuple, listener, mix32(fold32(host, ev.partiesKey)), ev.tsUs);
        return;
      }
      default:
        return;
    }
  }

  #note(set: LearnedSet, device: number, text: string, tsUs: number): void {
    if (device >= 0 && text !== '') this.learned.observe(set, device, hashString(this.seed, text), tsUs);
  }
}

/** Key of a flow's server port in `ClientPort` and `ServerPort`. */
export function portKey(columns: FlowColumns, slot: number): number {
  return mix32((columns.proto[slot] << 16) | columns.port[2 * slot + 1]);
}
