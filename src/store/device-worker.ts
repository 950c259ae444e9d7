import { parentPort, workerData } from 'node:worker_threads';
import type { CommandResult, OperatorCommand } from '../core/index.js';
import { Desk } from './desk.js';
import {
  type DeviceWorkerOptions,
  type FromDeviceWorker,
  type ToDeviceWorker,
  WaitingChanges,
} from './device-messages.js';
import { DeviceStore } from './device-store.js';
import { VerdictReader } from './verdict-reader.js';

/** Entry of the inventory's worker thread: the daemon's only hand on the inventory file; the command line has its own. */
const RETRY_MS = 2000;

const options = workerData as DeviceWorkerOptions;
const port = parentPort;
if (port === null) throw new Error('the inventory worker runs as a thread');
const say = (m: FromDeviceWorker): void => port.postMessage(m);

let store: DeviceStore;
let revision: number;
/** Wall time as last told, µs. */
let nowUs = options.startMs * 1000;
try {
  store = new DeviceStore({
    ...options,
    atMs: options.startMs,
    damaged: (aside, why) =>
      say({
        t: 'problem',
        event: 'store.damaged',
        text: `the inventory was damaged (${why}); it is kept as ${aside} and a new one begun`,
      }),
  });
  // read first: what is said meanwhile is then heard twice rather than never
  revision = store.revision;
  say({
    t: 'open',
    devices: store.devices(),
    operator: store.operator(),
    incidents: store.incidentWords.inForce(nowUs),
  });
} catch (error) {
  say({ t: 'failed', text: (error as Error).message });
  throw error;
}

const waiting = new WaitingChanges(options.maxConversations);
let failing = false;
let retry: NodeJS.Timeout | null = null;

function flush(): void {
  retry = null;
  if (waiting.empty) return;
  const changes = waiting.take();
  try {
    store.save(changes);
    if (failing) say({ t: 'problem', event: 'store.recovered', text: 'the inventory can be written again' });
    failing = false;
  } catch (error) {
    // disk full or read-only: what is owed is kept, joined with what comes, and tried again
    waiting.add(changes);
    if (!failing)
      say({
        t: 'problem',
        event: 'store.unwritable',
        text: `the inventory cannot be written: ${(error as Error).message}`,
      });
    failing = true;
    retry = setTimeout(flush, RETRY_MS);
  }
}

function heard(): void {
  const now = store.revision;
  if (now === revision) return;
  revision = now;
  say({ t: 'operator', operator: store.operator(), incidents: store.incidentWords.inForce(nowUs) });
}
const poll = setInterval(heard, options.pollMs);

/** A word on incidents is written down here; a disk that does not take it is answered. */
function desk(command: OperatorCommand): CommandResult {
  try {
    const log = new VerdictReader(options.verdictsPath);
    try {
      return new Desk(store, log, options.muteLimits).do(command, nowUs);
    } finally {
      log.close();
    }
  } catch (error) {
    return { code: 'failed', text: `this cannot be written down: ${(error as Error).message}` };
  }
}

/** Notes what became of a mute; the disk may refuse, then it is noted at the next chance. */
function note(what: () => void): void {
  try {
    what();
  } catch (error) {
    say({ t: 'problem', event: 'store.unwritable', text: `a mute cannot be noted: ${(error as Error).message}` });
  }
}

port.on('message', (m: ToDeviceWorker) => {
  switch (m.t) {
    case 'save':
      waiting.add(m.changes);
      if (retry === null) flush();
      return;
    case 'do':
      nowUs = m.nowUs;
      say({ t: 'did', request: m.request, result: desk(m.command) });
      return heard();
    case 'announced':
      return note(() => store.incidentWords.announced(m.mute));
    case 'broken':
      note(() => store.incidentWords.endMute(m.mute, m.by, m.nowUs));
      return heard();
    case 'close':
  }
  clearInterval(poll);
  if (retry !== null) clearTimeout(retry);
  flush();
  if (retry !== null) clearTimeout(retry);
  store.close();
  say({ t: 'closed' });
  port.close();
});
