/**
 * Something that is due at a time, on at most one wheel. A session implements this itself: a timer object and a closure
 * would add a tenth to the memory of an idle session.
 */
export abstract class Timer {
  /** When, in milliseconds of the wheel's clock. */
  at = 0;
  previous: Timer | null = null;
  next: Timer | null = null;
  slot = -1;

  /** Called when it is due. */
  abstract expired(): void;
}

/** A timer that calls a function. */
export class Alarm extends Timer {
  readonly expired: () => void;

  constructor(expired: () => void) {
    super();
    this.expired = expired;
  }
}

/** Milliseconds of a tick: finer than any deadline needs, and coarse enough that empty slots cost nothing. */
const TICK_MS = 16;
const SLOTS = 1024;

/** Not `%`: the ticks since 1970 have more than 32 bits, and of such numbers it costs twenty times as much. */
function slotOf(tick: number): number {
  return tick & (SLOTS - 1);
}

/**
 * Deadlines of many sessions, in a ring of slots, one a tick. Setting and clearing one costs the same with any number of
 * others. A timer never runs early, and at most one tick late.
 */
export class TimerWheel {
  readonly #heads: (Timer | null)[] = Array.from({ length: SLOTS }, () => null);
  /** The last tick whose timers have run. */
  #tick: number;
  #count = 0;
  /** A lower bound of the ticks of all timers. */
  #earliest = Number.POSITIVE_INFINITY;

  constructor(nowMs: number) {
    this.#tick = Math.floor(nowMs / TICK_MS);
  }

  /** Sets the timer, or moves it; Infinity clears it. */
  set(timer: Timer, atMs: number): void {
    this.clear(timer);
    if (atMs === Number.POSITIVE_INFINITY) return;
    timer.at = atMs;
    // A tick that has run already is not looked at again: the timer runs with the next one.
    const tick = Math.max(Math.ceil(atMs / TICK_MS), this.#tick + 1);
    const slot = slotOf(tick);
    const head = this.#heads[slot]!;
    timer.slot = slot;
    timer.next = head;
    if (head !== null) head.previous = timer;
    this.#heads[slot] = timer;
    this.#count++;
    this.#earliest = Math.min(this.#earliest, tick * TICK_MS);
  }

  clear(timer: Timer): void {
    if (timer.slot < 0) return;
    if (timer.previous !== null) timer.previous.next = timer.next;
    else this.#heads[timer.slot] = timer.next;
    if (timer.next !== null) timer.next.previous = timer.previous;
    timer.previous = null;
    timer.next = null;
    timer.slot = -1;
    this.#count--;
  }

  /** How long nothing is due, in whole milliseconds, but at most `most`. */
  idleMs(nowMs: number, most: number): number {
    if (this.#count === 0) return most;
    return Math.min(Math.max(Math.ceil(this.#earliest - nowMs), 0), most);
  }

  /** Runs the timers that are due. Each may set itself and others again. */
  advance(nowMs: number): void {
    const target = Math.floor(nowMs / TICK_MS);
    if (this.#count === 0 || nowMs < this.#earliest) {
      if (this.#count === 0) this.#tick = target;
      return;
    }
    // After a long sleep, look at each slot once and not once a tick.
    const from = Math.max(this.#tick + 1, target - SLOTS + 1);
    this.#tick = target;
    for (let tick = from; tick <= target; tick++) this.#runSlot(slotOf(tick), nowMs);
    this.#earliest = this.#nextTick() * TICK_MS;
  }

  #runSlot(slot: number, nowMs: number): void {
    const due: Timer[] = [];
    for (let timer = this.#heads[slot]!; timer !== null; timer = timer.next!) {
      if (timer.at <= nowMs) due.push(timer);
    }
    for (const timer of due) {
      // A timer that ran before it may have cleared or moved it.
      if (timer.slot !== slot || timer.at > nowMs) continue;
      this.clear(timer);
      timer.expired();
    }
  }

  /** The first tick whose slot is not empty. If that holds only timers of a later round, one wake-up is in vain. */
  #nextTick(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY;
    for (let tick = this.#tick + 1; tick <= this.#tick + SLOTS; tick++) {
      if (this.#heads[slotOf(tick)] !== null) return tick;
    }
    return this.#tick + SLOTS;
  }
}
