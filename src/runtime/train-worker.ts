import { parentPort, workerData } from 'node:worker_threads';
import type { TrainRequest } from './training.js';
import { trainJob } from './training.js';

// Entry of the training worker thread: one job, one model text back.
parentPort?.postMessage(trainJob(workerData as TrainRequest));
