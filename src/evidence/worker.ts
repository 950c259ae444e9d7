import { parentPort, workerData } from 'node:worker_threads';
import { encrypt } from './age.js';
import { EvidenceFolder } from './folder.js';
import type { FromWriter, ToWriter, WriterOptions } from './messages.js';
import { pcapngOf } from './pcapng-write.js';
import { packetsOf } from './ring.js';

// Entry of the writing thread: one capture after the other becomes a file. A fault of the disk is told once, until a capture is
// written again; the packets of the captures in between are lost, detection never waits.
const options = workerData as WriterOptions;
const port = parentPort as NonNullable<typeof parentPort>;
let folder: EvidenceFolder | null = null;
let failing = false;
let queue = Promise.resolve();

const send = (m: FromWriter): void => port.postMessage(m);
const state = (result: Extract<FromWriter, { t: 'state' }>['result']): void =>
  send({
    t: 'state',
    result,
    files: folder?.files ?? 0,
    bytes: folder?.bytes ?? 0,
    evicted: folder?.evicted ?? 0,
  });

function open(): EvidenceFolder {
  if (folder !== null) return folder;
  folder = new EvidenceFolder(options.dir, { maxBytes: options.maxBytes, maxFiles: options.maxFiles });
  if (folder.broken > 0 || folder.missing > 0) {
    send({
      t: 'trouble',
      event: 'evidence.changed',
      text: `the evidence folder was changed from outside: ${folder.broken} entries of its manifest do not hold, ${folder.missing} captures are gone; see evidence verify`,
    });
  }
  return folder;
}

function failed(error: unknown): void {
  state('failed');
  if (failing) return;
  failing = true;
  send({
    t: 'trouble',
    event: 'evidence.failed',
    text: `captures cannot be written to ${options.dir}: ${(error as Error).message}; verdicts go on without them`,
  });
}

function* both(m: Extract<ToWriter, { t: 'write' }>): ReturnType<typeof packetsOf> {
  yield* packetsOf(m.before);
  yield* packetsOf(m.after);
}

async function write(m: Extract<ToWriter, { t: 'write' }>): Promise<void> {
  const plain = pcapngOf(both(m), {
    program: options.program,
    comment: m.comment,
    deciding: m.facts.packets - 1,
    packetComment: m.packetComment,
  });
  const secret = options.recipients.length > 0;
  const content = secret ? await encrypt(plain, options.recipients) : plain;
  const result = open().store(m.facts, `${m.facts.id}.pcapng${secret ? '.age' : ''}`, content);
  if (failing) {
    failing = false;
    send({ t: 'trouble', event: 'evidence.recovered', text: 'captures are written again' });
  }
  state(result);
}

port.on('message', (m: ToWriter) => {
  if (m.t === 'write') queue = queue.then(() => write(m)).catch(failed);
  else
    void queue.then(() => {
      send({ t: 'closed' });
      port.close();
    });
});

try {
  open();
  state(null);
} catch (error) {
  failed(error);
}
