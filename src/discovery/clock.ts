/** The clock of discovery. It is an argument, so that tests can control time. */
export interface DiscoveryClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since 1970. */
  date(): number;
  /** Calls `run` once after `ms`, unless the returned function is called before. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}

export const realClock: DiscoveryClock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
