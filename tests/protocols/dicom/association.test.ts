import t from 'tap';
import { EVENT_NAMES, type Event, STATE_NAMES, State, step } from '../../../src/protocols/dicom/association.js';

// Every (state, event) pair of the observer, as PS3.8 table 9-10 has it for what passes on the wire.
// Columns: RqQ RqA AcQ AcA RjQ RjA PDataQ PDataA RelRqQ RelRqA RelRpQ RelRpA AbortQ AbortA; a violation begins with `!`.
const S = STATE_NAMES;
const TABLE: Record<string, string> = {
  Open: 'Requested !Open !Open !Open !Open !Open !Open !Open !Open !Open !Open !Open Closing Closing',
  Requested:
    '!Requested !Requested !Requested Established !Requested Closing Requested !Requested !Requested !Requested !Requested !Requested Closing Closing',
  Established:
    '!Established !Established !Established !Established !Established !Established Established Established ReleasingByRequestor ReleasingByAcceptor !Established !Established Closing Closing',
  ReleasingByRequestor:
    '!ReleasingByRequestor !ReleasingByRequestor !ReleasingByRequestor !ReleasingByRequestor !ReleasingByRequestor !ReleasingByRequestor !ReleasingByRequestor ReleasingByRequestor !ReleasingByRequestor Collision !ReleasingByRequestor Closing Closing Closing',
  ReleasingByAcceptor:
    '!ReleasingByAcceptor !ReleasingByAcceptor !ReleasingByAcceptor !ReleasingByAcceptor !ReleasingByAcceptor !ReleasingByAcceptor ReleasingByAcceptor !ReleasingByAcceptor Collision !ReleasingByAcceptor Closing !ReleasingByAcceptor Closing Closing',
  Collision:
    '!Collision !Collision !Collision !Collision !Collision !Collision !Collision !Collision !Collision !Collision ReleasingByRequestor ReleasingByAcceptor Closing Closing',
  Closing:
    'Requested !Closing !Closing !Closing !Closing !Closing !Closing !Closing !Closing !Closing Closing Closing Closing Closing',
  Midstream:
    'Requested !Midstream Midstream Established Midstream Closing Midstream Midstream ReleasingByRequestor ReleasingByAcceptor Closing Closing Closing Closing',
};

t.same(Object.keys(TABLE), S, 'every state');
for (const [state, row] of Object.entries(TABLE)) {
  t.test(state, async (t) => {
    const cells = row.split(' ');
    t.equal(cells.length, EVENT_NAMES.length);
    cells.forEach((cell, e) => {
      const got = step(State[state as keyof typeof State], e as (typeof Event)[keyof typeof Event]);
      t.equal(`${got.weird === null ? '' : '!'}${S[got.next]}`, cell, EVENT_NAMES[e]);
    });
  });
}
