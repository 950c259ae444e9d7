import type { WeirdDef } from '../../core/index.js';

/**
 * PS3.8 table 9-10 reduced to an observer of both sides. States in the order of an association; the standard's states of
 * requestor / acceptor in brackets.
 */
export const State = {
  /** Transport open, no request yet (Sta4 / Sta2). */
  Open: 0,
  /** Request seen (Sta5 / Sta3). */
  Requested: 1,
  /** Accepted (Sta6). */
  Established: 2,
  /** The requestor asked to release (Sta7 / Sta8). */
  ReleasingByRequestor: 3,
  /** The acceptor asked to release (Sta8 / Sta7). */
  ReleasingByAcceptor: 4,
  /** Both asked (Sta9 … Sta12). */
  Collision: 5,
  /** Released, rejected or aborted: only the close, or a new request, may follow (Sta13). */
  Closing: 6,
  /** Picked up inside: everything may have happened before. */
  Midstream: 7,
} as const;
export type State = (typeof State)[keyof typeof State];
export const STATE_NAMES: readonly string[] = Object.keys(State);

/** What passed, and from which side (q requestor, a acceptor). */
export const Event = {
  RqQ: 0,
  RqA: 1,
  AcQ: 2,
  AcA: 3,
  RjQ: 4,
  RjA: 5,
  PDataQ: 6,
  PDataA: 7,
  ReleaseRqQ: 8,
  ReleaseRqA: 9,
  ReleaseRpQ: 10,
  ReleaseRpA: 11,
  AbortQ: 12,
  AbortA: 13,
} as const; // prettier-ignore
export type Event = (typeof Event)[keyof typeof Event];
export const EVENT_NAMES: readonly string[] = Object.keys(Event);

export const STATE_WEIRDS = {
  pdataEarly: {
    id: 'dicom.state.pdata_early',
    text: 'Data before the association was accepted.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-8',
  },
  pdataLate: {
    id: 'dicom.state.pdata_late',
    text: 'Data after the association ended.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-6',
  },
  secondRequest: {
    id: 'dicom.state.second_request',
    text: 'A second association request inside an association.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-8',
  },
  requestByAcceptor: {
    id: 'dicom.state.request_by_acceptor',
    text: 'An association request from the accepting side.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-8',
  },
  answerUnasked: {
    id: 'dicom.state.answer_unasked',
    text: 'An answer to an association request that was not made.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-8',
  },
  releaseEarly: {
    id: 'dicom.state.release_early',
    text: 'A release before the association was accepted.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-8',
  },
  releaseUnasked: {
    id: 'dicom.state.release_unasked',
    text: 'An answer to a release that was not requested.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-8',
  },
  releaseTwice: {
    id: 'dicom.state.release_twice',
    text: 'A release requested twice by the same side.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-8',
  },
  pdataReleasing: {
    id: 'dicom.state.pdata_releasing',
    text: 'Data from the side that had asked to release.',
    action: 'feature',
    ref: 'PS3.8 9.2, AA-8',
  },
} as const satisfies Record<string, WeirdDef>;
export type StateWeird = keyof typeof STATE_WEIRDS;

/** Next state, and the weird it is, if any. */
export interface Step {
  readonly next: State;
  readonly weird: StateWeird | null;
}

const ok = (next: State): Step => ({ next, weird: null });
const no = (next: State, weird: StateWeird): Step => ({ next, weird });
const S = State;

/**
 * Rows by state, columns by event: RqQ RqA AcQ AcA RjQ RjA PDataQ PDataA RelRqQ RelRqA RelRpQ RelRpA AbortQ AbortA.
 * The observer stays where it is on a violation: the side that must abort will be seen to do so.
 */
const TABLE: readonly (readonly Step[])[] = [
  /* Open */ [
    ok(S.Requested),
    no(S.Open, 'requestByAcceptor'),
    no(S.Open, 'answerUnasked'),
    no(S.Open, 'answerUnasked'),
    no(S.Open, 'answerUnasked'),
    no(S.Open, 'answerUnasked'),
    no(S.Open, 'pdataEarly'),
    no(S.Open, 'pdataEarly'),
    no(S.Open, 'releaseEarly'),
    no(S.Open, 'releaseEarly'),
    no(S.Open, 'releaseUnasked'),
    no(S.Open, 'releaseUnasked'),
    ok(S.Closing),
    ok(S.Closing),
  ],
  /* Requested: data pipelined behind the request is legal in practice and tagged as an unusual opening by session.ts */ [
    no(S.Requested, 'secondRequest'),
    no(S.Requested, 'requestByAcceptor'),
    no(S.Requested, 'answerUnasked'),
    ok(S.Established),
    no(S.Requested, 'answerUnasked'),
    ok(S.Closing),
    ok(S.Requested),
    no(S.Requested, 'pdataEarly'),
    no(S.Requested, 'releaseEarly'),
    no(S.Requested, 'releaseEarly'),
    no(S.Requested, 'releaseUnasked'),
    no(S.Requested, 'releaseUnasked'),
    ok(S.Closing),
    ok(S.Closing),
  ],
  /* Established */ [
    no(S.Established, 'secondRequest'),
    no(S.Established, 'requestByAcceptor'),
    no(S.Established, 'answerUnasked'),
    no(S.Established, 'answerUnasked'),
    no(S.Established, 'answerUnasked'),
    no(S.Established, 'answerUnasked'),
    ok(S.Established),
    ok(S.Established),
    ok(S.ReleasingByRequestor),
    ok(S.ReleasingByAcceptor),
    no(S.Established, 'releaseUnasked'),
    no(S.Established, 'releaseUnasked'),
    ok(S.Closing),
    ok(S.Closing),
  ],
  /* ReleasingByRequestor: the acceptor may still send data (AR-6, AR-7) */ [
    no(S.ReleasingByRequestor, 'secondRequest'),
    no(S.ReleasingByRequestor, 'requestByAcceptor'),
    no(S.ReleasingByRequestor, 'answerUnasked'),
    no(S.ReleasingByRequestor, 'answerUnasked'),
    no(S.ReleasingByRequestor, 'answerUnasked'),
    no(S.ReleasingByRequestor, 'answerUnasked'),
    no(S.ReleasingByRequestor, 'pdataReleasing'),
    ok(S.ReleasingByRequestor),
    no(S.ReleasingByRequestor, 'releaseTwice'),
    ok(S.Collision),
    no(S.ReleasingByRequestor, 'releaseUnasked'),
    ok(S.Closing),
    ok(S.Closing),
    ok(S.Closing),
  ],
  /* ReleasingByAcceptor */ [
    no(S.ReleasingByAcceptor, 'secondRequest'),
    no(S.ReleasingByAcceptor, 'requestByAcceptor'),
    no(S.ReleasingByAcceptor, 'answerUnasked'),
    no(S.ReleasingByAcceptor, 'answerUnasked'),
    no(S.ReleasingByAcceptor, 'answerUnasked'),
    no(S.ReleasingByAcceptor, 'answerUnasked'),
    ok(S.ReleasingByAcceptor),
    no(S.ReleasingByAcceptor, 'pdataReleasing'),
    ok(S.Collision),
    no(S.ReleasingByAcceptor, 'releaseTwice'),
    ok(S.Closing),
    no(S.ReleasingByAcceptor, 'releaseUnasked'),
    ok(S.Closing),
    ok(S.Closing),
  ],
  /* Collision: each side answers the other's request; the first answer leaves one to come */ [
    no(S.Collision, 'secondRequest'),
    no(S.Collision, 'requestByAcceptor'),
    no(S.Collision, 'answerUnasked'),
    no(S.Collision, 'answerUnasked'),
    no(S.Collision, 'answerUnasked'),
    no(S.Collision, 'answerUnasked'),
    no(S.Collision, 'pdataReleasing'),
    no(S.Collision, 'pdataReleasing'),
    no(S.Collision, 'releaseTwice'),
    no(S.Collision, 'releaseTwice'),
    ok(S.ReleasingByRequestor),
    ok(S.ReleasingByAcceptor),
    ok(S.Closing),
    ok(S.Closing),
  ],
  /* Closing: another association on the same connection is seen daily; an abort may cross data on its way (AA-6) */ [
    ok(S.Requested),
    no(S.Closing, 'requestByAcceptor'),
    no(S.Closing, 'answerUnasked'),
    no(S.Closing, 'answerUnasked'),
    no(S.Closing, 'answerUnasked'),
    no(S.Closing, 'answerUnasked'),
    no(S.Closing, 'pdataLate'),
    no(S.Closing, 'pdataLate'),
    no(S.Closing, 'releaseUnasked'),
    no(S.Closing, 'releaseUnasked'),
    ok(S.Closing),
    ok(S.Closing),
    ok(S.Closing),
    ok(S.Closing),
  ],
  /* Midstream: the first certain PDU tells where the association stands */ [
    ok(S.Requested),
    no(S.Midstream, 'requestByAcceptor'),
    ok(S.Midstream),
    ok(S.Established),
    ok(S.Midstream),
    ok(S.Closing),
    ok(S.Midstream),
    ok(S.Midstream),
    ok(S.ReleasingByRequestor),
    ok(S.ReleasingByAcceptor),
    ok(S.Closing),
    ok(S.Closing),
    ok(S.Closing),
    ok(S.Closing),
  ],
]; // prettier-ignore

/** One step of the observer. Pure. */
export function step(state: State, event: Event): Step {
  return TABLE[state][event];
}

/**
 * The same while bytes of the connection are missing: what would be a violation may well be the answer to something unseen. The
 * association is then taken up where this PDU shows it.
 */
export function stepUnseen(state: State, event: Event): Step {
  const s = TABLE[state][event];
  return s.weird === null ? s : ok(TABLE[State.Midstream][event].next);
}
