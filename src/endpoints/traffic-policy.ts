import type { ServiceFacts } from './endpoint-source.ts';
import type { KnownEndpoint } from './known-endpoint.ts';
import type { Snapshot } from './snapshot.ts';

/** `Cluster` and `Local` are those of kube-proxy. `PreferLocal` is Herald's: local ready endpoints, else those of `Cluster`. */
export type TrafficPolicy = 'Cluster' | 'Local' | 'PreferLocal';

/** Where this process runs; null if not configured. */
export interface Place {
  readonly node: string | null;
  readonly zone: string | null;
}

/**
 * The result of a traffic policy; each list keeps the order of its input. `standby` holds the endpoints that the policy
 * does not use now but would use if the usable ones went away one after the other: each is ready, or serving while
 * terminating. An endpoint in neither list is unusable.
 */
export interface EndpointChoice {
  readonly usable: readonly KnownEndpoint[];
  readonly standby: readonly KnownEndpoint[];
  /**
   * Why `usable` is empty, if it is: no endpoint is known; none of the known may be used; (`no_local_endpoint`) there are
   * usable ones, but only on other nodes; or (`no_capable_node`) clients cannot be presented to any that would be usable.
   */
  readonly empty: Snapshot['empty'];
}

/** The policy in force. `service` is the Service's own for external traffic (C6), or `Cluster` if it cannot be read. */
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

/** The same among those that clients can be presented to. The others are neither usable nor on standby. */
export function chooseServed(
  known: readonly KnownEndpoint[],
  isServed: (endpoint: KnownEndpoint) => boolean,
  policy: TrafficPolicy,
  place: Place,
): EndpointChoice {
  const choice = chooseEndpoints(known.filter(isServed), policy, place);
  if (choice.usable.length > 0) return choice;
  const { usable, empty } = chooseEndpoints(known, policy, place);
  return { ...choice, empty: usable.length > 0 ? 'no_capable_node' : empty };
}

/** The endpoints of this node. One without a node is of this one. */
export function ofThisNode(known: readonly KnownEndpoint[], place: Place): readonly KnownEndpoint[] {
  return known.filter((endpoint) => endpoint.node === null || isLocal(endpoint, place));
}

/**
 * For sessions whose header names the endpoint: of those of this node (`here`) all that may serve, because who named one has
 * applied a policy.
 */
export function chooseNamed(
  here: readonly KnownEndpoint[],
  isServed: (endpoint: KnownEndpoint) => boolean,
): EndpointChoice {
  const serving = here.filter(mayServe);
  const usable = serving.filter(isServed);
  if (usable.length > 0 || here.length === 0) return { usable, standby: [], empty: 'no_endpoint' };
  return { usable, standby: [], empty: serving.length > 0 ? 'no_capable_node' : 'no_ready_endpoint' };
}

/** For known endpoints of which none is usable. */
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
  // `Local` ignores hints, and ready endpoints on other nodes do not keep it from its own fallback (C1).
  if (policy === 'Local') return localReady.length > 0 ? localReady : local;
  if (policy === 'PreferLocal' && localReady.length > 0) return localReady;
  const ready = anywhere.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? hinted(ready, place) : anywhere;
}

/** Ready, or serving while terminating (C2). A ready endpoint may be not serving, with publishNotReadyAddresses (E8). */
function mayServe({ ready, serving, terminating }: KnownEndpoint): boolean {
  return ready || (serving && terminating);
}

/** The names must be exactly equal; without a node name of our own, no endpoint is local (E3). */
function isLocal({ node }: KnownEndpoint, place: Place): boolean {
  return node !== null && place.node !== '' && node === place.node;
}

/**
 * Filters by topology hints (C4): the ready endpoints hinted for this node, else those hinted for this zone, else all.
 * Hints of one kind (nodes, zones) are used only if every ready endpoint has one and at least one of them names us.
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
