import { EPOLL, Epoll } from '../linux/epoll.ts';
import { clear } from '../linux/eventfd.ts';
import { close, reset } from '../linux/socket.ts';
import { TimerWheel } from './timer-wheel.ts';

/** Gets the events of a descriptor (`EPOLL`). */
export interface Watcher {
  ready(events: number): void;
}

/** Events of one batch: many enough that a busy worker makes few calls, few enough that none waits long. */
const BATCH = 512;
/** The longest wait of a turn with tasks from `shortly`. */
const SHORTLY_MS = 1;
/** The longest wait of any turn: Node cannot terminate a thread that never leaves epoll_wait. */
const MAX_WAIT_MS = 1000;

export interface LoopOptions {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /**
   * An eventfd. After another thread has raised it, `woken` is called between two batches, when all descriptors to be
   * closed are closed. If it gives true, it is called again after the next batch, and that turn does not wait.
   */
  readonly wakeFd: number;
  readonly woken: () => boolean;
  /** Called for every descriptor that was closed. */
  readonly closed?: (fd: number) => void;
}

/**
 * The event loop of one thread, over epoll. A turn waits for a batch of events, calls their watchers, then tasks and
 * timers, and closes descriptors last: no number is reused within a batch, so no event reaches the wrong watcher. A
 * descriptor is watched once, until it is closed.
 */
export class Loop {
  readonly timers: TimerWheel;
  readonly #epoll = new Epoll(BATCH);
  readonly #watchers: (Watcher | undefined)[] = [];
  readonly #now: () => number;
  readonly #closed: (fd: number) => void;
  readonly #woken: () => boolean;
  #isWoken = false;
  #later: (() => void)[] = [];
  #again: (() => void)[] = [];
  #shortly: (() => void)[] = [];
  #closing: number[] = [];
  #resetting: number[] = [];
  /** Time spent waiting and working, in milliseconds. The current turn is added when it ends. */
  waitedMs = 0;
  busyMs = 0;
  /** When the current batch began: the clock is read once a batch. */
  nowMs: number;

  constructor({ now, wakeFd, woken, closed }: LoopOptions) {
    this.#now = now;
    this.#closed = closed ?? (() => {});
    this.#woken = woken;
    this.nowMs = now();
    this.timers = new TimerWheel(this.nowMs);
    this.#watchers[wakeFd] = {
      ready: () => {
        clear(wakeFd);
        this.#isWoken = true;
      },
    };
    this.#epoll.add(wakeFd, EPOLL.IN);
  }

  /** The descriptor of the epoll set. */
  get fd(): number {
    return this.#epoll.fd;
  }

  /** Watches a descriptor until it is closed. Gives 0 or a negative errno. */
  watch(fd: number, events: number, watcher: Watcher): number {
    this.#watchers[fd] = watcher;
    return this.#epoll.add(fd, events);
  }

  /** Stops watching a descriptor that stays open. */
  unwatch(fd: number): void {
    this.#watchers[fd] = undefined;
    this.#epoll.remove(fd);
  }

  /** Closes a descriptor at the end of the batch. Its watcher gets no further events. */
  close(fd: number): void {
    this.#watchers[fd] = undefined;
    this.#closing.push(fd);
  }

  /** Closes a descriptor at once, for one whose number no later event of this batch can mean: a listener's. */
  closeNow(fd: number): void {
    this.#watchers[fd] = undefined;
    close(fd);
    this.#closed(fd);
  }

  /** Like `close`, with a reset. */
  reset(fd: number): void {
    this.#watchers[fd] = undefined;
    this.#resetting.push(fd);
  }

  /** Runs the task at the end of the batch, before descriptors are closed. */
  later(task: () => void): void {
    this.#later.push(task);
  }

  /** Runs the task in the next turn, which then does not wait: for long work that must not hold up other sessions. */
  again(task: () => void): void {
    this.#again.push(task);
  }

  /** Like `again`, but that turn waits up to a millisecond. */
  shortly(task: () => void): void {
    this.#shortly.push(task);
  }

  /** Waits for events, handles them and the timers that are due, once. */
  turn(): void {
    const before = this.#now();
    this.busyMs += before - this.nowMs;
    const mostMs = this.#shortly.length > 0 ? SHORTLY_MS : MAX_WAIT_MS;
    const waitMs = this.#again.length > 0 || this.#isWoken ? 0 : this.timers.idleMs(before, mostMs);
    const count = this.#epoll.wait(waitMs);
    this.nowMs = this.#now();
    this.waitedMs += this.nowMs - before;
    // Negative if the wait was interrupted: there are no events then, and that is no error.
    for (let index = 0; index < count; index++) {
      this.#watchers[this.#epoll.fdAt(index)]?.ready(this.#epoll.eventsAt(index));
    }
    if (this.#again.length > 0) {
      const tasks = this.#again;
      this.#again = [];
      for (const task of tasks) task();
    }
    if (this.#shortly.length > 0) {
      const tasks = this.#shortly;
      this.#shortly = [];
      for (const task of tasks) task();
    }
    this.timers.advance(this.nowMs);
    this.#finishBatch();
    if (this.#isWoken) {
      this.#isWoken = this.#woken();
      this.#finishBatch();
    }
  }

  /** Finishes the batch and closes the epoll set. */
  stop(): void {
    this.#finishBatch();
    this.#epoll.close();
  }

  #finishBatch(): void {
    while (this.#later.length > 0) {
      const tasks = this.#later;
      this.#later = [];
      for (const task of tasks) task();
    }
    if (this.#closing.length > 0) {
      for (const fd of this.#closing) {
        close(fd);
        this.#closed(fd);
      }
      this.#closing = [];
    }
    if (this.#resetting.length > 0) {
      for (const fd of this.#resetting) {
        reset(fd);
        this.#closed(fd);
      }
      this.#resetting = [];
    }
  }
}
