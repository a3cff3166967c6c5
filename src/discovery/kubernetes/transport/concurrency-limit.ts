/** Runs things, so many at a time; the rest wait, in their order. */
export interface ConcurrencyLimit {
  /** null where the signal came before the turn did. */
  run<T>(begin: () => Promise<T>, signal: AbortSignal): Promise<T | null>;
}

export function createConcurrencyLimit(atOnce: number): ConcurrencyLimit {
  const waiting = new Set<() => void>();
  let running = 0;

  function turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isMine: boolean) => {
        waiting.delete(take);
        signal.removeEventListener('abort', leave);
        resolve(isMine);
      };
      const take = () => end(true);
      const leave = () => end(false);
      waiting.add(take);
      signal.addEventListener('abort', leave);
      if (signal.aborted) leave();
    });
  }
  return {
    async run(begin, signal) {
      // The turn of one that ends is handed on, so that nobody who comes meanwhile takes it.
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
