import {
  type AppEvent,
  type DicomAssociateRq,
  type DicomCommand,
  fold32,
  hashString,
  type Learned,
  LearnedSet,
  mix32,
  Novelty,
} from '../core/index.js';
import { DistinctWindow } from './distinct.js';
import { Recent } from './recent.js';
import { Ring } from './ring.js';

const S_US = 1_000_000;
const MIN_US = 60_000_000;

/** Counters by second (60 s) and by minute (60 min). */
export const DSec = { AssocOut: 0, AssocIn: 1, Find: 2, StoreBytes: 3, StoreInst: 4 } as const;
export const DMin = {
  Assoc: 0,
  RejectAbort: 1,
  Unclean: 2,
  Find: 3,
  FindWild: 4,
  Matches: 5,
  Retrieved: 6,
  Sop: 7,
  SopNew: 8,
  Rsp: 9,
  RspFail: 10,
  Violations: 11,
  PduShare: 12,
  PduCount: 13,
} as const;

/** DICOM numbers of one device, in either role. */
export class DicomStats {
  readonly sec = new Ring(60, S_US, 5);
  readonly min = new Ring(60, MIN_US, 14);
  readonly titles: DistinctWindow;
  readonly studies: DistinctWindow;
  readonly latencyMs = new Recent();

  constructor(exact: number) {
    this.titles = new DistinctWindow(600, exact);
    this.studies = new DistinctWindow(3600, exact);
  }
}

const OPEN = 2048;

/** Status classes of PS3.7 Annex C: Axxx, Cxxx, 01xx and 02xx are failures, except the warnings 0107 and 0116. */
export function isFailure(status: number): boolean {
  const top = status >>> 12;
  if (top === 0xa || top === 0xc) return true;
  return (status >>> 8 === 1 || status >>> 8 === 2) && status !== 0x0107 && status !== 0x0116;
}

/**
 * DICOM events into numbers. Open requests are remembered in a direct-mapped table by (flow, message id): a collision
 * forgets the older one.
 */
export class DicomEvents {
  readonly #key = new Int32Array(OPEN);
  readonly #startUs = new Float64Array(OPEN).fill(Number.NaN);
  readonly #matches = new Float64Array(OPEN);
  readonly #completed = new Float64Array(OPEN);
  readonly #of: (device: number) => DicomStats;
  readonly #learned: Learned;
  readonly #seed: number;

  constructor(of: (device: number) => DicomStats, learned: Learned, seed: number) {
    this.#of = of;
    this.#learned = learned;
    this.#seed = seed;
  }

  /** `a` and `b`: initiator and responder device, −1 none. */
  event(ev: AppEvent, a: number, b: number): void {
    const t = ev.tsUs;
    switch (ev.kind) {
      case 'dicom.associate.rq':
        this.#associate(ev, a, b);
        return;
      case 'dicom.associate.rj':
      case 'dicom.abort':
        this.#both(a, b, DMin.RejectAbort, 1, t);
        return;
      case 'dicom.unclean_close':
        this.#both(a, b, DMin.Unclean, 1, t);
        return;
      case 'dicom.pdata':
        if (ev.negotiatedMax > 0) {
          this.#both(a, b, DMin.PduShare, Math.min(1, ev.pduLength / ev.negotiatedMax), t);
          this.#both(a, b, DMin.PduCount, 1, t);
        }
        return;
      case 'dicom.command':
        this.#command(ev, a, b);
        return;
      case 'dicom.dataset': {
        const find = ev.command === 'C-FIND-RQ' && ev.wildcard;
        const study = ev.studyToken === '' ? 0 : hashString(this.#seed, ev.studyToken);
        for (const d of ends(a, b)) {
          const s = this.#of(d);
          if (ev.command === 'C-STORE-RQ') s.sec.add(DSec.StoreBytes, ev.octets, t);
          if (find) s.min.add(DMin.FindWild, 1, t);
          if (study !== 0) s.studies.add(study, Math.floor(t / S_US));
        }
        return;
      }
      case 'weird':
        this.#both(a, b, DMin.Violations, 1, t);
        return;
    }
  }

  #associate(ev: DicomAssociateRq, a: number, b: number): void {
    const t = ev.tsUs;
    const sec = Math.floor(t / S_US);
    if (a >= 0) {
      const s = this.#of(a);
      s.sec.add(DSec.AssocOut, 1, t);
      s.min.add(DMin.Assoc, 1, t);
      s.titles.add(hashString(this.#seed, ev.calledAe), sec);
      s.min.add(DMin.Sop, ev.abstractSyntaxes.length, t);
      for (const uid of ev.abstractSyntaxes) {
        const n = this.#learned.observe(LearnedSet.SopClass, a, hashString(this.#seed, uid), t);
        if (n === Novelty.New) s.min.add(DMin.SopNew, 1, t);
      }
    }
    if (b >= 0 && b !== a) {
      const s = this.#of(b);
      s.sec.add(DSec.AssocIn, 1, t);
      s.min.add(DMin.Assoc, 1, t);
      s.titles.add(hashString(this.#seed, ev.callingAe), sec);
    } else if (b >= 0) this.#of(b).sec.add(DSec.AssocIn, 1, t);
  }

  #command(ev: DicomCommand, a: number, b: number): void {
    const t = ev.tsUs;
    if (ev.status < 0 || !ev.name.endsWith('-RSP')) {
      const i = this.#slot(ev.flow, ev.messageId);
      this.#key[i] = this.#hash(ev.flow, ev.messageId);
      this.#startUs[i] = t;
      this.#matches[i] = 0;
      this.#completed[i] = 0;
      for (const d of ends(a, b)) {
        const s = this.#of(d);
        if (ev.name === 'C-FIND-RQ') {
          s.sec.add(DSec.Find, 1, t);
          s.min.add(DMin.Find, 1, t);
        } else if (ev.name === 'C-STORE-RQ') s.sec.add(DSec.StoreInst, 1, t);
      }
      return;
    }
    const i = this.#slot(ev.flow, ev.respondedTo);
    const open = this.#key[i] === this.#hash(ev.flow, ev.respondedTo) && !Number.isNaN(this.#startUs[i]);
    const pending = ev.status === 0xff00 || ev.status === 0xff01;
    const first = open && this.#matches[i] === 0 && this.#completed[i] === 0;
    let done = 0;
    if (open) {
      if (ev.name === 'C-FIND-RSP' && pending) this.#matches[i]++;
      if (ev.completed >= 0) {
        done = Math.max(0, ev.completed - this.#completed[i]);
        this.#completed[i] = Math.max(this.#completed[i], ev.completed);
      }
    } else if (ev.completed >= 0 && !pending) done = ev.completed;
    for (const d of ends(a, b)) {
      const s = this.#of(d);
      s.min.add(DMin.Rsp, 1, t);
      if (isFailure(ev.status)) s.min.add(DMin.RspFail, 1, t);
      if (open && first) s.latencyMs.add(Math.max(0, t - this.#startUs[i]) / 1000);
      if (open && ev.name === 'C-FIND-RSP') s.min.max(DMin.Matches, this.#matches[i], t);
      if (done > 0) s.min.add(DMin.Retrieved, done, t);
    }
    if (!pending) this.#startUs[i] = Number.NaN;
  }

  #both(a: number, b: number, counter: number, amount: number, t: number): void {
    for (const d of ends(a, b)) this.#of(d).min.add(counter, amount, t);
  }

  #hash(flow: number, id: number): number {
    return (Math.imul(flow, 65537) ^ id) | 0;
  }

  #slot(flow: number, id: number): number {
    return mix32(fold32(this.#hash(flow, id), 0x64696d)) & (OPEN - 1);
  }
}

/** Both devices of a flow, once each. */
function ends(a: number, b: number): number[] {
  if (a < 0) return b < 0 ? [] : [b];
  return b < 0 || b === a ? [a] : [a, b];
}
