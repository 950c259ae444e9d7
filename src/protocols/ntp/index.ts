import type { Datagram, Reader, Teller } from '../teller.js';

const PACKET = 48;
const SERVER_MODE = 4;

/* RFC 5905 7.3: leap 2 bits, version 3, mode 3; stratum 1, poll 1, precision 1, … 48 octets */
/** NTP: who answers is a time server. */
export function createNtp(tell: Teller): Reader {
  return (d: Datagram) => {
    if (d.to - d.from < PACKET) return;
    const first = d.buf[d.from];
    const version = (first >> 3) & 7;
    const stratum = d.buf[d.from + 1];
    if ((first & 7) === SERVER_MODE && version >= 1 && version <= 4 && stratum >= 1 && stratum <= 15)
      tell.tell(d.slot, d.dir, d.tsUs, 'ntp', 'role', 'ntp-server');
  };
}
