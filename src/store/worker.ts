import { parentPort, workerData } from 'node:worker_threads';
import { Keeper } from './keeper.js';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.js';

/** Entry of the store's worker thread: the only place that touches the verdict log. Commits and fsyncs stall nobody else. */
const port = parentPort;
if (port === null) throw new Error('the store worker runs as a thread');
const say = (m: FromWorker): void => port.postMessage(m);

let keeper: Keeper;
try {
  keeper = new Keeper(workerData as WorkerOptions, say);
  say({ t: 'open' });
} catch (error) {
  say({ t: 'failed', text: (error as Error).message });
  throw error;
}

port.on('message', (m: ToWorker) => {
  switch (m.t) {
    case 'append':
      return keeper.append(m.row);
    case 'sink':
      return keeper.begin(m.sink);
    case 'end':
      return keeper.end(m.sink);
    case 'acked':
      return keeper.acked(m.sink, m.id);
    case 'recent':
      return say({ t: 'rows', request: m.request, bodies: keeper.recent(m.limit) });
    case 'pending':
      return say({ t: 'rows', request: m.request, bodies: keeper.pending(m.sink, m.limit) });
    case 'range': {
      const bodies = keeper.range(m.boot, m.from, m.to, m.limit);
      return say({ t: 'rows', request: m.request, bodies });
    }
    case 'close':
      keeper.close();
      say({ t: 'closed' });
      port.close();
  }
});
