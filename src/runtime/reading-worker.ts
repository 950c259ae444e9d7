import { parentPort, workerData } from 'node:worker_threads';
import { WardwireError } from '../core/index.js';
import { type ReadingAnswer, readAll } from './reading.js';

/** Entry of the thread that reads settings again. */
const say = (a: ReadingAnswer): void => parentPort?.postMessage(a);
try {
  say({ reading: readAll(workerData as string) });
} catch (error) {
  if (!(error instanceof WardwireError)) throw error;
  say({ message: error.message, problems: error.problems });
}
