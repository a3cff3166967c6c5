import { visit } from './gateway-client.ts';

/** Clients that keep coming to a port, one after the other, until `stop`. */
export interface SteadyVisits {
  /** Resolves once so many more have been answered. */
  next(count: number): Promise<void>;
  /** Each answer, with how often it came. */
  stop(): Promise<{ readonly [answer: string]: number }>;
}

export function steadyVisits(port: number, clients = 4): SteadyVisits {
  const answers = new Map<string, number>();
  const waiting = new Set<{ left: number; readonly done: () => void }>();
  let isOver = false;
  const come = async () => {
    while (!isOver) {
      const answer = await visit(port);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      for (const each of waiting) {
        each.left -= 1;
        if (each.left > 0) continue;
        waiting.delete(each);
        each.done();
      }
    }
  };
  const running = Promise.all(Array.from({ length: clients }, come));
  return {
    next: (left) => new Promise((done) => waiting.add({ left, done })),
    async stop() {
      isOver = true;
      await running;
      return Object.fromEntries(answers);
    },
  };
}
