import type { Probe, ProbeFailure, ProbeTarget } from './probe-target.ts';

/** Checks in a row that take an endpoint out, and that bring it back. */
const FALL = 3;
const RISE = 2;
/** Checks that are under way at once: thousands of endpoints must not be thousands of sockets. */
const AT_ONCE = 64;
/** Intervals are between 0.9 and 1.1 of what was asked for, so that checks of many edges do not march in step. */
const JITTER = 0.2;

export interface ProberParts {
  readonly probe: Probe;
  /** Calls `run` once after `ms`, unless the returned function is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** 0 to 1. */
  readonly random: () => number;
  /** A check failed, whatever that leads to. */
  readonly failed: (target: ProbeTarget, failure: ProbeFailure) => void;
  /** An endpoint is down from now on, up again, or no longer watched while it was down. */
  readonly changed: (target: ProbeTarget, now: 'down' | 'up' | 'gone') => void;
}

interface Watched {
  target: ProbeTarget;
  down: boolean;
  /** Checks in a row that say the opposite of `down`. */
  against: number;
  /** Ends what it waits for: its turn, its place, or its answer. */
  cancel: () => void;
}

/** Checks endpoints one after the other for as long as they are watched. Each begins as one that is up. */
export class Prober {
  readonly #parts: ProberParts;
  readonly #watched = new Map<string, Watched>();
  /** Those whose turn has come while too many were under way. */
  readonly #queue = new Set<Watched>();
  /** How many of each listener are down: a scrape asks it of every listener. */
  readonly #down = new Map<string, number>();
  #running = 0;

  constructor(parts: ProberParts) {
    this.#parts = parts;
  }

  /** Watches exactly these: what is known of those that stay goes on. */
  watch(targets: readonly ProbeTarget[]): void {
    const wanted = new Map(targets.map((target) => [keyOf(target), target]));
    for (const [key, watched] of this.#watched) {
      if (wanted.has(key)) continue;
      this.#watched.delete(key);
      watched.cancel();
      // Whoever has its slot next must not find it down.
      if (!watched.down) continue;
      this.#count(watched.target, -1);
      this.#parts.changed(watched.target, 'gone');
    }
    for (const [key, target] of wanted) {
      const known = this.#watched.get(key);
      if (known !== undefined) known.target = target;
      else this.#add(key, target);
    }
  }

  /** How many of a listener's endpoints are down. */
  down(listener: string): number {
    return this.#down.get(listener) ?? 0;
  }

  stop(): void {
    for (const watched of this.#watched.values()) watched.cancel();
    this.#watched.clear();
    this.#down.clear();
  }

  #count({ listener }: ProbeTarget, more: 1 | -1): void {
    const count = this.down(listener) + more;
    if (count === 0) this.#down.delete(listener);
    else this.#down.set(listener, count);
  }

  #add(key: string, target: ProbeTarget): void {
    const watched: Watched = { target, down: false, against: 0, cancel: () => {} };
    this.#watched.set(key, watched);
    this.#wait(watched, this.#parts.random());
  }

  #wait(watched: Watched, share: number): void {
    watched.cancel = this.#parts.after(watched.target.intervalMs * share, () => this.#begin(watched));
  }

  #begin(watched: Watched): void {
    if (this.#running >= AT_ONCE) {
      this.#queue.add(watched);
      watched.cancel = () => this.#queue.delete(watched);
      return;
    }
    this.#running++;
    const stop = this.#parts.probe(watched.target, (failure) => {
      this.#leave();
      this.#wait(watched, 1 - JITTER / 2 + JITTER * this.#parts.random());
      this.#take(watched, failure);
    });
    watched.cancel = () => {
      stop();
      this.#leave();
    };
  }

  /** One check is over: the next in the queue may begin. */
  #leave(): void {
    this.#running--;
    const [next] = this.#queue;
    if (next === undefined) return;
    this.#queue.delete(next);
    this.#begin(next);
  }

  #take(watched: Watched, failure: ProbeFailure | null): void {
    const { failed, changed } = this.#parts;
    if (failure !== null) failed(watched.target, failure);
    // What is wrong with us is no verdict on the endpoint.
    if (failure === 'local') return;
    watched.against = (failure !== null) === watched.down ? 0 : watched.against + 1;
    if (watched.against < (watched.down ? RISE : FALL)) return;
    watched.against = 0;
    watched.down = !watched.down;
    this.#count(watched.target, watched.down ? 1 : -1);
    changed(watched.target, watched.down ? 'down' : 'up');
  }
}

function keyOf({ listener, endpoint }: ProbeTarget): string {
  return `${listener} ${endpoint.slot} ${endpoint.text}`;
}
