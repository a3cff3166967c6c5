/** Runs at most a fixed number of tasks at a time; the others wait in order. */
export interface ConcurrencyLimit {
  /** Resolves to null if the signal is aborted before the task begins. */
  run<T>(begin: () => Promise<T>, signal: AbortSignal): Promise<T | null>;
}

export function createConcurrencyLimit(atOnce: number): ConcurrencyLimit {
  const waiting = new Set<() => void>();
  let running = 0;

  function turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isMine: boolean) => {
        waiting.delete(start);
        signal.removeEventListener('abort', leave);
        resolve(isMine);
      };
      const start = () => end(true);
      const leave = () => end(false);
      waiting.add(start);
      signal.addEventListener('abort', leave);
      if (signal.aborted) leave();
    });
  }
  return {
    async run(begin, signal) {
      // A task that ends passes its place on directly, so that no newcomer can take it first.
      if (running < atOnce) running++;
      else if (!(await turn(signal))) return null;
      try {
        return await begin();
      } finally {
        const [next] = waiting;
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
