/** How long a client may wait for a place: in another worker, or at its endpoint, the session before may be about to end. */
const PLACE_MS = 20;
/** Looks that are taken in any case: of a busy process that time is over before it has heard of anything. */
const LEAST_LOOKS = 12;
/** Who may wait at once, on one listener of one worker: places of `--max-sessions` are held meanwhile. */
const MOST_WAITING = 64;

/** What a worker's loop gives to whoever waits. */
export interface PlaceClock {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /**
   * Runs a task once all that the kernel knows by now has been handled: `times` says how often that was asked for in a
   * row, and the first time nothing is waited for.
   */
  readonly settle: (task: () => void, times: number) => void;
}

/**
 * A client that comes again as soon as its connection has ended is often accepted before that end has been heard of.
 * So nobody is turned away for the want of a place before all that has happened by then has been handled, and for some
 * milliseconds more. A place is free only when its session has ended, as ever.
 */
export class PlaceWait {
  readonly #clock: PlaceClock;
  readonly #onGone: () => void;
  #waiting = 0;

  /** `onGone` is called when one of them waits no more. */
  constructor(clock: PlaceClock, onGone: () => void) {
    this.#clock = clock;
    this.#onGone = onGone;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting;
  }

  /**
   * Asks `look` again until it gives true, for it was given a place or needs none any more; calls `refuse` where that
   * takes too long, and at once where too many wait already. `most` is what `--max-sessions` allows.
   */
  begin(most: number, look: () => boolean, refuse: () => void): void {
    if (this.#waiting >= Math.min(MOST_WAITING, Math.ceil(most / 8))) {
      refuse();
      return;
    }
    this.#waiting++;
    const untilMs = this.#clock.now() + PLACE_MS;
    let times = 0;
    const lookAgain = () => {
      const found = look();
      const patient = times < LEAST_LOOKS || this.#clock.now() < untilMs;
      if (!found && patient) this.#clock.settle(lookAgain, ++times);
      else {
        this.#waiting--;
        if (!found) refuse();
        this.#onGone();
      }
    };
    this.#clock.settle(lookAgain, ++times);
  }
}
