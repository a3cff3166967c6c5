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

// Who wants Services, and which watches that makes:
//
//   source ─ source ─ source          one for each spelling: by name, by number, in --trust
//       └──────┼────────┘
//           cluster                   one for each API
//              │ a namespace
//     slices ──┴── services           few watches for each namespace: watch/
//              │
//            client                   list and watch
//              │
//         connections                 as few as there can be: transport/

/** The Services of one API that anybody follows. Followers of one Service share its watches. */
export interface KubernetesCluster {
  follow(which: ServiceName, listener: FollowListener): Following;
  /** Nothing is said from now on. Followers have stopped before. */
  stop(): void;
}

export interface ServiceName {
  readonly namespace: string;
  readonly service: string;
}

export interface Following {
  /** null: they were not listed yet. */
  readonly slices: Iterable<Slice> | null;
  readonly service: Known<Service>;
  /** Seconds since 1970 when a watch of it gave a sign of life; null: never. */
  readonly lastEventAt: number | null;
  /** Resolves once nothing is open that was open for it alone. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly client: KubernetesClient;
  /** What is to be said of the API as a whole. */
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
    followers() {
      const synced = [...followers].filter(({ slices }) => slices !== null).length;
      return { all: followers.size, synced };
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
          // Somebody may have come meanwhile, also to watches that were opened anew.
          if (watches.isUnused && namespaces.get(namespace) === watches) namespaces.delete(namespace);
        },
      };
      followers.add(following);
      return following;
    },
    stop: () => troubles.stop(),
  };
}
