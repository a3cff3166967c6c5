import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { Clock } from '../observe/clock.ts';

export interface AwaitedParts {
  readonly source: (key: string) => EndpointSource;
  readonly clock: Pick<Clock, 'after'>;
  readonly withinMs: number;
  /** The wait for some sources is over, whether they have answered or not. */
  readonly over: () => void;
}

/** The sources that listeners in force wait for, with what they had before, until these answer or the time is over. */
export class AwaitedSources {
  readonly #parts: AwaitedParts;
  /** Ends the waits. */
  readonly #cancels = new Set<() => void>();
  /** Keys. It is replaced and never modified, so that it can be put back. */
  current: ReadonlySet<string> = new Set();

  constructor(parts: AwaitedParts) {
    this.#parts = parts;
  }

  /** Waits for those of these sources that have not answered. */
  add(keys: readonly string[]): void {
    const { clock, withinMs, over } = this.#parts;
    const silent = keys.filter((key) => !this.#hasAnswered(key));
    if (silent.length === 0) return;
    this.current = new Set([...this.current, ...silent]);
    const cancel = clock.after(withinMs, () => {
      this.#cancels.delete(cancel);
      this.current = new Set([...this.current].filter((key) => !silent.includes(key)));
      over();
    });
    this.#cancels.add(cancel);
  }

  /** True if one of these sources has not answered, and is still waited for. */
  has(keys: readonly string[]): boolean {
    return keys.some((key) => this.current.has(key) && !this.#hasAnswered(key));
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel();
  }

  #hasAnswered(key: string): boolean {
    return this.#parts.source(key).state.synced;
  }
}
