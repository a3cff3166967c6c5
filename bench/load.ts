import type { LoadPlan } from '../src/load/load-plan.ts';
import type { Outcome } from '../src/load/outcome.ts';
import { type LoadRun, startLoad } from '../src/load/run-load.ts';

/**
 * `herald load` in a process of its own, controlled by messages: starts a run for each plan, also several at once, and
 * answers each with its outcome.
 */
export type Order =
  | { readonly order: 'begin'; readonly run: number; readonly plan: LoadPlan }
  | { readonly order: 'stop'; readonly run: number };

export type Answer =
  | { readonly run: number; readonly outcome: Outcome }
  | { readonly run: number; readonly error: string };

const runs = new Map<number, LoadRun>();

process.on('message', (order: Order) => {
  if (order.order === 'stop') runs.get(order.run)?.stop();
  else void play(order.run, order.plan);
});
process.on('disconnect', () => process.exit(1));

async function play(number: number, plan: LoadPlan): Promise<void> {
  const run = startLoad(plan, 'epoll');
  runs.set(number, run);
  const tell = (answer: Answer): void => void process.send!(answer);
  try {
    tell({ run: number, outcome: await run.outcome });
  } catch (error) {
    tell({ run: number, error: (error as Error).message });
  } finally {
    runs.delete(number);
  }
}
