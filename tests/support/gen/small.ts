import type { Random } from '../../../src/core/index.js';
import { type Hospital, period, pick } from './hosts.js';
import { type Host, type Net, Tcp } from './net.js';
import { Connection, type Script } from './tcp.js';

const UDP_BYTES = Buffer.alloc(22, 0x55);
const TCP_BYTES = Buffer.alloc(10, 0x33);

/** Frames of 64 bytes only: telemetry datagrams and one-line exchanges over short connections, many flows. */
export function* smallTalk(net: Net, hospital: Hospital, rng: Random, host: Host, index: number): Script {
  const gap = 0.02;
  yield rng.float() * gap * 1e6;
  for (let n = 0; ; n++) {
    const peer = pick(rng, hospital.inside);
    if (n % 2 === 0) {
      const port = 20_000 + rng.int(2000);
      for (let i = 0; i < 12; i++) {
        net.udp(host, port, peer.ip, peer.mac, 24_105, UDP_BYTES);
        yield period(rng, gap);
      }
      continue;
    }
    const c = new Connection(net, host, peer, 4000 + (index % 7), 0x7000000 + index * 65_536 + n, false);
    yield* c.open();
    for (let i = 0; i < 4; i++) {
      c.segment(0, Tcp.PSH | Tcp.ACK, TCP_BYTES);
      yield period(rng, gap);
      c.segment(1, Tcp.PSH | Tcp.ACK, TCP_BYTES);
      yield period(rng, gap);
    }
    yield* c.close();
    yield period(rng, gap);
  }
}
