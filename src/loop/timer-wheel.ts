/**
 * What is to happen at a time, on at most one wheel. A session is one itself: beside it a timer and a closure would
 * be a tenth more of what an idle session takes.
 */
export abstract class Timer {
  /** When, in milliseconds of the wheel's clock. */
  at = 0;
  previous: Timer | null = null;
  next: Timer | null = null;
  slot = -1;

  /** Its time has come. */
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

/** 16 ms: finer than any deadline here asks for, coarse enough that a slot costs nothing. */
const TICK_MS = 16;
const SLOTS = 1024;

/** Ticks of a clock that counts from 1970 have more than 32 bits: `%` of such costs twenty times as much as this. */
function slotOf(tick: number): number {
  return tick & (SLOTS - 1);
}

/**
 * Deadlines of many sessions. Setting and clearing one costs the same with any number of others; a timer
 * runs never early, and at most a tick late.
 */
export class TimerWheel {
  readonly #heads: (Timer | null)[] = Array.from({ length: SLOTS }, () => null);
  /** The tick up to which all has run. */
  #tick: number;
  #count = 0;
  /** No timer is earlier; it may be too early itself. */
  #earliest = Number.POSITIVE_INFINITY;

  constructor(nowMs: number) {
    this.#tick = Math.floor(nowMs / TICK_MS);
  }

  /** Sets the timer, or moves it; Infinity clears it. */
  set(timer: Timer, atMs: number): void {
    this.clear(timer);
    if (atMs === Number.POSITIVE_INFINITY) return;
    timer.at = atMs;
    // Up to the tick that has run already, the next one is the first that looks.
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

  /** How long nothing is due, in whole milliseconds; `most` where that is less. */
  idleMs(nowMs: number, most: number): number {
    if (this.#count === 0) return most;
    return Math.min(Math.max(Math.ceil(this.#earliest - nowMs), 0), most);
  }

  /** Runs what is due. A timer may set itself and others anew. */
  advance(nowMs: number): void {
    const target = Math.floor(nowMs / TICK_MS);
    if (this.#count === 0 || nowMs < this.#earliest) {
      if (this.#count === 0) this.#tick = target;
      return;
    }
    // After a long sleep each slot is looked at once, not once a tick.
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
      // What ran before it may have cleared or moved it.
      if (timer.slot !== slot || timer.at > nowMs) continue;
      this.clear(timer);
      timer.expired();
    }
  }

  /** The first tick whose slot holds anything: timers further off than a round make it too early, which costs a look. */
  #nextTick(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY;
    for (let tick = this.#tick + 1; tick <= this.#tick + SLOTS; tick++) {
      if (this.#heads[slotOf(tick)] !== null) return tick;
    }
    return this.#tick + SLOTS;
  }
}
