import type { SessionInfo } from '../../plan/engine.ts';
import type { SessionObserver } from '../../plan/observer.ts';
import type { SharedState } from '../../shared-memory/shared-state.ts';
import { DescriptorTable } from './descriptor-table.ts';
import { settleLostWorker } from './lost-sessions.ts';
import { packSnapshot } from './packed-snapshot.ts';
import type { PostedListener, WorkerListener } from './worker-messages.ts';
import { type Wish, WorkerThread } from './worker-thread.ts';

/** How soon a worker that died is replaced; one that dies at once again waits twice as long, up to the most. */
const BACKOFF_MS = { first: 100, most: 5000 } as const;

export interface WorkerSlotOptions {
  readonly state: SharedState;
  /** Which rows of the counters are its own. */
  readonly worker: number;
  readonly observer: SessionObserver;
  readonly idPrefix: string;
  readonly logTlvs: readonly number[];
  readonly lingerMs: number;
}

/**
 * One worker's place: the thread that fills it, and the next one where that dies. Counters and listeners
 * are the place's, and outlive the thread.
 */
export class WorkerSlot {
  readonly #options: WorkerSlotOptions;
  readonly #descriptors = new DescriptorTable();
  #thread: WorkerThread;
  #listeners: readonly WorkerListener[] = [];
  #backoffMs: number = BACKOFF_MS.first;
  #leaving = false;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.#thread = this.#start();
  }

  get ready(): Promise<void> {
    return this.#thread.ready;
  }

  /** Gives an order; where the thread has died there is nothing left to be ordered. */
  async order(wish: Wish): Promise<readonly SessionInfo[]> {
    const done = await this.#thread.order(wish).catch(() => null);
    return done?.sessions ?? [];
  }

  /**
   * Serves these listeners from now on. `fresh` are those whose descriptors the thread does not have yet. A plan
   * that is the same object as before is not sent again: a pool may be thousands of endpoints.
   */
  async apply(listeners: readonly WorkerListener[], fresh: ReadonlySet<number>): Promise<void> {
    const before = new Set(this.#listeners.map(({ plan }) => plan));
    this.#listeners = listeners;
    const isSame = ({ plan }: WorkerListener) => before.has(plan) && !fresh.has(plan.id);
    await this.order({
      do: 'apply',
      listeners: listeners
        .filter((each) => !isSame(each))
        .map((each) => posted(fresh.has(each.plan.id) ? each : { ...each, fd: -1 })),
      unchanged: listeners.filter(isSame).map(({ plan }) => plan.id),
    });
  }

  /** True where the thread answers. */
  async alive(): Promise<boolean> {
    return this.#thread.order({ do: 'ping' }).then(
      () => true,
      () => false,
    );
  }

  /** From now on a thread that ends is not replaced. */
  leave(): void {
    this.#leaving = true;
  }

  async exit(): Promise<void> {
    this.#leaving = true;
    await this.#thread.exit();
  }

  #start(): WorkerThread {
    const { state, worker, observer, idPrefix, logTlvs, lingerMs } = this.#options;
    // Ids of this thread are those of no other, nor of one that was here before.
    const prefix = `${idPrefix}${worker.toString(36)}${restartText(state.restarts[worker]!)}`;
    return new WorkerThread(
      { state, worker, idPrefix: prefix, logTlvs, lingerMs, descriptors: this.#descriptors.cells },
      {
        onNews: (news) => {
          if (news.news === 'records') observer.records(news.records, news.dropped);
          else
            observer.fault(
              news.listener,
              news.message,
              Object.assign(new Error(news.errno), { code: news.errno }),
            );
        },
        onLost: (error) => this.#lost(error),
      },
    );
  }

  #lost(error: unknown): void {
    const { state, worker, observer } = this.#options;
    const sessions = settleLostWorker(state, worker, this.#descriptors);
    const ended = `worker ${worker} has ended with ${sessions} sessions`;
    observer.fault(null, this.#leaving ? ended : `${ended}, and is replaced`, error);
    if (this.#leaving) return;
    state.restarts[worker]! += 1;
    const began = performance.now();
    setTimeout(() => this.#replace(began), this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MS.most);
  }

  #replace(lostAt: number): void {
    if (this.#leaving) return;
    this.#thread = this.#start();
    void this.#thread.ready.then(
      () => {
        if (performance.now() - lostAt > BACKOFF_MS.most) this.#backoffMs = BACKOFF_MS.first;
        // Its listeners' descriptors are open still, and their queues are waiting.
        return this.order({ do: 'apply', listeners: this.#listeners.map(posted), unchanged: [] });
      },
      () => {},
    );
  }
}

function posted({ plan: { snapshot, ...plan }, fd, port }: WorkerListener): PostedListener {
  return { plan, fd, port, snapshot: packSnapshot(snapshot) };
}

function restartText(restarts: number): string {
  return restarts === 0 ? '' : `.${restarts.toString(36)}`;
}
