import { EPOLL, Epoll } from '../linux/epoll.ts';
import { clear } from '../linux/eventfd.ts';
import { close, reset } from '../linux/socket.ts';
import { TimerWheel } from './timer-wheel.ts';

/** Who hears that something happened to a descriptor. */
export interface Watcher {
  ready(events: number): void;
}

/** Events of one call: enough that a busy worker asks seldom, few enough that nobody waits long. */
const BATCH = 512;
/** How long a turn may wait where somebody is to be asked shortly. */
const SHORTLY_MS = 1;
/** The longest wait: a thread that the kernel never wakes can't be ended. */
const MAX_WAIT_MS = 1000;

export interface LoopOptions {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /**
   * An eventfd. Where another thread has raised it, `woken` is called between two batches, when all that was closed
   * is closed; where it gives true, once more after the next one, which is not waited for.
   */
  readonly wakeFd: number;
  readonly woken: () => boolean;
  /** Told of every descriptor that was closed. */
  readonly closed?: (fd: number) => void;
}

/**
 * One thread's event loop. Descriptors are edge-triggered and watched once for their whole life; they are
 * closed when the batch of events is through, so that no number is used again within it.
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
  /** Time spent waiting and time spent working, in milliseconds. What is under way counts once it is over. */
  waitedMs = 0;
  busyMs = 0;
  /** When the batch began that is being handled: one look at the clock for all of it. */
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

  /** The descriptor of the set itself. */
  get fd(): number {
    return this.#epoll.fd;
  }

  /** Watches a descriptor until it is closed. Gives a negative errno where that can't be. */
  watch(fd: number, events: number, watcher: Watcher): number {
    this.#watchers[fd] = watcher;
    return this.#epoll.add(fd, events);
  }

  /** Stops watching a descriptor that stays open. */
  unwatch(fd: number): void {
    this.#watchers[fd] = undefined;
    this.#epoll.remove(fd);
  }

  /** Closes a descriptor at the end of the batch; nobody hears of it any more. */
  close(fd: number): void {
    this.#watchers[fd] = undefined;
    this.#closing.push(fd);
  }

  /** Closes at once a descriptor that no event of this batch can still mean: a listener's. */
  closeNow(fd: number): void {
    this.#watchers[fd] = undefined;
    close(fd);
    this.#closed(fd);
  }

  /** The same, with a reset. */
  reset(fd: number): void {
    this.#watchers[fd] = undefined;
    this.#resetting.push(fd);
  }

  /** Runs at the end of the batch, before descriptors are closed. */
  later(task: () => void): void {
    this.#later.push(task);
  }

  /** Runs in the next turn, which then does not wait: for work that lets others have their turn. */
  again(task: () => void): void {
    this.#again.push(task);
  }

  /** The same, but that turn waits for a millisecond at the most. */
  shortly(task: () => void): void {
    this.#shortly.push(task);
  }

  /** Waits for events, handles them and what is due, once. */
  turn(): void {
    const before = this.#now();
    this.busyMs += before - this.nowMs;
    const mostMs = this.#shortly.length > 0 ? SHORTLY_MS : MAX_WAIT_MS;
    const waitMs = this.#again.length > 0 || this.#isWoken ? 0 : this.timers.idleMs(before, mostMs);
    const count = this.#epoll.wait(waitMs);
    this.nowMs = this.#now();
    this.waitedMs += this.nowMs - before;
    // An interrupted wait has no events, and is no error.
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

  /** Closes the set itself. */
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
