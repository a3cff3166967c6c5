import type { CloseReason } from '../plan/close-reason.ts';
import type { Ledger } from './ledger.ts';
import type { SessionRefusal } from './transparent-rules.ts';

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
