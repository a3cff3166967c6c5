import { Worker } from 'node:worker_threads';
import type { LoadNews, LoadWorkerData } from './load-messages.ts';

export interface LoadThread {
  /** Rejects where the thread can't have its sockets. */
  readonly ready: Promise<void>;
  /** Resolves when it has played all of its phases; rejects where it died. */
  readonly done: Promise<void>;
  /** Ends it wherever it is. */
  kill(): void;
}

type Told = Exclude<LoadNews, { news: 'ready' }>;

/** Starts one thread of a run. */
export function startThread(data: LoadWorkerData, onNews: (news: Told) => void): LoadThread {
  const worker = new Worker(new URL('./load-worker.js', import.meta.url), { workerData: data });
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve;
    worker.once('error', reject);
  });
  const done = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  ready.catch(() => {});
  done.catch(() => {});
  worker.on('message', (news: LoadNews) => {
    if (news.news === 'ready') isReady();
    else onNews(news);
  });
  return { ready, done, kill: () => void worker.terminate() };
}
