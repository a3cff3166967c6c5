import { close } from '../../linux/socket.ts';
import type { SessionInfo } from '../../plan/engine.ts';
import type { SessionObserver } from '../../plan/observer.ts';
import type { ListenerPlan } from '../../plan/plan.ts';
import type { SharedState } from '../../shared-memory/shared-state.ts';
import { DescriptorTable } from './descriptor-table.ts';
import { settleLostWorker } from './lost-sessions.ts';
import { createPacking } from './packed-snapshot.ts';
import type { PostedListener } from './worker-messages.ts';
import { type Wish, type WorkerScript, WorkerThread } from './worker-thread.ts';

/** The wait before a dead worker is replaced. It doubles, up to a maximum, if the next one dies at once. */
const BACKOFF_MS = { first: 100, most: 5000 } as const;

export interface WorkerSlotOptions {
  readonly script: WorkerScript;
  readonly state: SharedState;
  /** Its rows of the shared state. */
  readonly worker: number;
  readonly observer: SessionObserver;
  /** Makes the session ids of this process unique. */
  readonly idPrefix: string;
  readonly logTlvs: readonly number[];
  readonly lingerMs: number;
}

/** A listener of the plan, with the descriptors that one worker accepts from. */
export interface WorkerListener {
  readonly plan: ListenerPlan;
  readonly fds: readonly number[];
  readonly shared: boolean;
  readonly port: number;
}

/** How a plan differs from the one before, by ids of listeners. */
export interface ListenerNews {
  /** Listeners whose descriptors the thread does not have yet. */
  readonly fresh: ReadonlySet<number>;
  /** Listeners that are not sent again, because a pool may have thousands of endpoints. */
  readonly kept: ReadonlySet<number>;
  /** All workers get the same snapshots. */
  readonly pack: ReturnType<typeof createPacking>;
}

/**
 * The place of one worker: the thread in it, and if that dies, the next one. Rows of the shared state, listeners and their
 * descriptors belong to the place, and outlive the thread.
 */
export class WorkerSlot {
  readonly #options: WorkerSlotOptions;
  readonly #descriptors = new DescriptorTable();
  #thread: WorkerThread;
  #listeners: readonly WorkerListener[] = [];
  /** Descriptors that a thread accepts from and has not reported as closed. */
  #given: readonly number[] = [];
  #backoffMs: number = BACKOFF_MS.first;
  #wasReady = false;
  #leaving = false;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.#thread = this.#start();
    this.#thread.ready.then(
      () => {
        this.#wasReady = true;
      },
      () => {},
    );
  }

  /** Settles with the start of the first thread. If that fails, the thread is not replaced. */
  get ready(): Promise<void> {
    return this.#thread.ready;
  }

  /** Gives an order. If the thread dies, its sessions are gone, so the order counts as done. */
  async order(wish: Wish): Promise<readonly SessionInfo[]> {
    const done = await this.#thread.order(wish).catch(() => null);
    return done?.sessions ?? [];
  }

  /** Serves these listeners from now on. The thread closes the descriptors of all others. */
  async apply(listeners: readonly WorkerListener[], { fresh, kept, pack }: ListenerNews): Promise<void> {
    this.#listeners = listeners;
    const added = listeners.filter(({ plan }) => fresh.has(plan.id)).flatMap(({ fds }) => fds);
    for (const fd of added) this.#descriptors.listens(fd);
    this.#given = [...this.#given, ...added];
    await this.order({
      do: 'apply',
      listeners: listeners
        .filter(({ plan }) => !kept.has(plan.id))
        .map((each) => posted(fresh.has(each.plan.id) ? each : { ...each, fds: [] }, pack)),
      unchanged: [...kept],
    });
    this.#closeLeft();
  }

  /** False if the thread has ended. */
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
    this.#listeners = [];
    this.#closeLeft();
  }

  #start(): WorkerThread {
    const { script, state, worker, observer, idPrefix, logTlvs, lingerMs } = this.#options;
    // No other thread has session ids of this prefix, nor had one that was here before.
    const prefix = `${idPrefix}${worker.toString(36)}${restartText(state.restarts[worker]!)}`;
    return new WorkerThread(
      script,
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
    if (!this.#wasReady) return;
    const ended = `worker ${worker} has ended with ${sessions} sessions`;
    observer.fault(null, this.#leaving ? ended : `${ended}, and is replaced`, error);
    if (this.#leaving) this.#listeners = [];
    this.#closeLeft();
    if (this.#leaving) return;
    state.restarts[worker]! += 1;
    const began = performance.now();
    setTimeout(() => this.#replace(began), this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MS.most);
  }

  #replace(lostAt: number): void {
    if (this.#leaving) return;
    this.#thread = this.#start();
    // The descriptors of its listeners are still open, with clients in their queues. Before any other order: whatever
    // comes next is told as a change of these.
    const pack = createPacking();
    const listeners = this.#listeners.map((each) => posted(each, pack));
    void this.order({ do: 'apply', listeners, unchanged: [] });
    void this.#thread.ready.then(
      () => {
        if (performance.now() - lostAt > BACKOFF_MS.most) this.#backoffMs = BACKOFF_MS.first;
      },
      () => {},
    );
  }

  /**
   * Closes descriptors of listeners that are no more. A thread closes those that it serves. If it has died, or has replaced
   * one that died, nobody else does, and the kernel would go on putting clients into their queues.
   */
  #closeLeft(): void {
    const wanted = new Set(this.#listeners.flatMap(({ fds }) => fds));
    for (const fd of this.#given) {
      if (wanted.has(fd) || !this.#descriptors.isListening(fd)) continue;
      this.#descriptors.closed(fd);
      close(fd);
    }
    this.#given = [...wanted];
  }
}

function posted(
  { plan: { snapshot, ...plan }, ...rest }: WorkerListener,
  pack: ListenerNews['pack'],
): PostedListener {
  return { plan, ...rest, snapshot: pack(snapshot) };
}

function restartText(restarts: number): string {
  return restarts === 0 ? '' : `.${restarts.toString(36)}`;
}
