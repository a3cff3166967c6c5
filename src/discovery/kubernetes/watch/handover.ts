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

export type OpenReflector<T> = (
  services: ReadonlySet<string>,
  told: Pick<ReflectorListener, 'synced' | 'changed'>,
) => Reflector<T>;

interface Held<T> {
  readonly services: ReadonlySet<string>;
  readonly reflector: Reflector<T>;
}

/** W13: where the names change the new watch lists before the old one ends, so that nobody who is served has a gap. */
export function createHandover<T>(open: OpenReflector<T>, changed: (services: Changed) => void): Handover<T> {
  const ending = new Set<Promise<void>>();
  /** It has listed. */
  let current: Held<T> | null = null;
  let next: Held<T> | null = null;

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
      },
      changed: (which) => isCurrent() && changed(which),
    });
    next = { services, reflector };
    reflector.start();
  }

  return {
    of: (service) => (current?.services.has(service) ? current.reflector.of(service) : null),
    cover(services) {
      if (isSame(services, (next ?? current)?.services)) return;
      end(next);
      next = null;
      if (services.size === 0) {
        end(current);
        current = null;
      } else if (!isSame(services, current?.services)) begin(services);
    },
    async settled() {
      await Promise.all(ending);
    },
  };
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string> = new Set()): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}
