export interface BurstParts {
  /** At most so often. */
  readonly everyMs: number;
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  /** What is to be done; while it is under way, what comes joins the next time. */
  readonly run: () => Promise<void>;
}

/** Does something at once when it is asked for, and what is asked for soon after that together, a little later. */
export interface Burst {
  ask(): void;
  stop(): void;
}

export function createBurst({ everyMs, now, after, run }: BurstParts): Burst {
  let asked = false;
  let running = false;
  let lastAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;
  let stopped = false;

  const look = (): void => {
    if (!asked || running || cancel !== null || stopped) return;
    const wait = lastAt + everyMs - now();
    if (wait > 0) {
      cancel = after(wait, () => {
        cancel = null;
        look();
      });
      return;
    }
    asked = false;
    running = true;
    lastAt = now();
    void run().finally(() => {
      running = false;
      look();
    });
  };
  return {
    ask() {
      asked = true;
      look();
    },
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
