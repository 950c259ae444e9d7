import { eachPacket } from '../support/capture-bytes.js';
import { PacketPath } from './packet-path.js';

// The packet path alone: reading, layers, flows and reassembly, with nobody above that listens. `node path.js FILE`.

let flows = 0;
let octets = 0;
let packets = 0;
const path = new PacketPath({
  flowOpened: () => {
    flows++;
  },
  flowClosed: () => undefined,
  stream: (_slot, slice) => {
    octets += slice.to - slice.from;
  },
  datagram: () => undefined,
});
await eachPacket(process.argv[2], (view) => {
  packets++;
  path.packet(view);
});
console.log(`${packets} packets, ${flows} flows, ${octets} octets of streams`);
