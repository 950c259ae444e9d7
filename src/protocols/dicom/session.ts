import {
  type DicomDataset,
  type Dir,
  FlowEnd,
  FlowMark,
  type KeepUnfinished,
  ParseOutcome,
  type ProtocolContext,
  type ProtocolSession,
  type SettingsOf,
  type StreamSlice,
} from '../../core/index.js'; // prettier-ignore
import { Event, STATE_NAMES, State, step, stepUnseen } from './association.js';
import { commandName, isKnownCommand, readCommand } from './command.js';
import { Contexts } from './contexts.js';
import { DEFLATED, readHead } from './dataset.js';
import { type ExpectedAssociations, STORAGE_COMMITMENT } from './expected.js';
import { inspectHead, inspecting } from './inspect.js';
import { MessageParts } from './message.js';
import { type Negotiation, readAssociate } from './negotiation.js';
import { ASSOCIATE_FIXED, Control, PDU_HEADER, Pdu } from './pdu.js';
import { PduReader, type ReaderSink } from './reader.js';
import type { dicomSettings } from './settings.js';
import type { DicomWeirdIds } from './weirds.js';

const FIXED_PART = PDU_HEADER + ASSOCIATE_FIXED;

/** One TCP connection that speaks DICOM: both directions, one association after the other. */
export class DicomSession implements ProtocolSession, ReaderSink {
  readonly #ctx: ProtocolContext;
  readonly #s: SettingsOf<typeof dicomSettings>;
  readonly #w: DicomWeirdIds;
  readonly #expected: ExpectedAssociations;
  readonly #slot: number;
  readonly #readers: [PduReader, PduReader];
  readonly #parts: [MessageParts, MessageParts];
  #state: State;
  /** Direction of the requestor's PDUs. */
  #requestor: number;
  #request: Negotiation | null = null;
  readonly #contexts = new Contexts();
  /** An answer was seen whose request was not: it may still come. */
  #answered = false;
  /** Maximum PDU each direction may send: what the other side said; 0 unlimited, −1 unknown. */
  readonly #maxPdu: [number, number] = [-1, -1];
  #violations = 0;
  /** Direction of the newest abort, −1 none in this association. */
  #abortedBy = -1;
  #bytes: [number, number] = [0, 0];
  #closed = false;
  /** When the wait for an answer or for the close began, NaN when nothing is waited for. */
  #waitUs = Number.NaN;

  constructor(
    ctx: ProtocolContext,
    settings: SettingsOf<typeof dicomSettings>,
    weirds: DicomWeirdIds,
    expected: ExpectedAssociations,
    slot: number,
    midstream: boolean,
    keep: KeepUnfinished,
  ) {
    this.#expected = expected;
    this.#ctx = ctx;
    this.#s = settings;
    this.#w = weirds;
    this.#slot = slot;
    const max = settings.associate_kib * 1024;
    this.#readers = [new PduReader(0, this, keep, max), new PduReader(1, this, keep, max)];
    this.#parts = [new MessageParts(keep), new MessageParts(keep)];
    this.#state = midstream ? State.Midstream : State.Open;
    this.#requestor = 0;
  }

  stream(slice: StreamSlice): ParseOutcome {
    const { dir } = slice;
    const reader = this.#readers[dir];
    // requests and answers may lie in a gap: nothing is known until a PDU shows where the association stands
    if (slice.gapLen !== 0 && reader.gap(slice.gapLen, slice.tsUs)) this.#state = State.Midstream;
    if (slice.gapLen === 0 && slice.to > slice.from) {
      // a first piece without the whole fixed part (PS3.8 9.3.2) is what other recognisers miss
      if (this.#bytes[dir] === 0 && this.#state === State.Open && slice.to - slice.from < FIXED_PART)
        this.#hit('noncanonical', slice.tsUs);
      this.#bytes[dir] += slice.to - slice.from;
      reader.feed(slice.buf, slice.from, slice.to, slice.tsUs);
    }
    if (this.#violations >= this.#s.violations_per_flow) return ParseOutcome.Stop;
    return reader.lost ? ParseOutcome.Lost : ParseOutcome.Ok;
  }

  tick(nowUs: number): number {
    if (!(nowUs - this.#waitUs > this.#s.artim_s * 1e6)) return 0;
    this.#waitUs = Number.NaN;
    this.#hit('artim', nowUs);
    return 1;
  }

  close(reason: FlowEnd, tsUs: number): void {
    // an idle or evicted flow tells nothing about how the association ended
    if (reason === FlowEnd.Fin || reason === FlowEnd.Rst) this.#end(tsUs);
  }

  #end(tsUs: number): void {
    if (this.#closed) return;
    this.#closed = true;
    const s = this.#state;
    if (s === State.Established || s === State.Requested || (s >= State.ReleasingByRequestor && s <= State.Collision)) {
      this.#hit('uncleanClose', tsUs);
      this.#ctx.events.event({ kind: 'dicom.unclean_close', state: STATE_NAMES[s], flow: this.#slot, dir: 0, tsUs });
    }
  }

  pdu(dir: number, type: number, length: number, b: Buffer, from: number, to: number, tsUs: number): void {
    const flow = this.#slot;
    const side = dir as Dir;
    const events = this.#ctx.events;
    switch (type) {
      case Pdu.AssociateRq: {
        const n = readAssociate(b, from, to);
        if (this.#answered && this.#unseen && dir === this.#requestor) this.#late(n);
        else {
          if (this.#state === State.Open || this.#state >= State.Closing || this.#unseen) this.#begin(dir, n);
          this.#step(dir === this.#requestor ? Event.RqQ : Event.RqA, tsUs);
        }
        if (this.#readers[side].reserved !== 0) n.noncanonical = true;
        if (n.noncanonical) this.#hit('noncanonical', tsUs);
        if (n.overrun) this.#violation('itemOverrun', tsUs);
        const abstractSyntaxes = [...n.contexts.values()].slice(0, 128).map((c) => c.abstract);
        events.event({
          flow,
          dir: side,
          tsUs,
          kind: 'dicom.associate.rq',
          calledAe: n.calledAe,
          callingAe: n.callingAe,
          implementationUid: n.implementationUid,
          implementationVersion: n.implementationVersion,
          maxPdu: n.maxPdu,
          pduLength: length,
          noncanonical: n.noncanonical,
          abstractSyntaxes,
          asyncInvoked: n.asyncInvoked,
          asyncPerformed: n.asyncPerformed,
          roleSelections: n.roleSelections,
          extendedNegotiations: n.extendedNegotiations,
          userIdentity: n.userIdentity,
          follows: this.#expected.follows(flow, dir, n.calledAe, abstractSyntaxes, tsUs),
        }); // prettier-ignore
        return;
      }
      case Pdu.AssociateAc: {
        const n = readAssociate(b, from, to);
        // an acceptor whose requestor was not seen tells the sides apart
        if (this.#state === State.Midstream || (this.#state === State.Open && this.#unseen)) {
          this.#requestor = 1 - dir;
          this.#request = null;
          this.#contexts.clear();
          this.#answered = true;
        }
        this.#step(dir === this.#requestor ? Event.AcQ : Event.AcA, tsUs);
        if (n.overrun) this.#violation('itemOverrun', tsUs);
        const accepted = this.#contexts.answered(n, this.#request === null);
        this.#maxPdu[1 - dir] = n.maxPdu;
        events.event({
          flow,
          dir: side,
          tsUs,
          kind: 'dicom.associate.ac',
          accepted,
          rejected: n.contexts.size - accepted,
          maxPdu: n.maxPdu,
          implementationUid: n.implementationUid,
          implementationVersion: n.implementationVersion,
          pduLength: length,
        }); // prettier-ignore
        return;
      }
      case Pdu.AssociateRj:
        if (this.#state === State.Midstream) this.#requestor = 1 - dir;
        this.#step(dir === this.#requestor ? Event.RjQ : Event.RjA, tsUs);
        events.event({
          flow,
          dir: side,
          tsUs,
          kind: 'dicom.associate.rj',
          result: b[from + 1],
          source: b[from + 2],
          reason: b[from + 3],
          calledAe: this.#request?.calledAe ?? '',
          callingAe: this.#request?.callingAe ?? '',
        }); // prettier-ignore
        return;
      case Pdu.ReleaseRq:
        this.#step(dir === this.#requestor ? Event.ReleaseRqQ : Event.ReleaseRqA, tsUs);
        events.event({ flow, dir: side, tsUs, kind: 'dicom.release.rq' });
        return;
      case Pdu.ReleaseRp:
        this.#step(dir === this.#requestor ? Event.ReleaseRpQ : Event.ReleaseRpA, tsUs);
        events.event({ flow, dir: side, tsUs, kind: 'dicom.release.rp' });
        return;
      default:
        this.#abortedBy = dir;
        this.#step(dir === this.#requestor ? Event.AbortQ : Event.AbortA, tsUs);
        events.event({ flow, dir: side, tsUs, kind: 'dicom.abort', source: b[from + 2], reason: b[from + 3] });
    }
  }

  pdataBegin(dir: number, length: number, tsUs: number): void {
    if (this.#state === State.Requested && dir === this.#requestor) this.#hit('noncanonical', tsUs);
    this.#step(dir === this.#requestor ? Event.PDataQ : Event.PDataA, tsUs);
    const max = this.#maxPdu[dir];
    if (max > 0 && length > max) this.#violation('pduOverMaximum', tsUs);
  }

  pdataEnd(dir: number, length: number, tsUs: number): void {
    this.#ctx.events.event({
      kind: 'dicom.pdata',
      flow: this.#slot,
      dir: dir as Dir,
      tsUs,
      pduLength: length,
      negotiatedMax: this.#maxPdu[dir],
    }); // prettier-ignore
  }

  pdvBegin(dir: number, length: number, context: number, control: number, tsUs: number): void {
    const p = this.#parts[dir];
    if (length === 2) this.#hit('pdvEmpty', tsUs);
    else if ((length & 1) === 1) this.#hit('pdvOdd', tsUs);
    this.#checkContext(context, tsUs);
    p.context = context;
    p.control = control & 3;
    if (control & Control.Command) {
      if (p.octets > 0) {
        // the last fragment of a data set never came
        this.#hit('fragmentMissing', tsUs);
        p.resetDataset();
      }
    } else if (p.command.length > 0) {
      this.#hit('fragmentMissing', tsUs);
      p.resetCommand();
    }
  }

  fragment(dir: number, b: Buffer, from: number, to: number): void {
    const p = this.#parts[dir];
    if (p.control & Control.Command) p.addCommand(b, from, to, this.#s.command_kib * 1024);
    else p.addDataset(b, from, to, this.#s.dataset_head_kib * 1024);
  }

  pdvEnd(dir: number, whole: boolean, tsUs: number): void {
    const p = this.#parts[dir];
    if (p.control & Control.Command) {
      if (!whole) p.commandDamaged = true;
      if (p.control & Control.Last) this.#command(dir, p, tsUs);
    } else {
      if (!whole) p.headDamaged = true;
      if (p.control & Control.Last) this.#dataset(dir, p, tsUs);
    }
  }

  /** Like a gap with a request or an answer in it. */
  givenUp(): void {
    this.#state = State.Midstream;
  }

  fault(dir: number, fault: 'pduType' | 'pduLength' | 'associateLarge' | 'pdvLength' | 'resync', tsUs: number): void {
    if (fault === 'resync') {
      this.#parts[dir].reset();
      this.#hit('resync', tsUs);
    } else this.#violation(fault, tsUs);
  }

  #begin(dir: number, n: Negotiation): void {
    this.#requestor = dir;
    this.#abortedBy = -1;
    this.#request = n;
    this.#state = this.#state === State.Closing ? State.Closing : State.Open;
    this.#answered = false;
    this.#contexts.proposed(n, false);
    this.#maxPdu[dir] = -1;
    this.#maxPdu[1 - dir] = n.maxPdu;
    for (const p of this.#parts) p.reset();
  }

  /** The request of an association that was answered already: its segments came late. */
  #late(n: Negotiation): void {
    this.#answered = false;
    this.#request = n;
    this.#maxPdu[1 - this.#requestor] = n.maxPdu;
    this.#contexts.proposed(n, true);
  }

  #checkContext(id: number, tsUs: number): void {
    // nothing is known of the contexts before the answer, or when the negotiation was not seen
    if (this.#request === null || this.#state === State.Requested || this.#state === State.Midstream || this.#unseen)
      return;
    const c = this.#contexts.get(id);
    if (c === undefined) this.#violation('contextUnknown', tsUs);
    else if (c.result > 0) this.#violation('contextRejected', tsUs);
  }

  #command(dir: number, p: MessageParts, tsUs: number): void {
    const damaged = p.commandDamaged;
    if (damaged && p.command.length > 0) this.#hit('commandLarge', tsUs);
    const c = readCommand(p.command.bytes, 0, p.command.length);
    p.reset();
    if (damaged) return;
    if (!c.wellFormed) this.#violation('commandMalformed', tsUs);
    if (c.command < 0) return;
    if (!isKnownCommand(c.command)) this.#violation('commandUnknown', tsUs);
    const name = commandName(c.command);
    p.name = name;
    if (name === 'C-MOVE-RQ' && c.moveDestination !== '')
      this.#expected.move(this.#slot, 1 - dir, c.moveDestination, tsUs);
    else if (name === 'N-ACTION-RQ' && c.sopClass === STORAGE_COMMITMENT)
      this.#expected.commitment(this.#slot, 1 - dir, tsUs);
    p.messageId = c.messageId >= 0 ? c.messageId : c.respondedTo;
    this.#ctx.events.event({
      kind: 'dicom.command',
      flow: this.#slot,
      dir: dir as Dir,
      tsUs,
      command: c.command,
      name,
      contextId: p.context,
      sopClass: c.sopClass !== '' ? c.sopClass : (this.#contexts.get(p.context)?.abstractSyntax ?? ''),
      messageId: c.messageId,
      respondedTo: c.respondedTo,
      status: c.status,
      hasDataset: c.hasDataset,
      moveDestination: c.moveDestination,
      moveOriginator: c.moveOriginator,
      remaining: c.remaining,
      completed: c.completed,
      failed: c.failed,
      warning: c.warning,
      instanceToken: c.instance === '' ? '' : this.#ctx.token('0008,0018', c.instance),
      callingAe: this.#request?.callingAe ?? '',
      calledAe: this.#request?.calledAe ?? '',
    }); // prettier-ignore
  }

  #dataset(dir: number, p: MessageParts, tsUs: number): void {
    const transferSyntax = this.#contexts.get(p.context)?.transferSyntax ?? '';
    if (transferSyntax === DEFLATED) this.#hit('deflated', tsUs);
    const h = readHead(p.head.bytes, p.headDamaged ? 0 : p.head.length, transferSyntax);
    const ev: DicomDataset = {
      kind: 'dicom.dataset',
      flow: this.#slot,
      dir: dir as Dir,
      tsUs,
      command: p.name,
      messageId: p.messageId,
      octets: p.octets,
      transferSyntax,
      queryLevel: h.queryLevel,
      wildcard: h.wildcard && !p.headDamaged,
      modality: h.modality,
      manufacturer: h.manufacturer,
      model: h.model,
      station: h.station,
      softwareVersions: h.softwareVersions,
      studyToken: h.study === '' ? '' : this.#ctx.token('0020,000d', h.study),
      executable: h.executable,
    }; // prettier-ignore
    if (inspecting() && !p.headDamaged) ev.elements = inspectHead(p.head.bytes, p.head.length, transferSyntax);
    this.#ctx.events.event(ev);
    p.resetDataset();
  }

  #step(event: Event, tsUs: number): void {
    const s = this.#unseen ? stepUnseen(this.#state, event) : step(this.#state, event);
    this.#state = s.next;
    this.#waitUs = s.next === State.Requested || s.next === State.Closing ? tsUs : Number.NaN;
    // data that was under way when the other side aborted is ignored, not wrong (AA-6)
    if (s.weird === 'pdataLate' && this.#abortedBy >= 0 && this.#abortedBy !== this.#dirOf(event)) return;
    if (s.weird !== null) this.#violation(s.weird, tsUs);
  }

  /** Bytes of either side were acknowledged that did not come by. */
  get #unseen(): boolean {
    return (this.#ctx.columns.marks[this.#slot] & (FlowMark.UnseenOut | FlowMark.UnseenBack)) !== 0;
  }

  /** Direction an event of the table came from. */
  #dirOf(event: Event): number {
    return (event & 1) === 0 ? this.#requestor : 1 - this.#requestor;
  }

  #violation(name: keyof DicomWeirdIds, tsUs: number): void {
    this.#violations++;
    this.#hit(name, tsUs);
  }

  #hit(name: keyof DicomWeirdIds, tsUs: number): void {
    this.#ctx.weirds.hit(this.#w[name], this.#slot, tsUs);
  }
}
