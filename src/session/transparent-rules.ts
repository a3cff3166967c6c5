import { familyOf } from '../address/ip.ts';
import type { CandidateOrder } from '../endpoints/candidate-order.ts';
import type { Endpoint, Snapshot } from '../endpoints/snapshot.ts';
import type { CloseReason } from '../plan/close-reason.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import { HostAddresses } from '../shared-memory/host-addresses.ts';
import type { Address } from './client.ts';
import {
  clientFault,
  type EndpointPlace,
  isLoopback,
  isPresented,
  type PresentableRule,
} from './presentable-client.ts';

/** The cells of `SharedState.routesMissing`: of endpoints on loopback and of those behind an interface, by family. */
export const ROUTES_CELL = { loopback: { 4: 0, 6: 1 }, node: { 4: 2, 6: 3 } } as const;

/** Why a client is refused once it is known. */
export interface SessionRefusal {
  readonly reason: CloseReason;
  readonly detail: string | null;
}

/** Endpoints to dial, one after the other. `empty`: the reason to report if there is none; null: that of the pool. */
export interface EndpointsInTurn extends Pick<CandidateOrder, 'empty'> {
  next(): Endpoint | null;
}

/** `--present transparent` of one listener, for one worker: which clients can be presented, and to which endpoints. */
export class TransparentRules {
  readonly #rule: PresentableRule;
  readonly #snapshot: Snapshot;
  readonly #attempts: number;
  /** Made for the first client. */
  #places: Places | null = null;

  /** `host` is the shared memory of `HostAddresses`. */
  constructor({ localClients, snapshot, attempts }: ListenerPlan, host: Uint32Array) {
    const addresses = new HostAddresses(host);
    this.#rule = { kindOf: (ip) => addresses.kindOf(ip), allowed: localClients };
    this.#snapshot = snapshot;
    this.#attempts = attempts;
  }

  /**
   * Why no endpoint may be dialed for the client; null: one may. `named`: the only one that may be. An empty pool is refused later,
   * with its own reason.
   */
  refuses(
    source: Address | null,
    peer: Address | null,
    named: Endpoint | null = null,
  ): SessionRefusal | null {
    this.#places ??= placesOf(this.#snapshot.endpoints);
    const places = this.#places;
    const family = source?.ip.length ?? 0;
    const isOtherFamily = named !== null && named.ip.length !== family;
    const place = isOtherFamily ? undefined : named === null ? places.get(family) : placeOf(named);
    // Without an endpoint of its family a client is judged as for a hop: only addresses that nobody presents are a fault.
    const detail = clientFault(source?.ip ?? null, peer?.ip ?? null, this.#rule, place ?? 'hop');
    if (detail !== null) return { reason: 'source_unusable', detail };
    if (place !== undefined || (named === null && places.size === 0)) return null;
    return { reason: 'no_endpoint_of_family', detail: source!.ip.length === 4 ? 'ipv4' : 'ipv6' };
  }

  /** Those of the endpoints that may be dialed for the client, in order. The others cost no attempt. */
  fitting(all: CandidateOrder, source: Address, peer: Address | null): EndpointsInTurn {
    return new FittingEndpoints(this, all, this.#attempts, source, peer);
  }

  /** Whether the endpoint may be dialed for the client. Both ends of a socket have the same family. */
  fits(endpoint: Endpoint, source: Address, peer: Address | null): boolean {
    if (endpoint.ip.length !== source.ip.length) return false;
    return clientFault(source.ip, peer?.ip ?? null, this.#rule, placeOf(endpoint)) === null;
  }

  /** Whether an endpoint without a hop is dialed from the client's address; if not, the kernel chooses one of this host. */
  presents(endpoint: Endpoint, source: Address): boolean {
    return isPresented(source.ip, this.#rule, placeOf(endpoint));
  }

  /** The cell of `SharedState.routesMissing` by which answers of the endpoint to the client come back; null: they need no routes. */
  routesCell(endpoint: Endpoint, source: Address): number | null {
    const place = placeOf(endpoint);
    if (place === 'hop' || !this.presents(endpoint, source)) return null;
    return ROUTES_CELL[place][familyOf(endpoint.ip)];
  }
}

/** By the length of the address: of the places of the endpoints the one that the most clients may come to. */
type Places = ReadonlyMap<number, EndpointPlace>;

function placesOf(endpoints: readonly Endpoint[]): Places {
  const places = new Map<number, EndpointPlace>();
  for (const endpoint of endpoints) {
    const { length } = endpoint.ip;
    const known = places.get(length);
    const place = placeOf(endpoint);
    if (known === undefined || known === 'loopback' || place === 'hop') places.set(length, place);
  }
  return places;
}

function placeOf({ ip, hop }: Endpoint): EndpointPlace {
  if (hop !== undefined) return 'hop';
  // A connect to the unspecified address goes to loopback.
  return isLoopback(ip) || ip.every((byte) => byte === 0) ? 'loopback' : 'node';
}

class FittingEndpoints implements EndpointsInTurn {
  readonly #rules: TransparentRules;
  readonly #all: CandidateOrder;
  readonly #source: Address;
  readonly #peer: Address | null;
  #left: number;

  constructor(
    rules: TransparentRules,
    all: CandidateOrder,
    attempts: number,
    source: Address,
    peer: Address | null,
  ) {
    this.#rules = rules;
    this.#all = all;
    this.#left = attempts;
    this.#source = source;
    this.#peer = peer;
  }

  get empty(): EndpointsInTurn['empty'] {
    return this.#all.empty;
  }

  next(): Endpoint | null {
    if (this.#left-- <= 0) return null;
    for (let endpoint = this.#all.next(); endpoint !== null; endpoint = this.#all.next()) {
      if (this.#rules.fits(endpoint, this.#source, this.#peer)) return endpoint;
    }
    return null;
  }
}
