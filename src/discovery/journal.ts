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
  const errors = new Map<string, number>();
  const said = new Map<string, string>();
  let lastEventAt: number | null = null;
  let listener: SourceListener | null = null;
  return {
    health: {
      errors,
      get lastEventAt() {
        return lastEventAt;
      },
    },
    open(given) {
      listener = given;
    },
    close() {
      listener = null;
    },
    changed: () => listener?.changed(),
    alive() {
      lastEventAt = clock.date() / 1000;
    },
    count(code) {
      errors.set(code, (errors.get(code) ?? 0) + 1);
    },
    say(remark) {
      if (said.get(remark.code) === remark.message) return;
      said.set(remark.code, remark.message);
      listener?.remark(remark);
    },
    over: (code) => said.delete(code),
  };
}
