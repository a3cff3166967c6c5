/** Listeners that could not be opened, and when each is tried again. */
export interface OpenFailures {
  /** By name, why: one sentence. Those that rest are in it until they have been opened. */
  readonly current: ReadonlyMap<string, string>;
  /** Whether the listener is left out for now. */
  isResting(name: string, nowMs: number): boolean;
  /**
   * Listeners were offered. `wanted`: all that objects ask for; `tried`: those that were offered; `failed`: those of them that could
   * not be opened. Returns true if `current` has changed.
   */
  note(
    wanted: ReadonlySet<string>,
    tried: ReadonlySet<string>,
    failed: ReadonlyMap<string, string>,
    nowMs: number,
  ): boolean;
  /** When the next one is tried again; null: none failed. */
  readonly nextRetryMs: number | null;
}

/** Another program may give a port up at any time, and a try costs little. */
const FIRST_MS = 1000;
const MOST_MS = 60_000;

interface Failed {
  readonly why: string;
  readonly waitMs: number;
  readonly retryAtMs: number;
}

export function createOpenFailures(): OpenFailures {
  const all = new Map<string, Failed>();
  let current: ReadonlyMap<string, string> = new Map();

  return {
    get current() {
      return current;
    },
    isResting: (name, nowMs) => (all.get(name)?.retryAtMs ?? nowMs) > nowMs,
    note(wanted, tried, failed, nowMs) {
      for (const name of all.keys())
        if (!wanted.has(name) || (tried.has(name) && !failed.has(name))) all.delete(name);
      for (const [name, why] of failed) {
        const before = all.get(name)?.waitMs;
        const waitMs = before === undefined ? FIRST_MS : Math.min(2 * before, MOST_MS);
        all.set(name, { why, waitMs, retryAtMs: nowMs + waitMs });
      }
      const next = new Map([...all].map(([name, { why }]) => [name, why]));
      const isChanged =
        next.size !== current.size || [...next].some(([name, why]) => current.get(name) !== why);
      if (isChanged) current = next;
      return isChanged;
    },
    get nextRetryMs() {
      const times = [...all.values()].map(({ retryAtMs }) => retryAtMs);
      return times.length === 0 ? null : times.reduce((least, time) => Math.min(least, time));
    },
  };
}
