/** Waits for room in the queue of a unix socket. */
export interface DialWaiter {
  /** Dials again, and reports the result (`full` or `through`) at once or later. */
  dialAgain(): void;
}

/** The first and the longest pause before a full queue is tried again. */
const FIRST_MS = 4;
const LAST_MS = 64;

/**
 * A unix socket whose queue is full refuses a dial at once; TCP would retry by itself. So the sessions of one worker wait here, in one
 * line for each path. Only the first in a line dials; the others wait until it succeeds.
 */
export class WaitingLines {
  readonly #after: (ms: number, run: () => void) => void;
  readonly #lines = new Map<string, Line>();

  /** `after` runs a function once, `ms` milliseconds later. */
  constructor(after: (ms: number, run: () => void) => void) {
    this.#after = after;
  }

  /** True if a session waits for this path. */
  has(path: string): boolean {
    return this.#lines.has(path);
  }

  /** The queue of this path was full. */
  join(path: string, waiter: DialWaiter): void {
    let line = this.#lines.get(path);
    if (line === undefined) {
      line = new Line(this.#after, () => this.#lines.delete(path));
      this.#lines.set(path, line);
    }
    line.join(waiter);
  }

  /** Removes a session from all lines. True if it was waiting. */
  leave(waiter: DialWaiter): boolean {
    let left = false;
    for (const line of this.#lines.values()) left = line.leave(waiter) || left;
    return left;
  }

  /** Its dial was queued, or failed for another reason than a full queue. */
  through(waiter: DialWaiter): void {
    for (const line of this.#lines.values()) line.through(waiter);
  }

  /** The queue was full again. False if it is in no line yet. */
  full(waiter: DialWaiter): boolean {
    let waits = false;
    for (const line of this.#lines.values()) waits = line.full(waiter) || waits;
    return waits;
  }
}

class Line {
  readonly #after: (ms: number, run: () => void) => void;
  readonly #emptied: () => void;
  readonly #waiters = new Set<DialWaiter>();
  /** The one that is dialing now. */
  #trying: DialWaiter | null = null;
  #pauseMs = FIRST_MS;
  /** No session dials until the pause is over. */
  #paused = false;
  #calling = false;

  constructor(after: (ms: number, run: () => void) => void, emptied: () => void) {
    this.#after = after;
    this.#emptied = emptied;
  }

  join(waiter: DialWaiter): void {
    this.#waiters.add(waiter);
    if (this.#trying === null && !this.#paused) this.#pause();
  }

  leave(waiter: DialWaiter): boolean {
    const left = this.#waiters.delete(waiter);
    if (left) this.#goOn(waiter);
    return left;
  }

  through(waiter: DialWaiter): void {
    if (this.#waiters.has(waiter)) this.#pauseMs = FIRST_MS;
    this.leave(waiter);
  }

  full(waiter: DialWaiter): boolean {
    if (this.#trying !== waiter) return false;
    this.#trying = null;
    this.#pause();
    return true;
  }

  #goOn(waiter: DialWaiter): void {
    if (this.#waiters.size === 0) this.#emptied();
    if (this.#trying !== waiter) return;
    this.#trying = null;
    // Those that answer at once are called in a loop, not recursively.
    if (!this.#calling) this.#next();
  }

  #next(): void {
    this.#calling = true;
    while (this.#trying === null && !this.#paused && this.#waiters.size > 0) {
      const [first] = this.#waiters;
      this.#trying = first!;
      first!.dialAgain();
    }
    this.#calling = false;
  }

  #pause(): void {
    this.#paused = true;
    this.#after(this.#pauseMs, () => {
      this.#paused = false;
      this.#next();
    });
    this.#pauseMs = Math.min(this.#pauseMs * 2, LAST_MS);
  }
}
