import type { ApiFailure } from '../failure.ts';
import { createHandover, type Handover } from './handover.ts';
import type { Reflector, ReflectorListener } from './reflector.ts';
import type { Changed } from './resource-store.ts';

/** What is known about a Service. */
export type Known<T> =
  | { readonly is: 'unknown' }
  /** W14: no permission to read it. That is not an error: options provide what the Service would. */
  | { readonly is: 'forbidden' }
  /** null: it does not exist. */
  | { readonly is: 'known'; readonly value: T | null };

/** Watches the followed Services of a namespace: each by its name while they are few, else all by one watch. */
export interface ServiceWatches<T> {
  of(service: string): Known<T>;
  cover(services: ReadonlySet<string>): void;
  settled(): Promise<void>;
}

/** What a watch of Services reports. */
export type ServiceWatchListener = Pick<ReflectorListener, 'changed'> & {
  /** The first list has been applied; it may be empty. */
  synced(): void;
  /** Returns true if the failure has been handled and is not an outage. */
  failed(failure: ApiFailure): boolean;
  works(): void;
};

export interface ServiceWatchesParts<T> {
  /** Watches all Services of the namespace and keeps these. */
  readonly openAll: (services: ReadonlySet<string>, told: ServiceWatchListener) => Reflector<T>;
  readonly openOne: (service: string, told: ServiceWatchListener) => Reflector<T>;
  readonly changed: (services: Changed) => void;
  /** Called when the permission to read all Services changes. */
  readonly allowed: (isAllowed: boolean) => void;
  /** Called when the permission to read this Service changes. */
  readonly readable: (service: string, isReadable: boolean) => void;
}

/** Watches by name need only `resourceNames` in a Role; above this number one watch of the namespace costs less. */
const MAX_BY_NAME = 8;
/** W8: right after a restart a server may forbid what it allows later, so a former permission survives this many refusals. */
const MAX_DENIED = 3;

interface One<T> {
  readonly reflector: Reflector<T>;
  isForbidden: boolean;
}

export function createServiceWatches<T>(parts: ServiceWatchesParts<T>): ServiceWatches<T> {
  const { changed } = parts;
  const ones = new Map<string, One<T>>();
  const ending = new Set<Promise<void>>();
  let wanted: ReadonlySet<string> = new Set();
  /** How often in a row the watch of all Services was forbidden. */
  let denied = 0;
  /** The watch of all Services is forbidden, and each is watched by its name. */
  let isDenied = false;
  const all: Handover<T> = createHandover<T>((services, told) => {
    const reflector = parts.openAll(services, {
      synced() {
        told.synced();
        allow();
      },
      ...{ changed: told.changed, failed, works: allow },
    });
    return reflector;

    function failed({ code }: ApiFailure): boolean {
      told.failed();
      if (code !== 'forbidden') return false;
      denied++;
      if (!isDenied && (!reflector.synced || denied >= MAX_DENIED)) {
        isDenied = true;
        parts.allowed(false);
        settle();
      }
      return isDenied;
    }
  }, changed);

  function allow(): void {
    denied = 0;
    if (isDenied) parts.allowed(true);
    isDenied = false;
    settle();
  }

  function openOne(service: string): void {
    const set = new Set([service]);
    const reflector = parts.openOne(service, {
      synced() {
        permit();
        changed(set);
        settle();
      },
      changed,
      failed({ code }) {
        if (code !== 'forbidden' || reflector.synced) return false;
        if (one.isForbidden) return true;
        one.isForbidden = true;
        parts.readable(service, false);
        changed(set);
        settle();
        return true;
      },
      works: permit,
    });
    const one: One<T> = { reflector, isForbidden: false };
    function permit(): void {
      if (one.isForbidden) parts.readable(service, true);
      one.isForbidden = false;
    }
    ones.set(service, one);
    reflector.start();
  }

  function endOne(service: string): void {
    const one = ones.get(service);
    if (one === undefined) return;
    ones.delete(service);
    if (one.isForbidden) parts.readable(service, true);
    const ended = one.reflector.stop().finally(() => ending.delete(ended));
    ending.add(ended);
  }

  /** Opens the watches that are needed, and ends the others once their successors have listed. */
  function settle(): void {
    const names = [...wanted];
    const isFew = wanted.size <= MAX_BY_NAME;
    if (isFew || isDenied) for (const name of names) if (!ones.has(name)) openOne(name);
    for (const name of [...ones.keys()]) if (!wanted.has(name)) endOne(name);
    const isOneKnown = (name: string) => {
      const one = ones.get(name);
      return one !== undefined && (one.reflector.synced || one.isForbidden);
    };
    if (isFew && names.every(isOneKnown)) {
      all.cover(new Set());
      if (isDenied) parts.allowed(true);
      denied = 0;
      isDenied = false;
    }
    if (!isFew && !isDenied && names.every((name) => all.of(name) !== null)) names.forEach(endOne);
  }

  return {
    of(service) {
      const ofAll = all.of(service);
      const one = ones.get(service);
      if (ofAll !== null && !(isDenied && one?.reflector.synced)) return known(ofAll);
      if (one?.reflector.synced) return known(one.reflector.of(service));
      return { is: one?.isForbidden ? 'forbidden' : 'unknown' };
    },
    cover(services) {
      wanted = services;
      if (services.size > MAX_BY_NAME || services.size === 0) all.cover(services);
      settle();
    },
    async settled() {
      await Promise.all([all.settled(), ...ending]);
    },
  };
}

function known<T>(values: Iterable<T>): Known<T> {
  const [value = null] = values;
  return { is: 'known', value };
}
