import type { Reflector, ReflectorListener } from './reflector.ts';
import type { Changed } from './resource-store.ts';

/** A watch of some Services, and its successor while those are about to be others. */
export interface Handover<T> {
  /** What is known of a Service; null where it was not listed yet. */
  of(service: string): Iterable<T> | null;
  /** The Services are these from now on. Those that were known before stay known. */
  cover(services: ReadonlySet<string>): void;
  /** Resolves once nothing is open that is no longer needed. */
  settled(): Promise<void>;
}

export type OpenReflector<T> = (services: ReadonlySet<string>, told: HandoverTold) => Reflector<T>;

export interface HandoverTold extends Pick<ReflectorListener, 'synced' | 'changed'> {
  /** It could not list, or not watch. */
  failed(): void;
}

interface Held<T> {
  readonly services: ReadonlySet<string>;
  readonly reflector: Reflector<T>;
  hasFailed: boolean;
}

/**
 * W13: where the names change the new watch lists before the old one ends, so that nobody who is served has a gap. Names
 * that change again meanwhile wait for that list: were it begun anew each time, none would end while they keep changing.
 */
export function createHandover<T>(open: OpenReflector<T>, changed: (services: Changed) => void): Handover<T> {
  const ending = new Set<Promise<void>>();
  /** It has listed. */
  let current: Held<T> | null = null;
  let next: Held<T> | null = null;
  let wanted: ReadonlySet<string> = new Set();

  function end(held: Held<T> | null): void {
    if (held === null) return;
    const ended = held.reflector.stop().finally(() => ending.delete(ended));
    ending.add(ended);
  }

  function begin(services: ReadonlySet<string>): void {
    const isCurrent = () => current?.reflector === reflector;
    const reflector = open(services, {
      synced() {
        if (next?.reflector !== reflector) return;
        end(current);
        current = next;
        next = null;
        changed(services);
        settle();
      },
      changed: (which) => isCurrent() && changed(which),
      failed() {
        if (next?.reflector !== reflector) return;
        next.hasFailed = true;
        settle();
      },
    });
    next = { services, reflector, hasFailed: false };
    reflector.start();
  }

  function settle(): void {
    if (isSame(wanted, (next ?? current)?.services)) return;
    const isNeeded = wanted.size > 0 && !isSame(wanted, current?.services);
    if (isNeeded && next?.hasFailed === false) return;
    end(next);
    next = null;
    if (isNeeded) begin(wanted);
    if (wanted.size > 0) return;
    end(current);
    current = null;
  }

  return {
    of: (service) => (current?.services.has(service) ? current.reflector.of(service) : null),
    cover(services) {
      wanted = services;
      settle();
    },
    async settled() {
      await Promise.all(ending);
    },
  };
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string> = new Set()): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}
