import type { DiscoveryClock } from '../discovery-clock.ts';
import type { KubernetesClient } from './api-client.ts';
import type { ApiFailure, FailureCode } from './failure.ts';
import { objectOf, textOf } from './json.ts';
import { readService, type Service } from './service.ts';
import { readSlice, type Slice } from './slice.ts';
import { createHandover } from './watch/handover.ts';
import { createReflector, type Reflector, type ReflectorOptions } from './watch/reflector.ts';
import type { Changed } from './watch/resource-store.ts';
import { createServiceWatches, type Known, type ServiceWatchListener } from './watch/service-watches.ts';
import type { Troubles, Watched } from './watch/troubles.ts';

/** Is notified about one Service. */
export interface FollowListener {
  /** The slices or the Service have changed. */
  changed(): void;
  /** A watch for it was interrupted or could not be opened. */
  failed(code: FailureCode): void;
}

export interface Follower {
  readonly service: string;
  readonly listener: FollowListener;
}

/** The watches of one namespace, shared by all followers of its Services. */
export interface NamespaceWatches {
  readonly isUnused: boolean;
  readonly lastEventAt: number | null;
  add(follower: Follower): void;
  /** Resolves once everything is closed that was open for this follower only. */
  remove(follower: Follower): Promise<void>;
  slicesOf(service: string): Iterable<Slice> | null;
  service(service: string): Known<Service>;
}

export interface NamespaceParts {
  readonly namespace: string;
  readonly client: KubernetesClient;
  readonly troubles: Troubles;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
}

const LABEL = 'kubernetes.io/service-name';
/** More names would make a long query, and the server would compare each event with all of them. */
const MAX_SELECTED = 32;

export function createNamespaceWatches(parts: NamespaceParts): NamespaceWatches {
  const { namespace, client, troubles, clock, random } = parts;
  const place = encodeURIComponent(namespace);
  const followers = new Map<string, Set<Follower>>();
  let lastEventAt: number | null = null;
  let applying: Promise<void> | null = null;

  const slices = createHandover<Slice>(
    (services, told) =>
      open<Slice>({
        path: `/apis/discovery.k8s.io/v1/namespaces/${place}/endpointslices`,
        selector: services.size > MAX_SELECTED ? {} : { labelSelector: labelSelector(services) },
        read(object) {
          const value = readSlice(object, { namespace, services });
          return value && { service: value.service, value };
        },
        told: {
          ...told,
          failed() {
            told.failed();
            return false;
          },
        },
        ...{ services, watched: { kind: 'slices', of: namespace } },
      }),
    changed,
  );
  const services = createServiceWatches<Service>({
    openAll: (wanted, told) =>
      openServices({ told, services: wanted, selector: {}, watched: { kind: 'service', of: namespace } }),
    openOne: (service, told) =>
      openServices({
        ...{ told, services: new Set([service]), selector: { fieldSelector: `metadata.name=${service}` } },
        watched: { kind: 'service', of: `${namespace}/${service}` },
      }),
    changed,
    allowed: (isAllowed) => troubles.allowed(namespace, isAllowed),
    readable: (service, isReadable) => troubles.readable(`${namespace}/${service}`, isReadable),
  });

  function openServices(opening: Omit<Opening<Service>, 'path' | 'read'>): Reflector<Service> {
    return open<Service>({
      path: `/api/v1/namespaces/${place}/services`,
      read(object) {
        const service = textOf(objectOf(objectOf(object).metadata).name);
        if (service === null || !opening.services.has(service)) return null;
        const value = readService(object, namespace, service);
        return value && { service, value };
      },
      ...opening,
    });
  }

  function open<T>({ told, services, watched, ...what }: Opening<T>): Reflector<T> {
    let isStopped = false;
    const reflector = createReflector<T>({
      ...{ ...what, client, clock, random },
      listener: {
        synced: () => told.synced(),
        changed: (which) => told.changed(which),
        alive() {
          lastEventAt = clock.date() / 1000;
        },
        broke: (failed) => count(services, failed),
        failed(failed) {
          if (told.failed?.(failed)) return troubles.over(watched);
          count(services, failed);
          // A stopped watch says nothing: its successor reports its own state.
          if (!isStopped) troubles.failed(watched, failed);
        },
        works() {
          troubles.over(watched);
          told.works?.();
        },
      },
    });
    return {
      ...reflector,
      get synced() {
        return reflector.synced;
      },
      stop() {
        isStopped = true;
        troubles.gone(watched);
        return reflector.stop();
      },
    };
  }

  function count(services: ReadonlySet<string>, { code }: ApiFailure): void {
    for (const service of services)
      for (const { listener } of followers.get(service) ?? []) listener.failed(code);
  }

  function changed(which: Changed): void {
    for (const service of which) for (const { listener } of followers.get(service) ?? []) listener.changed();
  }

  /** Combines all followers that come and go in one turn of the event loop into one change of the watches. */
  function apply(): Promise<void> {
    applying ??= Promise.resolve().then(() => {
      applying = null;
      const wanted = new Set(followers.keys());
      slices.cover(wanted);
      services.cover(wanted);
    });
    return applying;
  }

  return {
    get isUnused() {
      return followers.size === 0;
    },
    get lastEventAt() {
      return lastEventAt;
    },
    add(follower) {
      const { service } = follower;
      followers.set(service, (followers.get(service) ?? new Set()).add(follower));
      void apply();
    },
    async remove(follower) {
      const all = followers.get(follower.service);
      all?.delete(follower);
      if (all?.size === 0) followers.delete(follower.service);
      await apply();
      await Promise.all([slices.settled(), services.settled()]);
    },
    slicesOf: (service) => slices.of(service),
    service: (service) => services.of(service),
  };
}

type Opening<T> = Pick<ReflectorOptions<T>, 'path' | 'selector' | 'read'> & {
  readonly told: Pick<ServiceWatchListener, 'synced' | 'changed'> & Partial<ServiceWatchListener>;
  /** The Services that the watch is for. */
  readonly services: ReadonlySet<string>;
  readonly watched: Watched;
};

function labelSelector(services: ReadonlySet<string>): string {
  const names = [...services].sort();
  return names.length === 1 ? `${LABEL}=${names[0]}` : `${LABEL} in (${names.join(',')})`;
}
