import type { SourceHealth, SourceListener, SourceRemark } from '../endpoints/endpoint-source.ts';
import type { DiscoveryClock } from './discovery-clock.ts';

/** What a source reports about itself: health for metrics, and remarks for the log without repetition. */
export interface Journal {
  readonly health: Omit<SourceHealth, 'synced'>;
  open(listener: SourceListener): void;
  /** Reports nothing from now on. */
  close(): void;
  changed(): void;
  /** Something was received: updates `lastEventAt`. */
  alive(): void;
  /** Counts an error. */
  count(code: string): void;
  /** Reports the remark, unless it equals the last one with this code. */
  say(remark: SourceRemark): void;
  /** The condition with this code is over: the same remark would be reported again. True if one was reported. */
  over(code: string): boolean;
}

export function createJournal(clock: DiscoveryClock): Journal {
  return new ClockedJournal(clock);
}

const NO_ERRORS: ReadonlyMap<string, number> = new Map();

/** A class, because a gateway has one for each Service: closures take three times as much. */
class ClockedJournal implements Journal {
  readonly #clock: DiscoveryClock;
  /** Made with the first error, as most sources have none; so is `#said`. */
  #errors: Map<string, number> | null = null;
  #said: Map<string, string> | null = null;
  #lastEventAt: number | null = null;
  #listener: SourceListener | null = null;

  constructor(clock: DiscoveryClock) {
    this.#clock = clock;
  }

  get health(): Journal['health'] {
    return { errors: this.#errors ?? NO_ERRORS, lastEventAt: this.#lastEventAt };
  }

  open(listener: SourceListener): void {
    this.#listener = listener;
  }

  close(): void {
    this.#listener = null;
  }

  changed(): void {
    this.#listener?.changed();
  }

  alive(): void {
    this.#lastEventAt = this.#clock.date() / 1000;
  }

  count(code: string): void {
    this.#errors ??= new Map();
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  say(remark: SourceRemark): void {
    this.#said ??= new Map();
    if (this.#said.get(remark.code) === remark.message) return;
    this.#said.set(remark.code, remark.message);
    this.#listener?.remark(remark);
  }

  over(code: string): boolean {
    return this.#said?.delete(code) ?? false;
  }
}
