import { parentPort } from 'node:worker_threads';
import { monotonicMs } from '../../src/shared-memory/clock.ts';

// Answers every message with the time of this thread.
parentPort!.on('message', () => parentPort!.postMessage(monotonicMs()));
