import type { CloseReason } from '../plan/close-reason.ts';
import type { Ledger } from './ledger.ts';
import type { SessionRefusal } from './transparent-rules.ts';

/** How long a client may wait for a place: its previous session may be about to end, in another worker or at its endpoint. */
const PLACE_MS = 20;
/** The least number of looks: a busy process may handle no event at all within that time. */
const LEAST_LOOKS = 12;
/** How many may wait at once, for one listener of one worker: they hold places of `--max-sessions` meanwhile. */
const MOST_WAITING = 64;

/** What a wait needs of a worker's loop. */
export interface PlaceClock {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /**
   * Runs a task after all events that the kernel has by now were handled. `times` counts the calls in a row: the first must not
   * wait for time to pass.
   */
  readonly settle: (task: () => void, times: number) => void;
}

/** A session whose client is known, and whose ledger has refused it: it may wait for its place, or has to go. */
export interface PlaceSeeker {
  readonly ledger: Ledger;
  /** It needs no place any more, and must not be given one: it would hold that until its end. */
  readonly isEnding: boolean;
  /** It has its place now. */
  placed(): void;
  abort(reason: CloseReason, detail: string | null): void;
}

/**
 * A client that reconnects as soon as its connection has ended is often accepted before that end was handled. So a client is refused
 * for lack of a place only after all events that are pending were handled, and some milliseconds later. A place is free only when
 * its session has ended.
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

  /** Has a session wait if its client has too many of them, and turns it away if it was refused for another reason. */
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
   * Calls `look` until it returns true: it was given a place, or needs none any more. Calls `refuse` if that takes too long, or at
   * once if too many wait already. `most` is `--max-sessions`.
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
