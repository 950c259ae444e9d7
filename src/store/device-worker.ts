import { parentPort, workerData } from 'node:worker_threads';
import {
  type DeviceWorkerOptions,
  type FromDeviceWorker,
  type ToDeviceWorker,
  WaitingChanges,
} from './device-messages.js';
import { DeviceStore } from './device-store.js';

/** Entry of the inventory's worker thread: the daemon's only hand on the inventory file; the command line has its own. */
const RETRY_MS = 2000;

const options = workerData as DeviceWorkerOptions;
const port = parentPort;
if (port === null) throw new Error('the inventory worker runs as a thread');
const say = (m: FromDeviceWorker): void => port.postMessage(m);

let store: DeviceStore;
let revision: number;
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
  say({ t: 'open', devices: store.devices(), operator: store.operator() });
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

const poll = setInterval(() => {
  const now = store.revision;
  if (now === revision) return;
  revision = now;
  say({ t: 'operator', operator: store.operator() });
}, options.pollMs);

port.on('message', (m: ToDeviceWorker) => {
  if (m.t === 'save') {
    waiting.add(m.changes);
    if (retry === null) flush();
    return;
  }
  clearInterval(poll);
  if (retry !== null) clearTimeout(retry);
  flush();
  if (retry !== null) clearTimeout(retry);
  store.close();
  say({ t: 'closed' });
  port.close();
});
