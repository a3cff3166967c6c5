import type { CloseReason } from '../plan/close-reason.ts';
import type { Ledger } from './ledger.ts';
import type { SessionRefusal } from './transparent-rules.ts';

/** How long a client may wait for a place. Its previous session may be about to end, in another worker or at its endpoint. */
const PLACE_MS = 20;
/** The least number of checks, because a busy process may handle no event at all within that time. */
const LEAST_LOOKS = 12;
/** How many may wait at once, for one listener of one worker. Meanwhile they count for `--max-sessions`. */
const MOST_WAITING = 64;

/** What a wait needs of a worker's loop. */
export interface PlaceClock {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /**
   * Runs a task once all events that are pending now have been handled. `times` counts the calls in a row: the first ones must not
   * wait for time to pass.
   */
  readonly settle: (task: () => void, times: number) => void;
}

/** A session whose client is known and was refused by its ledger: it waits for a place, or ends. */
export interface PlaceSeeker {
  readonly ledger: Ledger;
  /** It no longer needs a place, and must not get one, because it would hold that until its end. */
  readonly isEnding: boolean;
  /** It has its place now. */
  placed(): void;
  abort(reason: CloseReason, detail: string | null): void;
}

/**
 * A client that reconnects as soon as its connection has ended is often accepted before that end is handled. So a client is refused
 * for lack of a place only after all pending events have been handled and some milliseconds have passed. A place is free only
 * once its session has ended.
 */
export class PlaceWait {
  readonly #clock: PlaceClock;
  readonly #onGone: () => void;
  #waiting = 0;

  /** `onGone` is called when one of them stops waiting. */
  constructor(clock: PlaceClock, onGone: () => void) {
    this.#clock = clock;
    this.#onGone = onGone;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting;
  }

  /** Lets a session wait if its client has too many sessions. Refuses it at once if the reason is another one. */
  admit(seeker: PlaceSeeker, { reason, detail }: SessionRefusal): void {
    const refuse = () => seeker.abort(reason, detail);
    if (reason !== 'over_client_limit') {
      refuse();
      return;
    }
    const { ledger } = seeker;
    const look = () => {
      if (seeker.isEnding || ledger.ended) return true;
      if (ledger.place() !== null) return false;
      seeker.placed();
      return true;
    };
    this.begin(ledger.rules.plan.limits.maxSessions, look, refuse);
  }

  /**
   * Calls `look` until it returns true, because it has a place or needs none. Calls `refuse` if that takes too long, or at once if too
   * many are waiting. `most` is `--max-sessions`.
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
