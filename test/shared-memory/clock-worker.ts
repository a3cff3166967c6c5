import { parentPort } from 'node:worker_threads';
import { monotonicMs } from '../../src/shared-memory/monotonic-clock.ts';

// Answers every message with the time of this thread.
parentPort!.on('message', () => parentPort!.postMessage(monotonicMs()));
