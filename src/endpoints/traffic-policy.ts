import type { ServiceFacts } from './endpoint-source.ts';
import type { KnownEndpoint } from './known-endpoint.ts';
import type { Snapshot } from './snapshot.ts';

/** `Cluster` and `Local` are kube-proxy's; `PreferLocal` is our own: local and ready, else what `Cluster` gives. */
export type TrafficPolicy = 'Cluster' | 'Local' | 'PreferLocal';

/** Where this process runs; null where nobody has said. */
export interface Place {
  readonly node: string | null;
  readonly zone: string | null;
}

/**
 * What traffic policy makes of all that a source knows; each list keeps the order of what it was given.
 * `standby` is whatever this policy would come to, sooner or later, if the usable ones went away one after
 * the other: every ready or serving-terminating endpoint that it may ever use and does not use now. What is in
 * neither list is unusable.
 */
export interface EndpointChoice {
  readonly usable: readonly KnownEndpoint[];
  readonly standby: readonly KnownEndpoint[];
  /**
   * Why `usable` is empty where it is: nothing is known at all, nothing that is known may be used, or (`no_local_endpoint`)
   * another node's proxy would have had one.
   */
  readonly empty: Snapshot['empty'];
}

/** The policy in force: `service` is the Service's own for traffic from outside (C6), `Cluster` where it can't be read. */
export function policyOf(wish: TrafficPolicy | 'service', service: ServiceFacts | null): TrafficPolicy {
  if (wish !== 'service') return wish;
  return service?.externalTrafficPolicy ?? 'Cluster';
}

/** Chooses as kube-proxy's CategorizeEndpoints does (pkg/proxy/topology.go, v1.36). */
export function chooseEndpoints(
  known: readonly KnownEndpoint[],
  policy: TrafficPolicy,
  place: Place,
): EndpointChoice {
  const anywhere = known.filter(mayServe);
  const local = anywhere.filter((endpoint) => isLocal(endpoint, place));
  const reach = policy === 'Local' ? local : anywhere;
  const usable = usableOf(anywhere, local, policy, place);
  const taken = new Set(usable);
  return {
    usable,
    standby: reach.filter((endpoint) => !taken.has(endpoint)),
    empty: usable.length > 0 || known.length === 0 ? 'no_endpoint' : emptyOf(anywhere),
  };
}

/** Something is known, and nothing of it is used. */
function emptyOf(anywhere: readonly KnownEndpoint[]): Snapshot['empty'] {
  return anywhere.length > 0 ? 'no_local_endpoint' : 'no_ready_endpoint';
}

function usableOf(
  anywhere: readonly KnownEndpoint[],
  local: readonly KnownEndpoint[],
  policy: TrafficPolicy,
  place: Place,
): readonly KnownEndpoint[] {
  const localReady = local.filter(({ ready }) => ready);
  // Local never looks at hints, and its fallback is its own: ready endpoints elsewhere do not stop it (C1).
  if (policy === 'Local') return localReady.length > 0 ? localReady : local;
  if (policy === 'PreferLocal' && localReady.length > 0) return localReady;
  const ready = anywhere.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? hinted(ready, place) : anywhere;
}

/** Ready, or serving its last requests. `ready` goes first: with publishNotReadyAddresses it may not be serving (E8, C2). */
function mayServe({ ready, serving, terminating }: KnownEndpoint): boolean {
  return ready || (serving && terminating);
}

/** Equal to the letter; without a node name of our own nothing is local (E3). */
function isLocal({ node }: KnownEndpoint, place: Place): boolean {
  return node !== null && place.node !== '' && node === place.node;
}

/**
 * The ready endpoints that the controller meant for this node, else for this zone, else all (C4). A step counts
 * only where every endpoint has a hint of its kind and one of them names us: nothing is filtered in part.
 */
function hinted(ready: readonly KnownEndpoint[], { node, zone }: Place): readonly KnownEndpoint[] {
  return (
    meantFor(ready, node, ({ forNodes }) => forNodes) ??
    meantFor(ready, zone, ({ forZones }) => forZones) ??
    ready
  );
}

function meantFor(
  ready: readonly KnownEndpoint[],
  name: string | null,
  hintsOf: (endpoint: KnownEndpoint) => readonly string[],
): readonly KnownEndpoint[] | null {
  if (name === null || name === '' || ready.some((endpoint) => hintsOf(endpoint).length === 0)) return null;
  const mine = ready.filter((endpoint) => hintsOf(endpoint).includes(name));
  return mine.length > 0 ? mine : null;
}
