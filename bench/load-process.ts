import { Child } from './child.ts';
import type { LoadOrders, Order } from './load.ts';

const SCRIPT = new URL('./load.js', import.meta.url).pathname;

type Parameter<Do extends keyof LoadOrders> = Parameters<LoadOrders[Do]>[0];

/** The load generator, in a process of its own. Each order resolves to the milliseconds that it took. */
export class LoadProcess {
  readonly #child = new Child('the load generator', process.execPath, [SCRIPT], true);

  visit(order: Parameter<'visit'>): Promise<number> {
    return this.#send({ do: 'visit', ...order });
  }

  open(order: Parameter<'open'>): Promise<number> {
    return this.#send({ do: 'open', ...order });
  }

  ask(order: Parameter<'ask'>): Promise<number> {
    return this.#send({ do: 'ask', ...order });
  }

  release(order: Parameter<'release'>): Promise<number> {
    return this.#send({ do: 'release', ...order });
  }

  drink(order: Parameter<'drink'>): Promise<number> {
    return this.#send({ do: 'drink', ...order });
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  #send(order: Order): Promise<number> {
    return new Promise((resolve, reject) => {
      const { process } = this.#child;
      const exited = (): void => reject(new Error(this.#child.end ?? 'the load generator ended'));
      process.once('exit', exited);
      process.once('message', (answer: { ms: number } | { error: string }) => {
        process.off('exit', exited);
        if ('error' in answer) reject(new Error(answer.error));
        else resolve(answer.ms);
      });
      process.send(order, (error) => error && reject(error));
    });
  }
}
