import { familyOf } from '../address/ip.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';
import type { Endpoint } from '../endpoints/snapshot.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import { errorOfListener, StartError } from '../plan/start-error.ts';
import { isLoopback } from '../session/presentable-client.ts';

/** By what an endpoint is judged: its address and the name of its node. */
export type JudgedEndpoint = Pick<KnownEndpoint, 'ip' | 'node'>;

/** `here`: behind an interface of this host. */
export type Whereabouts = 'loopback' | 'here' | 'elsewhere';

/** Where endpoints of transparent listeners are, as far as this host has to do with them. */
export interface HostNeeds {
  /** Families of endpoints on loopback. */
  readonly loopback: ReadonlySet<4 | 6>;
  /** Endpoints of this node that are not on loopback, 4 or 16 bytes each. */
  readonly attached: readonly Uint8Array[];
  /** Endpoints without the name of a node, which the routes of this host judge. */
  readonly unnamed: readonly Uint8Array[];
}

/**
 * An error for each listener that has endpoints of a family whose clients cannot be bound here. `check` throws a `StartError` for such a
 * family. Others are not affected: a host without IPv6 serves all endpoints of IPv4.
 */
export function faultsOf(
  listeners: readonly Pick<ListenerPlan, 'name' | 'snapshot'>[],
  check: (family: 4 | 6) => void,
): readonly StartError[] {
  const known = new Map<4 | 6, StartError | null>();
  const faultOf = (family: 4 | 6): StartError | null => {
    const before = known.get(family);
    if (before !== undefined) return before;
    let found: StartError | null = null;
    try {
      check(family);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      found = error;
    }
    known.set(family, found);
    return found;
  };
  return listeners.flatMap(({ name, snapshot: { endpoints } }) => {
    const families = new Set(endpoints.filter(({ hop }) => hop === undefined).map(({ ip }) => familyOf(ip)));
    // Before any endpoint is known IPv4 is tried: the right to bind is the same for both families.
    const found = [...(families.size === 0 ? ([4] as const) : families)].map(faultOf).find(isFault);
    return found === undefined ? [] : errorOfListener(name, found);
  });
}

function isFault(error: StartError | null): error is StartError {
  return error !== null;
}

/** What all endpoints of the transparent listeners in force need of this host. */
export function followedOf(
  endpoints: readonly JudgedEndpoint[],
  whereIs: (endpoint: JudgedEndpoint) => Whereabouts,
): HostNeeds {
  const loopback = new Set<4 | 6>();
  const attached = new Map<string, Uint8Array>();
  const unnamed = new Map<string, Uint8Array>();
  for (const endpoint of endpoints) {
    const { ip } = endpoint;
    const where = whereIs(endpoint);
    if (where === 'loopback') {
      loopback.add(familyOf(ip));
      continue;
    }
    if (where === 'here') attached.set(ip.join(), ip);
    if (endpoint.node === null) unnamed.set(ip.join(), ip);
  }
  return { loopback, attached: [...attached.values()], unnamed: [...unnamed.values()] };
}

/** Endpoints of a plan are judged already: those without a hop are of this node. */
export function withPlanned(
  { loopback, attached, unnamed }: HostNeeds,
  endpoints: readonly Endpoint[],
): HostNeeds {
  const direct = endpoints.filter(({ hop }) => hop === undefined).map(({ ip }) => ip);
  const known = new Set(attached.map((ip) => ip.join()));
  return {
    loopback: new Set([...loopback, ...direct.filter(isLoopback).map(familyOf)]),
    attached: [...attached, ...direct.filter((ip) => !isLoopback(ip) && !known.has(ip.join()))],
    unnamed,
  };
}

export function hasFamily({ attached }: HostNeeds, family: 4 | 6): boolean {
  return attached.some((ip) => familyOf(ip) === family);
}
