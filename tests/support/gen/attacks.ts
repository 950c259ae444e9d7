import type { Random } from '../../../src/core/index.js';
import { type Hospital, pick } from './hosts.js';
import { type Host, type Net, Tcp } from './net.js';
import type { Script } from './tcp.js';

const SYN_OPTIONS = Buffer.from('020405b4', 'hex');
const NONE = Buffer.alloc(0);

/**
 * SYN scans over the devices, as much as keeps the share of attack frames at `share` (0 to 1) of `frames()`.
 * A closed port answers with RST; one port in fifty is open.
 */
export function* scanner(
  net: Net,
  hospital: Hospital,
  rng: Random,
  host: Host,
  share: number,
  frames: () => number,
): Script {
  let sent = 0;
  for (;;) {
    const victim = pick(rng, hospital.inside);
    const port = 40_000 + rng.int(20_000);
    for (let i = 0; i < 100; i++) {
      while (sent >= share * frames()) yield 1000;
      const dport = 1 + rng.int(10_000);
      const seq = rng.u32();
      net.tcp(host, port, victim, dport, seq, 0, Tcp.SYN, SYN_OPTIONS);
      yield 12;
      if (rng.int(50) === 0) net.tcp(victim, dport, host, port, rng.u32(), seq + 1, Tcp.SYN | Tcp.ACK, SYN_OPTIONS);
      else net.tcp(victim, dport, host, port, 0, seq + 1, Tcp.RST | Tcp.ACK, NONE);
      sent += 2;
      yield 8;
    }
  }
}
