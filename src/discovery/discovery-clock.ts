/** The clock of discovery. It is passed in, so that tests can control it. */
export interface DiscoveryClock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Milliseconds since 1970. */
  date(): number;
  /** Calls `run` once after `ms`, unless the returned function is called before. Keeps no process alive. */
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
