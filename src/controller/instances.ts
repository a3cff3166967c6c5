import type { DiscoveryClock } from '../discovery/discovery-clock.ts';
import type { InstanceReading, InstanceState } from './instance-report.ts';

/** The instances of the gateway, from their Leases. An instance stays the same object while nothing is new about it. */
export interface Instances {
  readonly all: ReadonlyMap<string, InstanceState>;
  /** A Lease was read that is new or has changed. */
  put(reading: InstanceReading): void;
  remove(name: string): void;
  stop(): void;
}

/** `changed`: `all` is another map than before, because a Lease says something new, is gone, or has expired. */
export function createInstances(clock: DiscoveryClock, changed: () => void): Instances {
  const expiries = new Map<string, number>();
  /** Instances that expired, and how long their Leases were good. */
  const lapsed = new Map<string, number>();
  const durations = new Map<string, number>();
  let all: ReadonlyMap<string, InstanceState> = new Map();
  let cancel = () => {};

  function replace(name: string, state: InstanceState | null): void {
    const next = new Map(all);
    if (state === null) next.delete(name);
    else next.set(name, state);
    all = next;
    changed();
  }

  function expire(): void {
    const now = clock.now();
    for (const [name, at] of expiries) {
      if (at > now) continue;
      expiries.delete(name);
      lapsed.set(name, durations.get(name)!);
      replace(name, { ...all.get(name)!, isFresh: false });
    }
    awaitExpiry();
  }

  function awaitExpiry(): void {
    cancel();
    cancel = () => {};
    if (expiries.size > 0) cancel = clock.after(Math.min(...expiries.values()) - clock.now(), expire);
  }

  /**
   * If all have expired, this process has seen nothing for a while: the API was away. Each then gets its time anew, else the first
   * one to be seen again would for a moment be the only one to be published.
   */
  function revive(): void {
    if (expiries.size > 0) return;
    for (const [name, durationMs] of lapsed) {
      expiries.set(name, clock.now() + durationMs);
      replace(name, { ...all.get(name)!, isFresh: true });
    }
    lapsed.clear();
  }

  return {
    get all() {
      return all;
    },
    put({ name, state, expiresAtMs }) {
      revive();
      lapsed.delete(name);
      durations.set(name, expiresAtMs - clock.now());
      if (state.isFresh) expiries.set(name, expiresAtMs);
      else expiries.delete(name);
      awaitExpiry();
      if (JSON.stringify(all.get(name)) !== JSON.stringify(state)) replace(name, state);
    },
    remove(name) {
      for (const each of [expiries, lapsed, durations]) each.delete(name);
      awaitExpiry();
      if (all.has(name)) replace(name, null);
    },
    stop: () => cancel(),
  };
}
