import type { SourceHealth, SourceListener, SourceRemark } from '../endpoints/endpoint-source.ts';
import type { DiscoveryClock } from './discovery-clock.ts';

/** What a source has to tell of itself: its health for metrics, its remarks for the log, each once. */
export interface Journal {
  readonly health: Omit<SourceHealth, 'synced'>;
  open(listener: SourceListener): void;
  /** Nothing is told from now on. */
  close(): void;
  changed(): void;
  /** A sign of life. */
  alive(): void;
  count(code: string): void;
  /** Tells it, unless it is what was told last under this code. */
  say(remark: SourceRemark): void;
  /** What was said under this code is over; should it come again, it is told again. True where something was said. */
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
