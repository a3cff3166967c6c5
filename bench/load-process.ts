import type { LoadPlan } from '../src/load/load-plan.ts';
import type { Outcome } from '../src/load/outcome.ts';
import { Child } from './child.ts';
import type { Answer, Order } from './load.ts';

const SCRIPT = new URL('./load.js', import.meta.url).pathname;

/** Connections held open while something else is measured. */
export interface HeldRun {
  /** Closes them; resolves with the outcome until then. */
  end(): Promise<Outcome>;
}

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** The load generator: `herald load` in a process of its own. */
export class LoadProcess {
  readonly #child = new Child('the load generator', process.execPath, [SCRIPT], {
    part: 'load',
    talks: true,
  });
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor() {
    const { process } = this.#child;
    process.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.run);
      this.#waiting.delete(answer.run);
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.outcome);
    });
    process.once('exit', () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(this.#child.end ?? 'the load generator ended'));
      }
    });
  }

  /** Plays a plan to its end. */
  run(plan: LoadPlan): Promise<Outcome> {
    return this.#begin(this.#next++, plan);
  }

  /** Plays a plan until it is closed or over. */
  hold(plan: LoadPlan): HeldRun {
    const run = this.#next++;
    const outcome = this.#begin(run, plan);
    // The outcome is awaited only by `close`; until then a rejection must not be unhandled.
    outcome.catch(() => {});
    return {
      end: () => {
        if (this.#waiting.has(run)) this.#send({ order: 'stop', run });
        return outcome;
      },
    };
  }

  /** Ends all runs that are still active, after a failure. */
  endAll(): void {
    for (const run of this.#waiting.keys()) this.#send({ order: 'stop', run });
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  #begin(run: number, plan: LoadPlan): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(run, { resolve, reject });
      this.#send({ order: 'begin', run, plan });
    });
  }

  #send(order: Order): void {
    this.#child.process.send(order, (error) => {
      if (error !== null) this.#waiting.get(order.run)?.reject(error);
    });
  }
}
