import type { Refusal } from '../../src/accept/refusal.ts';

/** Collects refusals: `next` is each in its turn, awaited if it has not come yet. */
export function refusals(): {
  onRefused: (refusal: Refusal) => void;
  next: () => Promise<Refusal>;
  all: Refusal[];
} {
  const all: Refusal[] = [];
  const waiting: (() => void)[] = [];
  let read = 0;
  return {
    all,
    onRefused(refusal) {
      all.push(refusal);
      for (const wake of waiting.splice(0)) wake();
    },
    async next() {
      while (all.length <= read) await new Promise<void>((resolve) => waiting.push(resolve));
      return all[read++] as Refusal;
    },
  };
}
