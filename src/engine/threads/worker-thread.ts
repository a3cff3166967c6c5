import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { openEventfd, raise } from '../../linux/eventfd.ts';
import { close } from '../../linux/socket.ts';
import type { News, Order, WorkerData } from './worker-messages.ts';

type Done = Extract<News, { news: 'done' }>;

/** An order without its number. */
export type Wish = Order extends infer Each ? (Each extends Order ? Omit<Each, 'order'> : never) : never;

/** What a worker thread runs. */
export interface WorkerScript {
  /** The module, which posts `ready` and then obeys orders. */
  readonly url: URL;
  /** For debuggers and stack traces. */
  readonly name: string;
}

export interface WorkerEvents {
  readonly onNews: (news: Exclude<News, { news: 'done' | 'ready' }>) => void;
  /** The thread has ended without an order to end. */
  readonly onLost: (error: unknown) => void;
}

/**
 * The young generation of a worker's heap. V8's default grows to 48 MiB under load and stays there: with 8,000 idle
 * sessions, half as much again as they take themselves. A worker's garbage is short-lived and fits into less.
 */
const YOUNG_MB = 6;

/** A worker thread as the main thread sees it: it obeys orders one after the other and answers each when it is done. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #orders: MessagePort;
  readonly #wakeFd: number;
  readonly #waiting = new Map<number, { resolve: (done: Done) => void; reject: (error: Error) => void }>();
  #next = 1;
  #leaving = false;
  #over = false;
  readonly ready: Promise<void>;
  readonly #exited: Promise<void>;

  constructor(
    { url, name }: WorkerScript,
    data: Omit<WorkerData, 'wakeFd' | 'orders'>,
    events: WorkerEvents,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#orders = port1;
    this.#wakeFd = openEventfd();
    if (this.#wakeFd < 0) throw new Error(`eventfd: errno ${-this.#wakeFd}`);
    const workerData: WorkerData = { ...data, wakeFd: this.#wakeFd, orders: port2 };
    this.#worker = new Worker(url, {
      name,
      workerData,
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    let failure: unknown = new Error('a worker has ended');
    this.#worker.on('error', (error) => {
      failure = error;
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (news: News) => {
        if (news.news === 'ready') resolve();
        else if (news.news === 'done') this.#done(news);
        else events.onNews(news);
      });
      this.#worker.once('exit', () => reject(failure));
    });
    this.ready.catch(() => {});
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#over = true;
        for (const { reject } of this.#waiting.values()) reject(new Error('the worker has ended'));
        this.#waiting.clear();
        this.#orders.close();
        close(this.#wakeFd);
        if (!this.#leaving) events.onLost(failure);
        resolve();
      });
    });
  }

  /** Gives an order and waits until it is done. Rejects if the worker ends first. */
  order(wish: Wish): Promise<Done> {
    if (this.#over) return Promise.reject(new Error('the worker has ended'));
    const order = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(order, { resolve, reject });
      this.#orders.postMessage({ ...wish, order });
      raise(this.#wakeFd);
    });
  }

  /** Ends the thread. Its sessions must have ended. */
  async exit(): Promise<void> {
    this.#leaving = true;
    await this.order({ do: 'exit' }).catch(() => {});
    await this.#exited;
  }

  #done(news: Done): void {
    const waiting = this.#waiting.get(news.order);
    this.#waiting.delete(news.order);
    waiting?.resolve(news);
  }
}
