import type { Datagram, Reader, Teller } from '../teller.js';

/* BVLC: 81, function 1, length 2; NPDU: version 01, control 1 …; APDU: type 4 bits */
/** BACnet/IP (ASHRAE 135 Annex J): who speaks it is a building controller or its console. */
export function createBacnet(tell: Teller): Reader {
  return (d: Datagram) => {
    const { buf: b, from, to } = d;
    if (to - from < 6 || b[from] !== 0x81 || b[from + 1] > 0x0c || b.readUInt16BE(from + 2) !== to - from) return;
    const npdu = from + (b[from + 1] === 4 ? 10 : 4);
    if (npdu + 2 > to || b[npdu] !== 1) return;
    // I-Am: unconfirmed request 10, service 00, behind a network header of varying length
    const iAm = b.subarray(npdu + 2, Math.min(to, npdu + 16)).indexOf(Buffer.from([0x10, 0x00, 0xc4])) >= 0;
    tell.tell(d.slot, d.dir, d.tsUs, 'bacnet', 'role', iAm ? 'bacnet-device' : 'bacnet');
  };
}
