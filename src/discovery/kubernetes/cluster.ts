import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import type { KubernetesClient } from './api-client.ts';
import {
  createNamespaceWatches,
  type Follower,
  type FollowListener,
  type NamespaceWatches,
} from './namespace-watches.ts';
import type { Service } from './service.ts';
import type { Slice } from './slice.ts';
import type { Known } from './watch/service-watches.ts';
import { createTroubles } from './watch/troubles.ts';

// The room: from the Kubernetes API to the endpoints of a Service.
//
//   kubernetes-source   one for each configured spelling of a Service: port by name, by number, --trust
//       │ follows           ▲ slices, Service ── fold-slices, port-choice ──▶ endpoints, and source-remarks
//       ▼                   │
//   cluster             one for each API: followers of one Service share its watches; watch/troubles, outage: remarks
//       │                   ▲
//       ▼                   │
//   namespace-watches   one for each namespace: one watch of slices (watch/handover), few of Services (watch/service-watches)
//       │                   ▲
//       ▼                   │
//   watch/reflector     one list, then watches of it (after-watch: what follows an end), kept in watch/resource-store
//       │                   ▲
//       ▼                   │ lines, bodies
//   api-client          list and watch over as few connections as possible: transport/
//
// Objects are read once, when they arrive (slice, service); what cannot be read is ignored, never believed.

/** The followed Services of one API. Followers of one Service share its watches. */
export interface KubernetesCluster {
  follow(which: ServiceName, listener: FollowListener): Following;
  /** Reports nothing from now on. Followers must have stopped before. */
  stop(): void;
}

export interface ServiceName {
  readonly namespace: string;
  readonly service: string;
}

export interface Following {
  /** null: not listed yet. */
  readonly slices: Iterable<Slice> | null;
  readonly service: Known<Service>;
  /** When a watch of it last received something, in seconds since 1970; null: never. */
  readonly lastEventAt: number | null;
  /** Resolves once everything is closed that was open for this follower only. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly client: KubernetesClient;
  /** Receives remarks about the API as a whole. */
  readonly remark: (remark: SourceRemark) => void;
  readonly clock?: DiscoveryClock;
  readonly random?: () => number;
}

export function createCluster(options: ClusterOptions): KubernetesCluster {
  const { client, remark, clock = realClock, random = Math.random } = options;
  const namespaces = new Map<string, NamespaceWatches>();
  const followers = new Set<Following>();
  const troubles = createTroubles({
    ...{ server: client.server, clock, say: remark },
    rest() {
      const synced = [...followers].filter(({ slices }) => slices !== null).length;
      if (synced === followers.size) return 'keeping the last known endpoints';
      return synced === 0
        ? 'no endpoints are known yet'
        : `the endpoints of ${followers.size - synced} Services are not known yet`;
    },
  });

  return {
    follow({ namespace, service }, listener) {
      const watches =
        namespaces.get(namespace) ?? createNamespaceWatches({ namespace, client, troubles, clock, random });
      namespaces.set(namespace, watches);
      const follower: Follower = { service, listener };
      watches.add(follower);
      const following: Following = {
        get slices() {
          return watches.slicesOf(service);
        },
        get service() {
          return watches.service(service);
        },
        get lastEventAt() {
          return watches.lastEventAt;
        },
        async stop() {
          followers.delete(following);
          await watches.remove(follower);
          // A follower may have come meanwhile, to these watches or to new ones of the same namespace.
          if (watches.isUnused && namespaces.get(namespace) === watches) namespaces.delete(namespace);
        },
      };
      followers.add(following);
      return following;
    },
    stop: () => troubles.stop(),
  };
}
