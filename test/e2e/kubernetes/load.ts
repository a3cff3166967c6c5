import { ask } from './world.ts';

const PER_SECOND = 1000;
const MOST_OPEN = 200;

/**
 * Asks so many times a second until it is stopped, whatever becomes of those before; then counts the answers. On a
 * machine that is too busy it asks less: what waits in a queue of this process says nothing of Herald.
 */
export function load(port: number) {
  const asked: Promise<string>[] = [];
  let open = 0;
  let lastAt = performance.now();
  const ticker = setInterval(() => {
    const now = performance.now();
    const due = Math.min(Math.round(((now - lastAt) * PER_SECOND) / 1000), MOST_OPEN - open);
    lastAt = now;
    for (let count = 0; count < due; count++) {
      open++;
      asked.push(ask(port).finally(() => open--));
    }
  }, 5);
  return async () => {
    clearInterval(ticker);
    const counts: { [answer: string]: number } = {};
    for (const answer of await Promise.all(asked)) counts[answer] = (counts[answer] ?? 0) + 1;
    return counts;
  };
}
