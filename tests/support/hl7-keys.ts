import { hash53, hashString } from '../../src/core/index.js';

interface Named {
  readonly messageType?: string;
  readonly sendingApp?: string;
  readonly sendingFacility?: string;
  readonly receivingApp?: string;
  readonly receivingFacility?: string;
  readonly controlToken?: string;
  readonly patientToken?: string;
}

/** An event made by hand with the hashes that the HL7 room would have put beside its names. */
export function withKeys<E extends Named>(ev: E) {
  const key = (...parts: (string | undefined)[]): number => hashString(7, parts.join('\0'));
  return {
    typeKey: key(ev.messageType),
    senderKey: key(ev.sendingApp, ev.sendingFacility),
    partiesKey: key(ev.sendingApp, ev.sendingFacility, ev.receivingApp, ev.receivingFacility),
    controlKey: ev.controlToken ? hash53(7, Buffer.from(ev.controlToken), 0, ev.controlToken.length) : 0,
    patientKey: ev.patientToken ? key(ev.patientToken) : 0,
    ...ev,
  };
}
