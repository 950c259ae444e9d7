import { closeSync, openSync, readSync } from 'node:fs';

/** The reference of the bench: reads a little-endian pcap in large chunks and touches every packet's headers. */
const fd = openSync(process.argv[2], 'r');
const buf = Buffer.allocUnsafe(1 << 20);
let have = 0;
let at = 24;
let packets = 0;
let octets = 0;
let tcp = 0;
for (;;) {
  const n = readSync(fd, buf, have, buf.length - have, null);
  if (n === 0) break;
  have += n;
  while (have - at >= 16) {
    const cap = buf[at + 8] | (buf[at + 9] << 8) | (buf[at + 10] << 16) | (buf[at + 11] << 24);
    if (have - at - 16 < cap) break;
    const p = at + 16;
    octets += cap;
    if (((buf[p + 12] << 8) | buf[p + 13]) === 0x0800 && buf[p + 23] === 6) tcp++;
    packets++;
    at = p + cap;
  }
  buf.copy(buf, 0, at, have);
  have -= at;
  at = 0;
}
closeSync(fd);
process.stdout.write(`${packets} ${octets} ${tcp}\n`);
