import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { openEventfd, raise } from '../../linux/eventfd.ts';
import { close } from '../../linux/socket.ts';
import type { News, Order, WorkerData } from './worker-messages.ts';

type Done = Extract<News, { news: 'done' }>;

/** An order without its number. */
export type Wish = Order extends infer Each ? (Each extends Order ? Omit<Each, 'order'> : never) : never;

export interface WorkerEvents {
  readonly onNews: (news: Exclude<News, { news: 'done' | 'ready' }>) => void;
  /** The thread has ended without being told to. */
  readonly onLost: (error: unknown) => void;
}

/**
 * Room for what is new in a worker's heap. By default it grows to 48 MiB under load and stays so, half as much again
 * for each of 8,000 idle sessions as they take themselves; what a worker throws away it has thrown away by then.
 */
const YOUNG_MB = 6;

/** A worker as the main thread sees it: it takes orders in turn, and says when each is done. */
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

  constructor(data: Omit<WorkerData, 'wakeFd' | 'orders'>, events: WorkerEvents) {
    const { port1, port2 } = new MessageChannel();
    this.#orders = port1;
    this.#wakeFd = openEventfd();
    if (this.#wakeFd < 0) throw new Error(`eventfd: errno ${-this.#wakeFd}`);
    const workerData: WorkerData = { ...data, wakeFd: this.#wakeFd, orders: port2 };
    this.#worker = new Worker(new URL('../epoll/worker.js', import.meta.url), {
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

  /** Gives an order and waits until it is done. Rejects where the worker ends first. */
  order(wish: Wish): Promise<Done> {
    if (this.#over) return Promise.reject(new Error('the worker has ended'));
    const order = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(order, { resolve, reject });
      this.#orders.postMessage({ ...wish, order });
      raise(this.#wakeFd);
    });
  }

  /** Ends the thread; its sessions have to be over. */
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
