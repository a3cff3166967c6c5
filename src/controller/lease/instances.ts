import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';
import type { InstanceReading, InstanceState } from './instance-report.ts';

/** The instances of the gateway, from their Leases. An instance stays the same object while nothing is new about it. */
export interface Instances {
  readonly all: ReadonlyMap<string, InstanceState>;
  /** Something was received from the watch of Leases; before what it is gets `put`. */
  seen(): void;
  /** A Lease was read that is new or has changed. */
  put(reading: InstanceReading): void;
  remove(name: string): void;
  stop(): void;
}

/**
 * After so long without anything, this process sees no renewals at all, since its own comes each 5 s. Whoever was well until then
 * expires 10 s later at the earliest.
 */
const UNSEEN_MS = 9000;

/**
 * `changed`: `all` is another map than before, because a Lease says something new, is gone, or has expired. While the API is away
 * nobody expires, and afterwards each instance gets its whole time anew: not all of them reach the API in the same second.
 */
export function createInstances(clock: DiscoveryClock, changed: () => void): Instances {
  /** By name, when it expires. */
  const expiries = new Map<string, number>();
  const durations = new Map<string, number>();
  /** As of now. `all` is copied when it is asked for: the first list may have thousands. */
  const known = new Map<string, InstanceState>();
  let all: ReadonlyMap<string, InstanceState> | null = null;
  let seenAt = clock.now();
  let wakesAt = Number.POSITIVE_INFINITY;
  let cancel = () => {};

  function replace(name: string, state: InstanceState | null): void {
    if (state === null) known.delete(name);
    else known.set(name, state);
    all = null;
    changed();
  }

  function expire(): void {
    const now = clock.now();
    if (now - seenAt >= UNSEEN_MS) return;
    for (const [name, at] of expiries) {
      if (at > now) continue;
      expiries.delete(name);
      replace(name, { ...known.get(name)!, isFresh: false });
    }
    awaitNext();
  }

  function awaitNext(): void {
    cancel();
    wakesAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const at of expiries.values()) next = Math.min(next, at);
    awaitExpiry(next);
  }

  /** Most expiries move away before they come: the one that waits is not put off each time, and looks who is next. */
  function awaitExpiry(at: number): void {
    if (at >= wakesAt) return;
    cancel();
    wakesAt = at;
    cancel = clock.after(at - clock.now(), expire);
  }

  function seen(): void {
    const now = clock.now();
    const isBack = now - seenAt >= UNSEEN_MS;
    seenAt = now;
    if (!isBack) return;
    for (const [name, at] of expiries) expiries.set(name, Math.max(at, now + durations.get(name)!));
    awaitNext();
  }

  return {
    get all() {
      all ??= new Map(known);
      return all;
    },
    seen,
    put({ name, state, expiresAtMs }) {
      seen();
      durations.set(name, expiresAtMs - clock.now());
      if (state.isFresh) expiries.set(name, expiresAtMs);
      else expiries.delete(name);
      if (state.isFresh) awaitExpiry(expiresAtMs);
      if (JSON.stringify(known.get(name)) !== JSON.stringify(state)) replace(name, state);
    },
    remove(name) {
      for (const each of [expiries, durations]) each.delete(name);
      if (expiries.size === 0) awaitNext();
      if (known.has(name)) replace(name, null);
    },
    stop: () => cancel(),
  };
}
