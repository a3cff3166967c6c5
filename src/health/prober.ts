import type { Probe, ProbeFailure, ProbeTarget } from './probe-target.ts';

/** How many failed checks in a row mark an endpoint as down, and how many good ones mark it as up again. */
const FALL = 3;
const RISE = 2;
/** Checks that run at the same time: thousands of endpoints must not become thousands of sockets. */
const AT_ONCE = 64;
/** Intervals vary between 0.9 and 1.1 of the configured one, so that the checks of many edges do not coincide. */
const JITTER = 0.2;

export interface ProberParts {
  readonly probe: Probe;
  /** Calls `run` once after `ms`, unless the returned function is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** 0 to 1. */
  readonly random: () => number;
  /** Called for each failed check, whether or not the endpoint goes down. */
  readonly failed: (target: ProbeTarget, failure: ProbeFailure) => void;
  /** Called when an endpoint goes down, comes up again, or leaves the watched set while it is down. */
  readonly changed: (target: ProbeTarget, now: 'down' | 'up' | 'gone') => void;
}

interface Watched {
  target: ProbeTarget;
  down: boolean;
  /** Checks in a row whose result contradicts `down`. */
  against: number;
  /** Cancels the timer, the place in the queue, or the running check. */
  cancel: () => void;
}

/**
 * Checks endpoints periodically as long as they are watched. An endpoint begins as up.
 *
 *     watch(targets) ─▶ wait (interval) ─▶ queue (64 at once) ─▶ probe-tcp: connect, send probe-header, end
 *                            ▲                                        │ result
 *                            └──────────── count, go up or down ◀─────┘──▶ failed, changed: control/ writes shared memory
 */
export class Prober {
  readonly #parts: ProberParts;
  readonly #watched = new Map<string, Watched>();
  /** Endpoints that are due while the maximum number of checks is running. */
  readonly #queue = new Set<Watched>();
  /** How many endpoints of each listener are down. Kept, because every scrape reads it for every listener. */
  readonly #down = new Map<string, number>();
  #running = 0;

  constructor(parts: ProberParts) {
    this.#parts = parts;
  }

  /** Watches exactly these targets. The state of those that stay is kept. */
  watch(targets: readonly ProbeTarget[]): void {
    const wanted = new Map(targets.map((target) => [keyOf(target), target]));
    for (const [key, watched] of this.#watched) {
      if (wanted.has(key)) continue;
      this.#watched.delete(key);
      watched.cancel();
      // The next endpoint in this slot must not begin as down.
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
      this.#settle(watched, failure);
    });
    watched.cancel = () => {
      stop();
      this.#leave();
    };
  }

  /** A check has ended: the next one in the queue may begin. */
  #leave(): void {
    this.#running--;
    const [next] = this.#queue;
    if (next === undefined) return;
    this.#queue.delete(next);
    this.#begin(next);
  }

  #settle(watched: Watched, failure: ProbeFailure | null): void {
    const { failed, changed } = this.#parts;
    if (failure !== null) failed(watched.target, failure);
    // A local shortage says nothing about the endpoint.
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
