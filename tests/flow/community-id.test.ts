import t from 'tap';
import { FlowColumns, parseIp } from '../../src/core/index.js';
import { communityId } from '../../src/flow/index.js';

/** The published baseline of Community ID 1.0, seed 0. */
const VECTORS: readonly [number, string, string, number, number, string][] = [
  [6, '128.232.110.120', '66.35.250.204', 34855, 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [6, '66.35.250.204', '128.232.110.120', 80, 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [17, '192.168.1.52', '8.8.8.8', 54585, 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [1, '192.168.0.89', '192.168.0.1', 8, 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
];

for (const [proto, a, b, portA, portB, want] of VECTORS) {
  t.test(`${proto} ${a}:${portA} ${b}:${portB}`, async (t) => {
    const c = new FlowColumns(1);
    c.proto[0] = proto;
    c.ipVersion[0] = a.includes(':') ? 6 : 4;
    c.addr.set([...(parseIp(a) as number[]), ...(parseIp(b) as number[])]);
    c.port.set([portA, portB]);
    t.equal(communityId(c, 0), want);
  });
}
