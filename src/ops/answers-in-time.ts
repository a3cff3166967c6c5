import type { Clock } from '../observe/clock.ts';

/** A thread that takes longer to answer counts as stuck. Kubernetes gives a probe one second by default. */
const ALIVE_MS = 900;

/** False if the answer is false, an error, or late. */
export function answersInTime(
  answer: boolean | Promise<boolean>,
  clock: Pick<Clock, 'after'>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ALIVE_MS, () => resolve(false));
    Promise.resolve(answer)
      .catch(() => false)
      .then((alive) => {
        cancel();
        resolve(alive);
      });
  });
}
