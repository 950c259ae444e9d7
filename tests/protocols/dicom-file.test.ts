import t from 'tap';
import type { ProtocolContext, StreamProtocol } from '../../src/core/index.js';
import { createDicomFile } from '../../src/protocols/dicom-file.js';
import { createReaders } from '../../src/protocols/readers.js';
import { createServices } from '../../src/protocols/services/index.js';
import { cut, feed, type Step, twoWayCuts } from '../support/stream-feed.js';

const FILE = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(126, 1), Buffer.from('DICM'), Buffer.alloc(40, 2)]);
const ELF = Buffer.concat([
  Buffer.from('\x7fELF', 'latin1'),
  Buffer.alloc(124, 1),
  Buffer.from('DICM'),
  Buffer.alloc(9),
]);
const IMAGE = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(40, 2)]);
const PROGRAM = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(300, 1)]);

const services = (ctx: ProtocolContext): StreamProtocol => createServices(ctx, createReaders(ctx));

/** How often the oddity was counted; the protocol is asked as the host would. */
function hits(make: (ctx: ProtocolContext) => StreamProtocol, steps: readonly Step[]): number {
  const asked = (ctx: ProtocolContext): StreamProtocol => {
    const p = make(ctx);
    const first = Buffer.concat(steps.filter((s) => s.dir === steps[0].dir).map((s) => s.bytes as Buffer));
    p.probe(first, 0, first.length, false, 0);
    return p;
  };
  return feed(asked, steps).weirds.count('dicom.file.executable');
}

t.test('alone on a connection: the probe tells, at any number of bytes', async (t) => {
  feed(
    (ctx) => {
      const p = createDicomFile(ctx);
      for (const [name, bytes, want] of [
        ['PE', FILE, 2],
        ['ELF', ELF, 2],
        ['an image', IMAGE, 0],
        ['a program', PROGRAM, 0],
      ] as const) {
        t.equal(p.probe(bytes, 0, bytes.length, false, 0), want, name);
        for (let n = 1; n < 132; n++) {
          const answer = p.probe(bytes, 0, n, false, 0);
          t.ok(answer === 1 || (answer === 0 && want === 0), `${name}: ${n} bytes`);
        }
      }
      return p;
    },
    [{ dir: 0, bytes: FILE }],
  );
});

t.test('in the body of an HTTP request or answer, however it is cut', async (t) => {
  const answer = (body: Buffer): Step[] => [
    { dir: 0, bytes: Buffer.from('GET /a.dcm HTTP/1.1\r\nHost: x\r\n\r\n') },
    { dir: 1, bytes: Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: application/dicom\r\n\r\n'), body]) },
  ];
  t.equal(hits(services, answer(FILE)), 1);
  t.equal(hits(services, answer(IMAGE)), 0);
  t.equal(hits(services, answer(PROGRAM)), 0);
  for (const size of [1, 7, 100]) t.equal(hits(services, cut(answer(FILE), size)), 1, `${size} bytes at a time`);
  let missed = 0;
  for (const steps of twoWayCuts(answer(FILE))) if (hits(services, steps) !== 1) missed++;
  t.equal(missed, 0, 'every two-way cut');
});

t.test('written to or read from a share', async (t) => {
  const smb = (command: number, answer: boolean, data: Buffer, offset = 0): Buffer => {
    const head = Buffer.alloc(4 + 64 + 48);
    head.write('\xfeSMB', 4, 'latin1');
    head.writeUInt16LE(command, 4 + 12);
    head[4 + 16] = answer ? 1 : 0;
    if (command === 9) {
      head.writeUInt16LE(64 + 48, 4 + 64 + 2);
      head.writeUInt32LE(offset, 4 + 64 + 8);
    } else head[4 + 64 + 2] = 64 + 48;
    const b = Buffer.concat([head, data]);
    b.writeUInt16BE(b.length - 4, 2);
    return b;
  };
  t.equal(hits(services, [{ dir: 0, bytes: smb(9, false, FILE) }]), 1, 'WRITE');
  t.equal(hits(services, [{ dir: 0, bytes: smb(9, false, FILE, 4096) }]), 0, 'in the middle of a file');
  t.equal(hits(services, [{ dir: 0, bytes: smb(8, false, FILE) }]), 0, 'a READ request holds no file');
  const read: Step[] = [
    { dir: 0, bytes: smb(8, false, Buffer.alloc(0)) },
    { dir: 1, bytes: smb(8, true, FILE) },
  ];
  t.equal(hits(services, read), 1, 'READ');
});
