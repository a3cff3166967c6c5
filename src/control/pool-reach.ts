import { familyOf } from '../address/ip.ts';
import type { ListenerOptions } from '../config/config.ts';
import { isLoopback } from '../config/same-socket.ts';
import type { SourceState } from '../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';
import type { NodeReach } from '../endpoints/node-reach.ts';
import type { Hop } from '../endpoints/snapshot.ts';
import type { Place } from '../endpoints/traffic-policy.ts';

/** Why a listener that presents transparent does not use an endpoint. */
export interface Unserved {
  readonly state: 'elsewhere' | 'incapable';
  /** The end of a sentence that begins with the address of the endpoint. Endpoints with the same cause share one object. */
  readonly why: string;
}

/** How the endpoints of a pool are reached, by their texts. One in neither map is dialed itself. */
export interface PoolReach {
  readonly hops: ReadonlyMap<string, Hop>;
  readonly unserved: ReadonlyMap<string, Unserved>;
}

export interface ReachParts {
  readonly options: Pick<ListenerOptions, 'present' | 'hops'>;
  readonly place: Place;
  /** What the source of `--hops` knows; null without one. */
  readonly hops: SourceState | null;
  /** null: nothing is known, and each endpoint is dialed itself. */
  readonly reach: NodeReach | null;
}

const EACH_ITSELF: PoolReach = { hops: new Map(), unserved: new Map() };

/**
 * Judges all endpoints that a listener knows, before traffic policy. Answers on loopback never leave this host. A listener whose
 * headers name endpoints has no hops: it is one. What has the address of a hop is its node itself: the node would not see the answers
 * come in, and a client that is dialed plainly could write a header to the hop port, which believes this node.
 */
export function poolReach(endpoints: readonly KnownEndpoint[], parts: ReachParts): PoolReach {
  const { options, place, reach } = parts;
  if (options.present !== 'transparent' || reach === null) return EACH_ITSELF;
  const hops = new Map<string, Hop>();
  const unserved = new Map<string, Unserved>();
  const { byNode, addresses } = knownHops(parts.hops);
  const causes = new Map<string, Unserved>();
  const leaveOut = (text: string, state: Unserved['state'], why: string) => {
    const cause = causes.get(why) ?? { state, why };
    causes.set(why, cause);
    unserved.set(text, cause);
  };
  for (const endpoint of endpoints) {
    const { ip, node, path, text } = endpoint;
    if (path !== null || isLoopback(ip)) continue;
    const isOfOther = node !== null && node !== place.node;
    if (addresses.has(joined(ip))) {
      leaveOut(text, 'elsewhere', 'is an address of a hop, and not of a pod');
      continue;
    }
    const is = reach.of(endpoint);
    if (is === 'direct') continue;
    if (is === 'incapable') {
      // The cause is logged once for the node, and may change: repeated here, it would be news for each listener.
      leaveOut(text, is, `is on this node, which cannot present clients over IPv${familyOf(ip)}`);
      continue;
    }
    const hop = isOfOther ? byNode[familyOf(ip)].get(node) : undefined;
    if (hop !== undefined) hops.set(text, hop);
    else if (!isOfOther)
      leaveOut(
        text,
        is,
        'is no pod of this node: it is an address of this host, or no route without a gateway leads to it',
      );
    else if (options.hops === null) leaveOut(text, is, `is on ${node}, and there are no hops (--hops)`);
    else leaveOut(text, is, `is on ${node}, which no hop serves`);
  }
  return { hops, unserved };
}

interface KnownHops {
  /** By the family of endpoints, the hop of each node: the first that is ready, in the order of their texts. */
  readonly byNode: { readonly [family in 4 | 6]: ReadonlyMap<string, Hop> };
  readonly addresses: ReadonlySet<string>;
}

const NO_HOPS: KnownHops = { byNode: { 4: new Map(), 6: new Map() }, addresses: new Set() };
/** All listeners of a gateway have the same hops. */
const found = new WeakMap<SourceState, KnownHops>();

function knownHops(state: SourceState | null): KnownHops {
  if (state === null) return NO_HOPS;
  let known = found.get(state);
  if (known === undefined) {
    known = findHops(state);
    found.set(state, known);
  }
  return known;
}

function findHops({ endpoints, addresses }: SourceState): KnownHops {
  const byNode = { 4: new Map<string, Hop>(), 6: new Map<string, Hop>() };
  for (const { node, ready, ip, port, forFamilies = BOTH } of endpoints) {
    if (node === null || !ready) continue;
    for (const family of forFamilies) if (!byNode[family].has(node)) byNode[family].set(node, { ip, port });
  }
  return { byNode, addresses: new Set([...addresses, ...endpoints.map(({ ip }) => ip)].map(joined)) };
}

const joined = (ip: Uint8Array) => ip.join();

const BOTH = [4, 6] as const;

/** Whether both are the same hop, or both are none. */
export function isSameHop(one: Hop | undefined, other: Hop | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.port === other.port && Buffer.compare(one.ip, other.ip) === 0;
}
