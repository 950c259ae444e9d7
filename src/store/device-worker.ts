import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { CommandResult, IncidentWords, OperatorCommand, OperatorWord } from '../core/index.js';
import { faultOf, setAside } from './database.js';
import { Desk } from './desk.js';
import {
  type DeviceWorkerOptions,
  type FromDeviceWorker,
  type ToDeviceWorker,
  WaitingChanges,
} from './device-messages.js';
import { DeviceStore } from './device-store.js';
import { VerdictReader } from './verdict-reader.js';
import { lookAtWal, walWords } from './wal.js';

/** Entry of the inventory's worker thread: the daemon's only hand on the inventory file; the command line has its own. */
const RETRY_MS = 2000;
const NO_WORDS: IncidentWords = { acks: [], mutes: [], normals: [] };

const options = workerData as DeviceWorkerOptions;
const port = parentPort;
if (port === null) throw new Error('the inventory worker runs as a thread');
const say = (m: FromDeviceWorker): void => port.postMessage(m);

let store: DeviceStore | null = null;
let revision = 0;
/** What the operator said, as last read: a file that is lost costs nothing of it. */
let words: readonly OperatorWord[] = [];
const waiting = new WaitingChanges(options.maxConversations);
let muteLimits = options.muteLimits;
let failing = false;
let retry: NodeJS.Timeout | null = null;
/** Wall time as last told, µs. */
let nowUs = options.startMs * 1000;

function open(): void {
  const wal = walWords(lookAtWal(`${options.path}-wal`));
  const opened = new DeviceStore(options);
  try {
    // read first: what is said meanwhile is then heard twice rather than never
    revision = opened.revision;
    words = opened.operator();
  } catch (error) {
    opened.close();
    throw error;
  }
  store = opened;
  if (wal !== null) say({ t: 'problem', event: 'damaged', text: `the inventory's write-ahead file ${wal}` });
}

/** The file is no healthy database: it is kept under another name and a new one begun with what can be read and what is known. */
function renew(why: string): void {
  try {
    store?.close();
  } catch {
    // what is wrong with it is known
  }
  store = null;
  const aside = existsSync(options.path) ? setAside(options.path, options.startMs) : null;
  open();
  const fresh = store as DeviceStore | null;
  if (fresh === null) return;
  const taken = aside === null ? 'nothing' : fresh.takeOver(aside);
  for (const w of words) fresh.say(w);
  words = fresh.operator();
  revision = fresh.revision;
  say({
    t: 'problem',
    event: 'damaged',
    text: `the inventory was damaged (${why}); it is kept as ${aside} and a new one begun; taken over from it: ${taken}`,
  });
  say({ t: 'renewed' });
}

/** Does something with the file; what goes wrong is answered here. @returns undefined when it went wrong */
function guard<T>(work: (s: DeviceStore) => T): T | undefined {
  try {
    if (store === null) open();
    return work(store as unknown as DeviceStore);
  } catch (error) {
    const text = (error as Error).message;
    const fault = faultOf(error, options.path);
    if (fault === 'operator' && store === null && !failing) throw error;
    try {
      if (fault === 'damaged') {
        renew(text);
        return work(store as unknown as DeviceStore);
      }
    } catch {
      // neither does a new file work: it is the disk
    }
    if (!failing) say({ t: 'problem', event: 'unwritable', text: `the inventory cannot be written: ${text}` });
    failing = true;
    return undefined;
  }
}

const inForce = () => guard((s) => s.incidentWords.inForce(nowUs)) ?? NO_WORDS;

try {
  const devices = guard((s) => s.devices()) ?? [];
  say({ t: 'open', devices, operator: words, incidents: inForce() });
} catch (error) {
  say({ t: 'failed', text: (error as Error).message });
  throw error;
}

function flush(): void {
  retry = null;
  if (waiting.empty) return;
  const changes = waiting.take();
  const saved = guard((s) => {
    s.save(changes);
    return true;
  });
  if (saved === true) {
    if (failing) say({ t: 'problem', event: 'recovered', text: 'the inventory can be written again' });
    failing = false;
    return;
  }
  // disk full or read-only: what is owed is kept, joined with what comes, and tried again
  waiting.add(changes);
  retry = setTimeout(flush, RETRY_MS);
}

function heard(): void {
  if (failing) return;
  guard((s) => {
    const now = s.revision;
    if (now === revision) return;
    revision = now;
    words = s.operator();
    say({ t: 'operator', operator: words, incidents: s.incidentWords.inForce(nowUs) });
  });
}
const poll = setInterval(heard, options.pollMs);

/** A word on incidents is written down here; a disk that does not take it is answered. */
function desk(command: OperatorCommand): CommandResult {
  try {
    if (store === null) open();
    const log = new VerdictReader(options.verdictsPath);
    try {
      return new Desk(store as unknown as DeviceStore, log, muteLimits).do(command, nowUs);
    } finally {
      log.close();
    }
  } catch (error) {
    return { code: 'failed', text: `this cannot be written down: ${(error as Error).message}` };
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
    case 'limits':
      muteLimits = m.muteLimits;
      return;
    // what became of a mute; when the disk refuses it is noted at the next chance
    case 'announced':
      guard((s) => s.incidentWords.announced(m.mute));
      return;
    case 'broken':
      guard((s) => s.incidentWords.endMute(m.mute, m.by, m.nowUs));
      return heard();
    case 'close':
  }
  clearInterval(poll);
  if (retry !== null) clearTimeout(retry);
  flush();
  if (retry !== null) clearTimeout(retry);
  try {
    store?.close();
  } catch {
    // what could be written is written
  }
  say({ t: 'closed' });
  port.close();
});
