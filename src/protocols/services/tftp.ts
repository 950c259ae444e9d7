import { AppProto, type ProtocolContext } from '../../core/index.js';
import type { Datagram, Reader } from '../teller.js';

/** A TFTP request (RFC 1350: opcode 1 or 2, a file name) is told as a cleartext service, once a flow. */
export function createTftp(ctx: ProtocolContext): Reader {
  const told = new Int32Array(ctx.columns.capacity).fill(-1);
  return (d: Datagram) => {
    const opcode = d.to - d.from >= 4 ? d.buf.readUInt16BE(d.from) : 0;
    const gen = ctx.columns.gen[d.slot] | 0;
    if ((opcode !== 1 && opcode !== 2) || told[d.slot] === gen) return;
    told[d.slot] = gen;
    const at = { flow: d.slot, dir: d.dir, tsUs: d.tsUs };
    ctx.events.event({ kind: 'service', ...at, app: AppProto.Tftp, version: '', credentials: false });
  };
}
