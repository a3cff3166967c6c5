import type { Reflector, ReflectorListener } from './reflector.ts';
import type { Changed } from './resource-store.ts';

/** A watch of a set of Services, and its successor while the set is changing. */
export interface Handover<T> {
  /** The objects of a Service; null if they have not been listed yet. */
  of(service: string): Iterable<T> | null;
  /** Sets the Services to watch. What is known of those that stay is kept. */
  cover(services: ReadonlySet<string>): void;
  /** Resolves once every watch that is no longer needed is closed. */
  settled(): Promise<void>;
}

export type OpenReflector<T> = (services: ReadonlySet<string>, told: HandoverListener) => Reflector<T>;

export interface HandoverListener extends Pick<ReflectorListener, 'changed'> {
  /** The first list has been applied; it may be empty. */
  synced(): void;
  /** A list or a watch failed. */
  failed(): void;
}

interface Held<T> {
  readonly services: ReadonlySet<string>;
  readonly reflector: Reflector<T>;
  hasFailed: boolean;
}

/**
 * W13: when the set changes, the new watch lists before the old one ends, so that no follower has a gap. If the set changes
 * again meanwhile, the change waits for that list: restarting the list each time would never finish under frequent changes.
 */
export function createHandover<T>(open: OpenReflector<T>, changed: (services: Changed) => void): Handover<T> {
  const ending = new Set<Promise<void>>();
  /** The watch in use; it has listed. */
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
